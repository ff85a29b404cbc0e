import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import type { Span } from '../core/language.js';
import { NativeValue, undefinedValue, type Value } from '../interpreter/values.js';
import { jsonSchema } from './json-schema.js';
import { parsedEnvironment } from './validation.js';

/** env-schema: `envSchema({ schema, data, dotenv })` gives the environment as its JSON Schema has it. */
export const envSchema: Library = {
  name: 'env-schema',
  provide: (module) => {
    if (module !== 'env-schema') return undefined;
    const value = new NativeValue('envSchema', ({ interpreter, args, span }) =>
      environmentBySchema(interpreter, args[0], span),
    );
    value.fields.set('default', value);
    value.fields.set('envSchema', value);
    return value;
  },
};

export function environmentBySchema(interpreter: Interpreter, options: Value | undefined, span: Span): Value {
  const schema = options?.type === 'object' ? options.fields.get('schema') : undefined;
  return schema
    ? parsedEnvironment(
        interpreter,
        jsonSchema(interpreter, schema, () => undefined),
        span,
      )
    : undefinedValue;
}
