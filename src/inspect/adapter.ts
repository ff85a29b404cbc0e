import type { JsonSchema, SourceRef } from '../model/index.js';
import type { Catalog } from './catalog.js';
import type { Span } from './core/language.js';
import type { Interpreter } from './interpreter/interpreter.js';
import type { Library } from './interpreter/library.js';
import type { Value } from './interpreter/values.js';

/** How a request was answered on one path. */
export interface Answer {
  status: number;
  body?: Value;
  /** What the code declares the body to be. */
  schema?: JsonSchema;
  headers: Map<string, Value>;
  span: Span;
  /** Decisions taken when the outcome was settled: the last of them decided it. */
  decisions: number;
  /** The answer came through an error. */
  failed: boolean;
}

/** One operation as the framework registered it. */
export interface Route {
  method: string;
  /** OpenAPI template. */
  path: string;
  source: SourceRef;
  handler?: SourceRef;
  condition?: string;
  /** How the body travels. Absent: as JSON. */
  mediaType?: string | undefined;
  /** Schemas of the answers that the registration declares, by status (`200`, `4xx`, `default`). */
  declared?: Record<string, JsonSchema> | undefined;
  /** Sends one symbolic request down the chain. Undefined: no answer is ever given; the reason is a gap. */
  run(interpreter: Interpreter): Answer | { hangs: string; span: Span };
}

/** One framework: what its names mean, and how it handles a request. */
export interface FrameworkAdapter {
  name: 'express' | 'fastify' | 'fastapi';
  libraries: Library[];
  /** Asked when no library knows what a call means. */
  fallbacks: Library[];
  /** Source text that makes an app or registers operations. */
  builds(text: string): boolean;
  /** An app for a function that wants one as a parameter of this name. */
  appFor(parameter: string, interpreter: Interpreter, span: Span): Value | undefined;
  /** After all modules have loaded. */
  routes(interpreter: Interpreter): Route[];
  /** Operations are there, but on nothing that could be served: what makes the app has not been called. */
  lacksApp?(interpreter: Interpreter): boolean;
  /** This value is what is served, where there are several apps. */
  serve?(value: Value): void;
  /** Statements of its start can be run a second time: what they register then is not registered. */
  startsAgain?: true;
  /** Values that are apps, for the harness. */
  apps(): { value: Value; source: SourceRef }[];
  /** `ServiceModel.origin`. */
  origin?(): string | undefined;
  /** What is registered on the app is one plugin alone: the harness can make the app by itself. */
  plugin?(): { plugin: Value; options?: Value; given?: Value; source: SourceRef } | undefined;
  /** The heap thing with this id came to be while an app was put together. */
  madeWithApp?(id: number): boolean;
}

export type AdapterFactory = (catalog: Catalog, version: string | undefined) => FrameworkAdapter;
