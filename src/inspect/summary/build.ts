import type { BuildExpr, Json } from '../../model/index.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { ModuleRecord } from '../interpreter/modules.js';
import type { Value } from '../interpreter/values.js';

/**
 * Turns values back into expressions that test code can write: an import where a module exports the value, else the call
 * that made it.
 */
export class Builder {
  private readonly exported = new Map<Value, { file: string; name: string }>();
  private readonly exportedKeys = new Map<string, { file: string; name: string }>();
  /** Values that stand for something else in the expression (a sink, a store). */
  readonly replaced = new Map<Value, BuildExpr>();

  constructor(private readonly interpreter: Interpreter) {
    for (const record of interpreter.modules.values()) this.indexModule(record);
  }

  private indexModule(record: ModuleRecord): void {
    for (const [name, value] of this.interpreter.modules.exportsOf(record)) {
      if (value.type === 'primitive' || this.exported.has(value)) continue;
      const place = { file: record.file, name };
      this.exported.set(value, place);
      if (value.type === 'symbolic' && value.origin.kind !== 'external' && value.origin.kind !== 'environment')
        this.exportedKeys.set(value.key, place);
    }
  }

  /** The place that exports the value itself. */
  exportOf(value: Value): { file: string; name: string } | undefined {
    return this.exported.get(value) ?? (value.type === 'symbolic' ? this.exportedKeys.get(value.key) : undefined);
  }

  /** Values that the app is decorated with, by identity and by key. */
  private readonly onApp = new Map<Value | string, string>();

  /** From now on these fields of the app stand for their values, where no module exports them. */
  reachThroughApp(app: Value): void {
    if (app.type !== 'object') return;
    for (const [name, value] of app.fields) {
      if (value.type === 'primitive' || value.type === 'native') continue;
      this.onApp.set(value, name);
      if (value.type === 'symbolic') this.onApp.set(value.key, name);
    }
  }

  private memberOfApp(value: Value): BuildExpr | undefined {
    const name = this.onApp.get(value) ?? (value.type === 'symbolic' ? this.onApp.get(value.key) : undefined);
    return name === undefined ? undefined : { kind: 'member', of: { kind: 'app' }, name };
  }

  build(value: Value, depth = 0): BuildExpr {
    const replaced = this.replaced.get(value);
    if (replaced) return replaced;
    if (depth > 8) return { kind: 'unknown', text: '…' };
    if (value.type === 'primitive') return { kind: 'const', value: (value.value ?? null) as Json };
    const place = this.exportOf(value);
    if (place) return { kind: 'import', ...place };
    const decorated = this.memberOfApp(value);
    if (decorated) return decorated;
    const made = this.interpreter.made.get(value);
    if (made) {
      const callee = this.build(made.callee, depth + 1);
      const args = made.args.map((arg) => this.build(arg, depth + 1));
      if (known(callee)) return { kind: 'call', callee, args, isNew: made.isNew, isAsync: made.isAsync };
    }
    return this.structure(value, depth);
  }

  private structure(value: Value, depth: number): BuildExpr {
    switch (value.type) {
      case 'object': {
        const inside = this.memberOfExport(value);
        if (inside) return inside;
        if (value.cls) return { kind: 'unknown', text: value.cls.name };
        const fields = [...value.fields].map(([name, field]) => [name, this.build(field, depth + 1)] as const);
        return { kind: 'object', fields: Object.fromEntries(fields) };
      }
      case 'array':
        return { kind: 'array', items: value.items.map((item) => this.build(item, depth + 1)) };
      case 'promise':
        return value.state.ok
          ? this.build(value.state.value, depth + 1)
          : { kind: 'unknown', text: 'a rejected promise' };
      case 'symbolic':
        return this.symbol(value, depth);
      default:
        return { kind: 'unknown', text: 'label' in value ? (value.label ?? value.type) : value.type };
    }
  }

  private symbol(value: Extract<Value, { type: 'symbolic' }>, depth: number): BuildExpr {
    const { origin } = value;
    switch (origin.kind) {
      case 'environment':
        return {
          kind: 'env',
          name: origin.name,
          ...(origin.fallback === undefined ? {} : { fallback: (origin.fallback ?? null) as Json }),
        };
      case 'external': {
        const [name = 'default', ...rest] = origin.path;
        return rest.reduce<BuildExpr>((of, key) => ({ kind: 'member', of, name: key }), {
          kind: 'import',
          module: origin.module,
          name,
        });
      }
      case 'call': {
        const args = origin.args.map((arg) => this.build(arg, depth + 1));
        return {
          kind: 'call',
          callee: this.build(origin.callee, depth + 1),
          args,
          isNew: origin.isNew,
          isAsync: false,
        };
      }
      case 'member':
        return { kind: 'member', of: this.build(origin.of, depth + 1), name: origin.key };
      case 'op':
        return origin.op === 'template' || origin.op === '??' || origin.op === '||'
          ? this.build(origin.args[0] ?? value, depth + 1)
          : { kind: 'unknown', text: origin.op };
      default:
        return { kind: 'unknown', text: value.label ?? origin.kind };
    }
  }

  /** A field of an exported object: `config.db`. */
  private memberOfExport(value: Value): BuildExpr | undefined {
    for (const [holder, place] of this.exported) {
      if (holder.type !== 'object') continue;
      for (const [name, field] of holder.fields)
        if (field === value && place.name !== '*') return { kind: 'member', of: { kind: 'import', ...place }, name };
    }
    return undefined;
  }
}

/** The expression can be written down. */
export function known(expression: BuildExpr): boolean {
  switch (expression.kind) {
    case 'unknown':
      return false;
    case 'call':
      return known(expression.callee) && expression.args.every(known);
    case 'member':
      return known(expression.of);
    case 'object':
      return Object.values(expression.fields).every(known);
    case 'array':
      return expression.items.every(known);
    default:
      return true;
  }
}
