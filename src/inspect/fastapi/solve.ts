import type { JsonSchema } from '../../model/index.js';
import type { Catalog } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import { GeneratorHost } from '../interpreter/generators.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import {
  ArrayValue,
  keyOf,
  type Keywords,
  nullValue,
  ObjectValue,
  type Part,
  primitive,
  symbolic,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { typeWorld } from '../libraries/python/pydantic/index.js';
import { inputInstance, inputValue } from '../libraries/python/pydantic/instances.js';
import { modelFields } from '../libraries/python/pydantic/models.js';
import type { Dependant, InputParameter, Place } from './dependants.js';

/** What one request has come to: dependencies that are solved, and whether its input was found wrong. */
export interface Solving {
  interpreter: Interpreter;
  special: Record<'request' | 'response' | 'tasks', Value>;
  /** Several body parameters, or one that says so, stand under their names. */
  isBodyEmbedded: boolean;
  catalog: Catalog;
  solved: Map<string, Value>;
  /** The first decision that found the input wrong: refused once all dependencies have been asked. */
  refused?: { decisions: number; span: Span };
}

/**
 * Calls a dependant with what the request gives, and goes on in `then`, so that a dependency that yields is left after what
 * comes next. Undefined: the input was wrong, and it was not called.
 */
export function solve(solving: Solving, dependant: Dependant, then: (value: Value | undefined) => void): void {
  const key = `${keyOf(dependant.callable)} ${dependant.scopes.join()}`;
  const known = dependant.useCache ? solving.solved.get(key) : undefined;
  if (known) return then(known);
  withArguments(solving, dependant, (given) => {
    if (!given) return then(undefined);
    called(solving, dependant, given, (value) => {
      solving.solved.set(key, value);
      if (value.type === 'symbolic') solving.catalog.providers.set(value.key, dependant.callable);
      then(value);
    });
  });
}

/** The arguments of a dependant by name. Undefined: some input is wrong. */
export function withArguments(
  solving: Solving,
  dependant: Dependant,
  then: (given: Keywords | undefined) => void,
): void {
  const given: Keywords = new Map();
  const before = solving.refused;
  const depends = dependant.parameters.flatMap((param) => (param.kind === 'depends' ? [param] : []));
  const next = (index: number): void => {
    const param = depends[index];
    if (!param) return finish();
    solve(solving, param.on, (value) => {
      if (value) given.set(param.name, value);
      next(index + 1);
    });
  };
  const finish = (): void => {
    readInputs(solving, dependant, given);
    then(solving.refused && solving.refused !== before ? undefined : given);
  };
  next(0);
}

function readInputs(solving: Solving, dependant: Dependant, given: Keywords): void {
  for (const param of dependant.parameters) {
    if (param.kind === 'special') given.set(param.name, special(solving, dependant, param.what));
    if (param.kind === 'unknown') given.set(param.name, param.fallback ?? unknown(param.name));
  }
  const inputs = dependant.parameters.filter((param): param is InputParameter => param.kind === 'input');
  for (const place of ['path', 'query', 'header', 'cookie', 'body', 'form'] as const) {
    const own = inputs.filter((param) => param.place === place);
    if (own.length) readPart(solving, place, own, given, dependant.span);
  }
}

function special(solving: Solving, dependant: Dependant, what: 'request' | 'response' | 'tasks' | 'scopes'): Value {
  if (what !== 'scopes') return solving.special[what];
  const object = new ObjectValue(false);
  object.fields.set(
    'scopes',
    new ArrayValue(
      dependant.scopes.map((scope) => primitive(scope)),
      false,
    ),
  );
  object.fields.set('scope_str', primitive(dependant.scopes.join(' ')));
  return object;
}

const partOf = (place: Place): Part => (place === 'form' ? 'body' : place);

