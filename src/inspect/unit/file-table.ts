import type { ClassMember, ClassNode, Expression, FunctionNode, ModuleNode, Statement } from '../core/language.js';
import { boundNames } from '../core/walk.js';

export const literalOf = (expression: Expression): string | undefined =>
  expression.kind === 'literal' && expression.value != null ? String(expression.value) : undefined;

/** The names of a file's top level. */
export class FileTable {
  readonly imports = new Map<string, { specifier: string; imported: string; typeOnly: boolean }>();
  readonly functions = new Map<string, FunctionNode>();
  readonly classes = new Map<string, ClassNode>();
  readonly values = new Map<string, { value: Expression; at: string[] }>();
  readonly exports = new Map<string, Expression>();
  readonly forwarded = new Map<string, { specifier: string; imported: string }>();
  readonly forwards: string[] = [];
  /** `module.exports = …` */
  whole: Expression | undefined;

  constructor(readonly node: ModuleNode | undefined) {
    for (const statement of node?.body ?? []) this.add(statement);
  }

  private add(statement: Statement): void {
    switch (statement.kind) {
      case 'import':
        for (const { local, imported } of statement.bindings)
          this.imports.set(local, { specifier: statement.specifier, imported, typeOnly: statement.typeOnly });
        return;
      case 'function':
        this.functions.set(statement.fn.name, statement.fn);
        if (statement.exported) this.exportName(statement.exported, statement.fn.name, statement);
        return;
      case 'class':
        this.classes.set(statement.cls.name || 'default', statement.cls);
        if (statement.exported) this.exportName(statement.exported, statement.cls.name || 'default', statement);
        return;
      case 'declare':
        if (!statement.value) return;
        for (const { name, at } of boundNames(statement.target)) {
          this.values.set(name, { value: statement.value, at });
          if (statement.exported) this.exportName(name, name, statement);
        }
        return;
      case 'export':
        for (const { local, exported } of statement.names)
          if (statement.from === undefined) this.exportName(exported, local, statement);
          else this.forwarded.set(exported, { specifier: statement.from, imported: local });
        return;
      case 'exportAll':
        this.forwards.push(statement.from);
        return;
      case 'exportDefault':
        this.exports.set('default', statement.value);
        return;
      case 'expression':
        this.commonjs(statement.value);
    }
  }

  /** Where every name of a module can be imported, a plain assignment is how definitions look. */
  private bound(name: string, { value, span }: Extract<Expression, { kind: 'assign' }>): void {
    if (!this.node?.exportsAll) return;
    this.values.set(name, { value, at: [] });
    this.exports.set(name, { kind: 'name', name, span });
  }

  private exportName(exported: string, local: string, { span }: Statement): void {
    this.exports.set(exported, { kind: 'name', name: local, span });
  }

  /** `exports.x = …`, `module.exports.x = …`, `module.exports = …` */
  private commonjs(expression: Expression): void {
    if (expression.kind !== 'assign') return;
    if (expression.target.kind === 'name') return this.bound(expression.target.name, expression);
    if (expression.target.kind !== 'place') return;
    const { place } = expression.target;
    if (place.kind !== 'member') return;
    const key = literalOf(place.key);
    if (key === undefined) return;
    const of = dotted(place.of);
    if (of === 'module' && key === 'exports') this.whole = expression.value;
    else if (of === 'exports' || of === 'module.exports') this.exports.set(key, expression.value);
  }
}

/** What a decorated definition is at heart, and what stands over it, outermost first. */
export function undecorated(value: Expression): { value: Expression; decorators: Expression[] } {
  const decorators: Expression[] = [];
  let inner = value;
  while (inner.kind === 'call' && inner.decorates && inner.args[0]) {
    decorators.push(inner.callee);
    inner = inner.args[0].value;
  }
  return { value: inner, decorators };
}

/** The members of a class, also where it is made by running its body: the functions that the body binds. */
export function membersOf(cls: ClassNode): ClassMember[] {
  const bound = (cls.body ?? []).flatMap((statement): ClassMember[] => {
    if (statement.kind !== 'expression' || statement.value.kind !== 'assign') return [];
    const { target } = statement.value;
    const { value, decorators } = undecorated(statement.value.value);
    if (target.kind !== 'name') return [];
    const key: Expression = { kind: 'literal', value: target.name, span: statement.span };
    const common = { key, isStatic: false, decorators, span: statement.span };
    if (value.kind !== 'function') return [{ ...common, kind: 'field', value }];
    const kind = target.name === '__init__' ? 'constructor' : 'method';
    return [{ ...common, kind, isStatic: !value.fn.takesSelf, fn: value.fn }];
  });
  return [...cls.members, ...bound];
}

/** `a.b.c` of names and members; calls and indexes show as `()` and `[]`. */
export function dotted(expression: Expression): string {
  switch (expression.kind) {
    case 'name':
      return expression.name;
    case 'this':
      return 'this';
    case 'super':
      return 'super';
    case 'member': {
      const key = literalOf(expression.key);
      return key === undefined ? `${dotted(expression.of)}[]` : `${dotted(expression.of)}.${key}`;
    }
    case 'call':
      return `${expression.isNew ? 'new ' : ''}${dotted(expression.callee)}()`;
    case 'await':
      return dotted(expression.of);
    default:
      return '…';
  }
}
