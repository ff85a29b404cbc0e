import type { JsonSchema } from '../../model/index.js';
import type { ClassNode, FunctionNode, Literal, SequenceShape, Span } from '../core/language.js';
import type { Decoration } from './decorators.js';
import type { Interpreter } from './interpreter.js';
import type { Scope } from './scope.js';

/** What the interpreter computes with. Concrete where the code says it, symbolic where only a request or the outside can. */
export type Value =
  Primitive | ObjectValue | ArrayValue | FunctionValue | NativeValue | ClassValue | PromiseValue | Symbolic;

export interface Primitive {
  type: 'primitive';
  value: Literal;
}

let serial = 0;
/** Where the current run began to count what it makes up, so that the same thing has the same name in each run. */
let runStart = 0;
export const beginRun = (): void => void (runStart = serial);
export const endRun = (): void => void (runStart = 0);
/** The identity that the next heap thing gets: what is made between two readings has an id between them. */
export const nextHeapId = (): number => serial + 1;

/** A heap thing: has an identity, and knows whether it was made while modules loaded (`atLoad`) or during one request. */
abstract class Heap {
  readonly id = ++serial;
  /** A name the code gave it (variable, property, export), for reports. */
  label: string | undefined;
  /** The class whose field holds it, where that says more than the field's name. */
  owner: string | undefined;
  constructor(readonly atLoad: boolean) {}
}

export class ObjectValue extends Heap {
  readonly type = 'object' as const;
  readonly fields = new Map<string, Value>();
  /** Fields not in `fields` come from here (a spread of something unknown). */
  open: Symbolic | undefined;
  cls: ClassValue | undefined;
  /** Special objects (request, environment, Map, router): fields made on demand. Undefined: look in `fields`. */
  trap: Trap | undefined;
  /** What an adapter or a built-in keeps with it. */
  host: unknown;
  getters: Map<string, FunctionValue> | undefined;
}

export interface Trap {
  name: string;
  get?(key: string, self: ObjectValue): Value | undefined;
  /** True: handled. */
  set?(key: string, value: Value, self: ObjectValue, span: Span): boolean;
  call?(call: NativeCall): Value;
  /** It is awaited. */
  settle?(): Value;
  /** All fields, where they are not in `fields`. */
  entries?(self: ObjectValue): [string, Value][];
}

/** The fields of an object, in the order in which they were set. */
export const entriesOf = (value: ObjectValue): [string, Value][] => value.trap?.entries?.(value) ?? [...value.fields];

export class ArrayValue extends Heap {
  readonly type = 'array' as const;
  constructor(
    public items: Value[],
    atLoad: boolean,
    /** Set: further items of this shape may follow, so length is unknown. */
    public more?: Value,
    /** What kind of sequence it is, where it is no plain list. */
    readonly shape?: SequenceShape,
  ) {
    super(atLoad);
  }
}

/** Arguments given by name. `**`: more of them, in a value whose fields are not known. */
export type Keywords = Map<string, Value>;

export class FunctionValue extends Heap {
  readonly type = 'function' as const;
  readonly fields = new Map<string, Value>();
  /** Values of `fallback`s by parameter index. */
  fallbacks: Map<number, Value> | undefined;
  /** What unknown decorators it was handed to. */
  decorations: Value[] | undefined;
  /** For `super`. */
  home: ClassValue | undefined;
  constructor(
    readonly node: FunctionNode,
    readonly scope: Scope,
    readonly self: Value | undefined,
    atLoad: boolean,
  ) {
    super(atLoad);
  }
}

export interface NativeCall {
  interpreter: Interpreter;
  self: Value;
  args: Value[];
  span: Span;
  isNew: boolean;
  keywords?: Keywords | undefined;
}

export class NativeValue extends Heap {
  readonly type = 'native' as const;
  readonly fields = new Map<string, Value>();
  host: unknown;
  constructor(
    readonly name: string,
    readonly run: (call: NativeCall) => Value,
    /** Number of declared parameters, which Express looks at. */
    readonly arity = 0,
  ) {
    super(true);
  }
}