/** Asks once whether the parameters of one part are valid, and gives the places where they come in. */
function readPart(solving: Solving, place: Place, params: InputParameter[], given: Keywords, span: Span): void {
  const { interpreter } = solving;
  const { path } = interpreter;
  if (!path) return;
  const part = partOf(place);
  const [only] = params;
  const isWhole = place === 'body' && only && !solving.isBodyEmbedded;
  const schema = isWhole ? only.type.schema : together(solving, place, params);
  const source = isWhole ? only.span : (params[0]?.span ?? span);
  path.validated.push({ part, at: [], schema, span: source });
  if (canFail(schema, part) && !interpreter.decide({ kind: 'valid', part, at: [], schema }, source, true)) {
    solving.refused ??= { decisions: path.decisions.length, span: source };
    return;
  }
  for (const param of params) {
    const value = valueOf(solving, param, part, isWhole ? [] : [param.alias]);
    if (value) given.set(param.name, value);
  }
}

/** The value of a parameter; a validator of its model may still refuse it. */
function valueOf(solving: Solving, param: InputParameter, part: Part, at: string[]): Value | undefined {
  const world = typeWorld(solving.interpreter);
  try {
    if (isSpread(param) && param.type.cls) return inputInstance(world, param.type.cls, part, [], param.span);
    if (isFile(param.type.schema)) return symbolic({ kind: 'input', part, at });
    return inputValue(world, param.type, part, at, param.span);
  } catch (error) {
    if (!(error instanceof Thrown) || !isRefusal(error.value)) throw error;
    solving.refused ??= { decisions: error.decisions, span: error.span };
    return undefined;
  }
}

/** What validators raise to refuse a value. */
const isRefusal = (error: Value): boolean =>
  error.type === 'object' &&
  ['ValueError', 'AssertionError', 'TypeError', 'PydanticCustomError'].includes(error.cls?.name ?? '');

const isFile = (schema: JsonSchema): boolean => schema.format === 'binary';

/** A model of query, header or form parameters: its fields are the parameters. */
const isSpread = (param: InputParameter): boolean => param.type.cls !== undefined && param.place !== 'body';

function together(solving: Solving, place: Place, params: InputParameter[]): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  let isClosed = false;
  for (const param of params) {
    if (isSpread(param) && param.type.cls) {
      isClosed ||= param.type.schema.additionalProperties === false;
      for (const field of modelFields(typeWorld(solving.interpreter), param.type.cls)) {
        const name = place === 'header' ? field.alias.replace(/_/g, '-').toLowerCase() : field.alias;
        properties[name] = field.type.schema;
        if (field.isRequired) required.push(name);
      }
      continue;
    }
    properties[param.alias] = {
      ...param.type.schema,
      'x-source': { required: sourceRef(param.span), ...param.type.schema['x-source'] },
    };
    if (param.isRequired) required.push(param.alias);
  }
  return {
    type: 'object',
    properties,
    ...(required.length ? { required } : {}),
    ...(isClosed ? { additionalProperties: false } : {}),
  };
}

/** Can a request with this path, query … be refused at all? */
function canFail(schema: JsonSchema, part: Part): boolean {
  if (part === 'body') return true;
  const isAny = (one: JsonSchema): boolean =>
    [one.type].flat().every((type) => type === undefined || type === 'string' || type === 'null') &&
    !one.enum &&
    one.minLength === undefined &&
    one.maxLength === undefined &&
    one.pattern === undefined &&
    one.format === undefined &&
    !one.anyOf;
  if (part !== 'path' && schema.required?.length) return true;
  return Object.values(schema.properties ?? {}).some((one) => !isAny(one)) || schema.additionalProperties === false;
}

/** Calls it; a dependency that yields hands its value on, and ends when all that follows has ended. */
function called(solving: Solving, dependant: Dependant, given: Keywords, then: (value: Value) => void): void {
  const { interpreter } = solving;
  const { callable, span } = dependant;
  const self =
    callable.type === 'function' && callable.node.takesSelf ? viewOf(interpreter, callable, span) : undefinedValue;
  const result = interpreter.call(callable, self, [], span, false, given);
  if (result.type === 'object' && result.host instanceof GeneratorHost) {
    result.host.run(interpreter, span, then);
    return;
  }
  const value = interpreter.settle(result, span);
  then(value.type === 'primitive' && value.value === undefined ? nullValue : value);
}

/** A handler that is a method of a class: the object that it belongs to. */
function viewOf(interpreter: Interpreter, fn: Extract<Value, { type: 'function' }>, span: Span): Value {
  if (fn.self) return undefinedValue;
  return fn.home ? interpreter.construct(fn.home, [], span) : unknown('self', [], span);
}

export { called as callDependant };
