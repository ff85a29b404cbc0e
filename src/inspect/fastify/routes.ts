import type { Interpreter } from '../interpreter/interpreter.js';
import { spreadInto } from '../interpreter/composed.js';
import {
  ArrayValue,
  isCallable,
  isNil,
  type NativeCall,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { pathText } from '../path-text.js';
import { booleanOf } from './settings.js';
import type { Instance } from './instance.js';
import type { FastifyWorld } from './world.js';

/** `fastify.get(path, [options], handler)`. */
export function shorthand(world: FastifyWorld, instance: Instance, method: string, call: NativeCall): Value {
  const [url = undefinedValue, second, third] = call.args;
  const given = second && !isCallable(second) ? second : undefined;
  const options = new ObjectValue(true);
  if (given) spreadInto(options, given);
  options.fields.set('method', primitive(method));
  options.fields.set('url', url);
  const handler = third ?? (given ? undefined : second);
  addRoute(world, instance, options, handler, call);
  return instance.object;
}

/** `fastify.route({ method, url, … })`. */
export function addRoute(
  world: FastifyWorld,
  instance: Instance,
  given: ObjectValue,
  handler: Value | undefined,
  { interpreter, span }: NativeCall,
): void {
  const options = new ObjectValue(true);
  spreadInto(options, given);
  const url = options.fields.get('url') ?? options.fields.get('path') ?? primitive('');
  const text = pathText(interpreter, url, span);
  if (text === undefined || booleanOf(options.fields.get('websocket'))) return;
  if (handler) options.fields.set('handler', handler);
  const methods = methodsOf(options.fields.get('method'));
  const path = placed(instance, text, textOf(options.fields.get('prefixTrailingSlash')));
  tellListeners(interpreter, instance, options, path, text);
  void world;
  if (!instance.app.running) instance.app.hasOwnParts = true;
  instance.app.routes.push({
    instance,
    methods,
    path,
    options,
    handler: options.fields.get('handler'),
    span,
    condition: interpreter.conditions.length ? interpreter.conditions.join(' && ') : undefined,
  });
}

function methodsOf(value: Value | undefined): string[] {
  if (value?.type === 'array') return value.items.flatMap((item) => textOf(item)?.toUpperCase() ?? []);
  const one = textOf(value);
  return one === undefined ? ['GET'] : [one.toUpperCase()];
}

/** The whole path: `/` under a prefix is the prefix itself, unless the route wants the slash. */
function placed(instance: Instance, path: string, trailing: string | undefined): string {
  const { prefix } = instance;
  if (path === '/' && prefix) return trailing === 'slash' ? `${prefix}/` : prefix.replace(/(.)\/$/, '$1');
  return (prefix.endsWith('/') && path.startsWith('/') ? prefix + path.slice(1) : prefix + path) || '/';
}

/** `onRoute` hooks see the options and may change them. */
function tellListeners(
  interpreter: Interpreter,
  instance: Instance,
  options: ObjectValue,
  path: string,
  routePath: string,
): void {
  const listeners = instance.hook('onRoute');
  if (!listeners.length) return;
  const facts = { url: path, path, routePath, prefix: instance.prefix };
  for (const [name, value] of Object.entries(facts)) options.fields.set(name, primitive(value));
  for (const hook of listeners) interpreter.call(hook.run, instance.object, [options], hook.span);
}

/** A hook option of a route: one function, or a list of them. */
export function hooksOf(options: ObjectValue, name: string): Value[] {
  const value = options.fields.get(name);
  if (!value || isNil(value)) return [];
  return value instanceof ArrayValue ? value.items.filter((item) => !isNil(item)) : [value];
}

/** find-my-way's syntax as an OpenAPI template: `/orders/:id(^\\d+)` → `/orders/{id}`; `::` is a colon. */
export function template(path: string): string {
  let out = '';
  for (let at = 0; at < path.length; at++) {
    const letter = path[at] ?? '';
    if (letter !== ':') {
      out += letter;
      continue;
    }
    if (path[at + 1] === ':') {
      out += ':';
      at++;
      continue;
    }
    const name = /^[^/(.\-?:]+/.exec(path.slice(at + 1))?.[0] ?? '';
    out += `{${name}}`;
    at += name.length;
    if (path[at + 1] === '(') at += groupLength(path.slice(at + 1));
    if (path[at + 1] === '?') at++;
  }
  return out;
}

/** Length of a parenthesized group, nested ones within it. */
function groupLength(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at + 1;
  }
  return text.length;
}