export class ClassValue extends Heap {
  readonly type = 'class' as const;
  readonly fields = new Map<string, Value>();
  readonly methods = new Map<string, FunctionValue>();
  /** Methods of classes that a package provides. */
  readonly natives = new Map<string, NativeValue>();
  /** Parents besides `parent`, which come after it. */
  mixins: (ClassValue | Symbolic)[] = [];
  readonly getters = new Map<string, FunctionValue>();
  readonly staticGetters = new Map<string, FunctionValue>();
  readonly decorations: Decoration[] = [];
  constructor(
    readonly name: string,
    readonly parent: ClassValue | Symbolic | undefined,
    readonly node: ClassNode | undefined,
    readonly scope: Scope | undefined,
    /** Built-in classes construct natively. */
    readonly construct?: (call: NativeCall, self: ObjectValue) => void,
  ) {
    super(true);
  }
}

export class PromiseValue extends Heap {
  readonly type = 'promise' as const;
  /** A rejection that something has looked at. */
  handled = false;
  constructor(
    readonly state: { ok: true; value: Value } | { ok: false; error: Value; guards: number; span: Span },
    atLoad: boolean,
  ) {
    super(atLoad);
  }
}

export type Part = 'body' | 'query' | 'path' | 'header' | 'cookie';

/** Where a symbolic value comes from. */
export type Origin =
  | { kind: 'input'; part: Part; at: string[] }
  /** `example`: from a checked-in env file; used to find files, never written. */
  | { kind: 'environment'; name: string; fallback?: Literal; example?: string }
  | { kind: 'external'; module: string; path: string[] }
  | { kind: 'call'; callee: Symbolic; args: Value[]; isNew: boolean; span: Span; keywords?: Keywords | undefined }
  | { kind: 'member'; of: Symbolic; key: string }
  /** A parameter of a function that nobody in the code calls. */
  | { kind: 'parameter'; index: number; name: string; of: FunctionValue }
  | { kind: 'op'; op: string; args: Value[] }
  | { kind: 'principal'; scheme: string; at: string[] }
  | { kind: 'session'; at: string[] }
  | { kind: 'row'; lookup: string; at: string[] }
  | { kind: 'rows'; lookup: string; each?: Value }
  | { kind: 'count'; lookup: string }
  | { kind: 'written'; effect: string; at: string[]; known?: ObjectValue }
  | { kind: 'upstream'; effect: string; at: string[] }
  | {
      kind: 'generated';
      what: 'uuid' | 'clock' | 'random' | 'token' | 'hash' | 'other';
      schema: JsonSchema;
      args: Value[];
      serial: number;
    }
  /** An error that something outside threw. `name`: its class, where known. */
  | { kind: 'failure'; of: string; name?: string; at: string[]; unique?: boolean }
  | { kind: 'unknown'; text: string; reads: Value[]; span?: Span };

export class Symbolic extends Heap {
  readonly type = 'symbolic' as const;
  /** Fields of a stored row that this request has assigned since it read the row. */
  changes: Map<string, Value> | undefined;
  /** It has these fields and no others. */
  closed: ReadonlySet<string> | undefined;
  private cachedKey: string | undefined;
  constructor(
    readonly origin: Origin,
    atLoad = false,
  ) {
    super(atLoad);
  }

  /** Equal keys mean the same value within one request. */
  get key(): string {
    if (this.cachedKey !== undefined) return this.cachedKey;
    if (keysWithin >= deepestKey) return `s${this.id}`;
    keysWithin++;
    try {
      return (this.cachedKey = short(originKey(this.origin)));
    } finally {
      keysWithin--;
    }
  }
}

export const undefinedValue: Primitive = { type: 'primitive', value: undefined };
export const nullValue: Primitive = { type: 'primitive', value: null };
export const primitive = (value: Literal): Primitive => ({ type: 'primitive', value });
export const symbolic = (origin: Origin, atLoad = false): Symbolic => new Symbolic(origin, atLoad);
export const unknown = (text: string, reads: Value[] = [], span?: Span): Symbolic =>
  symbolic({ kind: 'unknown', text, reads, ...(span ? { span } : {}) });
