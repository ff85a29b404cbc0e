import type { Answer, Route } from '../adapter.js';
import { type Span } from '../core/language.js';
import { answered } from '../interpreter/answered.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { Abandoned, type Fork, Path, unforked } from '../interpreter/path.js';

export interface Explored {
  route: Route;
  /** One for each path that ended in an answer. */
  answers: { answer: Answer; path: Path }[];
  hangs: { reason: string; span: Span }[];
  /** Why not all paths were run; undefined: all were. */
  incomplete?: string;
}

/** Enough for each condition to be met both ways; while there are fewer paths than `maxCombined`, also in combination. */
const maxPaths = 200;
const maxCombined = 16;
/** A service with many operations gets fewer paths for each, so that it is read in seconds. */
const maxPathsOfAll = 15_000;
const minPaths = 24;
/** Operations whose code is long get fewer paths too: steps of the interpreter for all operations, and for one of many. */
const maxStepsOfAll = 15_000_000;
const minSteps = 60_000;
const maxRounds = 3;

/**
 * Runs the route once for each outcome of each undecided condition, then for combinations of them while they are few: the cost
 * grows with the number of conditions, not with its power.
 */
export function explore(interpreter: Interpreter, route: Route, budget = maxPaths, maxSteps = maxStepsOfAll): Explored {
  const before = interpreter.spent;
  const result: Explored = { route, answers: [], hangs: [] };
  const forks = new Forks();
  for (let count = 0; ; count++) {
    const fork = forks.next(count < maxCombined);
    if (!fork) break;
    if (count >= budget) {
      result.incomplete = `more than ${budget} paths`;
      break;
    }
    if (count > 0 && interpreter.spent - before > maxSteps) {
      result.incomplete = 'its ways are too long to be run all';
      break;
    }
    const path = new Path(fork);
    try {
      interpreter.replay(path, () => {
        const outcome = route.run(interpreter);
        if ('hangs' in outcome) result.hangs.push({ reason: outcome.hangs, span: outcome.span });
        else {
          if (outcome.body) outcome.body = answered(interpreter, outcome.body, outcome.span);
          result.answers.push({ answer: outcome, path });
        }
      });
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error;
      result.incomplete = error.reason;
    }
    if (path.isCut) result.incomplete ??= 'more than 60 conditions on one path';
    forks.add(path);
    path.close();
  }
  return result;
}

/** What is still to be run: outcomes that no path has met come first. */
class Forks {
  private readonly fresh: Fork[] = [unforked];
  private readonly combined: Fork[] = [];
  private readonly met = new Set<string>();

  add(path: Path): void {
    for (const outcome of path.outcomes) this.met.add(outcome);
    this.fresh.push(...path.open);
  }

  next(combine: boolean): Fork | undefined {
    for (let fork = this.fresh.pop(); fork; fork = this.fresh.pop()) {
      if (!this.met.has(fork.outcome)) return fork;
      if (combine) this.combined.push(fork);
    }
    return combine ? this.combined.pop() : undefined;
  }
}

/** What operations change while one runs is unknown when the next one begins: who looked at it before that was known runs again. */
export function exploreAll(
  interpreter: Interpreter,
  routes: Route[],
  onRoute: (done: number, label: string) => void,
): Explored[] {
  const explored = new Map<Route, Explored>();
  const isStale = new Map<Route, () => boolean>();
  const budget = Math.min(maxPaths, Math.max(minPaths, Math.floor(maxPathsOfAll / routes.length)));
  const steps = Math.max(minSteps, Math.floor(maxStepsOfAll / routes.length));
  for (let round = 0; round < maxRounds; round++) {
    const stale = routes.filter((route) => isStale.get(route)?.() ?? true);
    for (const [index, route] of stale.entries()) {
      onRoute(routes.length - stale.length + index + 1, `${route.method} ${route.path}`);
      isStale.set(
        route,
        interpreter.shared.watch(() => explored.set(route, explore(interpreter, route, budget, steps))),
      );
    }
  }
  return routes.flatMap((route) => explored.get(route) ?? []);
}
