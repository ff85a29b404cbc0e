import type { Catalog } from '../catalog.js';
import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { NativeValue, Value } from '../interpreter/values.js';
import type { Instance } from './instance.js';

/** What the adapter knows of the service's apps while its code is run. */
export interface FastifyWorld {
  /** Major version. */
  version: number;
  /** Errors of validation have a code: from 4.17. */
  codesValidation: boolean;
  catalog: Catalog;
  /** Every instance, encapsulated ones too, in the order in which they came to be. */
  instances: Instance[];
}

/** A plugin of a package is being registered. */
export interface PluginCall {
  interpreter: Interpreter;
  world: FastifyWorld;
  instance: Instance;
  options: Value;
  span: Span;
}

/** A plugin whose package is known: what registering it does. Kept as the host of the value that the package exports. */
export class KnownPlugin {
  constructor(readonly load: (call: PluginCall) => void) {}
}

export const knownPlugin = (value: Value): KnownPlugin | undefined =>
  value.type === 'native' && (value as NativeValue).host instanceof KnownPlugin
    ? ((value as NativeValue).host as KnownPlugin)
    : undefined;

export const roots = (world: FastifyWorld): Instance[] => world.instances.filter((instance) => !instance.parent);
