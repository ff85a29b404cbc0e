import { type ClassNode, type Expression, type FunctionNode, spanText, type Statement } from '../core/language.js';
import { boundNames, walk } from '../core/walk.js';
import type { ModuleHost } from '../interpreter/module-host.js';
import { FileTable, literalOf, membersOf, undecorated } from './file-table.js';

/** A function of the service, with what its body's names mean. */
export interface OwnFunction {
  file: string;
  name: string;
  fn: FunctionNode;
  /** The class whose `this` it has. */
  cls?: ClassNode;
}

/** Where a value comes from, as far as names and places in the source say it. */
export type Origin =
  /** `path`: what was read of the package on the way, calls left out. */
  | { kind: 'package'; module: string; path: string[] }
  | { kind: 'function'; own: OwnFunction }
  | { kind: 'class'; file: string; cls: ClassNode }
  | { kind: 'instance'; file: string; cls: ClassNode }
  | { kind: 'object'; file: string; value: Extract<Expression, { kind: 'object' }> }
  | { kind: 'module'; file: string }
  /** What a function of the service returns, or a member of it. */
  | { kind: 'result'; own: OwnFunction }
  | { kind: 'parameter'; name: string; type?: string; file: string; path: string[]; isField: boolean }
  | { kind: 'global'; name: string; path: string[] }
  | { kind: 'unknown' };

const unknown: Origin = { kind: 'unknown' };

/** What names mean inside a function: its own and its parameters, over those of the file. */
export interface Names {
  file: string;
  cls?: ClassNode;
  locals: Map<string, Local>;
}

type Local =
  | { kind: 'value'; value: Expression; at: string[] }
  | { kind: 'parameter'; type?: string; at: string[]; fallback?: Expression }
  | { kind: 'function'; fn: FunctionNode }
  | { kind: 'self' };

const deepest = 12;

/** Follows names through the files of a service, without running anything. */
export class Origins {
  private readonly tables = new Map<string, FileTable>();

  constructor(readonly host: ModuleHost) {}

  table(file: string): FileTable {
    let table = this.tables.get(file);
    if (!table) {
      table = new FileTable(this.host.read(file));
      this.tables.set(file, table);
    }
    return table;
  }

  /** The names in reach inside a function. */
  namesIn(own: OwnFunction): Names {
    const locals = new Map<string, Local>();
    const parameters = (fn: FunctionNode): void => {
      for (const { target, annotation, type = annotation && spanText(annotation.span) } of fn.params)
        for (const { name, at } of boundNames(target))
          locals.set(name, {
            kind: 'parameter',
            at,
            ...(type === undefined ? {} : { type }),
            ...(target.kind === 'default' ? { fallback: target.value } : {}),
          });
    };
    const values = (statement: Statement): void => {
      if (statement.kind === 'declare' && statement.value)
        for (const { name, at } of boundNames(statement.target))
          locals.set(name, { kind: 'value', value: statement.value, at });
      if (statement.kind === 'function') locals.set(statement.fn.name, { kind: 'function', fn: statement.fn });
    };
    parameters(own.fn);
    walk(own.fn.body, { statement: values, function: parameters });
    parameters(own.fn);
    const [first] = own.fn.takesSelf ? own.fn.params : [];
    if (first?.target.kind === 'name') locals.set(first.target.name, { kind: 'self' });
    return { file: own.file, locals, ...(own.cls ? { cls: own.cls } : {}) };
  }

  resolve(expression: Expression, names: Names, depth = 0): Origin {
    if (depth > deepest) return unknown;
    const inner = (value: Expression): Origin => this.resolve(value, names, depth + 1);
    switch (expression.kind) {
      case 'name':
        return this.name(expression.name, names, depth);
      case 'this':
        return names.cls ? { kind: 'instance', file: names.file, cls: names.cls } : unknown;
      case 'member':
        return this.step(inner(expression.of), literalOf(expression.key), depth);
      case 'call':
        return this.called(expression, names, depth);
      case 'await':
        return inner(expression.of);
      case 'function':
        return {
          kind: 'function',
          own: {
            file: names.file,
            name: expression.fn.name,
            fn: expression.fn,
            ...(names.cls ? { cls: names.cls } : {}),
          },
        };
      case 'class':
        return { kind: 'class', file: names.file, cls: expression.cls };
      case 'object':
        return { kind: 'object', file: names.file, value: expression };
      case 'logical': {
        const left = inner(expression.left);
        return left.kind === 'unknown' || left.kind === 'global' ? inner(expression.right) : left;
      }
      case 'conditional': {
        const then = inner(expression.then);
        return then.kind === 'unknown' ? inner(expression.otherwise) : then;
      }
      case 'assign':
        return inner(expression.value);
      case 'import':
        return this.imported(String(literalOf(expression.specifier) ?? ''), '*', names.file, depth);
      default:
        return unknown;
    }
  }

