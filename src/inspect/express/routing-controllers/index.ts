import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import {
  ClassValue,
  type NativeCall,
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { filesMatching } from '../../libraries/files.js';
import { bodyParser } from '../parsers.js';
import { makeRouter, RouterHost, type RouterWorld } from '../router.js';
import { action } from './action.js';
import { errorTypes } from './errors.js';
import { type Mark, marksOf } from './marks.js';
import { middleware, type Settings } from './settings.js';

const verbs: Record<string, string> = {
  Get: 'GET',
  Post: 'POST',
  Put: 'PUT',
  Patch: 'PATCH',
  Delete: 'DELETE',
  Head: 'HEAD',
  All: 'ALL',
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
      const record = interpreter.modules.load(file.slice(1));
      return record
        ? interpreter.modules.exportsOf(record).flatMap(([, exported]) => (exported.type === 'class' ? [exported] : []))
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
