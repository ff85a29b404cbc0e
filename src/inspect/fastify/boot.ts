import type { Span } from '../core/language.js';
import { getMember } from '../interpreter/access.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import { Abandoned } from '../interpreter/path.js';
import { isNil, NativeValue, nextHeapId, ObjectValue, undefinedValue, type Value } from '../interpreter/values.js';
import { pathText } from '../path-text.js';
import { describeSymbol } from '../terms.js';
import type { Instance, Job } from './instance.js';
import { makeInstance } from './members.js';
import { isTransparent } from './plugins/transparent.js';
import { type FastifyWorld, knownPlugin } from './world.js';

/** `register(plugin, options)`: the plugin waits until the function that registers it is through, or awaits it. */
export function enqueue(interpreter: Interpreter, instance: Instance, job: Omit<Job, 'conditions'>): void {
  const { app } = instance;
  if (!app.running && !job.callback) app.direct.push({ plugin: job.plugin, options: job.options });
  instance.queue.push({ ...job, conditions: [...interpreter.conditions] });
}

/** Runs the plugins that wait, in their order, each with those that it registers itself. */
export function drain(interpreter: Interpreter, world: FastifyWorld, instance: Instance): void {
  for (let job = instance.queue.shift(); job; job = instance.queue.shift()) {
    const current = job;
    const waiting = instance.queue;
    instance.queue = [];
    const outer = interpreter.conditions.splice(0, Infinity, ...current.conditions);
    interpreter.resetBudget();
    instance.app.running++;
    attempt(interpreter, current.span, () => runJob(interpreter, world, instance, current));
    instance.app.running--;
    interpreter.conditions.splice(0, Infinity, ...outer);
    instance.queue = waiting;
  }
}

/** A plugin that fails to load takes what it would have registered with it. */
function attempt(interpreter: Interpreter, span: Span, body: () => void): void {
  try {
    body();
  } catch (error) {
    if (error instanceof Abandoned)
      interpreter.gap(
        'reading-limit',
        'This plugin took more steps than the limit; what it registers may be missing.',
        span,
      );
    else if (error instanceof Thrown)
      interpreter.gap(
        'routes-not-listed',
        'This plugin throws while it loads: what it registers may be missing.',
        span,
      );
    else throw error;
  }
}

const done = (): NativeValue => new NativeValue('done', () => undefinedValue);

function runJob(interpreter: Interpreter, world: FastifyWorld, instance: Instance, job: Job): void {
  const call = (fn: Value, args: Value[]): Value =>
    interpreter.settle(interpreter.call(fn, instance.object, args, job.span), job.span);
  if (job.callback) {
    const takesError = job.callback.type === 'function' && job.callback.node.params.length > 0;
    call(job.callback, takesError ? [undefinedValue, instance.object, done()] : []);
    return drain(interpreter, world, instance);
  }
  const plugin = pluginOf(interpreter.settle(job.plugin, job.span));
  const options = optionsOf(interpreter, instance, job);
  const known = knownPlugin(plugin);
  if (known) {
    known.load({ interpreter, world, instance, options, span: job.span });
    return drain(interpreter, world, instance);
  }
  if (plugin.type === 'symbolic') return foreign(interpreter, instance, plugin, job.span);
  if (plugin.type !== 'function' && plugin.type !== 'native') return;
  const inner = skipsOverride(plugin) ? instance : child(interpreter, world, instance, options, job.span);
  const first = nextHeapId();
  interpreter.settle(interpreter.call(plugin, inner.object, [inner.object, options, done()], job.span), job.span);
  instance.app.made.push([first, nextHeapId() - 1]);
  drain(interpreter, world, inner);
}

/** A plugin of a package that nothing is known of: what it decorates is unknown, what its hooks refuse has no case. */
function foreign(interpreter: Interpreter, instance: Instance, plugin: Value, span: Span): void {
  if (plugin.type !== 'symbolic' || isTransparent(plugin)) return;
  instance.open = plugin;
  interpreter.gap(
    'middleware-not-read',
    `The plugin ${describeSymbol(plugin)} was not read: what its hooks refuse has no case.`,
    span,
  );
}

/** A module's default export, as `register(import('./plugin.js'))` gives it. */
function pluginOf(value: Value): Value {
  if (value.type !== 'object') return value;
  return value.trap?.get?.('default', value) ?? value.fields.get('default') ?? value;
}

function optionsOf(interpreter: Interpreter, instance: Instance, job: Job): Value {
  const given = job.options;
  if (given?.type !== 'function' && given?.type !== 'native') return given ?? new ObjectValue(true);
  const made = interpreter.settle(interpreter.call(given, undefinedValue, [instance.object], job.span), job.span);
  const prefix = given.fields.get('prefix');
  if (prefix && made.type === 'object' && !made.fields.has('prefix')) made.fields.set('prefix', prefix);
  return made;
}

function child(
  interpreter: Interpreter,
  world: FastifyWorld,
  instance: Instance,
  options: Value,
  span: Span,
): Instance {
  const given = options.type === 'object' ? getMember(interpreter, options, 'prefix') : undefinedValue;
  const text = isNil(given) ? '' : (pathText(interpreter, given, span) ?? '{?}');
  const made = makeInstance(interpreter, world, instance.app, instance, joinPrefix(instance.prefix, text));
  for (const hook of instance.hook('onRegister'))
    interpreter.call(hook.run, instance.object, [made.object, options], hook.span);
  return made;
}

function joinPrefix(before: string, added: string): string {
  if (!added) return before;
  if (before.endsWith('/') && added.startsWith('/')) return before + added.slice(1);
  return before + (added.startsWith('/') || before.endsWith('/') ? '' : '/') + added;
}

/** The field by which a plugin says that it wants no instance of its own; `fastify-plugin` sets it. */
export const skipMark = '@@skip-override';

function skipsOverride(plugin: Extract<Value, { type: 'function' | 'native' }>): boolean {
  const mark = plugin.fields.get(skipMark);
  return mark?.type === 'primitive' && mark.value === true;
}

/** `await app.ready()`, `app.listen()`: everything that waits is loaded; then the hooks of a ready app run, once. */
export function boot(interpreter: Interpreter, world: FastifyWorld, root: Instance): void {
  drain(interpreter, world, root);
  if (root.app.isReady) return;
  root.app.isReady = true;
  for (const instance of world.instances.filter((one) => one.app === root.app))
    for (const hook of instance.hook('onReady').filter((one) => one.self === instance.object))
      attempt(interpreter, hook.span, () => {
        interpreter.settle(interpreter.call(hook.run, hook.self, [done()], hook.span), hook.span);
      });
}
