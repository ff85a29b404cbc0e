import { getMember } from '../../interpreter/access.js';
import { truth } from '../../interpreter/truth.js';
import {
  ClassValue,
  type FunctionValue,
  type NativeCall,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { classSchema } from '../../libraries/class-validator.js';
import { validate } from '../../libraries/validation.js';
import type { Mark, Marked } from './marks.js';
import type { Settings } from './settings.js';
import { actionObject, refuse } from './authorization.js';

export function argument(
  settings: Settings,
  mark: Marked | undefined,
  request: Value,
  response: Value,
  call: NativeCall,
  declared: ClassValue | undefined,
): Value {
  const { interpreter, span } = call;
  const name = textOf(mark?.args[0]) ?? '';
  const of = (part: string): Value => getMember(interpreter, request, part, span);
  switch (mark?.name) {
    case 'Req':
      return request;
    case 'Res':
      return response;
    case 'Param':
      return getMember(interpreter, of('params'), name, span);
    case 'Params':
      return of('params');
    case 'QueryParam':
      return getMember(interpreter, of('query'), name, span);
    case 'QueryParams':
      return validated(settings, of('query'), declared, call);
    case 'Body':
      return validated(settings, of('body'), declared, call);
    case 'BodyParam':
      return getMember(interpreter, of('body'), name, span);
    case 'HeaderParam':
      return getMember(interpreter, of('headers'), name.toLowerCase(), span);
    case 'CookieParam':
      return getMember(interpreter, of('cookies'), name, span);
    case 'Session':
      return of('session');
    case 'CurrentUser':
      return currentUser(settings, mark, request, response, call);
    default:
      return undefinedValue;
  }
}

/** A parameter that is declared with a class of class-validator's is checked against it, unless the service says no. */
function validated(settings: Settings, value: Value, declared: ClassValue | undefined, call: NativeCall): Value {
  const { interpreter, span } = call;
  const off = settings.option('validation');
  const schema = declared && classSchema(interpreter, declared);
  if (!schema || (off?.type === 'primitive' && off.value === false)) return value;
  if (!validate(interpreter, value, schema, span)) refuse(interpreter, 400, 'BadRequestError', span);
  return value;
}

/** The class that a parameter of the controller's method is declared with. */
export function declaredClass(cls: ClassValue, fn: FunctionValue | undefined, index: number): ClassValue | undefined {
  const name = /^[\w$]+/.exec(fn?.node.params[index]?.type ?? '')?.[0];
  const binding = name === undefined ? undefined : (fn?.scope ?? cls.scope)?.find(name)?.binding;
  const value = binding && (binding.get?.() ?? binding.value);
  return value?.type === 'class' ? value : undefined;
}

function currentUser(settings: Settings, mark: Mark, request: Value, response: Value, call: NativeCall): Value {
  const { interpreter, span } = call;
  const checker = settings.option('currentUserChecker');
  if (!checker) return undefinedValue;
  const user = interpreter.settle(
    interpreter.call(checker, undefinedValue, [actionObject(request, response)], span),
    span,
  );
  const options = mark.args[0];
  const required = options?.type === 'object' ? options.fields.get('required') : undefined;
  if (required?.type === 'primitive' && required.value === true && !truth(interpreter, user, span))
    refuse(interpreter, 401, 'AuthorizationRequiredError', span);
  return user;
}
