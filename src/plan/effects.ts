import type { CallMatcher, Effect, Expectation, Expr, Matcher, Term } from '../model/index.js';
import { effectOf, writtenFields } from './context.js';
import { exprOf, matcher, placeIn, storedColumn } from './matchers.js';
import type { Scene } from './scene.js';
import { readBacks } from './read-backs.js';
import { outboundPath } from './upstream.js';

/** What must have changed after this response, and that nothing else has. */
export function effectExpectations(scene: Scene): Expectation[] {
  const effects = scene.response.effects
    .flatMap((id) => effectOf(scene.operation, id) ?? [])
    .filter((effect) => effect.kind !== 'session' && !meetsNothing(scene, effect));
  if (!effects.length) return [{ kind: 'unchanged' }];
  return [
    ...counts(scene, effects),
    ...rows(scene, effects),
    ...calls(scene, effects),
    ...readBacks(scene, effects, (effect) => writtenRow(scene, effect)),
  ];
}

/** Rows that are removed by a condition of theirs, where none was made: whose sessions, whose items. */
export function meetsNothing(scene: Scene, { kind, verb, target, by = {} }: Effect): boolean {
  const entity = scene.context.entity(target);
  if (!kind.startsWith('db') || verb !== 'delete' || !entity || !Object.keys(by).length) return false;
  const isOne = [[entity.key ?? 'id'], ...(entity.unique ?? [])].some((columns) => columns.every((name) => name in by));
  return !isOne && ![...scene.rows.values()].some((row) => row.entity === target);
}

function counts(scene: Scene, effects: Effect[]): Expectation[] {
  const changes = new Map<string, number>();
  for (const effect of effects) {
    if (!effect.kind.startsWith('db') || !scene.context.readable(effect.target)) continue;
    const change = effect.verb === 'insert' ? 1 : effect.verb === 'delete' ? -1 : 0;
    changes.set(effect.target, (changes.get(effect.target) ?? 0) + change);
  }
  return [...changes].map(([entity, change]) => ({ kind: 'count', entity, change }));
}

function rows(scene: Scene, effects: Effect[]): Expectation[] {
  return effects.flatMap((effect): Expectation[] => {
    if (!effect.kind.startsWith('db') || !scene.context.readable(effect.target)) return [];
    const by = selector(scene, effect);
    if (effect.verb !== 'insert' && (!by || namesToken(scene, effect))) return [];
    if (by && effect.verb === 'delete') return [{ kind: 'row', entity: effect.target, by, matches: 'absent' }];
    const fields = writtenRow(scene, effect);
    if (!Object.keys(fields).length) return [];
    const matches: Matcher = { kind: 'object', exact: false, fields };
    if (by) return [{ kind: 'row', entity: effect.target, by, matches }];
    return isOnlyNews(scene, effect, effects) ? [{ kind: 'added', entity: effect.target, matches }] : [];
  });
}

/** Of its table the act adds this row and changes no other, and rows differ by their key: what is new there is this row. */
const isOnlyNews = (scene: Scene, effect: Effect, effects: Effect[]): boolean =>
  scene.context.entity(effect.target)?.key !== undefined &&
  !effects.some((one) => one !== effect && one.target === effect.target);

/** Rows selected by a token: two that are signed within one second for one caller are the same, and either may be the one. */
function namesToken(scene: Scene, effect: Effect): boolean {
  const producer = scene.context.producer(effect.target);
  const made = producer?.effects.find((one) => one.target === effect.target && one.verb === 'insert')?.values ?? {};
  return Object.keys(effect.by ?? {}).some((column) => {
    const term = made[column];
    return term?.kind === 'generated' && term.what === 'token';
  });
}

function writtenRow(scene: Scene, effect: Effect): Record<string, Matcher> {
  const entity = scene.context.entity(effect.target);
  const fields: Record<string, Matcher> = {};
  for (const name of Object.keys(writtenFields(scene.operation, effect))) {
    if (entity && Object.keys(entity.columns).length && !entity.columns[name]) continue;
    const found = storedColumn(scene, effect, entity, name);
    if (found.kind !== 'anything' && found.kind !== 'format') fields[name] = found;
  }
  return fields;
}

/** The condition that finds the row: its key as the answer or the request shows it, else a unique column. */
function selector(scene: Scene, effect: Effect): Record<string, Expr> | undefined {
  const entity = scene.context.entity(effect.target);
  const key = entity?.key ?? 'id';
  if (effect.verb !== 'insert') {
    const entries = Object.entries(effect.by ?? {}).map(([column, term]): [string, Expr | undefined] => [
      column,
      exprOf(scene, term),
    ]);
    return entries.length && entries.every(([, expr]) => expr)
      ? (Object.fromEntries(entries) as Record<string, Expr>)
      : undefined;
  }
  const at = placeIn(scene.response.body, effect.id, key);
  if (at) return { [key]: { kind: 'ref', name: 'response', at } };
  const written = writtenFields(scene.operation, effect);
  const own = written[key] && exprOf(scene, written[key]);
  if (own) return { [key]: own };
  for (const columns of entity?.unique ?? []) {
    const exprs = columns.map((column): [string, Expr | undefined] => [
      column,
      written[column] && exprOf(scene, written[column]),
    ]);
    if (exprs.every(([, expr]) => expr)) return Object.fromEntries(exprs) as Record<string, Expr>;
  }
  return undefined;
}

function calls(scene: Scene, effects: Effect[]): Expectation[] {
  const bySink = new Map<string, CallMatcher[]>();
  for (const effect of effects) {
    if (!['job', 'mail', 'event', 'file', 'http'].includes(effect.kind)) continue;
    const list = bySink.get(effect.target) ?? [];
    list.push(callMatcher(scene, effect));
    bySink.set(effect.target, list);
  }
  for (const sink of scene.context.model.sinks) if (!bySink.has(sink.id)) bySink.set(sink.id, []);
  return [...bySink].map(([sink, list]) => ({ kind: 'calls', sink, calls: list }));
}

function callMatcher(scene: Scene, effect: Effect): CallMatcher {
  if (effect.kind !== 'http')
    return { method: effect.method ?? 'call', args: (effect.args ?? []).map((arg) => shown(scene, arg)) };
  const path = outboundPath(effect);
  return {
    method: effect.request?.method ?? 'GET',
    ...(path === undefined ? {} : { path }),
    ...(effect.request?.body ? { body: shown(scene, effect.request.body) } : {}),
  };
}

/** A payload that names the row just written names it as the answer shows it. */
function shown(scene: Scene, term: Term): Matcher {
  if (term.kind === 'object' && !term.rest)
    return {
      kind: 'object',
      exact: !term.open,
      fields: Object.fromEntries(Object.entries(term.fields).map(([name, field]) => [name, shown(scene, field)])),
    };
  if (term.kind === 'array') return { kind: 'array', items: term.items.map((item) => shown(scene, item)) };
  const expr = exprOf(scene, term);
  return expr ? { kind: 'equals', value: expr } : matcher(scene, term);
}
