import { type Span } from '../core/language.js';
import type { Interpreter, Library } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/interpreter.js';
import { getMember } from '../interpreter/access.js';
import { truth } from '../interpreter/truth.js';
import {
  ArrayValue,
  ClassValue,
  type FunctionValue,
  isNil,
  type NativeCall,
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { errorClasses } from '../interpreter/errors.js';
import { filesMatching } from '../libraries/files.js';
import { bodyParser } from './parsers.js';
import { classSchema } from '../libraries/class-validator.js';
import { validate } from '../libraries/validation.js';
import { makeRouter, RouterHost, type RouterWorld } from './router.js';

const verbs: Record<string, string> = {
  Get: 'GET',
  Post: 'POST',
  Put: 'PUT',
  Patch: 'PATCH',
  Delete: 'DELETE',
  Head: 'HEAD',
  All: 'ALL',
};

const errors: Record<string, number> = {
  BadRequestError: 400,
  UnauthorizedError: 401,
  ForbiddenError: 403,
  NotFoundError: 404,
  MethodNotAllowedError: 405,
  NotAcceptableError: 406,
  InternalServerError: 500,
};

/** routing-controllers: classes whose decorators say which operations they have, mounted on an Express app. */
export function routingControllers(world: RouterWorld): Library {
  const classes = errorTypes();
  return {
    name: 'routing-controllers',
    provide: (module, interpreter) =>
      module === 'routing-controllers' ? provided(world, classes, interpreter) : undefined,
  };
}

function provided(world: RouterWorld, classes: Map<string, ClassValue>, interpreter: Interpreter): Value {
  const object = new ObjectValue(true);
  object.open = unknown('routing-controllers');
  for (const [name, cls] of classes) object.fields.set(name, cls);
  for (const name of [...Object.keys(verbs), ...otherDecorators])
    object.fields.set(
      name,
      new NativeValue(name, ({ args }) => {
        const decorator = new NativeValue(`@${name}`, () => undefinedValue);
        decorator.host = { name, args } satisfies Mark;
        return decorator;
      }),
    );
  object.fields.set(
    'createExpressServer',
    new NativeValue('createExpressServer', (call) => {
      const app = makeRouter(world, 'app', call);
      mount(interpreter, app, call.args[0], call);
      return app;
    }),
  );
  object.fields.set(
    'useExpressServer',
    new NativeValue('useExpressServer', (call) => {
      const [app, options] = call.args;
      if (app?.type === 'object' && app.host instanceof RouterHost) mount(interpreter, app, options, call);
      return app ?? undefinedValue;
    }),
  );
  for (const name of ['useContainer', 'getMetadataArgsStorage'])
    object.fields.set(name, new NativeValue(name, () => unknown(name)));
  return object;
}

const otherDecorators = [
  'Controller',
  'JsonController',
  'Method',
  'Authorized',
  'UseBefore',
  'UseAfter',
  'UseInterceptor',
  'HttpCode',
  'OnUndefined',
  'OnNull',
  'Middleware',
  'Interceptor',
  'ContentType',
  'Header',
  'Render',
  'Redirect',
  'Param',
  'Params',
  'Body',
  'BodyParam',
  'QueryParam',
  'QueryParams',
  'HeaderParam',
  'HeaderParams',
  'CookieParam',
  'CookieParams',
  'CurrentUser',
  'Req',
  'Res',
  'Session',
  'SessionParam',
  'State',
  'UploadedFile',
  'UploadedFiles',
  'Ctx',
];

/** What a decorator of the package says. */
interface Mark {
  name: string;
  args: Value[];
}

const markOf = (value: Value): Mark | undefined =>
  value.type === 'native' && value.name.startsWith('@') ? (value.host as Mark | undefined) : undefined;

interface Marked extends Mark {
  member?: string;
  index?: number;
}

const marksOf = (cls: ClassValue): Marked[] => {
  const own = cls.decorations.flatMap(({ value, member, index }) => {
    const mark = markOf(value);
    return mark
      ? [{ ...mark, ...(member === undefined ? {} : { member }), ...(index === undefined ? {} : { index }) }]
      : [];
  });
  return cls.parent?.type === 'class' ? [...marksOf(cls.parent).filter((mark) => mark.member), ...own] : own;
};

/** `HttpError` and its children: `httpCode` is what the error handler answers with. */
function errorTypes(): Map<string, ClassValue> {
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

interface Settings {
  option(name: string): Value | undefined;
  app: ObjectValue;
  span: Span;
}

function mount(interpreter: Interpreter, app: ObjectValue, given: Value | undefined, call: NativeCall): void {
  const settings: Settings = {
    option: (name) => (given?.type === 'object' ? given.fields.get(name) : undefined),
    app,
    span: call.span,
  };
  const prefix = settings.option('routePrefix') ?? primitive('');
  const middlewares = classesOf(interpreter, settings.option('middlewares')).map((cls) => ({
    cls,
    type: middlewareType(cls),
  }));
  const host = app.host as RouterHost;
  const use = (handler: Value, span: Span): void =>
    void host.registrations.push({
      kind: 'use',
      method: 'ALL',
      paths: [],
      handlers: [handler],
      span,
      condition: undefined,
    });
  for (const { cls, type } of middlewares)
    if (type === 'before') use(middleware(interpreter, cls, 'use'), cls.node?.span ?? call.span);
  for (const cls of classesOf(interpreter, settings.option('controllers')))
    controller(interpreter, settings, host, prefix, cls);
  for (const { cls, type } of middlewares)
    if (type === 'after')
      use(middleware(interpreter, cls, cls.methods.has('error') ? 'error' : 'use'), cls.node?.span ?? call.span);
}

function middlewareType(cls: ClassValue): string {
  const options = marksOf(cls).find((mark) => mark.name === 'Middleware')?.args[0];
  return (options?.type === 'object' ? textOf(options.fields.get('type')) : undefined) ?? 'before';
}

/** Classes, or globs of the files that export them. */
function classesOf(interpreter: Interpreter, value: Value | undefined): ClassValue[] {
  if (value?.type !== 'array') return [];
  return value.items.flatMap((item) => {
    if (item.type === 'class') return [item];
    const pattern = textOf(item);
    if (pattern === undefined) return [];
    return sourcesMatching(interpreter, pattern).flatMap((file) => {
      const record = interpreter.load(file.slice(1));
      return record
        ? interpreter.exportsOf(record).flatMap(([, exported]) => (exported.type === 'class' ? [exported] : []))
        : [];
    });
  });
}

/** A pattern may name the built files: their sources are meant. */
function sourcesMatching(interpreter: Interpreter, pattern: string): string[] {
  const forms = [pattern, pattern.replace(/(^|\/)dist\//, '$1src/')].flatMap((form) => [
    form,
    form.replace(/\.js$/, '.ts'),
  ]);
  for (const form of forms) {
    const found = filesMatching(interpreter, [form.startsWith('/') ? form : `/${form}`], '/').filter(
      (file) => !file.endsWith('.d.ts'),
    );
    if (found.length) return found;
  }
  interpreter.gap('file-not-read', `No file matches ${pattern}: its controllers are missing.`);
  return [];
}

function controller(
  interpreter: Interpreter,
  settings: Settings,
  host: RouterHost,
  prefix: Value,
  cls: ClassValue,
): void {
  const marks = marksOf(cls);
  const own = marks.find((mark) => mark.name === 'Controller' || mark.name === 'JsonController');
  if (!own) return;
  const base = textOf(own.args[0]) ?? '';
  const isJson = own.name === 'JsonController';
  for (const mark of marks) {
    const member = mark.member;
    if (!member || mark.index !== undefined) continue;
    const method = mark.name === 'Method' ? textOf(mark.args[0])?.toUpperCase() : verbs[mark.name];
    if (!method) continue;
    const path = textOf(mark.args[mark.name === 'Method' ? 1 : 0]) ?? '';
    const span = cls.node?.members.find((one) => one.fn?.name === member)?.span ?? cls.node?.span ?? settings.span;
    const before = [...marks.filter((one) => !one.member), ...marks.filter((one) => one.member === member)].filter(
      (one) => one.name === 'UseBefore',
    );
    host.registrations.push({
      kind: 'route',
      method,
      paths: [under(prefix, join(base, path))],
      handlers: [
        ...(marks.some((one) => one.member === member && one.name.startsWith('Body')) ? [bodyParser('json')] : []),
        ...before.flatMap((one) =>
          one.args.map((arg) => (arg.type === 'class' ? middleware(interpreter, arg, 'use') : arg)),
        ),
        action(interpreter, settings, cls, member, marks, isJson),
      ],
      span,
      condition: undefined,
    });
  }
}

/** A prefix that comes from the environment stays a hole, which the example file may fill. */
const under = (prefix: Value, path: string): Value =>
  prefix.type === 'primitive'
    ? primitive(join(textOf(prefix) ?? '', path))
    : operation('template', prefix, primitive(path));

const join = (...parts: string[]): string =>
  parts
    .filter(Boolean)
    .map((part) => (part.startsWith('/') ? part : `/${part}`))
    .join('')
    .replace(/\/{2,}/g, '/');

/** A middleware class: its `use(request, response, next)`, or `error(error, request, response, next)`. */
function middleware(interpreter: Interpreter, cls: ClassValue, method: 'use' | 'error'): Value {
  const instance = make(interpreter, cls);
  return new NativeValue(
    `${cls.name}.${method}`,
    ({ args, span }) => interpreter.call(getMember(interpreter, instance, method), instance, args, span),
    method === 'error' ? 4 : 3,
  );
}

/** Through the service's container where one makes classes, else with nothing. */
function make(interpreter: Interpreter, cls: ClassValue): Value {
  const span = cls.node?.span;
  if (!span) return undefinedValue;
  const container = interpreter.external('typedi', 'Container');
  const made = interpreter.call(getMember(interpreter, container, 'get'), container, [cls], span);
  return made.type === 'object' ? made : interpreter.construct(cls, [], span);
}

/** One operation: authorization, parameters, the controller's method, its result as the answer. */
function action(
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

function authorize(settings: Settings, marks: Mark[], request: Value, response: Value, call: NativeCall): void {
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

function actionObject(request: Value, response: Value): Value {
  const object = new ObjectValue(false);
  object.fields.set('request', request);
  object.fields.set('response', response);
  return object;
}

function refuse(interpreter: Interpreter, status: number, name: string, span: Span): never {
  const error = new ObjectValue(false);
  error.fields.set('httpCode', primitive(status));
  error.fields.set('name', primitive(name));
  return interpreter.throw(error, span);
}

function argument(
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
function declaredClass(cls: ClassValue, fn: FunctionValue | undefined, index: number): ClassValue | undefined {
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
