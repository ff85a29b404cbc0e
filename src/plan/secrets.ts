import type { Json, Term } from '../model/index.js';
import { effectOf, inputSample, isInsert, literal, type PlanContext, successOf, writtenFields } from './context.js';
import type { Scene } from './scene.js';

/** What the service keeps a hash of, as it was sent when the caller was registered. */
export function registeredSecret(
  context: PlanContext,
  principal: string,
  entity: string,
  column: string,
): Json | undefined {
  const step = context.principals.get(principal)?.arrange.findLast((one) => one.kind === 'create');
  const producer = context.model.operations.find(
    (one) => step?.kind === 'create' && context.factory(one, false).name === step.factory,
  );
  if (!producer || step?.kind !== 'create') return undefined;
  const effect = successOf(producer)
    ?.effects.map((id) => effectOf(producer, id))
    .find((one) => isInsert(one, entity));
  if (!effect) return undefined;
  const hash = writtenFields(producer, effect)[column];
  const plain = hash?.kind === 'generated' && hash.what === 'hash' ? hash.args[0] : undefined;
  const [name = ''] = plain?.kind === 'input' && plain.part === 'body' && plain.at.length === 1 ? plain.at : [];
  const given = step.overrides?.[name];
  if (given) return given.kind === 'literal' ? given.value : undefined;
  return (inputSample(producer) as Record<string, Json> | undefined)?.[name];
}

/** The request must hold the secret whose hash is stored: the password that somebody was registered with. */
export function settleSecret(scene: Scene, input: Term, stored: Term): void {
  if (input.kind !== 'input' || input.part !== 'body' || stored.kind !== 'row' || stored.at.length !== 1) return;
  const lookup = scene.operation.lookups.find((one) => one.id === stored.lookup);
  const row = scene.rows.get(stored.lookup) ?? (lookup && scene.principalRow(lookup));
  const value = row?.value(stored.at[0] ?? '');
  if (value === undefined || value === null || value === scene.inputValue(input) || scene.fieldSet(input.at)) return;
  scene.setField(input.at, literal(value));
}
