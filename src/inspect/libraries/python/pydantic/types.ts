import type { Json, JsonSchema } from '../../../../model/index.js';
import { externalName } from '../../../interpreter/operators.js';
import { ancestors } from '../../../interpreter/ancestors.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import { type ClassValue, isNil, type Symbolic, type Value } from '../../../interpreter/values.js';
import { enumValues } from '../../../python/rules/enums.js';
import { isPydantic1 } from '../../../python/versions.js';
import { literal } from '../../validation.js';
import { constrain, markerCall, withMetadata } from './constraints.js';
import { isModel, modelSchema } from './models.js';

/** A declared type: what may come in, and what a value of it is made of. */
export interface TypeRef {
  schema: JsonSchema;
  /** Instances are made of this class: a model, a dataclass. */
  cls?: ClassValue;
  /** Items of a list, values of a dict. */
  item?: TypeRef;
  isNullable: boolean;
  /** What stands behind the type in `Annotated`. */
  extras: Value[];
  /** A class that is not data: a session, a request, a service. */
  outside?: Symbolic | ClassValue;
}

export interface TypeWorld {
  interpreter: Interpreter;
  /** Models that are being read: a model that holds itself is open further down. */
  active: ClassValue[];
  /** How deep in a type: aliases may hold themselves. */
  depth?: number;
  /** What stands for a model's or function's type variables. */
  bound?: Map<string, Value>;
}

const maxDepth = 24;

const scalar = (schema: JsonSchema): TypeRef => ({ schema, isNullable: false, extras: [] });
const anything = (): TypeRef => scalar({});

const natives: Record<string, () => TypeRef> = {
  str: () => scalar({ type: 'string' }),
  int: () => scalar({ type: 'integer', 'x-coerce': true }),
  float: () => scalar({ type: 'number', 'x-coerce': true }),
  bool: () => scalar({ type: 'boolean' }),
  bytes: () => scalar({ type: 'string' }),
  list: () => scalar({ type: 'array' }),
  set: () => scalar({ type: 'array', uniqueItems: true }),
  frozenset: () => scalar({ type: 'array' }),
  tuple: () => scalar({ type: 'array' }),
  dict: () => scalar({ type: 'object' }),
};

/** Types of the standard library and Pydantic, by name. */
const named: Record<string, JsonSchema> = {
  UUID: { type: 'string', format: 'uuid' },
  UUID1: { type: 'string', format: 'uuid' },
  UUID4: { type: 'string', format: 'uuid' },
  UUID7: { type: 'string', format: 'uuid' },
  datetime: { type: 'string', format: 'date-time', 'x-coerce': true },
  AwareDatetime: { type: 'string', format: 'date-time', 'x-coerce': true },
  NaiveDatetime: { type: 'string', format: 'date-time', 'x-coerce': true },
  date: { type: 'string', format: 'date', 'x-coerce': true },
  time: { type: 'string', format: 'time', 'x-coerce': true },
  timedelta: { type: 'string', format: 'duration', 'x-coerce': true },
  Decimal: { type: 'number', 'x-coerce': true },
  EmailStr: { type: 'string', format: 'email' },
  NameEmail: { type: 'string' },
  HttpUrl: { type: 'string', format: 'uri' },
  AnyUrl: { type: 'string', format: 'uri' },
  AnyHttpUrl: { type: 'string', format: 'uri' },
  IPvAnyAddress: { type: 'string', format: 'ipv4' },
  IPv4Address: { type: 'string', format: 'ipv4' },
  SecretStr: { type: 'string' },
  SecretBytes: { type: 'string' },
  StrictStr: { type: 'string' },
  StrictInt: { type: 'integer' },
  StrictFloat: { type: 'number' },
  StrictBool: { type: 'boolean' },
  PositiveInt: { type: 'integer', exclusiveMinimum: 0, 'x-coerce': true },
  NonNegativeInt: { type: 'integer', minimum: 0, 'x-coerce': true },
  NegativeInt: { type: 'integer', exclusiveMaximum: 0, 'x-coerce': true },
  PositiveFloat: { type: 'number', exclusiveMinimum: 0, 'x-coerce': true },
  NonNegativeFloat: { type: 'number', minimum: 0, 'x-coerce': true },
  ObjectId: { type: 'string' },
  PydanticObjectId: { type: 'string' },
  List: { type: 'array' },
  Sequence: { type: 'array' },
  Iterable: { type: 'array' },
  Set: { type: 'array', uniqueItems: true },
  Tuple: { type: 'array' },
  Dict: { type: 'object' },
  Mapping: { type: 'object' },
  Path: { type: 'string' },
  UploadFile: { type: 'string', format: 'binary' },
};

