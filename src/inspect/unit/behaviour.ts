import type { Collaborator, Condition, Evaluation, Known, SourceRef, StubCall, UnitInput } from '../../model/index.js';
import { sourceRef, type Span } from '../core/language.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import { Abandoned, Path } from '../interpreter/path.js';
import type { Probe } from '../interpreter/probe.js';
import {
  type ClassValue,
  type Keywords,
  NativeValue,
  ObjectValue,
  PromiseValue,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import type { TypedMethod } from '../typescript/types.js';
import { moduleOf } from '../fastapi/exceptions.js';
import { messageOf } from '../python/rules/exceptions.js';
import { exportsOf } from './edges.js';
import { exportedName } from './exported.js';
import { exactlyKnown, knownOf, madeValue, valueOf } from './known.js';
import type { OwnFunction } from './origins.js';

/** How the unit is called: found in the modules that the interpreter has loaded. */
export interface Callable {
  callee(): Value | undefined;
  /** A class to be made first; the callee is then a method of the object. */
  cls?: ClassValue;
  method?: string;
  isStatic: boolean;
  span: Span;
}

export interface CollaboratorShape extends Collaborator {
  /** The function of the service whose place the stub takes. */
  replaces?: OwnFunction;
  /** The names under which its module gives it out. */
  exports?: string[];
  methods: Record<string, TypedMethod>;
}

/** Runs one unit on known values, and notes what it met on the way. */
export class Behaviour {
  constructor(
    private readonly interpreter: Interpreter,
    private readonly callable: Callable,
    private readonly names: { arguments: string[]; constructorArguments: string[] },
    private readonly collaborators: CollaboratorShape[],
    private readonly inputs: UnitInput[],
  ) {}

  evaluate(given: Record<string, Known>): Evaluation {
    const { interpreter } = this;
    const run = new Run(given);
    const path = new Path();
    interpreter.probe = run;
    for (const one of this.collaborators)
      if (one.replaces) replace(one, one.replaces, this.callable.span.source.file, run, interpreter);
    let settled: Settled | undefined;
    let abandoned: string | undefined;
    try {
      interpreter.replay(path, () => {
        settled = this.call(run);
      });
    } catch (error) {
      if (!(error instanceof Abandoned)) throw error;
      abandoned = error.reason;
    } finally {
      interpreter.probe = undefined;
    }
    const base = { calls: run.calls, wants: run.wants, conditions: run.conditions };
    const [asked] = path.decisions;
    if (asked) {
      const reason = 'a condition depends on more than its inputs';
      return { ...base, result: { outcome: 'unknown', reason, source: sourceRef(asked.span) } };
    }
    return { ...base, result: settled ?? { outcome: 'unknown', reason: abandoned ?? 'it could not be called' } };
  }

  private call(run: Run): Settled {
    const { interpreter, callable } = this;
    try {
      const self = this.receiver(run);
      const callee = callable.method !== undefined && self ? methodOf(self, callable.method) : callable.callee();
      if (!callee) return { outcome: 'unknown', reason: 'its code was not found' };
      const { args, named } = this.given(this.names.arguments, run);
      return this.outcomeOf(
        interpreter.call(callee, self ?? undefinedValue, args, callable.span, false, named),
        callable.span,
      );
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      return this.thrown(error.value, false, sourceRef(error.span));
    }
  }

  private receiver(run: Run): Value | undefined {
    const { cls, isStatic, span } = this.callable;
    if (!cls || isStatic) return cls;
    const { args, named } = this.given(this.names.constructorArguments, run);
    return this.interpreter.construct(cls, args, span, named);
  }

  /** Arguments by place; what stands behind one that is left out, or can only be given by name, goes by name. */
  private given(names: string[], run: Run): { args: Value[]; named?: Keywords } {
    if (!this.interpreter.rules) return { args: names.map((name) => this.argument(name, run)) };
    const args: Value[] = [];
    const named: Keywords = new Map();
    let isByName = false;
    for (const name of names) {
      const input = this.inputs.find((one) => one.name === name);
      const isLeftOut = input?.optional && (run.given[name]?.kind ?? 'undefined') === 'undefined';
      isByName ||= isLeftOut === true || input?.byName === true;
      if (isLeftOut) continue;
      if (isByName) named.set(name, this.argument(name, run));
      else args.push(this.argument(name, run));
    }
    return { args, ...(named.size ? { named } : {}) };
  }

  private argument(name: string, run: Run): Value {
    const collaborator = this.collaborators.find((one) => one.name === name);
    if (collaborator) return stub(collaborator, run, this.interpreter);
    const known = run.given[name] ?? { kind: 'undefined' };
    const made = this.inputs.find((one) => one.name === name)?.made;
    return made ? madeValue(known, made, this.interpreter, this.callable.span) : valueOf(known);
  }

  private outcomeOf(value: Value, span: Span): Settled {
    const isAsync = value.type === 'promise';
    if (isAsync && !value.state.ok) return this.thrown(value.state.error, true, sourceRef(value.state.span));
    const inner = isAsync && value.state.ok ? value.state.value : value;
    const known = this.known(inner);
    if (known) return { outcome: 'gives', value: known, isAsync };
    const what = inner.type === 'symbolic' ? inner.origin.kind : inner.type;
    return {
      outcome: 'unknown',
      reason: `what it gives is not known before it runs (${what})`,
      source: sourceRef(span),
    };
  }

  /** As the language of the test tells values apart. */
  private known(value: Value): Known | undefined {
    const { interpreter } = this;
    return interpreter.rules ? exactlyKnown(value, (cls) => exportedName(interpreter, cls)) : knownOf(value);
  }

  private thrown(error: Value, isAsync: boolean, source: SourceRef): Settled {
    if (error.type !== 'object' || !error.cls)
      return { outcome: 'unknown', reason: 'what it throws is no error of a class that can be read', source };
    const { interpreter } = this;
    const fields: Record<string, Known> = {};
    for (const [name, field] of error.fields) {
      if (['message', 'name', 'stack', 'cause', 'args'].includes(name) || name.startsWith('__')) continue;
      const known = this.known(field);
      if (known) fields[name] = known;
    }
    const message = interpreter.rules ? messageOf(error) : error.fields.get('message');
    const { node, name } = error.cls;
    const exported = node && exportedName(interpreter, error.cls);
    const module = moduleOf(error.cls);
    return {
      outcome: 'throws',
      isAsync,
      source,
      error: {
        className: name,
        isBuiltIn: !node && module === undefined,
        ...(module === undefined ? {} : { module }),
        ...(exported ? { exported } : {}),
        ...(message?.type === 'primitive' && typeof message.value === 'string' ? { message: message.value } : {}),
        fields,
      },
    };
  }
}

type Settled = Evaluation['result'];

function methodOf(self: Value, name: string): Value | undefined {
  if (self.type === 'class') return self.fields.get(name);
  if (self.type !== 'object') return undefined;
  for (let cls: Value | undefined = self.cls; cls?.type === 'class'; cls = cls.parent) {
    const method = cls.methods.get(name);
    if (method) return method;
  }
  return self.fields.get(name);
}

/** What a run is given, and what it does with it. */
class Run implements Probe {
  readonly calls: StubCall[] = [];
  readonly wants: UnitInput[] = [];
  readonly conditions: Condition[] = [];

  constructor(readonly given: Record<string, Known>) {}

  tested(span: Span, holds: boolean): void {
    this.conditions.push({ kind: 'test', source: sourceRef(span), holds });
  }

  compared(span: Span, op: '<' | '<=' | '===', left: unknown, right: unknown): void {
    const known = (value: unknown): Known =>
      value === undefined
        ? { kind: 'undefined' }
        : typeof value === 'number' && !Number.isFinite(value)
          ? { kind: 'number', text: String(value) as 'NaN' }
          : { kind: 'json', value: value as string | number | boolean | null };
    this.conditions.push({ kind: 'compare', source: sourceRef(span), op, left: known(left), right: known(right) });
  }

  matched(span: Span, pattern: string, subject: string, holds: boolean): void {
    this.conditions.push({ kind: 'match', source: sourceRef(span), pattern, subject, holds });
  }
}

/** An object whose methods give what was decided beforehand, and remember that they were called. */
function stub(collaborator: CollaboratorShape, run: Run, interpreter: Interpreter): ObjectValue {
  const object = new ObjectValue(false);
  object.trap = {
    name: 'stub',
    get: (method) => {
      const shape = collaborator.methods[method];
      return shape && stubbed(collaborator, method, shape, run, interpreter);
    },
  };
  return object;
}

/** Wherever the function is imported, the stub is given. */
function replace(
  collaborator: CollaboratorShape,
  { file, fn }: OwnFunction,
  unitFile: string,
  run: Run,
  interpreter: Interpreter,
): void {
  const shape = collaborator.methods[''];
  const record = interpreter.modules.get(file);
  if (!shape || !record) return;
  collaborator.exports ??= exportsOf(interpreter, file, fn);
  const value = stubbed(collaborator, '', shape, run, interpreter);
  for (const name of collaborator.exports) record.exports.set(name, () => value);
  // What `require` gave was copied into the unit's file when that was loaded.
  const copied = interpreter.modules.get(unitFile)?.scope.names.get(collaborator.name);
  if (copied && !copied.get) copied.value = value;
}

function stubbed(
  collaborator: CollaboratorShape,
  method: string,
  shape: TypedMethod,
  run: Run,
  interpreter: Interpreter,
): NativeValue {
  const name = method === '' ? collaborator.name : `${collaborator.name}.${method}`;
  const read = (one: Value): Known | undefined =>
    interpreter.rules ? exactlyKnown(one, (cls) => exportedName(interpreter, cls)) : knownOf(one);
  return new NativeValue(method, ({ args, keywords, span }) => {
    const known = args.map(read);
    const named = [...(keywords ?? [])].map(([key, one]) => [key, read(one)] as const);
    const isKnown = [...known, ...named.map(([, one]) => one)].every((one) => one !== undefined);
    run.calls.push({
      collaborator: collaborator.name,
      method,
      isAsync: shape.isAsync,
      ...(isKnown ? { args: known as Known[] } : {}),
      ...(isKnown && named.length ? { named: Object.fromEntries(named) as Record<string, Known> } : {}),
    });
    return result(`${name}()`, shape, run, interpreter, span);
  });
}

function result(name: string, shape: TypedMethod, run: Run, interpreter: Interpreter, span: Span): Value {
  const given = run.given[name];
  if (given === undefined && !run.wants.some((one) => one.name === name))
    run.wants.push({
      name,
      place: 'result',
      schema: shape.schema,
      optional: false,
      ...(shape.made ? { made: shape.made } : {}),
    });
  const known = given ?? { kind: 'undefined' };
  const value = shape.made ? madeValue(known, shape.made, interpreter, span) : valueOf(known);
  return shape.isAsync ? new PromiseValue({ ok: true, value }, false) : value;
}