  private called(expression: Extract<Expression, { kind: 'call' }>, names: Names, depth: number): Origin {
    const { callee, args, isNew, decorates } = expression;
    if (decorates) return this.resolve(undecorated(expression).value, names, depth + 1);
    if (callee.kind === 'name' && callee.name === 'require' && args[0])
      return this.imported(String(literalOf(args[0].value) ?? ''), '*', names.file, depth);
    const of = this.resolve(callee, names, depth + 1);
    if (of.kind === 'class' && (isNew || names.file.endsWith('.py'))) return { ...of, kind: 'instance' };
    if (of.kind === 'function') return { kind: 'result', own: of.own };
    // A wrapper from a package, or one of the service's own, around a function: the function is what counts.
    return of;
  }

  private name(name: string, names: Names, depth: number): Origin {
    const local = names.locals.get(name);
    if (local?.kind === 'self') return names.cls ? { kind: 'instance', file: names.file, cls: names.cls } : unknown;
    if (local?.kind === 'function')
      return {
        kind: 'function',
        own: { file: names.file, name, fn: local.fn, ...(names.cls ? { cls: names.cls } : {}) },
      };
    if (local?.kind === 'value') return this.along(this.resolve(local.value, names, depth + 1), local.at, depth);
    if (local?.kind === 'parameter')
      return {
        kind: 'parameter',
        name: local.at.at(-1) ?? name,
        file: names.file,
        path: [],
        isField: false,
        ...(local.type === undefined || local.at.length ? {} : { type: local.type }),
      };
    return this.ofFile(name, names.file, depth);
  }

  private along(origin: Origin, at: string[], depth: number): Origin {
    return at.reduce((of, key) => this.step(of, key, depth + 1), origin);
  }

  /** What a name of a file's top level means. */
  ofFile(name: string, file: string, depth = 0): Origin {
    if (depth > deepest) return unknown;
    const table = this.table(file);
    const imported = table.imports.get(name);
    if (imported) return this.imported(imported.specifier, imported.imported, file, depth);
    const fn = table.functions.get(name);
    if (fn) return { kind: 'function', own: { file, name, fn } };
    const cls = table.classes.get(name);
    if (cls) return { kind: 'class', file, cls };
    const value = table.values.get(name);
    if (!value) return table.node ? { kind: 'global', name, path: [] } : unknown;
    const origin = this.along(this.resolve(value.value, { file, locals: new Map() }, depth + 1), value.at, depth);
    return origin.kind === 'function' && !origin.own.name ? { kind: 'function', own: { ...origin.own, name } } : origin;
  }

  imported(specifier: string, name: string, from: string, depth = 0): Origin {
    const target = this.host.resolve(specifier, from);
    if (!target) return unknown;
    if ('module' in target)
      return { kind: 'package', module: target.module, path: name === '*' || name === 'default' ? [] : [name] };
    return name === '*' ? { kind: 'module', file: target.file } : this.exported(target.file, name, depth + 1);
  }

  /** What a file exports under a name; `default`: the whole of a CommonJS module, where it has no other. */
  exported(file: string, name: string, depth = 0): Origin {
    if (depth > deepest) return unknown;
    const table = this.table(file);
    const value = table.exports.get(name);
    if (value?.kind === 'name') return this.ofFile(value.name, file, depth + 1);
    if (value) return this.named(this.resolve(value, { file, locals: new Map() }, depth + 1), name);
    const again = table.forwarded.get(name);
    if (again) return this.imported(again.specifier, again.imported, file, depth + 1);
    for (const specifier of table.forwards) {
      const target = this.host.resolve(specifier, file);
      const found = target && 'file' in target ? this.exported(target.file, name, depth + 1) : unknown;
      if (found.kind !== 'unknown') return found;
    }
    if (table.whole) {
      const whole = this.named(this.resolve(table.whole, { file, locals: new Map() }, depth + 1), name);
      return name === 'default' ? whole : this.step(whole, name, depth + 1);
    }
    return name === 'default' ? { kind: 'module', file } : unknown;
  }

