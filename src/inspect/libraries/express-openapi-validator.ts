import type { JsonSchema } from '../../model/index.js';
import type { Span } from '../core/language.js';
import { getMember } from '../interpreter/access.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import type { Library } from '../interpreter/library.js';
import { truth } from '../interpreter/truth.js';
import {
  ArrayValue,
  isCallable,
  isNil,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { same } from '../interpreter/operators.js';
import { httpError } from './http-errors.js';
import { toJson } from './json-schema.js';
import { type DocumentOperation, OpenApiDocument } from './openapi-document.js';
import { field } from './table.js';
import { validate } from './validation.js';

/** express-openapi-validator 4 and 5: the document says what each operation takes, and who may call. */
export const expressOpenapiValidator: Library = {
  name: 'express-openapi-validator',
  provide: (module) => {
    if (module !== 'express-openapi-validator') return undefined;
    const object = new ObjectValue(true);
    object.fields.set('default', object);
    object.fields.set('middleware', new NativeValue('middleware', middleware));
    return object;
  },
};

function middleware({ args: [options], interpreter, span }: NativeCall): Value {
  const document = documentOf(interpreter, field(options, 'apiSpec'));
  if (!document) {
    interpreter.gap('middleware-not-read', 'The OpenAPI document of express-openapi-validator was not read.', span);
    return new NativeValue('openapi', ({ args, interpreter: world }) => proceed(world, args, undefined, span), 3);
  }
  return new NativeValue(
    'openapi',
    (call) => {
      const error = refusal(call, document, options);
      return proceed(call.interpreter, call.args, error, call.span);
    },
    3,
  );
}

const proceed = (interpreter: Interpreter, args: Value[], error: Value | undefined, span: Span): Value =>
  interpreter.call(args[2] ?? undefinedValue, undefinedValue, error ? [error] : [], span);

/** The document as an object of the service, or a file of it. */
function documentOf(interpreter: Interpreter, spec: Value | undefined): OpenApiDocument | undefined {
  const file = textOf(spec);
  if (file === undefined) return OpenApiDocument.of(toJson(spec));
  const text = interpreter.host.text(file.replace(/^(\.?\/)+/, ''));
  return text === undefined ? undefined : OpenApiDocument.parse(text);
}

/** What is wrong with the request, in the middleware's order: unknown path, security, then all parts at once. */
function refusal(call: NativeCall, document: OpenApiDocument, options: Value | undefined): Value | undefined {
  const { interpreter, args, span } = call;
  const [request = undefinedValue] = args;
  const method = textOf(getMember(interpreter, request, 'method', span)) ?? 'GET';
  const operation = document.operation(method, templateOf(getMember(interpreter, request, 'path', span)));
  if (!operation)
    return isTrue(field(options, 'ignoreUndocumented')) || field(options, 'ignorePaths')
      ? undefined
      : failure(interpreter, 404, 'not found');
  const security = field(options, 'validateSecurity');
  if (!isFalse(security)) {
    const refused = unauthorized(call, document, operation, field(security, 'handlers'));
    if (refused) return refused;
  }
  return isFalse(field(options, 'validateRequests')) ? undefined : invalid(call, operation, options);
}

function unauthorized(
  { interpreter, args, span }: NativeCall,
  document: OpenApiDocument,
  { security }: DocumentOperation,
  handlers: Value | undefined,
): Value | undefined {
  const [request = undefinedValue] = args;
  // An empty alternative lets everybody in; of several, the first is looked at.
  if (security.some((names) => !names.length)) return undefined;
  for (const name of security[0] ?? []) {
    const scheme = document.scheme(name);
    const credential = credentialOf(interpreter, request, scheme, span);
    if (credential && same(interpreter, credential, undefinedValue, span))
      return failure(interpreter, 401, missing(scheme));
    const handler = field(handlers, name);
    if (!handler || !isCallable(handler)) continue;
    try {
      const given = [request, new ArrayValue([], false), unknown('security scheme')];
      const passes = interpreter.settle(interpreter.call(handler, undefinedValue, given, span), span);
      if (passes.type === 'promise' && !passes.state.ok) return refusedBy(interpreter, passes.state.error, span);
      if (truth(interpreter, passes, span) === false) return failure(interpreter, 401, 'unauthorized');
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      return refusedBy(interpreter, error.value, span);
    }
  }
  return undefined;
}

/** As the package says it. */
function missing(scheme: Record<string, unknown>): string {
  if (scheme['type'] !== 'apiKey') return 'Authorization header required';
  const name = String(scheme['name']);
  if (scheme['in'] === 'query') return `query parameter '${name}' required`;
  return scheme['in'] === 'cookie' ? `cookie '${name}' required` : `'${name}' header required`;
}

/** An error of a handler keeps its status; without one it is a 401. */
function refusedBy(interpreter: Interpreter, error: Value, span: Span): Value {
  const status = getMember(interpreter, error, 'status', span);
  return status.type === 'primitive' && typeof status.value === 'number' ? error : failure(interpreter, 401, undefined);
}

function credentialOf(
  interpreter: Interpreter,
  request: Value,
  scheme: Record<string, unknown>,
  span: Span,
): Value | undefined {
  const at = (part: string, name: string): Value =>
    getMember(interpreter, getMember(interpreter, request, part, span), name, span);
  if (scheme['type'] !== 'apiKey') return at('headers', 'authorization');
  const name = String(scheme['name']);
  if (scheme['in'] === 'query') return at('query', name);
  return scheme['in'] === 'cookie' ? at('cookies', name) : at('headers', name.toLowerCase());
}

function invalid(
  { interpreter, args, span }: NativeCall,
  operation: DocumentOperation,
  options: Value | undefined,
): Value | undefined {
  const [request = undefinedValue] = args;
  const open =
    isTrue(field(options, 'allowUnknownQueryParameters')) ||
    isTrue(field(field(options, 'validateRequests'), 'allowUnknownQueryParameters'));
  const parts: [string, JsonSchema | undefined][] = [
    ['params', partSchema(operation, 'path', true)],
    ['query', partSchema(operation, 'query', open)],
    ['headers', partSchema(operation, 'header', true)],
    ['body', operation.body?.schema],
  ];
  for (const [part, schema] of parts) {
    if (!schema) continue;
    if (!validate(interpreter, getMember(interpreter, request, part, span), schema, span))
      return failure(interpreter, 400, undefined);
  }
  return undefined;
}

/** The parameters of one place as one schema; unknown ones in the query are refused. */
function partSchema({ parameters }: DocumentOperation, place: string, isOpen: boolean): JsonSchema | undefined {
  const own = parameters.filter((one) => one.in === place);
  if (!own.length) return undefined;
  const name = (one: (typeof own)[number]): string => (place === 'header' ? one.name.toLowerCase() : one.name);
  const required = own.filter((one) => one.required).map(name);
  return {
    type: 'object',
    properties: Object.fromEntries(own.map((one) => [name(one), one.schema])),
    ...(required.length ? { required } : {}),
    ...(isOpen ? {} : { additionalProperties: false }),
  };
}

/** An error of the package's: what it says in detail is its own. */
function failure(interpreter: Interpreter, status: number, message: string | undefined): Value {
  const error = httpError(interpreter, status, [message === undefined ? texts('message') : primitive(message)]);
  error.fields.set('errors', new ArrayValue([], false, texts('error')));
  return error;
}

const texts = (name: string): Value =>
  symbolic({ kind: 'generated', what: 'other', schema: { type: 'string' }, args: [primitive(name)], serial: 0 });

/** `/loaves/:id` as a request has it: the text with its holes. */
function templateOf(path: Value): string {
  if (path.type === 'primitive') return String(path.value);
  if (path.type !== 'symbolic' || path.origin.kind !== 'op') return '';
  return path.origin.args.map((part) => (part.type === 'primitive' ? String(part.value) : '{}')).join('');
}

const isTrue = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;
const isFalse = (value: Value | undefined): boolean =>
  value?.type === 'primitive' && value.value === false && !isNil(value);
