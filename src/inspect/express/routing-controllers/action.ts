import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { Thrown } from '../../interpreter/thrown.js';
import { getMember } from '../../interpreter/access.js';
import { ClassValue, isNil, NativeValue, primitive, undefinedValue, type Value } from '../../interpreter/values.js';
import { argument, declaredClass } from './arguments.js';
import { authorize, refuse } from './authorization.js';
import { make, type Settings } from './settings.js';
import type { Mark, Marked } from './marks.js';

/** One operation: authorization, parameters, the controller's method, its result as the answer. */
export function action(
  interpreter: Interpreter,
  settings: Settings,
  cls: ClassValue,
  member: string,
  marks: Marked[],
  isJson: boolean,
): Value {
  const own = marks.filter((mark) => mark.member === member && mark.index === undefined);
  const instance = make(interpreter, cls);
  const fn = cls.methods.get(member);
  return new NativeValue(
    `${cls.name}.${member}`,
    (call) => {
      const [request = undefinedValue, response = undefinedValue, next = undefinedValue] = call.args;
      const span = fn?.node.span ?? call.span;
      try {
        authorize(settings, [...marks.filter((mark) => !mark.member), ...own], request, response, call);
        const args = (fn?.node.params ?? []).map((_, index) =>
          argument(
            settings,
            marks.find((mark) => mark.member === member && mark.index === index),
            request,
            response,
            { ...call, span },
            declaredClass(cls, fn, index),
          ),
        );
        const result = interpreter.settle(
          interpreter.call(getMember(interpreter, instance, member), instance, args, span),
          span,
        );
        return respond(own, result, response, isJson, span, interpreter);
      } catch (error) {
        if (!(error instanceof Thrown)) throw error;
        interpreter.cause = { error: error.value, decisions: error.decisions, span: error.span };
        if (handlesErrors(settings)) return answerError(error.value, response, interpreter, error.span);
        return interpreter.call(next, undefinedValue, [error.value], error.span);
      }
    },
    3,
  );
}

function respond(
  marks: Mark[],
  result: Value,
  response: Value,
  isJson: boolean,
  span: Span,
  interpreter: Interpreter,
): Value {
  if (result === response) return undefinedValue;
  const option = (name: string): Value | undefined => marks.find((mark) => mark.name === name)?.args[0];
  const set = (status: Value): Value =>
    interpreter.call(getMember(interpreter, response, 'status', span), response, [status], span);
  const code = option('HttpCode');
  if (code) set(code);
  if (isNil(result)) {
    const isNull = result.type === 'primitive' && result.value === null;
    const given = option(isNull ? 'OnNull' : 'OnUndefined');
    if (given?.type === 'class') interpreter.throw(interpreter.construct(given, [], span), span);
    if (!given && !isNull) refuse(interpreter, 404, 'NotFoundError', span);
    set(given ?? primitive(204));
    return interpreter.call(getMember(interpreter, response, 'end', span), response, [], span);
  }
  return interpreter.call(getMember(interpreter, response, isJson ? 'json' : 'send', span), response, [result], span);
}

const handlesErrors = (settings: Settings): boolean => {
  const given = settings.option('defaultErrorHandler');
  return !(given?.type === 'primitive' && given.value === false);
};

/** The package's own way: the error as JSON with its `httpCode`, 500 without one. */
function answerError(error: Value, response: Value, interpreter: Interpreter, span: Span): Value {
  const code = error.type === 'object' ? error.fields.get('httpCode') : undefined;
  interpreter.call(getMember(interpreter, response, 'status', span), response, [code ?? primitive(500)], span);
  return interpreter.call(getMember(interpreter, response, 'json', span), response, [error], span);
}