  private named(origin: Origin, name: string): Origin {
    if (origin.kind !== 'function' || origin.own.name) return origin;
    return { kind: 'function', own: { ...origin.own, name } };
  }

  /** A member of a value. */
  step(of: Origin, key: string | undefined, depth = 0): Origin {
    if (depth > deepest) return unknown;
    switch (of.kind) {
      case 'package':
      case 'global':
      case 'parameter':
        return { ...of, path: key === undefined ? of.path : [...of.path, key] };
      case 'result':
        return of;
      case 'module':
        return key === undefined
          ? unknown
          : this.exported(of.file, key, depth + 1).kind === 'unknown' && key === 'default'
            ? of
            : this.ofModule(of.file, key, depth);
      case 'object':
        return this.property(of, key, depth);
      case 'class':
      case 'instance':
        return this.classMember(of, key, depth);
      default:
        return unknown;
    }
  }

  private ofModule(file: string, key: string, depth: number): Origin {
    const found = this.exported(file, key, depth + 1);
    if (found.kind !== 'unknown') return found;
    const { whole } = this.table(file);
    return whole ? this.step(this.resolve(whole, { file, locals: new Map() }, depth + 1), key, depth + 1) : unknown;
  }

  private property(of: Extract<Origin, { kind: 'object' }>, key: string | undefined, depth: number): Origin {
    for (const property of of.value.properties)
      if (property.kind === 'field' && literalOf(property.key) === key)
        return this.named(
          this.resolve(property.value, { file: of.file, locals: new Map() }, depth + 1),
          key === undefined ? '' : String(key),
        );
    return unknown;
  }

  private classMember(
    of: Extract<Origin, { kind: 'class' | 'instance' }>,
    key: string | undefined,
    depth: number,
  ): Origin {
    const { cls, file } = of;
    const named = membersOf(cls).filter((one) => one.kind !== 'constructor' && literalOf(one.key) === key);
    const member = named.find((one) => one.isStatic === (of.kind === 'class')) ?? named[0];
    if (member?.fn && member.kind === 'method')
      return { kind: 'function', own: { file, name: `${cls.name}.${String(key)}`, fn: member.fn, cls } };
    const names: Names = { file, cls, locals: new Map() };
    const own = membersOf(cls).find((one) => one.kind === 'constructor');
    const given = own?.fn && this.fieldFromConstructor(own.fn, own.parameterFields ?? [], key, names, depth);
    if (given) return given;
    if (member?.value) return this.named(this.resolve(member.value, names, depth + 1), `${cls.name}.${String(key)}`);
    const parent = cls.parent && this.resolve(cls.parent, { file, locals: new Map() }, depth + 1);
    return parent?.kind === 'class'
      ? this.classMember({ ...parent, kind: of.kind }, key, depth + 1)
      : parent?.kind === 'package'
        ? this.step(parent, key)
        : unknown;
  }

  /** `constructor(private db: Db)` and `this.db = db`. */
  private fieldFromConstructor(
    fn: FunctionNode,
    fields: string[],
    key: string | undefined,
    names: Names,
    depth: number,
  ): Origin | undefined {
    if (key === undefined) return undefined;
    const inside = { ...this.namesIn({ file: names.file, name: '', fn }), ...(names.cls ? { cls: names.cls } : {}) };
    const found = fields.includes(key) ? this.name(key, inside, depth + 1) : this.assignedIn(fn, key, inside, depth);
    return found?.kind === 'parameter' ? { ...found, isField: true } : found;
  }

  private assignedIn(fn: FunctionNode, key: string, names: Names, depth: number): Origin | undefined {
    let found: Origin | undefined;
    walk(fn.body, {
      expression: (expression) => {
        if (expression.kind !== 'assign' || expression.target.kind !== 'place') return;
        const { place } = expression.target;
        if (place.kind === 'member' && isSelf(place.of, names) && literalOf(place.key) === key)
          found ??= this.resolve(expression.value, names, depth + 1);
      },
    });
    return found;
  }
}

const isSelf = (expression: Expression, names: Names): boolean =>
  expression.kind === 'this' || (expression.kind === 'name' && names.locals.get(expression.name)?.kind === 'self');
