import { NativeValue, undefinedValue } from '../../interpreter/values.js';
import { KnownPlugin, type PluginCall } from '../world.js';

/** What importing a plugin's package gives: the plugin, under its usual names too. */
export function pluginValue(name: string, load: (call: PluginCall) => void): NativeValue {
  const value = new NativeValue(name, () => undefinedValue);
  value.host = new KnownPlugin(load);
  for (const alias of ['default', camelCased(name)]) value.fields.set(alias, value);
  return value;
}

/** `@fastify/bearer-auth` → `fastifyBearerAuth`. */
const camelCased = (name: string): string =>
  name.replace(/^@/, '').replace(/[/-]+(\w)/g, (_, letter: string) => letter.toUpperCase());

export type PluginLoad = (call: PluginCall) => void;
