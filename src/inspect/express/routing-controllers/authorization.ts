import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { truth } from '../../interpreter/truth.js';
import {
  ArrayValue,
  type NativeCall,
  ObjectValue,
  primitive,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import type { Mark } from './marks.js';
import type { Settings } from './settings.js';

export function authorize(settings: Settings, marks: Mark[], request: Value, response: Value, call: NativeCall): void {
  const { interpreter, span } = call;
  const wanted = marks.find((mark) => mark.name === 'Authorized');
  const checker = settings.option('authorizationChecker');
  if (!wanted || !checker) return;
  const [roles] = wanted.args;
  const list = !roles ? [] : roles.type === 'array' ? roles.items : [roles];
  const holds = truth(
    interpreter,
    interpreter.settle(
      interpreter.call(checker, undefinedValue, [actionObject(request, response), new ArrayValue(list, false)], span),
      span,
    ),
    span,
  );
  if (!holds)
    refuse(
      interpreter,
      list.length ? 403 : 401,
      list.length ? 'AccessDeniedError' : 'AuthorizationRequiredError',
      span,
    );
}

export function actionObject(request: Value, response: Value): Value {
  const object = new ObjectValue(false);
  object.fields.set('request', request);
  object.fields.set('response', response);
  return object;
}

export function refuse(interpreter: Interpreter, status: number, name: string, span: Span): never {
  const error = new ObjectValue(false);
  error.fields.set('httpCode', primitive(status));
  error.fields.set('name', primitive(name));
  return interpreter.throw(error, span);
}
