import { parseEnv } from 'node:util';
import type { Literal } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { ObjectValue, symbolic, type Value } from './values.js';

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

/** A variable with the value that the code takes where it is not set. */
export const withDefault = (variable: Value, fallback: Literal): Value =>
  variable.type === 'symbolic' && variable.origin.kind === 'environment'
    ? symbolic({ ...variable.origin, fallback: variable.origin.fallback ?? fallback }, variable.atLoad)
    : variable;
