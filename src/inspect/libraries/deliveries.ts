import type { BuildExpr, Sink } from '../../model/index.js';
import { ObjectValue, ArrayValue, type Symbolic, unknown, type Value } from '../interpreter/values.js';
import { chainOf } from './chain.js';

/** A package that takes work, mail, events or files out of the process. */
interface Delivery {
  kind: Sink['kind'];
  /** Methods that hand something over, of whatever the package makes. */
  emits: string[];
  /** Methods by class that only open or close connections: in tests they do nothing. */
  idle?: Record<string, string[]>;
  /** Connects as soon as it is made. */
  dials?: boolean;
  /** Stays in the process: handing over does not fail. */
  isLocal?: boolean;
}

const packages: Record<string, Delivery> = {
  bullmq: { kind: 'job', emits: ['add', 'addBulk'], idle: { RedisConnection: ['init'] } },
  bull: { kind: 'job', emits: ['add', 'addBulk'], dials: true },
  'bee-queue': { kind: 'job', emits: ['createJob'], dials: true },
  'pg-boss': {
    kind: 'job',
    emits: ['send', 'sendAfter', 'sendThrottled', 'sendDebounced', 'insert', 'publish'],
    idle: { default: ['start', 'stop', 'createQueue'] },
  },
  agenda: { kind: 'job', emits: ['now', 'schedule', 'every'], dials: true },
  amqplib: { kind: 'job', emits: ['sendToQueue', 'publish'], dials: true },
  kafkajs: { kind: 'job', emits: ['send', 'sendBatch'] },
  '@aws-sdk/client-sqs': { kind: 'job', emits: ['send'] },
  '@aws-sdk/client-sns': { kind: 'event', emits: ['send'] },
  '@aws-sdk/client-eventbridge': { kind: 'event', emits: ['send'] },
  nats: { kind: 'event', emits: ['publish'], dials: true },
  events: { kind: 'event', emits: ['emit'], isLocal: true },
  eventemitter3: { kind: 'event', emits: ['emit'], isLocal: true },
  emittery: { kind: 'event', emits: ['emit'], isLocal: true },
  nodemailer: { kind: 'mail', emits: ['sendMail'] },
  '@sendgrid/mail': { kind: 'mail', emits: ['send', 'sendMultiple'] },
  postmark: { kind: 'mail', emits: ['sendEmail', 'sendEmailWithTemplate', 'sendEmailBatch'] },
  resend: { kind: 'mail', emits: ['send'] },
  'mailgun.js': { kind: 'mail', emits: ['create'] },
  '@aws-sdk/client-ses': { kind: 'mail', emits: ['send'] },
  '@aws-sdk/client-sesv2': { kind: 'mail', emits: ['send'] },
  '@aws-sdk/client-s3': { kind: 'file', emits: ['send'] },
};

/** What the package at the root of this value delivers. */
export function deliveryOf(value: Symbolic): Delivery | undefined {
  const { module } = chainOf(value);
  return module === undefined ? undefined : packages[module];
}

/**
 * Where test code takes the place of what the package makes: methods of a class (`SQSClient.prototype`), or the call that makes
 * it (`nodemailer.createTransport`, `Kafka.prototype.producer`), so that no connection is opened.
 */
export function standIn(value: Symbolic): Pick<Sink, 'silent'> & { made?: { by: BuildExpr; always: boolean } } {
  const { module, root, steps } = chainOf(value);
  const delivery = module === undefined ? undefined : packages[module];
  if (!delivery || module === undefined || root.origin.kind !== 'call' || root.origin.callee.origin.kind !== 'external')
    return {};
  const [first, second] = steps.filter((step) => step.args);
  const [name = 'default', ...rest] = root.origin.callee.origin.path;
  const origin = rest.reduce<BuildExpr>((of, key) => member(of, key), { kind: 'import', module, name });
  const made = first?.isNew ? member(origin, 'prototype') : origin;
  const by = !first?.isNew ? called(made) : second ? called(member(made, second.name)) : made;
  const silent = Object.entries(delivery.idle ?? {}).map(([cls, methods]) => ({
    of: member({ kind: 'import', module, name: cls }, 'prototype'),
    methods,
  }));
  return { made: { by, always: !!second || !!delivery.dials }, ...(silent.length ? { silent } : {}) };
}

const member = (of: BuildExpr, name: string): BuildExpr => ({ kind: 'member', of, name });
const called = (callee: BuildExpr): BuildExpr => ({ kind: 'call', callee, args: [], isNew: false, isAsync: false });

/**
 * An argument as a test remembers it: a command is its input, and JSON or a buffer of it is the value that it says. Objects may hold one
 * another: each is copied once.
 */
export function payload(value: Value, copies = new Map<Value, Value>()): Value {
  const copied = copies.get(value);
  if (copied) return copied;
  const inner = (of: Value): Value => payload(of, copies);
  if (value.type === 'array') {
    const copy = new ArrayValue([], false);
    copies.set(value, copy);
    copy.items.push(...value.items.map(inner));
    return copy;
  }
  if (value.type === 'object' && !value.cls && !value.host) {
    const copy = new ObjectValue(false);
    copies.set(value, copy);
    for (const [name, field] of value.fields) copy.fields.set(name, inner(field));
    copy.open = value.open;
    return copy;
  }
  if (value.type !== 'symbolic') return value;
  const { origin } = value;
  if (origin.kind === 'op' && origin.op === 'json' && origin.args[0]) return inner(origin.args[0]);
  if (origin.kind !== 'call' || !origin.args[0]) return value;
  const { module, steps } = chainOf(value);
  if (origin.isNew && module?.startsWith('@aws-sdk/')) {
    const command = new ObjectValue(false);
    command.fields.set('input', inner(origin.args[0]));
    command.open = unknown('command');
    return command;
  }
  return steps.at(-1)?.name === 'from' && /Buffer/.test(JSON.stringify(steps.map((step) => step.name)))
    ? inner(origin.args[0])
    : value;
}
