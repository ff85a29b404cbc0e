import { ClassValue, primitive } from '../../interpreter/values.js';
import { errorClasses } from '../../interpreter/errors.js';

const errors: Record<string, number> = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  MethodNotAllowedError: 405,
  NotAcceptableError: 406,
  InternalServerError: 500,
};

/** `HttpError` and its children: `httpCode` is what the error handler answers with. */
export function errorTypes(): Map<string, ClassValue> {
  const [base] = errorClasses();
  const http = new ClassValue('HttpError', base, undefined, undefined, (call, self) => {
    const [code = primitive(500), message] = call.args;
    base?.construct?.({ ...call, args: message ? [message] : [] }, self);
    self.fields.set('httpCode', code);
  });
  const found = new Map([['HttpError', http]]);
  for (const [name, code] of Object.entries(errors))
    found.set(
      name,
      new ClassValue(name, http, undefined, undefined, (call, self) => {
        base?.construct?.(call, self);
        self.fields.set('name', primitive(name));
        self.fields.set('httpCode', primitive(code));
      }),
    );
  return found;
}
