import type { Collaborator, Gap, GapKind, Subject, Unit, UnitInput } from '../../model/index.js';
import { Catalog } from '../catalog.js';
import { type ClassMember, type ClassNode, type FunctionNode, spanText } from '../core/language.js';
import { boundNames, walkFunction } from '../core/walk.js';
import { Interpreter } from '../interpreter/interpreter.js';
import type { ModuleRecord } from '../interpreter/modules.js';
import type { ModuleHost } from '../interpreter/module-host.js';
import type { Value } from '../interpreter/values.js';
import { libraries } from '../libraries/index.js';
import { frameworkExceptions } from '../fastapi/names.js';
import { pythonLibraries } from '../libraries/python/index.js';
import type { Typed, TypedMethod, Types } from '../typescript/types.js';
import { Behaviour, type Callable, type CollaboratorShape } from './behaviour.js';
import { type Edge } from './edges.js';
import { type Inferred, inferParameters } from './infer.js';
import { membersOf } from './file-table.js';
import type { Located } from './locate.js';
import { PythonTypes } from './python-types.js';

/**
 * A unit as something that a test can call. A gap: it can't be, and why.
 * @param types undefined where the language has none that can be asked
 * @param edges what it imports and a test must not call for real
 */
export function subjectOf(
  located: Located,
  unit: Unit,
  host: ModuleHost,
  types: Types | undefined,
  edges: Edge[],
): Subject | Gap {
  const [own] = located.functions;
  const gap = (reason: string, kind: GapKind = 'unit-not-callable'): Gap => ({
    kind,
    operation: unit.id,
    reason,
    source: unit.source,
  });
  if (!own || (located.functions.length > 1 && own.cls)) return gap('A class is tested method by method: name one.');
  if (located.exported === undefined)
    return gap(
      `${unit.name} is not exported: it is tested through what calls it, or after an export is added.`,
      'unit-not-exported',
    );
  if (isDeclaredOnly(own.fn)) return gap('It is declared only: what implements it is tested.');
  if (own.fn.isGenerator) return gap('It is a generator, for which no cases are written yet.');
  const catalog = new Catalog();
  const callable = new Interpreter(
    host,
    host.rules ? [frameworkExceptions, ...pythonLibraries(catalog)] : libraries(catalog),
  );
  const record = callable.modules.load(located.file);
  if (!record) return gap(`${located.file} could not be read.`, 'file-not-read');
  const found = find(callable, record, located.exported, own.cls, own.fn);
  if (typeof found === 'string') return gap(found);
  const typesOf = host.rules
    ? pythonTypes(callable, record)
    : (fn: FunctionNode) => types?.parameters(located.file, fn.span.start);
  const parts = new Parts(typesOf, host.rules !== undefined);
  const constructor = own.cls && membersOf(own.cls).find((one) => one.kind === 'constructor')?.fn;
  const args = parts.of(own.fn, 'argument');
  const made = found.cls && !found.isStatic && constructor ? parts.of(constructor, 'constructor', own.cls) : [];
  const problem = parts.problem;
  if (problem !== undefined) return gap(problem, 'no-value-for-parameter');
  parts.collaborators.push(...edges.map((edge) => edgeShape(edge, callable, types)));
  const behaviour = new Behaviour(
    callable,
    found,
    { arguments: args, constructorArguments: made },
    parts.collaborators,
    parts.inputs,
  );
  return {
    unit,
    exported: located.exported,
    ...(found.method === undefined ? {} : { method: { name: found.method, isStatic: found.isStatic } }),
    arguments: args,
    constructorArguments: made,
    inputs: parts.inputs,
    collaborators: parts.collaborators.map(described),
    literals: literalsOf(own.fn),
    environment: [...callable.environment.values()],
    evaluate: (given) => behaviour.evaluate(given),
  };
}

/** `@classmethod`: called on the class, which it is given. */
const isClassMethod = (member: ClassMember | undefined): boolean =>
  member?.decorators.some((one) => one.kind === 'name' && one.name === 'classmethod') ?? false;

function literalsOf(fn: FunctionNode): string[] {
  const found = new Set<string>();
  const names = new Set<string>();
  walkFunction(fn, {
    expression: (one) => {
      if (one.kind === 'literal' && typeof one.value === 'string') found.add(one.value);
      if (one.kind === 'member' && !one.isSubscript && one.key.kind === 'literal') names.add(String(one.key.value));
      if (one.kind === 'call' && one.callee.kind === 'name' && one.callee.name === 'format')
        for (const { value } of one.args) if (value.kind === 'literal') names.add(String(value.value));
    },
    statement: () => undefined,
  });
  return [...found].filter((text) => text.length > 0 && text.length <= 16 && !names.has(text)).slice(0, 8);
}

/** `...`, `pass` or a description, and nothing else: a protocol's method, an abstract one. */
const isDeclaredOnly = ({ body, takesSelf }: FunctionNode): boolean =>
  takesSelf === true &&
  body.every(
    (one) =>
      one.kind === 'locals' ||
      (one.kind === 'block' && !one.body.length) ||
      (one.kind === 'expression' && (one.value.kind === 'literal' || spanText(one.span) === '...')),
  );

