import type { Made } from '../../model/index.js';
import type { Expression, FunctionNode } from '../core/language.js';
import { spanText } from '../core/language.js';
import { classesOf } from '../interpreter/ancestors.js';
import { evaluate } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { ModuleRecord } from '../interpreter/modules.js';
import { externalName } from '../interpreter/operators.js';
import { type ClassValue, isNil, type Value } from '../interpreter/values.js';
import { modelFields } from '../libraries/python/pydantic/models.js';
import { readType, type TypeWorld } from '../libraries/python/pydantic/types.js';
import { enumMembers } from '../python/rules/enums.js';
import type { Shape, Typed, TypedMethod } from '../typescript/types.js';
import { exportedName } from './exported.js';

/** Types whose values no literal writes, though a text of that format stands for them in JSON. */
const unwritten = /^(UUID\d?|\w*datetime|date|time|timedelta|Decimal|Path|bytes|Secret\w+|ObjectId|UploadFile)$/;
const deepest = 4;

/** Asks a function's annotations what its parameters are. Those without one are undefined. */
export class PythonTypes {
  private readonly world: TypeWorld;

  constructor(
    private readonly interpreter: Interpreter,
    private readonly record: ModuleRecord,
  ) {
    this.world = { interpreter, active: [] };
  }

  parameters(fn: FunctionNode): (Typed | undefined)[] {
    return fn.params.map((param) => {
      const name = param.target.kind === 'name' ? param.target.name : '';
      if (!param.annotation) return undefined;
      const optional = param.fallback !== undefined;
      return { name, optional, ...this.shape(param.annotation, param.type ?? spanText(param.annotation.span)) };
    });
  }

  private shape(annotation: Expression, text: string): Shape {
    const value = evaluate(this.interpreter, annotation, this.record.scope);
    const type = readType(this.world, value);
    const { outside } = type;
    if (outside?.type === 'class') return this.collaborator(outside, text);
    if (outside || isUnwritten(value)) return { kind: 'other', type: text };
    const made = this.made(value, 0);
    return { kind: 'data', schema: type.schema, type: text, ...(made ? { made } : {}) };
  }

  private collaborator(cls: ClassValue, text: string): Shape {
    const of = exportedName(this.interpreter, cls);
    if (!of) return { kind: 'other', type: text };
    const methods: Record<string, TypedMethod> = {};
    for (const one of classesOf(cls).toReversed())
      for (const [name, fn] of one.methods) if (!name.startsWith('_')) methods[name] = this.method(fn.node, fn.scope);
    return { kind: 'collaborator', type: of.name, file: of.file, methods };
  }

  /** What a function gives, or resolves to. */
  method({ returns, isAsync }: FunctionNode, scope: ModuleRecord['scope']): TypedMethod {
    if (!returns) return { schema: {}, isAsync };
    const value = evaluate(this.interpreter, returns, scope);
    const type = readType(this.world, value);
    const made = this.made(value, 0);
    const isKnown = !type.outside && !isUnwritten(value) && type.schema.type !== 'null';
    return { schema: isKnown ? type.schema : {}, isAsync, ...(made && isKnown ? { made } : {}) };
  }

  /** Which places of a value are objects of the service's classes. */
  private made(value: Value, depth: number): Made | undefined {
    if (depth > deepest) return undefined;
    if (value.type === 'class') return this.madeOf(value, depth);
    if (value.type !== 'symbolic' || value.origin.kind !== 'op') return undefined;
    const { op, args } = value.origin;
    if (op === '|') return first(args.filter((one) => !isNil(one)).map((one) => this.made(one, depth)));
    if (op !== 'at' || !args[0] || !args[1]) return undefined;
    const inner = args[1].type === 'array' ? args[1].items : [args[1]];
    const name = args[0].type === 'native' ? args[0].name : (externalName(args[0]) ?? '');
    if (/^(Optional|Union|Annotated|Final)$/.test(name)) return first(inner.map((one) => this.made(one, depth)));
    const item = first(inner.toReversed().map((one) => this.made(one, depth + 1)));
    return item && { item };
  }

  private madeOf(cls: ClassValue, depth: number): Made | undefined {
    const of = exportedName(this.interpreter, cls);
    if (!of) return undefined;
    if (enumMembers(cls)) return { of: { ...of, isEnum: true } };
    const fields: Record<string, Made> = {};
    for (const field of modelFields(this.world, cls)) {
      const made = field.type.cls && field.type.cls !== cls ? this.made(field.type.cls, depth + 1) : undefined;
      const item = field.type.item?.cls ? this.made(field.type.item.cls, depth + 1) : undefined;
      if (made) fields[field.alias] = made;
      else if (item) fields[field.alias] = { item };
    }
    return { of, ...(Object.keys(fields).length ? { fields } : {}) };
  }
}

const first = (list: (Made | undefined)[]): Made | undefined => list.find((one) => one !== undefined);

/** Any part of the type is one that no literal writes. */
function isUnwritten(value: Value): boolean {
  if (value.type === 'native') return unwritten.test(value.name);
  if (value.type !== 'symbolic') return false;
  const { origin } = value;
  if (origin.kind === 'op') return origin.args.some(isUnwritten);
  return unwritten.test(externalName(value) ?? '');
}
