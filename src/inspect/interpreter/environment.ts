import { parseEnv } from 'node:util';
import type { JsonSchema, SourceRef } from '../../model/index.js';
import { type Literal, sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { ObjectValue, type Symbolic, symbolic, type Value } from './values.js';

/** Values of the env files that are checked in for tests or as examples, the nearest to a test first. */
function environmentExamples(interpreter: Interpreter): () => Record<string, string> {
  let found: Record<string, string> | undefined;
  return () =>
    (found ??= Object.assign(
      {},
      ...['.env.sample', '.env.example', '.env.test']
        .map((file) => interpreter.host.text(file))
        .map((text) => (text === undefined ? {} : parseEnv(text))),
    ) as Record<string, string>);
}

/** The process's environment: each variable is a symbol of its own. */
export function environmentObject(interpreter: Interpreter, label: string): ObjectValue {
  const environment = new ObjectValue(true);
  const examples = environmentExamples(interpreter);
  environment.label = label;
  environment.trap = {
    name: 'environment',
    get: (key) => {
      const example = examples()[key];
      return (
        environment.fields.get(key) ??
        symbolic({ kind: 'environment', name: key, ...(example === undefined ? {} : { example }) }, true)
      );
    },
  };
  return environment;
}

/**
 * The text that a variable has in tests where the shape of the service hangs on it (a path, the name of a header): the code's own, else
 * that of an env file that is checked in, else `otherwise`. Tests then run with it.
 */
export function assumedText(interpreter: Interpreter, value: Symbolic, otherwise?: string): string | undefined {
  const { origin } = value;
  if (origin.kind !== 'environment') return undefined;
  if (origin.fallback !== undefined) return String(origin.fallback);
  const assumed = origin.example ?? otherwise;
  const variable = interpreter.environment.get(origin.name);
  if (variable && assumed !== undefined) variable.assumed = assumed;
  return assumed;
}

/**
 * The code fails at `span` where the variable is not set, or does not have that shape. One that was asked for before it was needed
 * (`if os.getenv(…)`) may be absent as well: it stays as it is.
 */
export function needsVariable(interpreter: Interpreter, name: string, span: Span, schema?: JsonSchema): void {
  const source = sourceRef(span);
  const known = interpreter.environment.get(name);
  if (!known) interpreter.environment.set(name, { name, required: true, source, ...(schema ? { schema } : {}) });
  else if (isWithin(known.source, source)) Object.assign(known, { required: true, schema: schema ?? known.schema });
}

const isWithin = (inner: SourceRef, outer: SourceRef): boolean =>
  inner.file === outer.file && inner.start >= outer.start && inner.end <= outer.end;

/** A variable with the value that the code takes where it is not set. */
export const withDefault = (variable: Value, fallback: Literal): Value =>
  variable.type === 'symbolic' && variable.origin.kind === 'environment'
    ? symbolic({ ...variable.origin, fallback: variable.origin.fallback ?? fallback }, variable.atLoad)
    : variable;

/** Which entry of a table (`settings[process.env.NODE_ENV]`) tests take: that for tests where there is one. Tests then run with it. */
export function assumedKey(interpreter: Interpreter, { origin }: Symbolic, names: string[]): string | undefined {
  if (origin.kind !== 'environment') return undefined;
  const likely = ['test', String(origin.example), String(origin.fallback), 'development'];
  const key = likely.find((name) => names.includes(name));
  const variable = interpreter.environment.get(origin.name);
  if (variable && key !== undefined) variable.assumed = key;
  return key;
}
