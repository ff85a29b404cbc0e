import { getMember } from './access.js';
import { ClassValue, isNil, primitive, undefinedValue } from './values.js';

/** `Error` and its built-in children. Made anew for each interpreter, for a service may add to them. */
export function errorClasses(): ClassValue[] {
  const base = new ClassValue('Error', undefined, undefined, undefined, ({ interpreter, args }, self) => {
    const [message, options] = args;
    if (message && !isNil(message)) self.fields.set('message', message);
    else if (!self.fields.has('message')) self.fields.set('message', primitive(''));
    if (!self.fields.has('name')) self.fields.set('name', primitive('Error'));
    self.fields.set('stack', primitive(''));
    if (options?.type === 'object') self.fields.set('cause', getMember(interpreter, options, 'cause'));
  });
  base.fields.set('captureStackTrace', undefinedValue);
  const children = ['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'URIError', 'AggregateError'].map(
    (name) =>
      new ClassValue(name, base, undefined, undefined, (call, self) => {
        base.construct?.(call, self);
        self.fields.set('name', primitive(name));
      }),
  );
  return [base, ...children];
}
