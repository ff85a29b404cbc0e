import type { JsonSchema } from '../../model/index.js';
import type { FunctionNode, Span } from '../core/language.js';
import { findMethod } from '../interpreter/ancestors.js';
import { evaluate } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { externalName } from '../interpreter/operators.js';
import { type FunctionValue, isNil, type Symbolic, textOf, undefinedValue, type Value } from '../interpreter/values.js';
import {
  constrain,
  isEllipsis,
  isTrue,
  markerCall,
  type MarkerCall,
} from '../libraries/python/pydantic/constraints.js';
import { isBefore, isPydantic1 } from '../python/versions.js';
import { typeWorld } from '../libraries/python/pydantic/index.js';
import { modelFields, modelKind } from '../libraries/python/pydantic/models.js';
import { readType, type TypeRef } from '../libraries/python/pydantic/types.js';
import { literal } from '../libraries/validation.js';
import { signInForm } from './security.js';

export type Place = 'path' | 'query' | 'header' | 'cookie' | 'body' | 'form';

/** A parameter that a request fills. */
export interface InputParameter {
  kind: 'input';
  name: string;
  place: Place;
  /** The name in the request. */
  alias: string;
  type: TypeRef;
  isRequired: boolean;
  fallback: Value | undefined;
  isEmbedded: boolean;
  span: Span;
}

/** A parameter of a dependency function, a dependency class or a handler. */
export type DependantParameter =
  | InputParameter
  | { kind: 'depends'; name: string; on: Dependant }
  | { kind: 'special'; name: string; what: 'request' | 'response' | 'tasks' | 'scopes' }
  /** Its type says nothing that a request could fill. */
  | { kind: 'unknown'; name: string; fallback: Value | undefined; type: Value | undefined };

/** Something that FastAPI calls with what it finds in a request: a handler or a dependency. */
export interface Dependant {
  callable: Value;
  parameters: DependantParameter[];
  scopes: string[];
  useCache: boolean;
  span: Span;
}

const markers: Record<string, Place> = {
  Path: 'path',
  Query: 'query',
  Header: 'header',
  Cookie: 'cookie',
  Body: 'body',
  Form: 'form',
  File: 'form',
};

interface Reading {
  interpreter: Interpreter;
  /** Names in the path. */
  path: Set<string>;
  active: Value[];
}

/** Reads what a handler or dependency asks for. */
export function dependantOf(
  reading: Reading,
  callable: Value,
  span: Span,
  scopes: string[] = [],
  useCache = true,
): Dependant {
  const dependant: Dependant = { callable, parameters: [], scopes, useCache, span };
  if (reading.active.includes(callable) || reading.active.length > 24) return dependant;
  const inner = { ...reading, active: [...reading.active, callable] };
  const signature = signatureOf(callable);
  if (signature)
    dependant.parameters = signature.params.flatMap((param, index) =>
      param.rest || param.byName === 'rest' || index < signature.skip
        ? []
        : [parameter(inner, signature.fn, param, index, scopes)],
    );
  else if (callable.type === 'class' && callable.name === signInForm.name)
    dependant.parameters = formParameters(reading.interpreter, span);
  else if (callable.type === 'class' && modelKind(callable)) dependant.parameters = modelParameters(inner, callable);
  return dependant;
}

/** `Depends(…)` and `Security(…, scopes=[…])` as the dependant they name. */
export function dependsOn(
  reading: Reading,
  value: Value,
  type: Value | undefined,
  outer: string[],
): Dependant | undefined {
  const call = markerCall(value);
  if (call?.name !== 'Depends' && call?.name !== 'Security') return undefined;
  const target = call.args[0] ?? call.keywords.get('dependency') ?? type;
  if (!target || isNil(target)) return undefined;
  const own = call.keywords.get('scopes') ?? call.args[1];
  const scopes = own?.type === 'array' ? own.items.map((item) => textOf(item) ?? '') : [];
  const cache = call.keywords.get('use_cache');
  const isCached = !(cache?.type === 'primitive' && cache.value === false);
  const span = value.type === 'symbolic' && value.origin.kind === 'call' ? value.origin.span : undefined;
  return span && dependantOf(reading, target, span, [...new Set([...outer, ...scopes])], isCached);
}

interface Signature {
  fn: FunctionValue;
  params: FunctionNode['params'];
  /** Leading parameters that the object itself fills. */
  skip: number;
}

export function signatureOf(callable: Value): Signature | undefined {
  const ofMethod = (method: Value | undefined): Signature | undefined =>
    method?.type === 'function'
      ? { fn: method, params: method.node.params, skip: method.node.takesSelf ? 1 : 0 }
      : undefined;
  switch (callable.type) {
    case 'function':
      return ofMethod(callable);
    case 'class':
      return ofMethod(findMethod(callable, '__init__'));
    case 'object':
      return ofMethod(findMethod(callable.cls, '__call__'));
    default:
      return undefined;
  }
}

type Param = FunctionNode['params'][number];

function parameter(
  reading: Reading,
  fn: FunctionValue,
  param: Param,
  index: number,
  scopes: string[],
): DependantParameter {
  const name = param.target.kind === 'name' ? param.target.name : '';
  const span = param.target.span;
  const annotation = param.annotation && evaluate(reading.interpreter, param.annotation, fn.scope);
  const fallback = fn.fallbacks?.get(index);
  const type = annotation ? readType(typeWorld(reading.interpreter), annotation) : undefined;
  const marks = [fallback, ...(type?.extras.toReversed() ?? [])];
  const depends = marks
    .map((mark) => mark && dependsOn(reading, mark, type?.cls ?? type?.outside ?? annotation, scopes))
    .find(Boolean);
  if (depends) return { kind: 'depends', name, on: depends };
  const special = specialOf(type?.outside);
  if (special) return { kind: 'special', name, what: special };
  const mark = marks.map((one) => markerCall(one)).find((one) => one && one.name in markers);
  if (!mark && type?.outside && !reading.path.has(name)) return { kind: 'unknown', name, fallback, type: annotation };
  return inputParameter(reading, {
    name,
    span,
    type: type ?? { schema: {}, isNullable: false, extras: [] },
    mark,
    given: mark && markerCall(fallback) === undefined ? fallback : mark ? undefined : fallback,
  });
}

