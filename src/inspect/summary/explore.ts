import type { Answer, Route } from '../adapter.js';
import { type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { Abandoned, Path } from '../interpreter/path.js';

export interface Explored {
  route: Route;
  /** One for each path that ended in an answer. */
  answers: { answer: Answer; path: Path }[];
  hangs: { reason: string; span: Span }[];
  /** Why not all paths were run; undefined: all were. */
  incomplete?: string;
}

const maxPaths = 400;

/** Runs the route once for each combination of undecided conditions. */
export function explore(interpreter: Interpreter, route: Route): Explored {
  const result: Explored = { route, answers: [], hangs: [] };
  const open: boolean[][] = [[]];
  for (let count = 0; open.length; count++) {
    if (count >= maxPaths) {
      result.incomplete = `more than ${maxPaths} paths`;
      break;
    }
    const path = new Path(open.pop() ?? []);
    try {
      interpreter.replay(path, () => {
        const outcome = route.run(interpreter);
        if ('hangs' in outcome) result.hangs.push({ reason: outcome.hangs, span: outcome.span });
        else {
          if (outcome.body) outcome.body = interpreter.answered(outcome.body, outcome.span);
          result.answers.push({ answer: outcome, path });
        }
      });
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error;
      result.incomplete = error.reason;
    }
    open.push(...path.open);
  }
  return result;
}

/** What operations change while one runs is unknown when the next one begins: explore until no new such state is found. */
export function exploreAll(
  interpreter: Interpreter,
  routes: Route[],
  onRoute: (done: number, label: string) => void,
): Explored[] {
  let explored: Explored[] = [];
  for (let round = 0; round < 3; round++) {
    const known = interpreter.discoveries;
    explored = routes.map((route, index) => {
      onRoute(index + 1, `${route.method} ${route.path}`);
      return explore(interpreter, route);
    });
    if (interpreter.discoveries === known) break;
  }
  return explored;
}
