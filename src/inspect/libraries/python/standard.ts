import { environmentObject, withDefault } from '../../interpreter/environment.js';
import { getMember } from '../../interpreter/access.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import {
  ArrayValue,
  generated,
  isNil,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { externalCall } from '../chain.js';
import { inJson } from '../../interpreter/json.js';

type Run = (call: NativeCall) => Value | undefined;

const itself = new NativeValue('itself', ({ args }) => args[0] ?? undefinedValue);
/** A decorator that leaves the function as it is, with or without arguments of its own. */
const decorator: Run = ({ args: [first] }) =>
  first?.type === 'function' || first?.type === 'class' || first?.type === 'native' ? first : itself;
const nothing: Run = () => nullValue;
const clock =
  (format: string): Run =>
  () =>
    generated('clock', { type: 'string', format });
const uuid: Run = () => generated('uuid', { type: 'string', format: 'uuid' });
const random: Run = () => generated('random', { type: 'string' });

/** Calls of the standard library, by module and name. */
const calls: Record<string, Run> = {
  'functools.wraps': () => itself,
  'functools.lru_cache': decorator,
  'functools.cache': decorator,
  'functools.total_ordering': decorator,
  'functools.partial': partial,
  'contextlib.contextmanager': decorator,
  'contextlib.asynccontextmanager': decorator,
  'abc.abstractmethod': decorator,
  'typing.cast': ({ args }) => args[1],
  'typing.overload': decorator,
  'typing.runtime_checkable': decorator,
  'typing.TypeVar': () => symbolic({ kind: 'external', module: 'typing', path: ['Any'] }, true),
  'typing.NewType': ({ args }) => args[1],
  'typing_extensions.TypeVar': () => symbolic({ kind: 'external', module: 'typing', path: ['Any'] }, true),
  'copy.copy': ({ args }) => args[0],
  'copy.deepcopy': ({ args }) => args[0],
  'datetime.datetime.now': clock('date-time'),
  'datetime.datetime.utcnow': clock('date-time'),
  'datetime.datetime.today': clock('date-time'),
  'datetime.date.today': clock('date'),
  'time.time': () => generated('clock', { type: 'number' }),
  'time.time_ns': () => generated('clock', { type: 'integer' }),
  'time.monotonic': () => generated('clock', { type: 'number' }),
  'time.perf_counter': () => generated('clock', { type: 'number' }),
  'time.sleep': nothing,
  'asyncio.sleep': nothing,
  'uuid.uuid4': uuid,
  'uuid.uuid1': uuid,
  'uuid.uuid7': uuid,
  'secrets.token_hex': random,
  'secrets.token_urlsafe': random,
  'secrets.token_bytes': random,
  'secrets.choice': random,
  'secrets.randbelow': () => generated('random', { type: 'integer', minimum: 0 }),
  'random.choice': random,
  'random.choices': random,
  'random.randint': () => generated('random', { type: 'integer' }),
  'random.random': () => generated('random', { type: 'number' }),
  'os.getenv': ({ interpreter, args: [name, fallback], span }) => variable(interpreter, name, fallback, span),
  'os.path.dirname': ({ args: [path] }) => onText(path, (text) => text.split('/').slice(0, -1).join('/') || '/'),
  'os.path.abspath': ({ args: [path] }) => path,
  'os.path.realpath': ({ args: [path] }) => path,
  'os.path.basename': ({ args: [path] }) => onText(path, (text) => text.split('/').at(-1) ?? ''),
  'os.path.join': ({ args }) =>
    args.every((arg) => textOf(arg) !== undefined) ? primitive(args.map((arg) => textOf(arg)).join('/')) : undefined,
  'os.listdir': ({ interpreter, args: [path] }) => {
    const entries = interpreter.host.list(textOf(path) ?? '\0');
    return (
      entries &&
      new ArrayValue(
        entries.map((entry) => primitive(entry.name)),
        true,
      )
    );
  },
  'importlib.import_module': importModule,
  'json.dumps': ({ args: [value = undefinedValue] }) => operation('json', value),
  'json.loads': ({ args: [value] }) => inJson(value),
  'asyncio.gather': ({ interpreter, args, span }) =>
    new ArrayValue(
      args.map((arg) => interpreter.settle(arg, span)),
      interpreter.loading,
    ),
  'asyncio.wait_for': ({ args }) => args[0],
  'asyncio.shield': ({ args }) => args[0],
  'asyncio.run': ({ interpreter, args: [value = undefinedValue], span }) => interpreter.settle(value, span),
  'asyncio.to_thread': inThread,
  'anyio.to_thread.run_sync': inThread,
  'fastapi.concurrency.run_in_threadpool': inThread,
  'starlette.concurrency.run_in_threadpool': inThread,
  'secrets.compare_digest': ({ args: [left = undefinedValue, right = undefinedValue] }) =>
    operation('===', left, right),
  'hmac.compare_digest': ({ args: [left = undefinedValue, right = undefinedValue] }) => operation('===', left, right),
  're.match': matches('^'),
  're.fullmatch': matches('^', '$'),
  're.search': matches(''),
};

/** What the standard library's names mean. */
export const standard: Library = {
  name: 'standard',
  provide: (module) => provided[module.split('.')[0] ?? ''],
  call(callee, call) {
    const external = externalCall(callee);
    if (external) return calls[`${external.module}.${external.path.join('.')}`]?.(call);
    return compiledPattern(callee, call);
  },
  member(of, key, interpreter) {
    const { origin } = of;
    if (origin.kind === 'external' && origin.module === 'os' && origin.path.length === 0 && key === 'environ')
      return environment(interpreter);
    if (
      origin.kind === 'external' &&
      origin.module === 'http' &&
      origin.path[0] === 'HTTPStatus' &&
      origin.path.length === 1
    )
      return statusNamed(key);
    return undefined;
  },
};

