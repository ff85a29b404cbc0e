import type {
  Effect,
  Entity,
  Expr,
  Factory,
  Gap,
  GapKind,
  Json,
  JsonSchema,
  Lookup,
  Operation,
  Principal,
  Reading,
  Response,
  SecurityScheme,
  ServiceModel,
  Store,
} from '../model/index.js';
import { factoryName, verbOf } from './names.js';
import { readingOf } from './readings.js';
import { sample, variant } from './sample.js';

/** What the whole plan shares: the model with indexes, and the factories and principals that cases have asked for. */
export class PlanContext {
  readonly gaps: Gap[] = [];
  readonly factories = new Map<string, Factory>();
  readonly principals = new Map<string, Principal>();
  /** Callers that no test can bring about, by name: why. */
  readonly unmade = new Map<string, string>();
  /** What a token claims whose caller is not there, once a case asks for one. */
  gone: Record<string, Json> | undefined;
  private readonly readings = new Map<string, Reading | undefined>();
  private readonly names = new Set<string>();
  private readonly factoryNames = new Map<string, string>();

  constructor(readonly model: ServiceModel) {
    for (const operation of model.operations)
      if (operation.requestBody) this.factoryNames.set(operation.id, factoryName(operation, this.names));
  }

  gap(kind: GapKind, operation: Operation | undefined, reason: string, source = operation?.source): void {
    if (this.gaps.some((gap) => gap.operation === operation?.id && gap.reason === reason)) return;
    this.gaps.push({ kind, ...(operation ? { operation: operation.id } : {}), reason, ...(source ? { source } : {}) });
  }

  entity(name: string): Entity | undefined {
    return this.model.entities.find((entity) => entity.name === name);
  }

  scheme(id: string): SecurityScheme | undefined {
    return this.model.schemes.find((scheme) => scheme.id === id);
  }

  /** The store can be read and written by the harness. */
  reachable(entity: string): boolean {
    const store = this.storeOf(entity);
    if (store?.connection) return true;
    return !!store?.handle && store.client !== 'memory' && store.client !== 'unknown';
  }

  /** Takes these as the claims of a caller who is gone: one set serves all tests. False: another set is taken already. */
  takeGone(claims: Record<string, Json>): boolean {
    this.gone ??= claims;
    return JSON.stringify(this.gone) === JSON.stringify(claims);
  }

  /** Its rows can be counted and looked at: in the store, or through the API. */
  readable(entity: string): boolean {
    return this.reachable(entity) || !!this.reading(entity);
  }

  /** The request that shows all of an entity that tests cannot reach. */
  reading(entity: string): Reading | undefined {
    if (!this.readings.has(entity)) {
      this.readings.set(entity, undefined);
      if (this.isFresh && this.storeOf(entity)?.client === 'memory') this.readings.set(entity, readingOf(this, entity));
    }
    return this.readings.get(entity);
  }

  /** A test finds the entity empty, but for what the code itself puts there. */
  isolated(entity: string): boolean {
    return (
      !this.entity(entity)?.seed &&
      (this.reachable(entity) || (this.isFresh && this.storeOf(entity)?.client === 'memory'))
    );
  }

  private storeOf(entity: string): Store | undefined {
    return this.model.stores.find((one) => one.id === this.entity(entity)?.store);
  }

  /** State in memory begins anew with each test. Modules are loaded again only where no other store would be opened again. */
  get fresh(): 'app' | 'process' | undefined {
    const { stores } = this.model;
    const inMemory = stores.filter(({ client, lifetime }) => client === 'memory' || (client === 'files' && lifetime));
    if (!inMemory.length) return undefined;
    if (['factory', 'plugin'].includes(this.model.app.how) && inMemory.every((store) => store.lifetime === 'app'))
      return 'app';
    return inMemory.length === stores.length ? 'process' : undefined;
  }

  private get isFresh(): boolean {
    return this.fresh !== undefined;
  }

  /** The operation whose success inserts into the entity; the plainest one first. */
  producer(entity: string, except?: string): Operation | undefined {
    const makes = this.model.operations.filter(
      (operation) =>
        operation.id !== except &&
        successOf(operation)?.effects.some((id) => isInsert(effectOf(operation, id), entity)),
    );
    return makes.sort(
      (left, right) =>
        left.path.split('{').length - right.path.split('{').length ||
        left.security.length - right.security.length ||
        left.effects.length - right.effects.length,
    )[0];
  }

