import { posix } from 'node:path';
import type { ModuleNode } from '../core/language.js';
import { getMember } from './access.js';
import { execute } from './execute.js';
import { hoist } from './hoist.js';
import { Abandoned } from './path.js';
import { type Binding, Scope } from './scope.js';
import { NativeValue, ObjectValue, primitive, symbolic, undefinedValue, unknown, type Value } from './values.js';
import type { Interpreter } from './interpreter.js';
import { Thrown } from './thrown.js';

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

/** The modules of the service: loaded once each, in the order in which they are imported. */
export class Modules {
  private readonly records = new Map<string, ModuleRecord>();
  private readonly namespaces = new Map<ModuleRecord, ObjectValue>();
  /** What each module imports. */
  private readonly imports = new Map<string, Set<string>>();

  constructor(private readonly interpreter: Interpreter) {}

  /** A module that was loaded. */
  get(file: string): ModuleRecord | undefined {
    return this.records.get(file);
  }

  values(): Iterable<ModuleRecord> {
    return this.records.values();
  }

  /** Undefined: it can't be read. */
  load(file: string): ModuleRecord | undefined {
    const known = this.records.get(file);
    if (known) return known;
    const node = this.interpreter.host.read(file);
    if (!node) return undefined;
    for (const outer of this.interpreter.host.before?.(file) ?? []) this.load(outer);
    const meanwhile = this.records.get(file);
    if (meanwhile) return meanwhile;
    this.interpreter.onFile(file);
    const record = this.register(file, node);
    for (const error of node.errors.slice(0, 1))
      this.interpreter.gap('syntax-error', `Syntax error: ${error.message} The rest of the file was read.`, error.span);
    const conditions = this.interpreter.conditions.splice(0);
    this.interpreter.whileLoading(() => this.run(record));
    this.interpreter.conditions.push(...conditions);
    return record;
  }

  private register(file: string, node: ModuleNode): ModuleRecord {
    const scope = new Scope(this.interpreter.global, true, file);
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
    this.records.set(file, record);
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

  private run(record: ModuleRecord): void {
    const outer = this.interpreter.running;
    this.interpreter.running = record.file;
    hoist(this.interpreter, record.node.body, record.scope, record);
    for (const statement of record.node.body) {
      this.interpreter.resetBudget();
      try {
        execute(this.interpreter, [statement], record.scope, record);
      } catch (error) {
        if (error instanceof Thrown) continue;
        if (!(error instanceof Abandoned)) throw error;
        this.interpreter.gap(
          'reading-limit',
          `This statement took more steps than the limit; what it registers may be missing.`,
          statement.span,
        );
      }
    }
    this.interpreter.running = outer;
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
      if (name !== 'default') return getMember(this.interpreter, whole, name, record.node.body[0]?.span);
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
    const inner = this.interpreter.host.submodule?.(record.file, name);
    const module = (): Value | undefined => {
      const loaded = inner === undefined ? undefined : this.load(inner);
      return loaded && this.namespace(loaded);
    };
    if (binding && !(inner !== undefined && isUnset(binding)))
      return () => readOnce(binding) ?? module() ?? undefinedValue;
    const found = module();
    return found && (() => found);
  }

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
    const target = this.interpreter.host.resolve(specifier, from);
    if (!target) return unknown(`module ${specifier}`);
    if ('module' in target) return this.external(target.module, name, target.within);
    this.imports.set(from, (this.imports.get(from) ?? new Set()).add(target.file));
    const record = this.load(target.file);
    return record ? this.importName(record, name) : unknown(`module ${specifier}`);
  }

  /** @param within the way from the package to the module that is meant: `orm` of `sqlalchemy.orm` */
  external(module: string, name: string, within: string[] = []): Value {
    const path = name === 'default' || name === '*' || name === 'require' ? within : [...within, name];
    for (const library of this.interpreter.having('provide')) {
      const value = library.provide?.(module, this.interpreter);
      if (value) return path.reduce((of, key) => getMember(this.interpreter, of, key), value);
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
}
