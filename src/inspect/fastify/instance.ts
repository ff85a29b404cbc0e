import type { SourceRef } from '../../model/index.js';
import type { Span } from '../core/language.js';
import { type ObjectValue, type Value } from '../interpreter/values.js';

/** Hooks of a request's life, in the order in which they run. */
export const requestHooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const;

export interface Hook {
  run: Value;
  span: Span;
  /** The instance that `this` is in it. */
  self: ObjectValue;
}

/** A plugin that waits for its turn: plugins run after the function that registers them, or when that function awaits them. */
export interface Job {
  plugin: Value;
  options: Value | undefined;
  span: Span;
  /** Conditions under which it was registered, as written. */
  conditions: string[];
  /** Runs instead of a plugin: `after(…)`. */
  callback?: Value;
}

/** A route as it was registered. */
export interface Registered {
  instance: Instance;
  methods: string[];
  path: string;
  options: ObjectValue;
  handler: Value | undefined;
  span: Span;
  condition: string | undefined;
}

/** What an app and all its encapsulated instances share. */
export class App {
  readonly routes: Registered[] = [];
  /** Plugins that are registered on the app itself, not by other plugins. */
  readonly direct: { plugin: Value; options: Value | undefined }[] = [];
  /** Something beside plugins was put on the app itself: a route, a hook, a handler. */
  hasOwnParts = false;
  /** Plugins that are running now, one in the other. */
  running = 0;
  /** Ids of what was made while plugins ran. */
  readonly made: [first: number, last: number][] = [];
  readonly settings: { options: ObjectValue | undefined };
  isReady = false;
  constructor(
    readonly source: SourceRef,
    options: Value | undefined,
  ) {
    this.settings = { options: options?.type === 'object' ? options : undefined };
  }

  /** `option('ajv', 'customOptions', 'coerceTypes')` of the app's own options; undefined where they don't say. */
  option(...at: string[]): Value | undefined {
    let value: Value | undefined = this.settings.options;
    for (const key of at) value = value?.type === 'object' ? value.fields.get(key) : undefined;
    return value;
  }
}

/**
 * One encapsulated instance. What its parent has is seen here, what it has is not seen there; hooks are copied when it comes to
 * be, as Fastify does it.
 */
export class Instance {
  readonly hooks: Map<string, Hook[]>;
  queue: Job[] = [];
  readonly requestDecorators = new Map<string, Value>();
  readonly replyDecorators = new Map<string, Value>();
  readonly schemas = new Map<string, Value>();
  readonly parsers: { types: Value; parse: Value }[] = [];
  errorHandler: Value | undefined;
  notFoundHandler: Value | undefined;
  validatorCompiler: Value | undefined;
  serializerCompiler: Value | undefined;
  /** A plugin that could not be read has been registered here: anything may have been added. */
  open: Value | undefined;

  constructor(
    readonly app: App,
    readonly object: ObjectValue,
    readonly parent: Instance | undefined,
    readonly prefix: string,
  ) {
    this.hooks = new Map([...(parent?.hooks ?? [])].map(([name, list]) => [name, [...list]]));
  }

  /** This instance, then its parents. */
  *scopes(): Generator<Instance> {
    let current: Instance | undefined = this.parent;
    yield this;
    while (current) {
      yield current;
      current = current.parent;
    }
  }

  /** The nearest scope's answer. */
  find<Found>(read: (instance: Instance) => Found | undefined): Found | undefined {
    for (const scope of this.scopes()) {
      const found = read(scope);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  hook(name: string): Hook[] {
    return this.hooks.get(name) ?? [];
  }

  addHook(name: string, hook: Hook): void {
    this.hooks.set(name, [...this.hook(name), hook]);
  }
}