  /** The factory of an operation, made on first use. `used`: its request is sent, not only its input. */
  factory(operation: Operation, used: boolean): Factory {
    const known = this.factories.get(operation.id);
    if (known) {
      if (used) known.inputOnly = false;
      return known;
    }
    const success = successOf(operation);
    const name = this.factoryNames.get(operation.id) ?? factoryName(operation, this.names);
    const body = operation.requestBody;
    const required = operation.parameters.filter(
      (parameter) => parameter.required && (parameter.in === 'query' || parameter.in === 'header'),
    );
    const query = Object.fromEntries(
      required
        .filter((one) => one.in === 'query')
        .map((one): [string, Expr] => [one.name, literal(sample(one.schema, one.name))]),
    );
    const factory: Factory = {
      name,
      operation: operation.id,
      ...(body ? { input: literal(inputSample(operation)) } : {}),
      ...(body && body.mediaType !== 'application/json' ? { mediaType: body.mediaType } : {}),
      status: success?.status ?? 200,
      method: verbOf(operation),
      template: operation.path,
      ...(Object.keys(query).length ? { query } : {}),
      inputOnly: !used,
    };
    this.factories.set(operation.id, factory);
    return factory;
  }
}

/** The valid body of an operation. One that changes a row sends other values than the row was made with. */
export function inputSample(operation: Operation): Json {
  const schema = operation.requestBody?.schema ?? {};
  const value = sample(schema);
  const changes =
    operation.effects.some((effect) => effect.verb === 'update') &&
    !operation.effects.some((effect) => effect.verb === 'insert');
  if (!changes || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, changed(schema.properties?.[name] ?? {}, field)]),
  );
}

function changed(schema: JsonSchema, value: Json): Json {
  if (typeof value === 'number')
    return schema.maximum !== undefined && value + 1 > schema.maximum
      ? value
      : schema.multipleOf
        ? value + schema.multipleOf
        : value + 1;
  if (typeof value !== 'string' || schema.const !== undefined) return value;
  if (schema.enum) return schema.enum[1] ?? value;
  const other = variant(schema, value, 1);
  const text = typeof other === 'string' ? other : value;
  const fits = text.length >= (schema.minLength ?? 0) && text.length <= (schema.maxLength ?? Infinity);
  return fits && !(schema.format && !['email', 'date', 'date-time'].includes(schema.format)) ? text : value;
}

/** Nobody has to be signed in. */
export const isOpen = (operation: Operation): boolean => operation.security.every((one) => one.optional);

export const literal = (value: Json): Expr => ({ kind: 'literal', value });

/** The success that a plain valid request reaches: the one that does the most. */
export function successOf(operation: Operation): Response | undefined {
  const all = operation.responses.filter((response) => response.when === 'success');
  return all.sort(
    (left, right) => right.effects.length - left.effects.length || left.guards.length - right.guards.length,
  )[0];
}

export const effectOf = (operation: Operation, id: string): Effect | undefined =>
  operation.effects.find((effect) => effect.id === id);
export const lookupOf = (operation: Operation, id: string): Lookup | undefined =>
  operation.lookups.find((lookup) => lookup.id === id);
export const isInsert = (effect: Effect | undefined, entity: string): boolean =>
  effect?.verb === 'insert' && effect.target === entity && !effect.detached;

/** Fields that an effect writes, with `*` (a whole part of the request) spelled out. */
export function writtenFields(operation: Operation, effect: Effect): Record<string, import('../model/index.js').Term> {
  const fields: Record<string, import('../model/index.js').Term> = {};
  for (const [name, term] of Object.entries(effect.values ?? {})) {
    if (name !== '*') fields[name] = term;
    else if (term.kind === 'input' && term.part === 'body') {
      const schema = schemaAt(operation.requestBody?.schema, term.at);
      for (const key of Object.keys(schema?.properties ?? {}))
        fields[key] = { kind: 'input', part: 'body', at: [...term.at, key] };
    }
  }
  return fields;
}

export function schemaAt(schema: JsonSchema | undefined, at: string[]): JsonSchema | undefined {
  return at.reduce<JsonSchema | undefined>(
    (current, name) => (name === '[]' || /^\d+$/.test(name) ? current?.items : current?.properties?.[name]),
    schema,
  );
}
