import type { Column, Effect, Entity, JsonSchema, Operation, Store, Term } from '../../model/index.js';
import type { State } from './stores.js';

/** Stores that know nothing of columns. */
const schemaless = new Set<Store['client']>(['memory', 'files', 'mongodb', 'redis']);

/** What is kept without a declared shape: its columns are what operations put into it. */
export function memoryEntities(state: State, operations: Operation[]): void {
  const inMemory = new Set(state.stores.filter((store) => schemaless.has(store.client)).map((store) => store.id));
  const touching = byEntity(operations);
  for (const entity of state.entities) {
    if (!inMemory.has(entity.store)) continue;
    const own = touching.get(entity.name) ?? [];
    const inserts = own.flatMap((operation) =>
      operation.effects
        .filter((effect) => effect.verb === 'insert' && effect.target === entity.name)
        .map((effect) => ({ operation, effect })),
    );
    for (const { operation, effect } of inserts) describe(entity, operation, effect);
    const key = inserts.map(({ effect }) => keyColumn(effect)).find(Boolean);
    if (key !== undefined) renameKey(entity.name, key, own);
    if (key !== undefined && entity.key === '$key') entity.key = key;
    const column = key ?? ['id', '_id', 'uuid'].find((name) => name in entity.columns);
    if (column !== undefined) entity.key ??= column;
  }
}

/** The operations that read or change each entity, in their order. */
function byEntity(operations: Operation[]): Map<string, Operation[]> {
  const found = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { lookups, effects } = operation;
    for (const name of new Set([...lookups.map(({ entity }) => entity), ...effects.map(({ target }) => target)])) {
      const own = found.get(name);
      if (own) own.push(operation);
      else found.set(name, [operation]);
    }
  }
  return found;
}

/** Columns that an operation holds against what is there before it inserts (`409 taken`) must be unique together. */
export function checkedUniqueness(entities: Entity[], operations: Operation[]): void {
  for (const operation of operations)
    for (const response of operation.responses) {
      const guard = response.guards[response.decidedBy ?? -1];
      if (response.when !== 'conflict' || guard?.predicate.kind !== 'nil' || guard.holds) continue;
      const { of } = guard.predicate;
      const lookup =
        of.kind === 'row' && !of.at.length ? operation.lookups.find((one) => one.id === of.lookup) : undefined;
      const inserts = operation.effects.some((effect) => effect.verb === 'insert' && effect.target === lookup?.entity);
      const entity = inserts ? entities.find((one) => one.name === lookup?.entity) : undefined;
      const columns = Object.entries(lookup?.by ?? {}).filter(([, term]) => bare(term).kind === 'input');
      if (!entity || lookup?.other.length || columns.length !== Object.keys(lookup?.by ?? {}).length) continue;
      const names = columns.map(([name]) => name);
      if (!entity.unique.some((one) => one.join() === names.join())) entity.unique.push(names);
    }
}

/**
 * What a body must hold where no validator says so: the columns that it is written to. Types make samples that the store takes; nothing
 * is refused for them.
 */
export function informBodies(entities: Entity[], operations: Operation[]): void {
  const named = new Map(entities.toReversed().map((entity) => [entity.name, entity]));
  for (const operation of operations)
    for (const effect of operation.effects) {
      const entity = effect.values && named.get(effect.target);
      if (!entity || entity.store === '') continue;
      for (const [name, term] of Object.entries(effect.values ?? {})) {
        if (name === '*') wholeBody(operation, entity, term, effect.verb === 'insert');
        else for (const one of carried(term)) informed(operation, one, asGiven(entity.columns[name]?.schema));
        if (effect.verb === 'insert') needed(operation, bare(term), entity.columns[name]);
      }
    }
  for (const operation of operations)
    for (const lookup of operation.lookups) {
      const entity = named.get(lookup.entity);
      for (const [name, term] of Object.entries(lookup.by))
        if (bare(term).kind === 'input') informed(operation, bare(term), entity?.columns[name]?.schema);
    }
}

/** What is kept as 0 or 1 is given as a boolean. */
const asGiven = (column: JsonSchema | undefined): JsonSchema | undefined =>
  column?.type === 'integer' && column.enum?.join() === '0,1' ? { type: 'boolean' } : column;

/** The store refuses a row without it, though no check says so: a valid request has it, unless a default is filled in. */
function needed(operation: Operation, term: Term, column: Column | undefined): void {
  if (!column || column.nullable || column.generated || column.default !== undefined) return;
  const schema = operation.requestBody?.schema;
  if (term.kind !== 'input' || term.part !== 'body' || term.at.length !== 1 || !schema?.properties) return;
  const [name = ''] = term.at;
  const field = schema.properties[name];
  if (!field || field.default !== undefined || schema.required?.includes(name)) return;
  (schema.required ??= []).push(name);
}

/** The inputs that a value may be: `published ? published : false`, `limit ?? 10`. */
function carried(term: Term): Term[] {
  const inner = bare(term);
  if (inner.kind === 'input') return [inner];
  if (inner.kind !== 'op') return [];
  if (inner.op === 'cond') return inner.args.slice(1).flatMap(carried);
  return ['??', '||', 'maybe'].includes(inner.op) ? inner.args.flatMap(carried) : [];
}

