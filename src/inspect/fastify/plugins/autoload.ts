import { posix } from 'node:path';
import type { Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { spreadInto } from '../../interpreter/composed.js';
import { RegexHost } from '../../interpreter/evaluate.js';
import { truth } from '../../interpreter/truth.js';
import {
  isCallable,
  NativeValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { pathText } from '../../path-text.js';
import { enqueue, skipMark } from '../boot.js';
import type { Instance } from '../instance.js';
import { booleanOf, option } from '../settings.js';
import type { PluginCall } from '../world.js';
import type { PluginLoad } from './plugin.js';

const scripts = /(?:(?:^.?|\.[^d]|[^.]d|[^.][^d])\.ts|\.js|\.cjs|\.mjs|\.cts|\.mts)$/i;
const indexes = /^index(?:\.ts|\.js|\.cjs|\.mjs|\.cts|\.mts)$/i;
const autohooks = /^[_.]?auto_?hooks(?:\.ts|\.js|\.cjs|\.mjs|\.cts|\.mts)$/i;

interface File {
  file: string;
  prefix: string;
}

/** Files of one folder, with the hooks that hold there. */
interface Node {
  hooks: string[];
  plugins: File[];
}

/** @fastify/autoload: folders become prefixes; `autohooks` files hold for their folder, and below with `cascadeHooks`. */
export const autoload: PluginLoad = (call) => {
  const dir = textOf(option(call.options, 'dir'))?.replace(/^file:\/\//, '');
  if (dir === undefined) {
    call.interpreter.gap(
      'file-not-read',
      'The folder of this autoload could not be read: what it loads is missing.',
      call.span,
    );
    return;
  }
  const loader = new Loader(call, posix.normalize(dir));
  for (const node of loader.nodes()) loader.register(node);
};

class Loader {
  private readonly interpreter: Interpreter;
  private readonly instance: Instance;
  private readonly span: Span;

  constructor(
    private readonly call: PluginCall,
    private readonly root: string,
  ) {
    ({ interpreter: this.interpreter, instance: this.instance, span: this.span } = call);
  }

  private setting(name: string): Value | undefined {
    return option(this.call.options, name);
  }

  private pattern(name: string, byDefault: RegExp): RegExp {
    const value = this.setting(name);
    const host = value?.type === 'object' && value.host instanceof RegexHost ? value.host : undefined;
    return host ? new RegExp(host.pattern, host.flags) : byDefault;
  }

  nodes(): Node[] {
    const found: Node[] = [];
    this.walk(this.root, '', [], 0, found);
    return found;
  }

  private walk(folder: string, prefix: string, inherited: string[], depth: number, found: Node[]): void {
    const entries = this.interpreter.host.list(folder) ?? [];
    const own = booleanOf(this.setting('autoHooks'))
      ? entries.find((entry) => this.pattern('autoHooksPattern', autohooks).test(entry.name))
      : undefined;
    const above = own && booleanOf(this.setting('overwriteHooks')) ? [] : inherited;
    const hooks = own ? [...above, posix.join(folder, own.name)] : above;
    const index = entries.find((entry) => entry.isFile && this.pattern('indexPattern', indexes).test(entry.name));
    const node: Node = { hooks, plugins: [] };
    found.push(node);
    if (index) this.add(node, posix.join(folder, index.name), prefix);
    const limit = this.setting('maxDepth');
    const mayDescend = !(limit?.type === 'primitive' && typeof limit.value === 'number' && limit.value <= depth);
    for (const entry of entries) {
      const file = posix.join(folder, entry.name);
      if (this.isIgnored(file)) continue;
      if (!entry.isFile && mayDescend)
        this.walk(file, this.folderPrefix(prefix, folder, entry.name), this.cascading(hooks), depth + 1, found);
      else if (entry.isFile && !index && this.isScript(entry.name)) this.add(node, file, prefix);
    }
  }

  private cascading(hooks: string[]): string[] {
    return booleanOf(this.setting('cascadeHooks')) ? hooks : [];
  }

  private isIgnored(file: string): boolean {
    const value = this.setting('ignorePattern');
    const text = value?.type === 'object' && value.host instanceof RegexHost ? value.host.pattern : textOf(value);
    return text !== undefined && new RegExp(text).test(posix.relative(this.root, file));
  }

  private isScript(name: string): boolean {
    return this.pattern('scriptPattern', scripts).test(name) && !this.pattern('autoHooksPattern', autohooks).test(name);
  }

  private folderPrefix(prefix: string, folder: string, name: string): string {
    const setting = this.setting('dirNameRoutePrefix');
    const before = prefix ? `${prefix}/` : '/';
    if (booleanOf(setting) === false) return before;
    if (!setting || !isCallable(setting)) return before + name;
    const made = this.interpreter.call(setting, undefinedValue, [primitive(folder), primitive(name)], this.span);
    return before + (textOf(made) ?? '');
  }

  private add(node: Node, file: string, prefix: string): void {
    const relative = `/${posix.relative(this.root, file)}`;
    const wanted = this.setting('matchFilter');
    const unwanted = this.setting('ignoreFilter');
    if ((wanted && !this.passes(relative, wanted)) || (unwanted && this.passes(relative, unwanted))) return;
    node.plugins.push({ file, prefix });
  }

  private passes(file: string, filter: Value): boolean {
    if (filter.type === 'object' && filter.host instanceof RegexHost)
      return new RegExp(filter.host.pattern, filter.host.flags).test(file);
    const text = textOf(filter);
    if (text !== undefined) return file.includes(text);
    if (!isCallable(filter)) return true;
    const held = this.interpreter.call(filter, undefinedValue, [primitive(file)], this.span);
    return truth(this.interpreter, held, this.span) ?? true;
  }

  /** With hooks, the folder's plugins have an instance of their own in which the hooks hold. */
  register({ hooks, plugins }: Node): void {
    const loaded = plugins.map((file) => this.plugin(file)).filter((one) => one !== undefined);
    if (!hooks.length) return this.enqueue(this.instance, inOrder(loaded));
    const composed = new NativeValue('autohooks', ({ args: [app] }) => {
      const scope = app?.type === 'object' ? (app.host as Instance) : this.instance;
      for (const file of hooks) {
        const hook = this.exported(file);
        if (hook?.plugin.type === 'function') hook.plugin.fields.set(skipMark, primitive(true));
        if (hook) enqueue(this.interpreter, scope, { plugin: hook.plugin, options: undefined, span: this.span });
      }
      this.enqueue(scope, inOrder(loaded));
      return undefinedValue;
    });
    enqueue(this.interpreter, this.instance, { plugin: composed, options: undefined, span: this.span });
  }

  private enqueue(instance: Instance, plugins: Loaded[]): void {
    for (const { plugin, options } of plugins)
      enqueue(this.interpreter, instance, { plugin, options, span: this.span });
  }

  private exported(file: string): { plugin: Value; more: (name: string) => Value | undefined } | undefined {
    const record = this.interpreter.modules.load(file.replace(/^\//, ''));
    if (!record) return undefined;
    const plugin = this.interpreter.modules.importName(record, 'default');
    const named = new Map(this.interpreter.modules.exportsOf(record));
    const more = (name: string): Value | undefined => {
      const own = plugin.type === 'function' || plugin.type === 'native' ? plugin.fields.get(name) : undefined;
      return own ?? named.get(name);
    };
    return { plugin, more };
  }

  private plugin({ file, prefix }: File): Loaded | undefined {
    const found = this.exported(file);
    if (!found) return undefined;
    const { plugin: exported, more } = found;
    if (booleanOf(more('autoload')) === false) return undefined;
    const plugin = asPlugin(exported);
    if (!plugin) return undefined;
    if (booleanOf(this.setting('encapsulate')) === false && plugin.type === 'function')
      plugin.fields.set(skipMark, primitive(true));
    return {
      plugin,
      options: this.optionsOf(more, prefix),
      name:
        textOf(
          plugin.type === 'function' || plugin.type === 'native' ? plugin.fields.get('@@plugin-name') : undefined,
        ) ?? file,
      dependencies: dependenciesOf(plugin),
    };
  }

  private optionsOf(more: (name: string) => Value | undefined, folderPrefix: string): Value {
    const config = more('autoConfig');
    const given = this.setting('options');
    const prefix = this.prefixOf(more, folderPrefix, given);
    const complete = (base: Value): Value => {
      const options = new ObjectValue(true);
      spreadInto(options, base);
      if (given) spreadInto(options, given);
      if (prefix !== undefined) options.fields.set('prefix', prefix);
      return options;
    };
    if (!config || !isCallable(config)) return complete(config ?? undefinedValue);
    return new NativeValue('autoConfig', ({ interpreter, args, span }) =>
      complete(interpreter.settle(interpreter.call(config, undefinedValue, args, span), span)),
    );
  }

  private prefixOf(
    more: (name: string) => Value | undefined,
    folder: string,
    given: Value | undefined,
  ): Value | undefined {
    const override = more('prefixOverride');
    if (override) return override;
    const auto = more('autoPrefix');
    const appended = auto && folder && booleanOf(this.setting('appendAutoPrefix'));
    const own = appended ? `${folder}/${textOf(auto) ?? ''}` : auto ? textOf(auto) : folder;
    const before = option(given, 'prefix');
    const base = (before && pathText(this.interpreter, before, this.span))?.replace(/\/$/, '') ?? '';
    if (own) return primitive(base + own.replace(/\/+/g, '/'));
    return base ? primitive(base) : undefined;
  }
}

interface Loaded {
  plugin: Value;
  options: Value;
  name: string;
  dependencies: string[];
}

/** A module may also export a route's options. */
function asPlugin(value: Value): Value | undefined {
  if (isCallable(value) || value.type === 'symbolic') return value;
  if (value.type !== 'object' || !value.fields.has('method')) return undefined;
  return new NativeValue('route', ({ interpreter, args: [app], span }) => {
    const route = app?.type === 'object' ? app.trap?.get?.('route', app) : undefined;
    return route ? interpreter.call(route, app ?? undefinedValue, [value], span) : undefinedValue;
  });
}

function dependenciesOf(plugin: Value): string[] {
  const list =
    plugin.type === 'function' || plugin.type === 'native' ? plugin.fields.get('@@plugin-dependencies') : undefined;
  return list?.type === 'array' ? list.items.flatMap((item) => textOf(item) ?? []) : [];
}

/** What a plugin says that it depends on comes first. */
function inOrder(plugins: Loaded[]): Loaded[] {
  const placed: Loaded[] = [];
  const place = (one: Loaded, above: Loaded[]): void => {
    if (placed.includes(one) || above.includes(one)) return;
    for (const name of one.dependencies) {
      const other = plugins.find((plugin) => plugin.name === name);
      if (other) place(other, [...above, one]);
    }
    placed.push(one);
  };
  for (const plugin of plugins) place(plugin, []);
  return placed;
}
