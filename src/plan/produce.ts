import type { Effect, Lookup, Operation, Response } from '../model/index.js';
import { effectOf, isInsert, isOpen, literal, lookupOf, schemaAt, successOf, writtenFields } from './context.js';
import { rowName } from './names.js';
import { otherPrincipal, principalFor } from './principals.js';
import { type CreateStep, producedRow } from './produced-row.js';
import { sample, variant } from './sample.js';
import type { Row, Scene } from './scene.js';
import { bare, isCallers } from './terms.js';

/** An operation that stores a row: its success, and the effect that does it. */
interface Producer {
  operation: Operation;
  success: Response;
  effect: Effect;
}

function producerOf(operation: Operation | undefined, stores: (effect: Effect) => boolean): Producer | undefined {
  const success = operation && successOf(operation);
  const effect = success?.effects.flatMap((id) => effectOf(operation as Operation, id) ?? []).find(stores);
  return operation && success && effect ? { operation, success, effect } : undefined;
}

/** The row that a lookup must find, made by the operation that stores such rows: with the values that the lookup asks for. */
export function produceRow(scene: Scene, operation: Operation, lookup: Lookup): Row | undefined {
  const producer = producerOf(operation, (effect) => isInsert(effect, lookup.entity));
  if (!producer) return undefined;
  const nested = scene.nested(producer.operation, producer.success);
  preset(scene, nested, producer, lookup);
  keepAbsent(scene, nested, producer, lookup);
  distinguish(scene, nested, producer);
  nested.arrange(creator(scene, producer));
  if (nested.problem) {
    scene.problem ??= nested.problem;
    return undefined;
  }
  scene.steps.push(...nested.steps);
  return made(scene, nested, producer, scene.uniqueName(rowName(lookup.entity)));
}

/** A row that somebody else owns. */
export function strangersRow(scene: Scene, operation: Operation): void {
  const other = otherPrincipal(scene.context, operation);
  const producer = producerOf(operation, ({ verb }) => verb === 'insert');
  if (other && producer) another(scene, producer, other, undefined);
}

/** Another row of an entity that the act must leave alone. */
export function bystander(scene: Scene, entity: string): Row | undefined {
  const producer = producerOf(scene.context.producer(entity), (effect) => isInsert(effect, entity));
  if (!producer || holdsToken(producer.effect)) return undefined;
  if (producer.operation.id === scene.operation.id) scene.bound.add(`made ${producer.operation.id} act`);
  const name = scene.uniqueName(`another${rowName(entity).replace(/^./, (letter) => letter.toUpperCase())}`);
  return another(scene, producer, creator(scene, producer), name);
}

function another(scene: Scene, producer: Producer, as: string | undefined, name: string | undefined): Row | undefined {
  const nested = scene.nested(producer.operation, producer.success);
  distinguish(scene, nested, producer);
  nested.arrange(as);
  if (nested.problem) return undefined;
  scene.steps.push(...nested.steps);
  return made(scene, nested, producer, name);
}

function made(scene: Scene, nested: Scene, producer: Producer, name: string | undefined): Row | undefined {
  const step = createStep(nested, name);
  scene.steps.push(step);
  if (name === undefined) return undefined;
  return producedRow(nested, producer.operation, producer.success, producer.effect, name, step);
}

/** The request of a nested scene, as a step of the scene around it. */
export function createStep(nested: Scene, bind: string | undefined): CreateStep {
  return {
    kind: 'create',
    ...(bind === undefined ? {} : { bind }),
    factory: nested.context.factory(nested.operation, true).name,
    ...(nested.principal ? { as: nested.principal } : {}),
    ...(Object.keys(nested.path).length ? { path: nested.path } : {}),
    ...(Object.keys(nested.body).length ? { overrides: nested.body } : {}),
  };
}

/** A second row of the same kind has its own values where columns must be unique. */
function distinguish(scene: Scene, nested: Scene, { operation, effect }: Producer): void {
  const before = [...scene.bound].filter((name) => name.startsWith(`made ${operation.id} `)).length;
  scene.bound.add(`made ${operation.id} ${before}`);
  if (!before) return;
  const written = writtenFields(operation, effect);
  for (const columns of scene.context.entity(effect.target)?.unique ?? []) {
    const [column = ''] = columns;
    const term = written[column] && bare(written[column]);
    const at = term?.kind === 'input' && term.part === 'body' ? term.at : [];
    if (columns.length > 1 || !at.length || nested.fieldSet(at)) continue;
    const schema = schemaAt(operation.requestBody?.schema, at);
    if (schema) nested.setField(at, literal(variant(schema, sample(schema, at.at(-1)), before)));
  }
}

/** Owner columns decide who creates: the caller of this scene, if it may. */
function creator(scene: Scene, { operation, effect }: Producer): string | undefined {
  const mine = scene.principal;
  const owned = Object.values(effect.values ?? {}).some((term) => isCallers(operation, term));
  const roles = operation.security[0]?.roles ?? [];
  const role = mine ? scene.context.principals.get(mine)?.role : undefined;
  const may = operation.security.length === 0 || !roles.length || (role !== undefined && roles.includes(role));
  if (isOpen(operation)) return undefined;
  return mine && may && (owned || roles.length) ? mine : principalFor(scene.context, operation);
}

/** The producer's request must give the values that this lookup asks for. */
function preset(scene: Scene, nested: Scene, { operation, effect }: Producer, lookup: Lookup): void {
  const written = writtenFields(operation, effect);
  for (const [column, wanted] of Object.entries(lookup.by)) {
    const value = scene.known(wanted);
    const target = written[column] && bare(written[column]);
    if (!value || !target) continue;
    if (target.kind === 'input' && target.part === 'body') nested.setField(target.at, value);
    if (target.kind === 'input' && target.part === 'path') nested.aimAtPath(target, value);
    if (target.kind === 'row') nested.aimAtRow(target.lookup, target.at[0] ?? 'id', value);
  }
}

/** Rows that an earlier condition must not find: this one has other values there. */
function keepAbsent(scene: Scene, nested: Scene, { operation, effect }: Producer, found: Lookup): void {
  const written = writtenFields(operation, effect);
  for (const { predicate, holds } of scene.response.guards) {
    if (predicate.kind !== 'nil' || !holds || predicate.of.kind !== 'row' || predicate.of.at.length) continue;
    const lookup = lookupOf(scene.operation, predicate.of.lookup);
    if (lookup?.entity !== found.entity || lookup.id === found.id) continue;
    for (const column of Object.keys(lookup.by)) {
      const term = written[column] && bare(written[column]);
      const at = term?.kind === 'input' && term.part === 'body' ? term.at : [];
      const schema = at.length ? schemaAt(operation.requestBody?.schema, at) : undefined;
      if (!schema || nested.fieldSet(at) || column in found.by) continue;
      nested.setField(at, literal(variant(schema, sample(schema, at.at(-1)), 1)));
    }
  }
}

/** Two that are signed within one second are the same. */
const holdsToken = ({ values }: Effect): boolean =>
  Object.values(values ?? {}).some((term) => term.kind === 'generated' && term.what === 'token');
