import type { Catalog, SinkEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { type ObjectValue, symbolic, type Symbolic, type Value } from '../interpreter/values.js';
import { describeSymbol } from '../terms.js';
import { chainOf } from './chain.js';
import { deliveryOf, payload, standIn } from './deliveries.js';
import { mayFail, recordEffect } from './record.js';

type Kind = SinkEntry['kind'];

const verbs =
  /^(add|addBulk|enqueue|publish|send|sendMail|sendToQueue|sendEmail|dispatch|emit|schedule|now|createJob|push|insert|notify|trigger|queue)/;
const names: [RegExp, Kind][] = [
  [/mail|smtp/i, 'mail'],
  [/queue|jobs?$|worker|scheduler|tasks?$/i, 'job'],
  [/events?$|bus$|publisher|notif|pubsub|emitter/i, 'event'],
];

/** Queues, mailers and buses: packages by name; the service's own by what it calls them, where they can be replaced or watched. */
export function sinks(catalog: Catalog): Library {
  return {
    name: 'sinks',
    method: (of, name, call) => ownSink(catalog, call.interpreter, of, name, call.args, call.span),
    call(callee, call) {
      if (!call.interpreter.path || callee.origin.kind !== 'member') return undefined;
      const { of, key } = callee.origin;
      const delivery = of.origin.kind === 'parameter' ? undefined : deliveryOf(of);
      const kind = delivery?.kind ?? kindOf(of);
      if (!kind || !(delivery?.emits.includes(key) ?? verbs.test(key))) return undefined;
      return emit(
        catalog,
        call.interpreter,
        { kind, name: describeSymbol(of), method: key, value: of, canFail: !delivery?.isLocal },
        call.args,
        call.span,
      );
    },
  };
}

function kindOf(value: Symbolic): Kind | undefined {
  if (value.origin.kind === 'parameter') return byName(value.origin.name);
  return chainOf(value).module === undefined && value.origin.kind === 'member' ? byName(value.origin.key) : undefined;
}

const byName = (name: string): Kind | undefined => names.find(([pattern]) => pattern.test(name))?.[1];

interface Call {
  kind: Kind;
  name: string;
  method: string;
  value: Value;
  /** Left out: it can. */
  canFail?: boolean;
}

function emit(catalog: Catalog, interpreter: Interpreter, call: Call, args: Value[], span: Span): Value {
  const label = ('label' in call.value && call.value.label) || call.name;
  const id = `${call.kind}:${label}`;
  const sink = catalog.sink(id, () => ({
    kind: call.kind,
    name: label,
    methods: [],
    value: call.value,
    ...(call.value.type === 'symbolic' ? standIn(call.value) : {}),
    source: sourceRef(span),
  }));
  if (!sink.methods.includes(call.method)) sink.methods.push(call.method);
  const effect = recordEffect(
    interpreter,
    { kind: call.kind, target: id, verb: 'call', method: call.method, args: args.map((argument) => payload(argument)) },
    span,
  );
  if (call.canFail !== false) mayFail(interpreter, effect, span);
  return symbolic({ kind: 'upstream', effect: effect.id, at: [] });
}

/**
 * A queue or mailer that the service wrote itself, as an object: its call is the effect, and what it does inside is its own
 * business. Only objects made at load time count, for those a test can reach.
 */
function ownSink(
  catalog: Catalog,
  interpreter: Interpreter,
  self: ObjectValue,
  method: string,
  args: Value[],
  span: Span,
): Value | undefined {
  if (!interpreter.path || !self.atLoad || !verbs.test(method)) return undefined;
  const name = [self.cls?.name, self.label].filter(Boolean).join(' ');
  const kind = [self.cls?.name ?? '', self.label ?? ''].map(byName).find(Boolean);
  return kind ? entered(catalog, interpreter, { kind, name, method, value: self }, args, span) : undefined;
}

/** If the method itself hands the work to a package or another service, that is the effect; else its call is. */
function entered(catalog: Catalog, interpreter: Interpreter, call: Call, args: Value[], span: Span): Value | undefined {
  const { path } = interpreter;
  const fn = getMember(interpreter, call.value, call.method, span);
  if (!path || fn.type !== 'function') return undefined;
  const before = path.effects.length;
  const inside = interpreter.call(fn, call.value, args, span);
  const leaves = path.effects
    .slice(before)
    .some((effect) => ['job', 'mail', 'event', 'file', 'http'].includes(effect.kind));
  if (leaves) return inside;
  path.effects.splice(before);
  return emit(catalog, interpreter, call, args, span);
}
