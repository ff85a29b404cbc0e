import type { Effect, Json, Operation, Response, Step, Term } from '../model/index.js';
import { effectOf, literal, writtenFields } from './context.js';
import { storedAs } from './stored.js';
import type { Row, Scene } from './scene.js';
import { shownColumns } from './shown.js';
import { bare } from './terms.js';

/** The store holds the hash, whatever the caller sent. */
const isHash = (term: Term | undefined): boolean => term?.kind === 'generated' && term.what === 'hash';

/** What the same request changes of the row that it has just stored. */
function changedAfter(producer: Operation, success: Response, { id, target }: Effect): Record<string, Term> {
  const changes = success.effects.flatMap((one) => {
    const effect = effectOf(producer, one);
    const isOfRow = Object.values(effect?.by ?? {}).some((term) => term.kind === 'written' && term.effect === id);
    return effect?.target === target && effect.verb === 'update' && isOfRow ? [writtenFields(producer, effect)] : [];
  });
  return Object.assign({}, ...changes) as Record<string, Term>;
}

export type CreateStep = Extract<Step, { kind: 'create' }>;

/** What the producer's answer shows of the row it wrote, what is known of it besides, and else what the store holds. */
export function producedRow(
  nested: Scene,
  producer: Operation,
  success: Response,
  effect: Effect,
  bind: string,
  step: CreateStep,
): Row {
  const written = { ...writtenFields(producer, effect), ...changedAfter(producer, success, effect) };
  const entity = nested.context.entity(effect.target);
  const shown = shownColumns(success.body, effect.id, written);
  const value = (column: string): Json | undefined => {
    const given = givenTo(column);
    return given === undefined ? undefined : storedAs(entity, column, given);
  };
  const givenTo = (column: string): Json | undefined => {
    const term = written[column];
    if (!term) return entity?.columns[column]?.default;
    const inner = bare(term);
    return inner.kind === 'const'
      ? inner.value
      : inner.kind === 'input'
        ? nested.inputValue(inner)
        : inner.kind === 'row'
          ? nested.rows.get(inner.lookup)?.value(inner.at[0] ?? '')
          : inner.kind === 'generated' && inner.what === 'hash' && inner.args[0]?.kind === 'input'
            ? nested.inputValue(inner.args[0])
            : undefined;
  };
  /** The answer shows what was given, and the store holds it in the column's own type. */
  const isChanged = (column: string): boolean => givenTo(column) !== undefined && givenTo(column) !== value(column);
  return {
    entity: effect.target,
    ...(shown === '*' && !Object.keys(written).some(isChanged) ? { whole: bind } : {}),
    expr: (column) => {
      const at = shown === '*' ? [column] : shown.get(column);
      if (at && !isChanged(column)) return { kind: 'ref', name: bind, at };
      const known = isHash(written[column]) ? undefined : value(column);
      if (known !== undefined) return literal(known);
      if (!entity || !(column in entity.columns) || !nested.context.reachable(effect.target)) return undefined;
      step.row = { bind: `${bind}Row`, entity: effect.target };
      return { kind: 'ref', name: step.row.bind, at: [column] };
    },
    value,
  };
}
