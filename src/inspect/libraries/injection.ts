import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { parameterClasses } from '../interpreter/decorators.js';
import {
  type ClassValue,
  keyOf,
  type NativeCall,
  type Symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { chainOf } from './chain.js';

/** Containers that make a class from the declared types of its constructor's parameters. */
const containers = new Set(['typedi', 'tsyringe', 'inversify']);

interface Container {
  /** What the service registered by name, symbol or class. */
  given: Map<string, Value>;
  made: Map<ClassValue, Value>;
}

/** typedi, tsyringe, Inversify: what is asked for is made, with what it needs. */
export function injection(): Library {
  const container: Container = { given: new Map(), made: new Map() };
  return {
    name: 'injection',
    call: (callee, call) => {
      const chain = chainOf(callee);
      if (!chain.module || !containers.has(chain.module)) return undefined;
      const name = chain.steps.at(-1)?.name ?? '';
      if (chain.steps.at(-1)?.args) return undefined;
      return method(container, name, call, callee);
    },
  };
}

function method(container: Container, name: string, call: NativeCall, callee: Symbolic): Value | undefined {
  const { args, interpreter } = call;
  const [wanted = undefinedValue, second] = args;
  switch (name) {
    case 'get':
    case 'resolve':
      return injected(container, wanted, interpreter, call);
    case 'set':
    case 'register':
    case 'registerInstance':
    case 'registerSingleton':
      if (second) container.given.set(keyOf(wanted), provided(second) ?? second);
      return undefinedValue;
    // Inversify: `bind(TOKEN).to(Class)`
    case 'to':
    case 'toConstantValue': {
      const token =
        callee.origin.kind === 'member' && callee.origin.of.origin.kind === 'call' ? callee.origin.of : undefined;
      const of = token?.origin.kind === 'call' ? token.origin.args[0] : undefined;
      if (of) container.given.set(keyOf(of), wanted);
      return undefined;
    }
    default:
      return undefined;
  }
}

/** tsyringe's `{ useClass }` and the like. */
function provided(value: Value): Value | undefined {
  if (value.type !== 'object') return undefined;
  return value.fields.get('useClass') ?? value.fields.get('useValue');
}

function injected(container: Container, wanted: Value, interpreter: Interpreter, call: NativeCall): Value | undefined {
  const given = container.given.get(keyOf(wanted)) ?? wanted;
  if (given.type !== 'class') return given === wanted ? undefined : given;
  const known = container.made.get(given);
  if (known) return known;
  const classes = parameterClasses(given);
  const tokens = new Map(
    given.decorations
      .filter(({ member, index }) => member === 'constructor' && index !== undefined)
      .map(({ index, value }) => [index, tokenOf(value)]),
  );
  const args = classes.map((cls, index) => {
    const token = tokens.get(index);
    return injected(container, token ?? cls, interpreter, call) ?? undefinedValue;
  });
  const made = interpreter.construct(given, args, call.span);
  if (interpreter.loading) container.made.set(given, made);
  return made;
}

/** `@Inject('logger')`, `@inject(TYPES.Logger)`. */
function tokenOf(decorator: Value): Value | undefined {
  if (decorator.type !== 'symbolic' || decorator.origin.kind !== 'call') return undefined;
  const [token] = decorator.origin.args;
  if (!token) return undefined;
  return textOf(token) !== undefined || token.type === 'class' || token.type === 'symbolic' ? token : undefined;
}