const lists = new Set([
  'list',
  'List',
  'Sequence',
  'Iterable',
  'Collection',
  'set',
  'Set',
  'frozenset',
  'FrozenSet',
  'deque',
  'Page',
  'conlist',
]);
const dicts = new Set(['dict', 'Dict', 'Mapping', 'MutableMapping', 'defaultdict', 'DefaultDict', 'OrderedDict']);
const through = new Set([
  'Final',
  'Required',
  'NotRequired',
  'ReadOnly',
  'Mapped',
  'SerializeAsAny',
  'Awaitable',
  'Coroutine',
]);
const constrained: Record<string, JsonSchema> = {
  conint: { type: 'integer', 'x-coerce': true },
  constr: { type: 'string' },
  confloat: { type: 'number', 'x-coerce': true },
  condecimal: { type: 'number', 'x-coerce': true },
};

/** Reads a type that the code has written, evaluated. */
export function readType(outer: TypeWorld, value: Value): TypeRef {
  const depth = (outer.depth ?? 0) + 1;
  if (depth > maxDepth) return anything();
  const world = { ...outer, depth };
  switch (value.type) {
    case 'native':
      return lenient(world, natives[value.name]?.() ?? anything());
    case 'class':
      return classType(world, value);
    case 'primitive':
      return isNil(value) ? { schema: { type: 'null' }, isNullable: true, extras: [] } : anything();
    case 'symbolic':
      return symbolicType(world, value);
    default:
      return anything();
  }
}

function classType(world: TypeWorld, cls: ClassValue): TypeRef {
  const values = enumValues(cls);
  if (values) return scalar(enumSchema(values as Json[]));
  if (!isModel(cls)) {
    const scalarParent = ancestors(cls).find((one) => one.type === 'symbolic' && named[externalName(one) ?? '']);
    return scalarParent ? readType(world, scalarParent) : { ...anything(), outside: cls };
  }
  if (world.active.includes(cls)) return { ...scalar({ type: 'object' }), cls };
  return { ...scalar(modelSchema(world, cls)), cls };
}

const enumSchema = (values: Json[]): JsonSchema => {
  const types = new Set(values.map((value) => (typeof value === 'number' ? 'integer' : typeof value)));
  const [type] = types;
  return { enum: values, ...(types.size === 1 && (type === 'string' || type === 'integer') ? { type } : {}) };
};

function symbolicType(world: TypeWorld, value: Symbolic): TypeRef {
  const { origin } = value;
  if (origin.kind === 'op' && origin.op === '|') return union(world, origin.args);
  if (origin.kind === 'op' && origin.op === 'at' && origin.args[0] && origin.args[1])
    return generic(world, origin.args[0], origin.args[1]);
  const call = markerCall(value);
  if (call) {
    const base = constrained[call.name];
    if (base) return lenient(world, scalar(constrain(base, call.keywords, call.source)));
    if (call.name === 'conlist' && call.args[0]) return listOf(readType(world, call.args[0]));
    return anything();
  }
  const name = externalName(value);
  if (name === undefined || name === 'Any') return anything();
  const known = named[name];
  return known && !/^(starlette|fastapi)$/.test(moduleOf(value))
    ? scalar(known)
    : name === 'UploadFile'
      ? scalar(named['UploadFile'] ?? {})
      : { ...anything(), outside: value };
}

/** What Pydantic 1 takes besides. */
function lenient({ interpreter }: TypeWorld, type: TypeRef): TypeRef {
  if (!isPydantic1(interpreter) || type.schema['x-coerce'] === false) return type;
  if (type.schema.type === 'string') return { ...type, schema: { ...type.schema, 'x-coerce': true } };
  return type.schema.type === 'integer' ? { ...type, schema: { ...type.schema, 'x-truncate': true } } : type;
}

const moduleOf = (value: Symbolic): string => (value.origin.kind === 'external' ? value.origin.module : '');

/** The arguments in the brackets. */
const typeArgs = (key: Value): Value[] => (key.type === 'array' ? key.items : [key]);

