import { STATUS_CODES } from 'node:http';
import type { Library } from '../interpreter/library.js';
import { NativeValue, ObjectValue, primitive, undefinedValue, type Value } from '../interpreter/values.js';

const modules = new Set(['http-status', 'http-status-codes', 'http-status-ts']);

/** Packages that name the statuses of HTTP: `StatusCodes.NOT_FOUND`, `httpStatus.NOT_FOUND`, `httpStatus[404]`. */
export const statuses: Library = {
  name: 'statuses',
  provide: (module) => (modules.has(module) ? named() : undefined),
};

function named(): Value {
  const object = new ObjectValue(true);
  object.label = 'statuses';
  for (const [code, phrase = ''] of Object.entries(STATUS_CODES)) {
    object.fields.set(
      phrase
        .toUpperCase()
        .replace(/'/g, '')
        .replace(/[^A-Z]+/g, '_'),
      primitive(Number(code)),
    );
    object.fields.set(code, primitive(phrase));
  }
  for (const name of ['StatusCodes', 'status', 'HttpStatus']) object.fields.set(name, object);
  const phrase = new NativeValue('getReasonPhrase', ({ args: [code] }) =>
    code?.type === 'primitive' ? primitive(STATUS_CODES[Number(code.value)] ?? '') : undefinedValue,
  );
  object.fields.set('getReasonPhrase', phrase);
  const phrases = new ObjectValue(true);
  for (const text of Object.values(STATUS_CODES))
    phrases.fields.set((text ?? '').toUpperCase().replace(/[^A-Z]+/g, '_'), primitive(text));
  object.fields.set('ReasonPhrases', phrases);
  return object;
}