/** The body is stored as it is: it has the columns that the store does not fill in, beside what checks by hand ask of it. */
function wholeBody(operation: Operation, entity: Entity, term: Term, isNew: boolean): void {
  if (term.kind !== 'input' || term.part !== 'body' || term.at.length) return;
  const known = operation.requestBody?.schema;
  if (known?.properties && (!isNew || known.additionalProperties === false)) return;
  const columns = Object.entries(entity.columns).filter(
    ([name, column]) => name !== entity.key && !column.generated && !column.references,
  );
  const needed = columns.filter(([, { nullable, default: fallback }]) => !nullable && fallback === undefined);
  const added = known?.properties ? needed.filter(([name]) => !(name in (known.properties ?? {}))) : columns;
  if (!added.length) return;
  const properties = Object.fromEntries(added.map(([name, column]) => [name, { ...column.schema }]));
  const required = [...(known?.required ?? []), ...needed.map(([name]) => name)];
  const schema: JsonSchema = {
    ...known,
    type: 'object',
    properties: { ...known?.properties, ...properties },
    ...(required.length ? { required: [...new Set(required)] } : {}),
  };
  operation.requestBody = { required: true, mediaType: 'application/json', ...operation.requestBody, schema };
}

function informed(operation: Operation, term: Term, column: JsonSchema | undefined): void {
  if (term.kind !== 'input' || !column) return;
  const schema =
    term.part === 'body'
      ? term.at.reduce<JsonSchema | undefined>(
          (current, name) => current?.properties?.[name],
          operation.requestBody?.schema,
        )
      : operation.parameters.find((one) => one.in === term.part && one.name === term.at[0])?.schema;
  if (!schema || !term.at.length) return;
  if (term.part === 'body') constrain(schema, column);
  const isPlain = schema.type === undefined || (schema.type === 'string' && term.part === 'path');
  if (!isPlain || schema.format || schema.pattern !== undefined || schema.enum) return;
  const { type, format, enum: choices } = column;
  if (type && (term.part !== 'path' || type === 'integer' || type === 'string')) schema.type = type;
  if (format) schema.format = format;
  if (choices && term.part === 'body') schema.enum = choices;
}

/** What the store's own checks ask of a value, besides its type. */
function constrain(schema: JsonSchema, column: JsonSchema): void {
  const named = ['minLength', 'maxLength', 'minimum', 'maximum', 'pattern', 'x-unread'] as const;
  const own = named.filter((name) => schema[name] === undefined && column[name] !== undefined);
  if (Object.keys(schema).every((name) => name === 'type' || name === 'format'))
    Object.assign(schema, Object.fromEntries(own.map((name) => [name, column[name]])));
}

function describe(entity: Entity, operation: Operation, effect: Effect): void {
  for (const [name, term] of Object.entries(effect.values ?? {})) {
    if (name === '*') {
      const whole = term.kind === 'input' && term.part === 'body' && !term.at.length;
      for (const [field, schema] of Object.entries(whole ? (operation.requestBody?.schema.properties ?? {}) : {}))
        entity.columns[field] ??= { schema, nullable: false, generated: false };
    } else if (!name.startsWith('$')) entity.columns[name] ??= columnOf(operation, term);
  }
}

const columnOf = (operation: Operation, term: Term): Column => ({
  schema: schemaOf(operation, term),
  nullable: false,
  generated: term.kind === 'generated' || term.kind === 'op',
});

function schemaOf(operation: Operation, term: Term): JsonSchema {
  switch (term.kind) {
    case 'const': {
      const type = typeof term.value;
      return type === 'string' || type === 'number' || type === 'boolean' ? { type } : {};
    }
    case 'generated':
      return term.schema;
    case 'input': {
      if (term.part === 'body')
        return term.at.reduce<JsonSchema>(
          (schema, name) => schema.properties?.[name] ?? {},
          operation.requestBody?.schema ?? {},
        );
      return operation.parameters.find((one) => one.in === term.part && one.name === term.at[0])?.schema ?? {};
    }
    case 'op':
      return ofOperator(operation, term.op, term.args);
    default:
      return {};
  }
}

function ofOperator(operation: Operation, op: string, args: Term[]): JsonSchema {
  if (['-', '*', '/', '%', 'number', 'integer', 'round', 'floor', 'ceil', 'length'].includes(op))
    return { type: 'number' };
  if (['template', 'string', 'trim', 'lowercase', 'uppercase'].includes(op)) return { type: 'string' };
  if (op === 'iso') return { type: 'string', format: 'date-time' };
  if (op === '+')
    return args.some((arg) => schemaOf(operation, arg).type === 'string') ? { type: 'string' } : { type: 'number' };
  return (op === '??' || op === '||') && args[0] ? schemaOf(operation, args[0]) : {};
}

/** A Map is keyed by what its values hold too: `orders.set(order.id, order)`. */
function keyColumn(effect: Effect): string | undefined {
  const key = effect.values?.$key;
  if (!key) return undefined;
  const wanted = JSON.stringify(bare(key));
  return Object.entries(effect.values ?? {}).find(
    ([name, term]) => !name.startsWith('$') && name !== '*' && JSON.stringify(bare(term)) === wanted,
  )?.[0];
}

const bare = (term: Term): Term =>
  term.kind === 'op' && ['string', 'number', 'integer'].includes(term.op) && term.args[0] ? bare(term.args[0]) : term;

function renameKey(entity: string, column: string, operations: Operation[]): void {
  const rename = (by: Record<string, Term> | undefined): void => {
    if (!by?.$key) return;
    by[column] ??= by.$key;
    delete by.$key;
  };
  for (const operation of operations) {
    for (const lookup of operation.lookups) if (lookup.entity === entity) rename(lookup.by);
    for (const effect of operation.effects) {
      if (effect.target !== entity) continue;
      rename(effect.by);
      rename(effect.values);
    }
  }
}