interface Found {
  name: string;
  span: Span;
  type: TypeRef;
  mark: MarkerCall | undefined;
  /** A default that is not a marker. */
  given: Value | undefined;
}

function inputParameter(reading: Reading, { name, span, type, mark, given }: Found): InputParameter {
  const place = (mark && markers[mark.name]) ?? guessPlace(reading, name, type);
  const isFallbackMark = mark !== undefined && given === undefined;
  const own = mark?.keywords.get('default') ?? (isFallbackMark ? mark.args[0] : undefined);
  const fallback = given ?? (isEllipsis(own) ? undefined : own);
  const factory = mark?.keywords.get('default_factory');
  const constrained = mark ? constrain(type.schema, mark.keywords, mark.source) : type.schema;
  const json = fallback && !isNil(fallback) ? literal(fallback) : undefined;
  const schema: JsonSchema = json === undefined ? constrained : { ...constrained, default: json };
  const alias = textOf(mark?.keywords.get('alias')) ?? textOf(mark?.keywords.get('validation_alias'));
  return {
    kind: 'input',
    name,
    place,
    alias: alias === undefined ? requestName(place, name, mark) : place === 'header' ? alias.toLowerCase() : alias,
    type: { ...type, schema },
    isRequired: place === 'path' || (fallback === undefined && factory === undefined),
    fallback,
    isEmbedded: isTrue(mark?.keywords.get('embed')),
    span,
  };
}

function requestName(place: Place, name: string, mark: MarkerCall | undefined): string {
  if (place !== 'header') return name;
  const convert = mark?.keywords.get('convert_underscores');
  const keeps = convert?.type === 'primitive' && convert.value === false;
  return (keeps ? name : name.replace(/_/g, '-')).toLowerCase();
}

/** Without a marker: names in the path are path parameters, plain values stand in the query, the rest is the body. */
function guessPlace(reading: Reading, name: string, type: TypeRef): Place {
  if (reading.path.has(name)) return 'path';
  if (type.schema.format === 'binary' || type.item?.schema.format === 'binary') return 'form';
  const types = [type.schema.type].flat().filter((one) => one !== 'null');
  const isBody =
    type.cls !== undefined ||
    types.includes('object') ||
    types.includes('array') ||
    (type.schema.anyOf?.some((one) => one.type === 'object') ?? false);
  return isBody ? 'body' : 'query';
}

const specials: Record<string, 'request' | 'response' | 'tasks' | 'scopes'> = {
  Request: 'request',
  HTTPConnection: 'request',
  Response: 'response',
  BackgroundTasks: 'tasks',
  SecurityScopes: 'scopes',
};

function specialOf(outside: Value | undefined): 'request' | 'response' | 'tasks' | 'scopes' | undefined {
  if (outside?.type === 'class') return outside.node ? undefined : specials[outside.name];
  const external = outside as Symbolic | undefined;
  return external?.origin.kind === 'external' && /^(fastapi|starlette)$/.test(external.origin.module)
    ? specials[externalName(external) ?? '']
    : undefined;
}

/** `Depends()` on a model or dataclass: its fields are the parameters. */
function modelParameters(reading: Reading, cls: Extract<Value, { type: 'class' }>): DependantParameter[] {
  return modelFields(typeWorld(reading.interpreter), cls).map((field) =>
    inputParameter(reading, {
      name: field.name,
      span: field.span,
      type: field.type,
      mark: field.marker && field.marker.name in markers ? field.marker : undefined,
      given: field.fallback ?? (field.isRequired ? undefined : undefinedValue),
    }),
  );
}

/** It was not held to its end before 0.115.9, nor to its beginning with Pydantic 2: https://github.com/fastapi/fastapi/pull/9783 */
const passwordPattern = (interpreter: Interpreter): string =>
  !isBefore(interpreter, 'fastapi', '0.115.9') ? '^password$' : isPydantic1(interpreter) ? '^password' : 'password';

/** `OAuth2PasswordRequestForm`: the fields of a password sign-in. */
function formParameters(interpreter: Interpreter, span: Span): DependantParameter[] {
  const field = (name: string, isRequired: boolean): InputParameter => ({
    kind: 'input',
    name,
    place: 'form',
    alias: name,
    type: {
      schema: {
        type: isRequired ? 'string' : ['string', 'null'],
        ...(name === 'grant_type' ? { pattern: passwordPattern(interpreter) } : {}),
      },
      isNullable: !isRequired,
      extras: [],
    },
    isRequired,
    fallback: undefined,
    isEmbedded: false,
    span,
  });
  return [
    ...signInForm.required.map((name) => field(name, true)),
    ...signInForm.optional.map((name) => field(name, false)),
  ];
}

/** All parameters that requests fill, of the dependant and of what it depends on. */
export function inputsOf(dependant: Dependant): InputParameter[] {
  return dependant.parameters.flatMap((param) =>
    param.kind === 'input' ? [param] : param.kind === 'depends' ? inputsOf(param.on) : [],
  );
}
