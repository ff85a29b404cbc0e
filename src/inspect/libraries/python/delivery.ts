import type { Catalog, SinkEntry } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import {
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  symbolic,
  type Symbolic,
  type Value,
} from '../../interpreter/values.js';
import { describeSymbol } from '../../terms.js';
import { chainOf, externalCall } from '../chain.js';
import { markerCall } from './pydantic/constraints.js';
import { mayFail, recordEffect } from '../record.js';

type Kind = SinkEntry['kind'];

/** Packages that take mails and jobs, and the calls by which they do. */
const packages: Record<string, { kind: Kind; methods: RegExp }> = {
  smtplib: { kind: 'mail', methods: /^(send_message|sendmail)$/ },
  aiosmtplib: { kind: 'mail', methods: /^(send|send_message|sendmail)$/ },
  fastapi_mail: { kind: 'mail', methods: /^send_message$/ },
  emails: { kind: 'mail', methods: /^send$/ },
  sendgrid: { kind: 'mail', methods: /^send$/ },
  resend: { kind: 'mail', methods: /^send$/ },
  postmarker: { kind: 'mail', methods: /^send$/ },
  celery: { kind: 'job', methods: /^(delay|apply_async|send_task)$/ },
  arq: { kind: 'job', methods: /^enqueue_job$/ },
  rq: { kind: 'job', methods: /^(enqueue|enqueue_in|enqueue_at|enqueue_call)$/ },
  dramatiq: { kind: 'job', methods: /^(send|send_with_options)$/ },
  taskiq: { kind: 'job', methods: /^(kiq|kicker)$/ },
  aio_pika: { kind: 'event', methods: /^publish$/ },
  aiokafka: { kind: 'event', methods: /^(send|send_and_wait)$/ },
  kafka: { kind: 'event', methods: /^send$/ },
  nats: { kind: 'event', methods: /^publish$/ },
};
const taskDecorators = /(^|\.)(task|shared_task|actor)$/;
const taskMethods = /^(delay|apply_async|send|send_with_options|kiq)$/;

/** Mails and jobs that leave the process. */
export function delivery(catalog: Catalog): Library {
  return {
    name: 'delivery',
    call(callee, call) {
      const external = externalCall(callee);
      if (external?.module === 'email') return message(external.name, call);
      if (!call.interpreter.path) return undefined;
      const { module, steps } =
        callee.origin.kind === 'external' || callee.origin.kind === 'member'
          ? chainOf(callee)
          : { module: undefined, steps: [] };
      const known = module === undefined ? undefined : packages[module];
      const method = steps.at(-1)?.name ?? '';
      if (!known?.methods.test(method)) return undefined;
      const of = callee.origin.kind === 'member' ? callee.origin.of : callee;
      return emit(
        catalog,
        call.interpreter,
        { kind: known.kind, value: of, method, name: describeSymbol(of) },
        argsOf(call),
        call.span,
      );
    },
    functionMethod(of, name, call) {
      const isTask = of.decorations?.some((value) => taskDecorators.test(decoratorName(value)));
      if (!call.interpreter.path || !isTask || !taskMethods.test(name)) return undefined;
      return emit(
        catalog,
        call.interpreter,
        { kind: 'job', value: of, method: name, name: of.label ?? of.node.name },
        argsOf(call),
        call.span,
      );
    },
  };
}

const decoratorName = (value: Value): string =>
  markerCall(value)?.name ?? (value.type === 'symbolic' ? describeSymbol(value) : '');

/** Named arguments come last, as one object. */
function argsOf({ args, keywords }: NativeCall): Value[] {
  if (!keywords?.size) return args;
  const object = new ObjectValue(false);
  for (const [name, value] of keywords) object.fields.set(name, value);
  return [...args, object];
}

interface Delivery {
  kind: Kind;
  value: Value;
  method: string;
  name: string;
}

function emit(
  catalog: Catalog,
  interpreter: Interpreter,
  { kind, value, method, name }: Delivery,
  args: Value[],
  span: Span,
): Value {
  const label = ('label' in value && value.type !== 'symbolic' && value.label) || shortName(value, name);
  const id = `${kind}:${label}`;
  const sink = catalog.sink(id, () => ({ kind, name: label, methods: [], value, source: sourceRef(span) }));
  if (!sink.methods.includes(method)) sink.methods.push(method);
  const effect = recordEffect(interpreter, { kind, target: id, verb: 'call', method, args }, span);
  mayFail(interpreter, effect, span);
  return symbolic({ kind: 'upstream', effect: effect.id, at: [] });
}

const shortName = (value: Value, name: string): string =>
  value.type === 'symbolic'
    ? (chainOf(value as Symbolic).steps.findLast((step) => step.args)?.name ?? value.label ?? name)
    : name;

/** `EmailMessage()`, `MIMEText(text)`: headers by their lower-case names, and the text. */
function message(name: string, { interpreter, args }: NativeCall): Value | undefined {
  if (!/^(EmailMessage|MIMEText|MIMEMultipart|Message)$/.test(name)) return undefined;
  const object = new ObjectValue(interpreter.loading);
  if (name === 'MIMEText' && args[0]) object.fields.set('text', args[0]);
  const text = new NativeValue('set_content', ({ args: [value] }) => {
    if (value) object.fields.set('text', value);
    return nullValue;
  });
  const nothing = new NativeValue('attach', () => nullValue);
  object.trap = {
    name: 'message',
    get: (key) =>
      key === 'set_content'
        ? text
        : ['attach', 'add_alternative', 'add_attachment', 'as_string', 'add_header'].includes(key)
          ? nothing
          : undefined,
    set: (key, value) => {
      object.fields.set(key.toLowerCase(), value);
      return true;
    },
  };
  return object;
}