const environments = new WeakMap<Interpreter, ObjectValue>();
function environment(interpreter: Interpreter): ObjectValue {
  const known = environments.get(interpreter) ?? environmentObject(interpreter, 'os.environ');
  environments.set(interpreter, known);
  return known;
}

function variable(
  interpreter: Interpreter,
  name: Value | undefined,
  fallback: Value | undefined,
  span: NativeCall['span'],
): Value | undefined {
  const text = textOf(name);
  if (text === undefined) return undefined;
  const value = getMember(interpreter, environment(interpreter), text, span);
  return fallback?.type === 'primitive' && !isNil(fallback) ? withDefault(value, fallback.value) : value;
}

const onText = (value: Value | undefined, compute: (text: string) => string): Value | undefined => {
  const text = textOf(value);
  return text === undefined ? undefined : primitive(compute(text));
};

/** `partial(f, 1, x=2)`: the rest comes later. */
function partial({ args: [fn, ...bound], keywords }: NativeCall): Value | undefined {
  if (!fn) return undefined;
  const made = new NativeValue('partial', (call) =>
    call.interpreter.call(
      fn,
      undefinedValue,
      [...bound, ...call.args],
      call.span,
      false,
      new Map([...(keywords ?? []), ...(call.keywords ?? [])]),
    ),
  );
  made.host = { partialOf: fn };
  return made;
}

function inThread({ interpreter, args: [fn, ...rest], keywords, span }: NativeCall): Value | undefined {
  return fn && interpreter.call(fn, undefinedValue, rest, span, false, keywords);
}

function importModule({ interpreter, args: [name, relativeTo], span }: NativeCall): Value | undefined {
  const text = textOf(name);
  if (text === undefined) return undefined;
  const base = textOf(relativeTo);
  const absolute = text.startsWith('.') && base !== undefined ? `${base}${text}` : text;
  return interpreter.modules.import(absolute, span.source.file, '*');
}

function matches(before: string, after = ''): Run {
  return ({ args: [pattern, subject] }) => matched(textOf(pattern), subject, before, after);
}

function matched(
  pattern: string | undefined,
  subject: Value | undefined,
  before: string,
  after: string,
): Value | undefined {
  if (pattern === undefined || !subject) return undefined;
  const whole = `${pattern.startsWith('^') ? '' : before}${after ? `(?:${pattern})` : pattern}${pattern.endsWith('$') ? '' : after}`;
  if (subject.type !== 'primitive') return operation('matches', subject, primitive(whole));
  try {
    return new RegExp(whole).test(String(subject.value)) ? primitive(true) : nullValue;
  } catch {
    // Python's own syntax: what it matches is not known.
    return operation('matches', subject, primitive(whole));
  }
}

/** `re.compile(pattern).match(text)` */
function compiledPattern(callee: Parameters<NonNullable<Library['call']>>[0], call: NativeCall): Value | undefined {
  const { origin } = callee;
  if (origin.kind !== 'member' || origin.of.origin.kind !== 'call') return undefined;
  const made = externalCall(origin.of.origin.callee);
  if (made?.module !== 're' || made.name !== 'compile') return undefined;
  const anchors: Record<string, [string, string]> = { match: ['^', ''], fullmatch: ['^', '$'], search: ['', ''] };
  const [before, after] = anchors[origin.key] ?? [];
  if (before === undefined || after === undefined) return undefined;
  return matched(textOf(origin.of.origin.args[0]), call.args[0], before, after);
}

const statusNames: Record<string, number> = {
  OK: 200,
  CREATED: 201,
  ACCEPTED: 202,
  NO_CONTENT: 204,
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  NOT_MODIFIED: 304,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  GONE: 410,
  LENGTH_REQUIRED: 411,
  PRECONDITION_FAILED: 412,
  REQUEST_ENTITY_TOO_LARGE: 413,
  CONTENT_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  EXPECTATION_FAILED: 417,
  IM_A_TEAPOT: 418,
  UNPROCESSABLE_ENTITY: 422,
  UNPROCESSABLE_CONTENT: 422,
  LOCKED: 423,
  FAILED_DEPENDENCY: 424,
  TOO_EARLY: 425,
  PRECONDITION_REQUIRED: 428,
  TOO_MANY_REQUESTS: 429,
  UNAVAILABLE_FOR_LEGAL_REASONS: 451,
  INTERNAL_SERVER_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
};

/** `HTTPStatus.NOT_FOUND`, and Starlette's `HTTP_404_NOT_FOUND`. */
export function statusNamed(name: string): Value | undefined {
  const own = /^HTTP_(\d{3})/.exec(name)?.[1];
  const status = own === undefined ? statusNames[name] : Number(own);
  return status === undefined ? undefined : primitive(status);
}

const quiet = (name: string): ObjectValue => {
  const object = new ObjectValue(true);
  object.label = name;
  object.trap = {
    name: 'quiet',
    get: () => object,
    call: ({ args: [first] }) => (first?.type === 'function' ? first : object),
  };
  return object;
};

/** Loggers, metrics and warnings: every call does nothing. */
const provided: Record<string, Value> = Object.fromEntries(
  [
    'logging',
    'loguru',
    'structlog',
    'sentry_sdk',
    'prometheus_client',
    'warnings',
    'opentelemetry',
    'rich',
    'gc',
    'traceback',
    'signal',
  ].map((name) => [name, quiet(name)]),
);
