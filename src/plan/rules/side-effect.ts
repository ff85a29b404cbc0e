import type { Effect, Expectation, Expr, Matcher } from '../../model/index.js';
import { effectOf, writtenFields } from '../context.js';
import { effectExpectations, meetsNothing } from '../effects.js';
import { bystander } from '../produce.js';
import type { Scene } from '../scene.js';
import { endsSession } from '../sessions.js';
import { draft, type Rule, succeeding } from '../rule.js';

/** What a success does besides answering: once, with the right content, and nothing else. */
export const sideEffect: Rule = {
  name: 'side-effect',
  kind: 'side-effect',
  summary: 'After a success: each row, job, mail and outbound call exactly once and with the right content.',
  cases(operation, context) {
    const found = succeeding(context, operation);
    if (!found) return [];
    const { response, scene } = found;
    const effects = response.effects
      .flatMap((id) => effectOf(operation, id) ?? [])
      .filter((effect) => isSeen(effect) && !meetsNothing(scene, effect));
    if (!effects.length) return [];
    const expect = [...effectExpectations(scene), ...bystanders(scene, effects), ...endsSession(scene)];
    if (!expect.length) {
      context.gap(
        'effect-out-of-sight',
        operation,
        `What it does to ${effects.map((effect) => effect.target).join(', ')} cannot be seen by a test: the harness has no way to it.`,
        effects[0]?.source,
      );
      return [];
    }
    const nouns = [
      ...new Set(
        effects.map(
          (effect) =>
            verbs[effect.verb === 'call' || effect.kind === 'session' ? effect.kind : effect.verb]?.(effect.target) ??
            effect.target,
        ),
      ),
    ];
    const source = effects[0]?.source ?? response.source;
    return [
      draft({
        rule: sideEffect,
        operation,
        point: 'once',
        title: `${nouns.join(', ')}, once`,
        source,
        scene,
        expect: [{ kind: 'status', equals: response.status }, ...expect],
      }),
    ];
  },
};

/** What a session holds is seen by who is let in; only its end is an effect of its own. */
const isSeen = (effect: Effect): boolean => effect.kind !== 'session' || effect.verb === 'delete';

const tail = (target: string): string => target.slice(target.indexOf(':') + 1);
const verbs: Record<string, (target: string) => string> = {
  insert: (target) => `stores a row in ${target}`,
  update: (target) => `changes the row in ${target}`,
  delete: (target) => `removes the row from ${target}`,
  session: () => 'ends the session',
  job: (target) => `queues on ${tail(target)}`,
  event: (target) => `publishes on ${tail(target)}`,
  file: (target) => `puts a file by ${tail(target)}`,
  mail: (target) => `sends by ${tail(target)}`,
  http: (target) => `calls ${tail(target)}`,
};

/** An update or a removal touches its own row: another one stays as it was. */
function bystanders(scene: Scene, effects: Effect[]): Expectation[] {
  const changed = effects.filter(
    (effect) => (effect.verb === 'update' || effect.verb === 'delete') && effect.kind.startsWith('db'),
  );
  return changed.flatMap((effect): Expectation[] => {
    const key = scene.context.entity(effect.target)?.key;
    if (!effect.by) return [];
    if (key === undefined || !scene.context.readable(effect.target)) return [];
    const row = bystander(scene, effect.target);
    const id = row?.expr(key);
    if (!row || !id) return [];
    if (!Object.keys(effect.by).length) return all(effect, key, id);
    const fields: Record<string, Matcher> = { [key]: { kind: 'equals', value: id } };
    for (const column of Object.keys(writtenFields(scene.operation, effect))) {
      const before = row.expr(column);
      if (before) fields[column] = { kind: 'equals', value: before };
    }
    return [
      { kind: 'row', entity: effect.target, by: { [key]: id }, matches: { kind: 'object', exact: false, fields } },
    ];
  });
}

/** Without a condition every row is touched: the one that was there is gone. */
function all(effect: Effect, key: string, id: Expr): Expectation[] {
  return effect.verb === 'delete' ? [{ kind: 'row', entity: effect.target, by: { [key]: id }, matches: 'absent' }] : [];
}
