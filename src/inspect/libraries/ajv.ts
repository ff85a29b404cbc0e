import type { JsonSchema } from '../../model/index.js';
import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  ArrayValue,
  NativeValue,
  nullValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { jsonSchema } from './json-schema.js';
import { validate, validationError } from './validation.js';

/** Ajv: `compile(schema)(data)`, `validate(schema or id, data)`; `errors` is a list after a failure, else null. */
export function ajv(): Library {
  return {
    name: 'ajv',
    provide: (module) => {
      if (module === 'ajv-formats' || module === 'ajv-errors' || module === 'ajv-keywords')
        return new NativeValue(module, ({ args: [instance] }) => instance ?? undefinedValue);
      return /^ajv(\/dist\/\d+)?$/.test(module) ? constructor() : undefined;
    },
  };
}

function constructor(): Value {
  const made = new NativeValue('Ajv', ({ args: [options] }) => instance(options));
  made.fields.set('Ajv', made);
  return made;
}

function instance(options: Value | undefined): Value {
  const self = new ObjectValue(true);
  const known = new Map<string, Value>();
  const flag = (name: string): boolean => {
    const value = options?.type === 'object' ? options.fields.get(name) : undefined;
    return value?.type === 'primitive' && !!value.value;
  };
  const run = (name: string, body: NativeValue['run']): void =>
    void self.fields.set(name, new NativeValue(`ajv.${name}`, body));
  const read = (interpreter: Interpreter, given: Value | undefined): JsonSchema => {
    const schema = jsonSchema(interpreter, textOf(given) === undefined ? given : known.get(textOf(given) ?? ''), (id) =>
      known.get(id),
    );
    return flag('coerceTypes') ? coerced(schema) : schema;
  };
  const add: NativeValue['run'] = ({ args: [schema, id] }) => {
    for (const one of schema?.type === 'array' ? schema.items : schema ? [schema] : []) {
      const name = textOf(id) ?? (one.type === 'object' ? textOf(one.fields.get('$id')) : undefined);
      if (name !== undefined) known.set(name, one);
    }
    return self;
  };
  const compiled = (schema: Value | undefined): Value => {
    const check: NativeValue = new NativeValue('ajv.validate', ({ interpreter, args: [data], span }) => {
      const holds =
        interpreter.loading || validate(interpreter, data ?? undefinedValue, read(interpreter, schema), span);
      check.fields.set('errors', holds ? nullValue : failures());
      return primitive(holds);
    });
    return check;
  };
  run('addSchema', add);
  run('compile', ({ args: [schema] }) => compiled(schema));
  run('getSchema', ({ args: [id] }) => (known.has(textOf(id) ?? '') ? compiled(id) : undefinedValue));
  run('validate', ({ interpreter, args: [schema, data], span }) => {
    const check = compiled(schema);
    const holds = interpreter.call(check, undefinedValue, [data ?? undefinedValue], span);
    self.fields.set('errors', getMember(interpreter, check, 'errors', span));
    return holds;
  });
  run('errorsText', () => unknown('ajv.errorsText'));
  for (const name of ['addFormat', 'addKeyword', 'addMetaSchema', 'addVocabulary', 'removeSchema'])
    run(name, () => self);
  return self;
}

const failures = (): Value => new ArrayValue([validationError('ValidationError')], false);

/** `coerceTypes`: `"5"` is valid for an integer. */
function coerced(schema: JsonSchema): JsonSchema {
  const scalar = ['number', 'integer', 'boolean'].includes(String(schema.type));
  return {
    ...schema,
    ...(scalar ? { 'x-coerce': true } : {}),
    ...(schema.items ? { items: coerced(schema.items) } : {}),
    ...(schema.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([name, field]) => [name, coerced(field)]),
          ),
        }
      : {}),
  };
}