/** A function at the edge, with what it gives: its declared type says it, else nothing is known. */
function edgeShape(
  { local, from, isAlone, own }: Edge,
  interpreter: Interpreter,
  types: Types | undefined,
): CollaboratorShape {
  const record = interpreter.modules.get(own.file);
  const given =
    interpreter.rules && record
      ? new PythonTypes(interpreter, record).method(own.fn, record.scope)
      : types?.result(own.file, own.fn.span.start);
  return {
    name: local,
    place: 'module',
    type: '',
    module: { ...from, isAlone },
    replaces: own,
    methods: { '': given ?? { schema: {}, isAsync: own.fn.isAsync } },
  };
}

const described = ({ name, place, type, file, module }: CollaboratorShape): Collaborator => ({
  name,
  place,
  type,
  ...(module ? { module } : {}),
  ...(file === undefined ? {} : { file }),
});

/** The value to call; a text: why it can't be. */
function find(
  interpreter: Interpreter,
  record: ModuleRecord,
  exported: string,
  cls: ClassNode | undefined,
  fn: FunctionNode,
): Callable | string {
  const value = interpreter.modules.importName(record, exported);
  if (!cls) {
    if (value.type === 'function' && value.node === fn) return { callee: () => value, isStatic: false, span: fn.span };
    return 'What is exported under its name is not the function itself: something is wrapped around it.';
  }
  if (value.type !== 'class') return 'Its class is not exported: it is tested through what makes the object.';
  const member = membersOf(cls).find((one) => one.fn === fn || (one.value?.kind === 'function' && one.value.fn === fn));
  const name = member?.key.kind === 'literal' ? String(member.key.value) : undefined;
  if (name === undefined || member?.kind === 'getter' || member?.kind === 'setter')
    return 'It is no method with a name.';
  return {
    callee: (): Value | undefined => undefined,
    cls: value,
    method: name,
    isStatic: member?.isStatic === true || isClassMethod(member),
    span: fn.span,
  };
}

/** Types that say nothing. */
const unsaid = /^(unknown|object|Object|\{\})$|\bany\b/;

type TypesOf = (fn: FunctionNode) => (Typed | undefined)[] | undefined;

function pythonTypes(interpreter: Interpreter, record: ModuleRecord): TypesOf {
  const types = new PythonTypes(interpreter, record);
  return (fn) => types.parameters(fn);
}

/** Sorts parameters into data and collaborators. */
class Parts {
  readonly inputs: UnitInput[] = [];
  readonly collaborators: CollaboratorShape[] = [];
  problem: string | undefined;

  constructor(
    private readonly typesOf: TypesOf,
    /** Parameters that take what is left over may be given nothing. */
    private readonly mayLeaveOut: boolean,
  ) {}

  of(fn: FunctionNode, place: 'argument' | 'constructor', cls?: ClassNode): string[] {
    const typed = this.typesOf(fn);
    const inferred = inferParameters(fn, cls);
    return fn.params.flatMap((param, index) => {
      const isLeftOver = param.rest || param.byName === 'rest';
      if ((fn.takesSelf && index === 0) || (this.mayLeaveOut && isLeftOver)) return [];
      const name = this.unique(typed?.[index]?.name ?? boundNames(param.target)[0]?.name ?? `input${index}`);
      const guess = inferred.get(boundNames(param.target)[0]?.name ?? '');
      const hasDefault = param.target.kind === 'default' || param.fallback !== undefined;
      this.add(name, place, typed?.[index], guess, hasDefault, param.rest);
      const [input] = this.inputs.slice(-1);
      if (param.byName === 'only' && input?.name === name) input.byName = true;
      return [name];
    });
  }

  private unique(name: string): string {
    const taken = new Set([...this.inputs, ...this.collaborators].map((one) => one.name));
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}${number}`;
    return free;
  }

  private add(
    name: string,
    place: 'argument' | 'constructor',
    typed: Typed | undefined,
    guess: Inferred | undefined,
    hasDefault: boolean,
    isRest: boolean,
  ): void {
    if (isRest)
      this.problem ??= `Its parameter ${name} takes any number of arguments, for which no cases are written yet.`;
    if (typed?.kind === 'data')
      return void this.inputs.push({
        name,
        place,
        schema: typed.schema,
        optional: typed.optional,
        type: typed.type,
        ...(typed.made ? { made: typed.made } : {}),
      });
    if (typed?.kind === 'collaborator') {
      const { type, file, methods } = typed;
      return void this.collaborators.push({ name, place, type, file, methods });
    }
    if (typed && !unsaid.test(typed.type))
      this.problem ??= `No value can be written for ${name}: ${typed.type.replace(/\s+/g, ' ').slice(0, 60)}.`;
    if (guess?.kind === 'methods') {
      const methods = guess.names.map((method): [string, TypedMethod] => [
        method,
        { schema: { type: 'string' }, isAsync: false },
      ]);
      return void this.collaborators.push({ name, place, type: 'any', methods: Object.fromEntries(methods) });
    }
    this.inputs.push({
      name,
      place,
      schema: guess?.schema ?? { type: 'string' },
      optional: hasDefault,
    });
  }
}