export const generated = (
  what: 'uuid' | 'clock' | 'random' | 'token' | 'hash' | 'other',
  schema: JsonSchema,
  args: Value[] = [],
): Symbolic => symbolic({ kind: 'generated', what, schema, args, serial: runStart ? runStart - ++serial : ++serial });
export const operation = (op: string, ...args: Value[]): Symbolic => symbolic({ kind: 'op', op, args });

export const isNil = (value: Value): boolean =>
  value.type === 'primitive' && (value.value === undefined || value.value === null);
export const isCallable = (value: Value): boolean =>
  value.type === 'function' || value.type === 'native' || value.type === 'class';
export const textOf = (value: Value | undefined): string | undefined =>
  value?.type === 'primitive' && typeof value.value === 'string' ? value.value : undefined;

/** Long keys get a number: a value that is used twice in another would else be spelled out twice, and so on, without end. */
const interned = new Map<string, string>();
function short(key: string): string {
  if (key.length <= 120) return key;
  const known = interned.get(key);
  if (known) return known;
  const made = `#${interned.size}`;
  interned.set(key, made);
  return made;
}

/** How many keys are being spelled out, one inside the other; a value that holds itself, or a text put together in a long loop, has its number. */
let keysWithin = 0;
const deepestKey = 200;

/** Equal for equal values within one run. */
export const keyOf = (value: Value, depth = 0): string => short(longKeyOf(value, depth));

function longKeyOf(value: Value, depth: number): string {
  if (depth > 6) return '…';
  switch (value.type) {
    case 'primitive':
      return typeof value.value === 'string' ? JSON.stringify(value.value) : String(value.value);
    case 'symbolic':
      return value.key;
    case 'object':
      return value.atLoad
        ? `o${value.id}`
        : `{${[...value.fields]
            .map(([name, field]) => `${name}:${keyOf(field, depth + 1)}`)
            .sort()
            .join()}}`;
    case 'array':
      return value.atLoad ? `a${value.id}` : `[${value.items.map((item) => keyOf(item, depth + 1)).join()}]`;
    case 'promise':
      return value.state.ok
        ? `promise(${keyOf(value.state.value, depth + 1)})`
        : `rejected(${keyOf(value.state.error, depth + 1)})`;
    case 'function':
      if (!value.atLoad) return `function@${value.node.span.source.file}:${value.node.span.start}`;
      return `function${value.id}`;
    default:
      return `${value.type}${value.id}`;
  }
}

const keywordsKey = (keywords: Keywords | undefined): string =>
  keywords ? [...keywords].map(([name, value]) => `,${name}=${keyOf(value)}`).join('') : '';

function originKey(origin: Origin): string {
  switch (origin.kind) {
    case 'input':
      return `in.${origin.part}.${origin.at.join('.')}`;
    case 'environment':
      return `env.${origin.name}`;
    case 'external':
      return `ext.${origin.module}.${origin.path.join('.')}`;
    case 'call':
      return `${origin.callee.key}(${origin.args.map((arg) => keyOf(arg)).join()}${keywordsKey(origin.keywords)})@${origin.span.source.file}:${origin.span.start}`;
    case 'member':
      return `${origin.of.key}.${origin.key}`;
    case 'parameter':
      return `param.${keyOf(origin.of)}.${origin.index}`;
    case 'op':
      return `${origin.op}(${origin.args.map((arg) => keyOf(arg)).join()})`;
    case 'principal':
      return `principal.${origin.scheme}.${origin.at.join('.')}`;
    case 'session':
      return `session.${origin.at.join('.')}`;
    case 'row':
      return `row.${origin.lookup}.${origin.at.join('.')}`;
    case 'rows':
      return `rows.${origin.lookup}`;
    case 'count':
      return `count.${origin.lookup}`;
    case 'written':
      return `written.${origin.effect}.${origin.at.join('.')}`;
    case 'upstream':
      return `upstream.${origin.effect}.${origin.at.join('.')}`;
    case 'generated':
      return `gen.${origin.serial}`;
    case 'failure':
      return `fail.${origin.of}.${origin.at.join('.')}`;
    case 'unknown':
      return `?${origin.text}(${origin.reads.map((read) => keyOf(read)).join()})`;
  }
}
