import { posix } from 'node:path';
import type { EnvironmentVariable, Gap, GapKind } from '../../model/index.js';
import type { FunctionNode, ModuleNode, Pattern, Span } from '../core/language.js';
import { sourceRef, spanText } from '../core/language.js';
import { bind } from './bind.js';
import { type Callback, callbacksIn } from './callbacks.js';
import { getMember } from './access.js';
import { ancestors, findMethod } from './ancestors.js';
import { Metadata } from './decorators.js';
import { ungeneric } from './classes.js';
import { evaluate } from './evaluate.js';
import { type Completion, execute } from './execute.js';
import { hoist } from './hoist.js';
import { generator, GeneratorHost, receiverName } from './generators.js';
import { globalScope } from './globals.js';
import type { LanguageRules } from './language-rules.js';
import { Abandoned, type Path, type Question } from './path.js';
import type { Probe } from './probe.js';
import { type Binding, Scope } from './scope.js';
import { SharedState } from './shared-state.js';
import {
  ArrayValue,
  beginRun,
  type ClassValue,
  endRun,
  FunctionValue,
  type Keywords,
  isNil,
  nextHeapId,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  PromiseValue,
  type Symbolic,
  symbolic,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';

/** How the interpreter reaches source: reading, and resolving a specifier as the language does. */
export interface ModuleHost {
  /** The lowered file; undefined if it can't be read. */
  read(file: string): ModuleNode | undefined;
  /** What a folder holds; undefined: no folder. Paths here are absolute from the service's folder, which is `/`. */
  list(folder: string): { name: string; isFile: boolean }[] | undefined;
  kind(file: string): 'file' | 'folder' | undefined;
  text(file: string): string | undefined;
  /** A file of the service, or the name of a package. Undefined: neither. */
  resolve(specifier: string, from: string): { file: string } | { module: string; within?: string[] } | undefined;
  /** A module inside of a module that is a package: `users` of `app/routers/__init__.py`. */
  submodule?(file: string, name: string): string | undefined;
  /** Modules that run before this one when it is imported: the packages that it lies in. */
  before?(file: string): string[];
  /** How the language differs; absent: JavaScript. */
  rules?: LanguageRules;
}

/** Gives meaning to the names of a package. The first library that answers wins. */
export interface Library {
  name: string;
  /** The value that importing the package gives. Undefined: a symbolic external. */
  provide?(module: string, interpreter: Interpreter): Value | undefined;
  /** A call on a symbolic value. `callee` is the whole callee, e.g. external `jsonwebtoken.verify`. */
  call?(callee: Symbolic, call: NativeCall): Value | undefined;
  /** A symbolic value is awaited, or returned from an async function. */
  settle?(value: Symbolic, interpreter: Interpreter, span: Span): Value | undefined;
  /** A field of a symbolic value. */
  member?(of: Symbolic, key: string, interpreter: Interpreter): Value | undefined;
  /** Assigning to a field of a symbolic value, e.g. of a stored row. True: handled. */
  assign?(of: Symbolic, key: string, value: Value, interpreter: Interpreter, span: Span): boolean;
  /** A method of an object of the service. */
  method?(of: ObjectValue, name: string, call: NativeCall): Value | undefined;
  /** `fn.name(…)` on a function of the service that something has decorated. */
  functionMethod?(of: FunctionValue, name: string, call: NativeCall): Value | undefined;
  /** A method of a load-time collection that operations change (an in-memory store). */
  collection?(of: ObjectValue | ArrayValue, method: string, call: NativeCall): Value | undefined;
  /** A class of the service is called: what it makes. */
  construct?(cls: ClassValue, call: NativeCall): Value | undefined;
  /** A class of the service has been made. */
  defined?(cls: ClassValue, interpreter: Interpreter): void;
  /** A request has been answered. */
  ended?(interpreter: Interpreter): void;
  /** A `with` statement over something from outside: how its body is run. */
  manage?(
    manager: Value,
    interpreter: Interpreter,
    span: Span,
    begin: (value: Value) => Completion,
  ): Completion | undefined;
  /** A method of a list of stored rows. */
  rows?(of: Symbolic, method: string, call: NativeCall): Value | undefined;
  /** What JSON.parse makes of a text that is stored. */
  parsed?(text: Symbolic, interpreter: Interpreter): Value | undefined;
  /** What a stored row is in an answer, where the service says so (`toJSON`). */
  answer?(value: Symbolic, interpreter: Interpreter, span: Span): Value | undefined;
  /** A load-time place that holds a collection is given another value (`orders = orders.filter(…)`). True: handled. */
  replace?(before: ObjectValue | ArrayValue, value: Value, interpreter: Interpreter, span: Span): boolean;
  /** An object of which the library itself chooses the entry that tests take. */
  chooses?(of: ObjectValue): boolean;
  /** How long a load-time collection is that operations change. */
  lengthOf?(of: ArrayValue, interpreter: Interpreter): Value | undefined;
  /** Whether one length is less than the other, where both are of stored rows. */
  fewer?(left: Value, right: Value, interpreter: Interpreter, span: Span): Value | undefined;
}

export interface ModuleRecord {
  file: string;
  exports: Map<string, () => Value>;
  scope: Scope;
  /** CommonJS `module`. */
  commonjs: ObjectValue;
  usesCommonjs: boolean;
  /** `export * from` */
  forwards: ModuleRecord[];
  node: ModuleNode;
}

/** A load-time call that gave a value, and the heap ids (`first` to `last`) of what it made on the way. */
export interface Made {
  callee: Value;
  args: Value[];
  keywords?: Keywords | undefined;
  isNew: boolean;
  isAsync: boolean;
  first: number;
  last: number;
}

/** An exception of the program under inspection. */
export class Thrown {
  constructor(
    readonly value: Value,
    readonly span: Span,
    /** Decisions taken when it was thrown: the last of them decided it. */
    readonly decisions: number,
  ) {}
}

/** Where a module stands, in CommonJS' words and in ESM's. */
function declarePlace(scope: Scope, file: string): void {
  const meta = new ObjectValue(true);
  const folder = posix.dirname(file);
  for (const [name, text] of [
    ['url', `file://${file}`],
    ['dirname', folder],
    ['filename', file],
  ] as const)
    meta.fields.set(name, primitive(text));
  scope.declare('import.meta', meta);
  scope.declare('__dirname', primitive(folder));
  scope.declare('__filename', primitive(file));
}

const isUnset = (binding: Binding): boolean =>
  !binding.get && binding.value.type === 'primitive' && binding.value.value === undefined;

/** The value of a name that may be imported from where it is imported from here; undefined: it is being read already. */
function readOnce(binding: Binding): Value | undefined {
  const { get } = binding;
  if (!get) return binding.value;
  if (binding.isRead) return undefined;
  binding.isRead = true;
  try {
    return get();
  } finally {
    binding.isRead = false;
  }
}

/** The object that a method is called on comes before its arguments, unless the method was taken from the class. */
function withSelf(fn: FunctionValue, self: Value, args: Value[]): Value[] {
  if (fn.self) return [fn.self, ...args];
  const isUnbound = self.type === 'class' || (self.type === 'primitive' && self.value === undefined);
  return isUnbound ? args : [self, ...args];
}

/** The argument that was given for this parameter by its name. */
function takeNamed(interpreter: Interpreter, named: Keywords | undefined, target: Pattern): Value | undefined {
  if (!named || target.kind !== 'name') return undefined;
  const value = named.get(target.name);
  named.delete(target.name);
  const more = named.get('**');
  return value ?? (more && getMember(interpreter, more, target.name));
}

const arguing = new WeakMap<FunctionNode, boolean>();

/** The word `arguments` stands somewhere in the function. */
function readsArguments(node: FunctionNode): boolean {
  let found = arguing.get(node);
  if (found === undefined) arguing.set(node, (found = spanText(node.span).includes('arguments')));
  return found;
}

const maxSteps = 400_000;
const maxDepth = 48;

export class Interpreter {
  /** The request being replayed; undefined while modules load. */
  path: Path | undefined;
  readonly modules = new Map<string, ModuleRecord>();
  readonly gaps: Gap[] = [];
  /** Name → version of packages of the service, where what they mean differs between versions. */
  packages: Record<string, string> = {};
  /** Environment variables that were read, by name. */
  readonly environment = new Map<string, EnvironmentVariable>();
  readonly global: Scope;
  /** Conditions under which load-time statements run right now, as written. */
  readonly conditions: string[] = [];
  /** Conditions on `NODE_ENV` are answered as in tests: while loading they are open else. */
  asTests = false;
  /** Branches around that tests do not come into. */
  untested = 0;
  /** Loops around that run an unknown number of times. */
  uncounted = 0;
  /** How many enclosing handlers would catch an exception now. */
  catching = 0;
  /** The rejection that a handler is being called with: its own deciding condition. */
  cause: { error: Value; decisions: number; span: Span } | undefined;
  /** Calls of exported functions made at load time: how a value came to be, for the harness to repeat. */
  readonly made = new Map<Value, Made>();
  shared = new SharedState();
  /** Functions that something outside was given while modules loaded. */
  readonly callbacks: Callback[] = [];
  /** Functions that ran while modules loaded. */
  readonly invoked = new Set<FunctionNode>();
  readonly metadata = new Metadata();
  isDetached = false;
  /** The module whose statements run right now, and what each module imports. */
  running: string | undefined;
  readonly imports = new Map<string, Set<string>>();
  /** While loading: what the running function returns if some undecided condition holds. Known beats nothing. */
  perhaps: Value | undefined;
  /** Somebody watches a run on known values. */
  probe: Probe | undefined;
  /** All steps ever taken: what reading has cost so far, whatever the machine. */
  spent = 0;
  /** How the language differs; undefined: JavaScript. */
  readonly rules: LanguageRules | undefined;
  private readonly parts = new Map<keyof Library, Library[]>();
  private steps = 0;
  private depth = 0;
  private readonly active = new Map<FunctionNode, number>();

  constructor(
    readonly host: ModuleHost,
    readonly libraries: Library[],
    readonly onFile: (file: string) => void = () => undefined,
  ) {
    this.rules = host.rules;
    this.global = this.rules ? new Scope(undefined, true, '') : globalScope(this);
    this.rules?.globals(this, this.global);
  }

  get loading(): boolean {
    return !this.path;
  }

  /** The libraries that say something of this, in their order. */
  having(part: keyof Library): Library[] {
    let found = this.parts.get(part);
    if (!found) this.parts.set(part, (found = this.libraries.filter((library) => library[part])));
    return found;
  }

  /** Runs `body` as one request; everything it changed at load time is put back. */
  replay(path: Path, body: () => void): void {
    this.path = path;
    this.steps = 0;
    this.depth = 0;
    this.catching = 0;
    this.uncounted = 0;
    this.active.clear();
    beginRun();
    try {
      body();
    } finally {
      endRun();
      for (const undo of path.undo.reverse()) undo();
      this.path = undefined;
    }
  }

  /** From here on so many steps may be taken. */
  resetBudget(steps = maxSteps): void {
    this.steps = maxSteps - Math.min(steps, maxSteps);
  }

  step(): void {
    this.spent++;
    if (++this.steps > maxSteps) throw new Abandoned('more steps than the limit');
  }

  gap(kind: GapKind, reason: string, span?: Span): void {
    const source = span && sourceRef(span);
    if (
      this.gaps.some(
        (gap) => gap.reason === reason && gap.source?.file === source?.file && gap.source?.line === source?.line,
      )
    )
      return;
    this.gaps.push({ kind, reason, ...(source ? { source } : {}) });
  }

  /** Answers a question on the current path. Only while replaying. */
  decide(question: Question, span: Span, likely: boolean): boolean {
    if (!this.path) throw new Error('decide: no path while loading');
    return this.path.decide(question, span, likely);
  }

  /** Runs what the service does when it starts; that it fails here says nothing. */
  start(body: () => Value, span: Span): void {
    this.steps = 0;
    try {
      const value = this.settle(body(), span);
      if (value.type === 'object' && value.host instanceof GeneratorHost) value.host.items(this, span);
    } catch (error) {
      if (!(error instanceof Thrown || error instanceof Abandoned)) throw error;
    }
  }

  throw(value: Value, span: Span): never {
    throw new Thrown(value, span, this.path?.decisions.length ?? 0);
  }

  /** Work that nobody waits for: what it does comes after the answer, and its errors go nowhere. */
  detached(body: () => void): void {
    const before = this.isDetached;
    this.isDetached = true;
    try {
      body();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
    } finally {
      this.isDetached = before;
    }
  }

  // Modules

  load(file: string): ModuleRecord | undefined {
    const known = this.modules.get(file);
    if (known) return known;
    const node = this.host.read(file);
    if (!node) return undefined;
    for (const outer of this.host.before?.(file) ?? []) this.load(outer);
    const meanwhile = this.modules.get(file);
    if (meanwhile) return meanwhile;
    this.onFile(file);
    const record = this.register(file, node);
    for (const error of node.errors.slice(0, 1))
      this.gap('syntax-error', `Syntax error: ${error.message} The rest of the file was read.`, error.span);
    const conditions = this.conditions.splice(0);
    const steps = this.steps;
    const path = this.path;
    this.path = undefined;
    this.runModule(record);
    this.path = path;
    this.steps = steps;
    this.conditions.push(...conditions);
    return record;
  }

  /** Runs `body` as while modules load, also where a request is being replayed. */
  whileLoading<T>(body: () => T): T {
    const { path, steps } = this;
    this.path = undefined;
    try {
      return body();
    } finally {
      this.path = path;
      this.steps = steps;
    }
  }

  private register(file: string, node: ModuleNode): ModuleRecord {
    const scope = new Scope(this.global, true, file);
    const commonjs = new ObjectValue(true);
    const exports = new ObjectValue(true);
    commonjs.fields.set('exports', exports);
    const record: ModuleRecord = { file, exports: new Map(), scope, commonjs, usesCommonjs: false, forwards: [], node };
    commonjs.trap = {
      name: 'module',
      set: (key) => {
        if (key === 'exports') record.usesCommonjs = true;
        return false;
      },
    };
    exports.trap = {
      name: 'exports',
      set: () => {
        record.usesCommonjs = true;
        return false;
      },
    };
    scope.declare('module', commonjs);
    scope.names.set('exports', { value: exports });
    declarePlace(scope, posix.join('/', file));
    scope.declare('require', this.requireFrom(file));
    this.modules.set(file, record);
    return record;
  }

  private requireFrom(file: string): Value {
    const require = new NativeValue('require', ({ args: [specifier], span }) =>
      specifier?.type === 'primitive'
        ? this.import(String(specifier.value), file, 'require')
        : unknown('require', specifier ? [specifier] : [], span),
    );
    require.fields.set('resolve', new NativeValue('require.resolve', ({ args }) => args[0] ?? undefinedValue));
    return require;
  }

  private runModule(record: ModuleRecord): void {
    const outer = this.running;
    this.running = record.file;
    hoist(this, record.node.body, record.scope, record);
    for (const statement of record.node.body) {
      this.steps = 0;
      try {
        execute(this, [statement], record.scope, record);
      } catch (error) {
        if (error instanceof Thrown) continue;
        if (!(error instanceof Abandoned)) throw error;
        this.gap(
          'reading-limit',
          `This statement took more steps than the limit; what it registers may be missing.`,
          statement.span,
        );
      }
    }
    this.running = outer;
  }

  importName(record: ModuleRecord, name: string): Value {
    const own = record.exports.get(name);
    if (own) return own();
    const getter = this.findExport(record, name, new Set());
    if (getter) return getter();
    if (record.node.exportsAll) return name === '*' ? this.namespace(record) : unknown(`${name} of ${record.file}`);
    const whole = record.commonjs.fields.get('exports') ?? undefinedValue;
    if (record.exports.size === 0 && !record.forwards.length) {
      if (name === '*' || name === 'require') return whole;
      if (name !== 'default') return getMember(this, whole, name, record.node.body[0]?.span);
      const inner = whole.type === 'object' ? whole.fields.get('default') : undefined;
      return inner && whole.type === 'object' && whole.fields.has('__esModule') ? inner : whole;
    }
    if (name === '*' || name === 'require') return this.namespace(record);
    return undefinedValue;
  }

  private findExport(record: ModuleRecord, name: string, seen: Set<ModuleRecord>): (() => Value) | undefined {
    if (seen.has(record)) return undefined;
    seen.add(record);
    const own = record.exports.get(name) ?? this.anyName(record, name);
    if (own) return own;
    if (name === 'default' || name === '*') return undefined;
    for (const forward of record.forwards) {
      const found = this.findExport(forward, name, seen);
      if (found) return found;
      if (forward.usesCommonjs) {
        const whole = forward.commonjs.fields.get('exports');
        if (whole?.type === 'object' && whole.fields.has(name)) return () => whole.fields.get(name) ?? undefinedValue;
      }
    }
    return undefined;
  }

  /** Where every name can be imported: one of the module's names, else a module inside of it. */
  private anyName(record: ModuleRecord, name: string): (() => Value) | undefined {
    if (!record.node.exportsAll || name === '*') return undefined;
    const binding = record.scope.names.get(name);
    const inner = this.host.submodule?.(record.file, name);
    const module = (): Value | undefined => {
      const loaded = inner === undefined ? undefined : this.load(inner);
      return loaded && this.namespace(loaded);
    };
    if (binding && !(inner !== undefined && isUnset(binding)))
      return () => readOnce(binding) ?? module() ?? undefinedValue;
    const found = module();
    return found && (() => found);
  }

  private readonly namespaces = new Map<ModuleRecord, ObjectValue>();

  /** `import * as users from './users.js'`: an object whose fields are the module's exports. */
  namespace(record: ModuleRecord): ObjectValue {
    const known = this.namespaces.get(record);
    if (known) return known;
    const object = new ObjectValue(true);
    object.host = record;
    object.trap = {
      name: 'namespace',
      get: (key) => this.findExport(record, key, new Set())?.(),
      entries: () => this.everyExport(record).map(([name, get]) => [name, get()]),
    };
    this.namespaces.set(record, object);
    return object;
  }

  private everyExport(record: ModuleRecord, seen = new Set<ModuleRecord>()): [string, () => Value][] {
    if (seen.has(record)) return [];
    seen.add(record);
    const names = record.node.exportsAll
      ? [...record.scope.names].map(([name, binding]): [string, () => Value] => [
          name,
          () => readOnce(binding) ?? undefinedValue,
        ])
      : [];
    return [
      ...names,
      ...record.exports,
      ...record.forwards.flatMap((forward) => this.everyExport(forward, seen).filter(([name]) => name !== 'default')),
    ];
  }

  /** Every exported name with its value. */
  exportsOf(record: ModuleRecord): [string, Value][] {
    const named: [string, Value][] = [...record.exports].map(([name, get]) => [name, get()]);
    if (record.node.exportsAll)
      for (const [name, binding] of record.scope.names) if (!binding.get) named.push([name, binding.value]);
    if (record.usesCommonjs) {
      const whole = record.commonjs.fields.get('exports');
      if (whole) named.push(['*', whole]);
      if (whole?.type === 'object') named.push(...whole.fields);
    }
    return named;
  }

  import(specifier: string, from: string, name: string): Value {
    const target = this.host.resolve(specifier, from);
    if (!target) return unknown(`module ${specifier}`);
    if ('module' in target) return this.external(target.module, name, target.within);
    this.imports.set(from, (this.imports.get(from) ?? new Set()).add(target.file));
    const record = this.load(target.file);
    return record ? this.importName(record, name) : unknown(`module ${specifier}`);
  }

  /** @param within the way from the package to the module that is meant: `orm` of `sqlalchemy.orm` */
  external(module: string, name: string, within: string[] = []): Value {
    const path = name === 'default' || name === '*' || name === 'require' ? within : [...within, name];
    for (const library of this.having('provide')) {
      const value = library.provide?.(module, this);
      if (value) return path.reduce((of, key) => getMember(this, of, key), value);
    }
    return symbolic({ kind: 'external', module, path }, true);
  }

  /** Loading `file` loads `other` too. */
  loads(file: string, other: string, seen = new Set<string>()): boolean {
    if (file === other) return true;
    if (seen.has(file)) return false;
    seen.add(file);
    return [...(this.imports.get(file) ?? [])].some((next) => this.loads(next, other, seen));
  }

  // Calls

  call(callee: Value, self: Value, args: Value[], span: Span, isNew = false, keywords?: Keywords): Value {
    this.step();
    switch (callee.type) {
      case 'function':
        return isNew ? this.constructLegacy(callee, args, span) : this.invoke(callee, self, args, span, keywords);
      case 'native':
        return callee.run({ interpreter: this, self, args, span, isNew, keywords });
      case 'class':
        return this.construct(callee, args, span, keywords);
      case 'symbolic':
        return this.callSymbolic(callee, { interpreter: this, self, args, span, isNew, keywords });
      case 'object': {
        const call = { interpreter: this, self, args, span, isNew, keywords };
        return (
          callee.trap?.call?.(call) ?? this.callObject(callee, call) ?? unknown(spanText(span).slice(0, 80), [], span)
        );
      }
      default:
        return unknown(spanText(span).slice(0, 80), [], span);
    }
  }

  private callObject(callee: ObjectValue, { args, span, keywords }: NativeCall): Value | undefined {
    const method = this.rules && findMethod(callee.cls, this.rules.callName);
    return method && this.call(method, callee, args, span, false, keywords);
  }

  private callSymbolic(callee: Symbolic, call: NativeCall): Value {
    const plain = ungeneric(callee);
    if (plain !== callee) return this.call(plain, call.self, call.args, call.span, call.isNew, call.keywords);
    for (const library of this.having('call')) {
      const value = library.call?.(callee, call);
      if (value) return value;
    }
    const { args, isNew, span, keywords } = call;
    if (this.loading) for (const fn of callbacksIn(args)) this.callbacks.push({ fn, conditions: [...this.conditions] });
    return symbolic({ kind: 'call', callee, args, isNew, span, ...(keywords ? { keywords } : {}) }, this.loading);
  }

  invoke(fn: FunctionValue, self: Value, args: Value[], span: Span, keywords?: Keywords): Value {
    if (fn.node.yields) return generator(new GeneratorHost(fn, self, args, keywords), this.loading);
    return this.enter(fn, self, args, span, keywords);
  }

  /** Runs the body of a function. `receiver`: takes what a generator hands out. */
  enter(
    fn: FunctionValue,
    self: Value,
    given: Value[],
    span: Span,
    keywords: Keywords | undefined,
    handedTo?: Value,
  ): Value {
    const running = this.active.get(fn.node) ?? 0;
    if (running >= 3 || this.depth >= maxDepth)
      return unknown(`recursion into ${fn.node.name || 'a function'}`, [], span);
    if (this.loading) this.invoked.add(fn.node);
    const first = nextHeapId();
    const scope = new Scope(fn.scope, this.loading, fn.scope.file);
    const args = fn.node.takesSelf ? withSelf(fn, self, given) : given;
    const receiver = fn.node.isArrow ? undefined : fn.node.takesSelf ? args[0] : (fn.self ?? self);
    if (receiver) scope.declare('this', receiver);
    if (fn.home) scope.declare('super', fn.home);
    if (handedTo) scope.declare(receiverName, handedTo);
    if (!fn.node.isArrow && !this.rules && readsArguments(fn.node))
      scope.declare('arguments', new ArrayValue(args, this.loading));
    this.active.set(fn.node, running + 1);
    this.depth++;
    try {
      this.bindParameters(fn.node, args, scope, fn, keywords);
      return this.runBody(fn, scope, span, given, first, keywords);
    } finally {
      this.depth--;
      this.active.set(fn.node, running);
    }
  }

  private bindParameters(
    node: FunctionNode,
    args: Value[],
    scope: Scope,
    fn?: FunctionValue,
    keywords?: Keywords,
  ): void {
    const named = keywords && new Map(keywords);
    node.params.forEach((param, index) => {
      if (param.byName === 'rest') return bind(this, param.target, this.leftOver(named), scope);
      if (param.rest) return bind(this, param.target, new ArrayValue(args.slice(index), this.loading), scope);
      const value = (param.byName ? undefined : args[index]) ?? takeNamed(this, named, param.target);
      bind(this, param.target, value ?? fn?.fallbacks?.get(index) ?? undefinedValue, scope);
    });
  }

  /** Named arguments that no parameter took. */
  private leftOver(named: Keywords | undefined): Value {
    const rest = new ObjectValue(this.loading);
    for (const [name, value] of named ?? [])
      if (name !== '**') rest.fields.set(name, value);
      else if (value.type === 'symbolic') rest.open = value;
    return rest;
  }

  private runBody(
    fn: FunctionValue,
    scope: Scope,
    span: Span,
    args: Value[],
    first: number,
    keywords: Keywords | undefined,
  ): Value {
    if (!fn.node.isAsync || scope.names.has(receiverName)) {
      const result = this.completion(fn, scope);
      this.remember(result, fn, args, false, first, keywords);
      return result;
    }
    try {
      const result = this.settle(this.completion(fn, scope), span);
      this.remember(result, fn, args, true, first, keywords);
      return result.type === 'promise' ? result : new PromiseValue({ ok: true, value: result }, this.loading);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      return new PromiseValue(
        { ok: false, error: error.value, guards: error.decisions, span: error.span },
        this.loading,
      );
    }
  }

  private completion(fn: FunctionValue, scope: Scope): Value {
    const outer = this.perhaps;
    this.perhaps = undefined;
    try {
      hoist(this, fn.node.body, scope, undefined);
      const done = execute(this, fn.node.body, scope, undefined);
      const value = done.kind === 'return' ? done.value : undefinedValue;
      return (isNil(value) ? this.perhaps : undefined) ?? value;
    } finally {
      this.perhaps = outer;
    }
  }

  private remember(
    value: Value,
    callee: Value,
    args: Value[],
    isAsync: boolean,
    first: number,
    keywords: Keywords | undefined,
  ): void {
    if (this.loading && value.type !== 'primitive' && !this.made.has(value))
      this.made.set(value, { callee, args, keywords, isNew: false, isAsync, first, last: nextHeapId() - 1 });
  }

  construct(cls: ClassValue, args: Value[], span: Span, keywords?: Keywords): Value {
    const first = nextHeapId();
    const self = new ObjectValue(this.loading);
    self.cls = cls;
    for (const library of this.having('construct')) {
      const value = library.construct?.(cls, { interpreter: this, self, args, span, isNew: true, keywords });
      if (value) return value;
    }
    const made: Made = { callee: cls, args, keywords, isNew: true, isAsync: false, first, last: first };
    if (this.loading) this.made.set(self, made);
    const result = cls.node?.body
      ? this.initializeByMethod(cls, self, args, span, keywords)
      : this.initialize(cls, self, args, span, keywords);
    made.last = nextHeapId() - 1;
    return result;
  }

  /** The constructor is a method like others: the first that the class or a parent has. */
  private initializeByMethod(
    cls: ClassValue,
    self: ObjectValue,
    args: Value[],
    span: Span,
    keywords: Keywords | undefined,
  ): Value {
    for (const parent of ancestors(cls)) {
      if (parent.type === 'symbolic') {
        this.openParent(self, parent, args, span, keywords);
        return self;
      }
      const name = this.rules?.constructorName ?? '';
      const own = parent.methods.get(name) ?? parent.natives.get(name);
      if (own) this.call(own, self, args, span, false, keywords);
      else if (parent.construct) parent.construct({ interpreter: this, self, args, span, isNew: true, keywords }, self);
      else continue;
      return self;
    }
    return self;
  }

  /** A parent outside the code is constructed: what it is given by name can be read from the object. */
  openParent(self: ObjectValue, parent: Symbolic, args: Value[], span: Span, keywords: Keywords | undefined): void {
    self.open = symbolic(
      { kind: 'call', callee: parent, args, isNew: true, span, ...(keywords ? { keywords } : {}) },
      this.loading,
    );
    for (const [name, value] of keywords ?? []) if (name !== '**') self.fields.set(name, value);
  }

  /** Runs the constructor chain of `cls` on `self`. */
  initialize(cls: ClassValue, self: ObjectValue, args: Value[], span: Span, keywords?: Keywords): Value {
    if (cls.construct) {
      cls.construct({ interpreter: this, self, args, span, isNew: true, keywords }, self);
      return self;
    }
    const own = cls.node?.members.find((member) => member.kind === 'constructor');
    if (!own?.fn) {
      this.initializeParent(cls, self, args, span);
      this.initializeFields(cls, self);
      return self;
    }
    if (!cls.parent) this.initializeFields(cls, self);
    const scope = new Scope(cls.scope, this.loading, cls.scope?.file ?? '');
    scope.declare('this', self);
    scope.declare('super', cls);
    this.bindParameters(own.fn, args, scope);
    for (const name of own.parameterFields ?? []) self.fields.set(name, scope.names.get(name)?.value ?? undefinedValue);
    this.depth++;
    hoist(this, own.fn.body, scope, undefined);
    if (this.depth < maxDepth) execute(this, own.fn.body, scope, undefined);
    this.depth--;
    return self;
  }

  initializeParent(cls: ClassValue, self: ObjectValue, args: Value[], span: Span): void {
    if (cls.parent?.type === 'class') this.initialize(cls.parent, self, args, span);
    else if (cls.parent)
      self.open = symbolic({ kind: 'call', callee: cls.parent, args, isNew: true, span }, this.loading);
  }

  initializeFields(cls: ClassValue, self: ObjectValue): void {
    for (const member of cls.node?.members ?? []) {
      if (member.kind !== 'field' || member.isStatic) continue;
      const scope = new Scope(cls.scope, this.loading, cls.scope?.file ?? '');
      scope.declare('this', self);
      scope.declare('super', cls);
      const key = evaluate(this, member.key, scope);
      if (key.type !== 'primitive') continue;
      const value = member.value ? evaluate(this, member.value, scope) : undefinedValue;
      if ('label' in value && !value.label) {
        value.label = String(key.value);
        value.owner = cls.name;
      }
      self.fields.set(String(key.value), value);
    }
  }

  /** `new` on a plain function: its `this` becomes the object. */
  private constructLegacy(fn: FunctionValue, args: Value[], span: Span): Value {
    const self = new ObjectValue(this.loading);
    const prototype = fn.fields.get('prototype');
    if (prototype?.type === 'object') for (const [name, value] of prototype.fields) self.fields.set(name, value);
    const result = this.invoke(fn, self, args, span);
    return result.type === 'object' ? result : self;
  }

  // Asynchrony

  /** `await`: unwraps promises, lets libraries run lazy queries, rethrows rejections. */
  settle(value: Value, span: Span): Value {
    if (value.type === 'promise') {
      value.handled = true;
      if (value.state.ok) return this.settle(value.state.value, span);
      throw new Thrown(value.state.error, value.state.span, value.state.guards);
    }
    if (value.type === 'object') return value.trap?.settle?.() ?? value;
    if (value.type !== 'symbolic') return value;
    for (const library of this.having('settle')) {
      const settled = library.settle?.(value, this, span);
      if (settled) return settled;
    }
    return value;
  }

  /** What the first library says that has something to say of this. */
  ask<Answer>(part: keyof Library, question: (library: Library) => Answer | undefined): Answer | undefined {
    for (const library of this.having(part)) {
      const answer = question(library);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** Asks libraries for a method of a collection that operations change. */
  collection(of: ObjectValue | ArrayValue, method: string, args: Value[], span: Span): Value | undefined {
    if (!this.path || !this.shared.isChanged(of)) return undefined;
    for (const library of this.having('collection')) {
      const value = library.collection?.(of, method, { interpreter: this, self: of, args, span, isNew: false });
      if (value) return value;
    }
    return undefined;
  }
}