function generic(world: TypeWorld, of: Value, key: Value): TypeRef {
  const args = typeArgs(key);
  const [first] = args;
  const name = of.type === 'native' ? of.name : of.type === 'class' ? of.name : (externalName(of) ?? '');
  if (of.type === 'class' && isModel(of)) {
    const bound = new Map([
      ...(world.bound ?? []),
      ...variablesOf(of).map((variable, index) => [variable, args[index] ?? first ?? of] as const),
    ]);
    return { ...scalar(modelSchema({ ...world, bound }, of)), cls: of };
  }
  if (!first) return anything();
  switch (name) {
    case 'Optional':
      return nullable(readType(world, first));
    case 'Union':
      return union(world, args);
    case 'Literal': {
      const values = args.map((arg) => literal(arg)).filter((one) => one !== undefined);
      return scalar(enumSchema(values));
    }
    case 'Annotated':
      return annotated(world, first, args.slice(1));
    case 'Tuple':
    case 'tuple':
      return tuple(world, args);
    case 'Type':
    case 'type':
    case 'ClassVar':
      return anything();
    default:
  }
  if (lists.has(name)) {
    const list = listOf(readType(world, first));
    return /^(set|Set|frozenset|FrozenSet)$/.test(name)
      ? { ...list, schema: { ...list.schema, uniqueItems: true } }
      : list;
  }
  if (dicts.has(name)) {
    const item = readType(world, args[1] ?? first);
    return {
      ...scalar({ type: 'object', ...(Object.keys(item.schema).length ? { additionalProperties: item.schema } : {}) }),
      item,
    };
  }
  return through.has(name)
    ? readType(world, first)
    : { ...anything(), ...(of.type === 'symbolic' || of.type === 'class' ? { outside: of } : {}) };
}

/** Names of the type variables that a generic class declares: `class Page(BaseModel, Generic[T])`. */
const variablesOf = (cls: ClassValue): string[] => {
  const parents = [cls.node?.parent, ...(cls.node?.mixins ?? [])];
  for (const parent of parents)
    if (parent?.kind === 'member' && parent.isSubscript) {
      const keys = parent.key.kind === 'array' ? parent.key.items.map((item) => item.value) : [parent.key];
      return keys.flatMap((key) => (key.kind === 'name' ? [key.name] : []));
    }
  return [];
};

function tuple(world: TypeWorld, args: Value[]): TypeRef {
  const items = args.filter((arg) => !(arg.type === 'object' && arg.trap?.name === 'ellipsis'));
  const [first] = items;
  if (items.length < args.length && first) return listOf(readType(world, first));
  return scalar({
    type: 'array',
    prefixItems: items.map((arg) => readType(world, arg).schema),
    minItems: items.length,
    maxItems: items.length,
  });
}

const listOf = (item: TypeRef): TypeRef => ({
  ...scalar({ type: 'array', ...(Object.keys(item.schema).length ? { items: item.schema } : {}) }),
  item,
});

function annotated(world: TypeWorld, type: Value, extras: Value[]): TypeRef {
  const inner = readType(world, type);
  const schema = extras.reduce(withMetadata, inner.schema);
  return { ...inner, schema, extras: [...inner.extras, ...extras] };
}

function union(world: TypeWorld, args: Value[]): TypeRef {
  const flat = args.flatMap((arg): Value[] =>
    arg.type === 'symbolic' && arg.origin.kind === 'op' && arg.origin.op === '|' ? arg.origin.args : [arg],
  );
  const types = flat.filter((arg) => !isNil(arg)).map((arg) => readType(world, arg));
  const [only] = types;
  const base: TypeRef =
    types.length === 1 && only
      ? only
      : { ...scalar({ anyOf: types.map((type) => type.schema) }), extras: types.flatMap((type) => type.extras) };
  return types.length < flat.length ? nullable(base) : base;
}

/** Null too. */
export function nullable(type: TypeRef): TypeRef {
  return { ...type, schema: nullableSchema(type.schema), isNullable: true };
}

export function nullableSchema(schema: JsonSchema): JsonSchema {
  if (schema.anyOf) return { ...schema, anyOf: [...schema.anyOf, { type: 'null' }] };
  return {
    ...schema,
    ...(schema.type ? { type: [...new Set([schema.type, 'null' as const].flat())] } : {}),
    ...(schema.enum ? { enum: [...schema.enum, null] } : {}),
  };
}
