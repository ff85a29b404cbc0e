import type { ServiceModel, Triage } from '../model/index.js';
import type { AdapterFactory, FrameworkAdapter } from './adapter.js';
import { Catalog } from './catalog.js';
import { express } from './express/index.js';
import { fastapi } from './fastapi/index.js';
import { fastify } from './fastify/index.js';
import type { Span } from './core/language.js';
import { callCallbacks } from './interpreter/callbacks.js';
import { callUncalled } from './interpreter/uncalled.js';
import { Interpreter } from './interpreter/interpreter.js';
import { undefinedValue, type Value } from './interpreter/values.js';
import { libraries } from './libraries/index.js';
import { pythonLibraries } from './libraries/python/index.js';
import { PythonModules } from './python/modules.js';
import { prepareParser } from './python/parser.js';
import { summarize } from './summary/index.js';
import { NodeModules } from './typescript/modules.js';

export interface InspectProgress {
  stage: 'files' | 'operations';
  done: number;
  total?: number;
  label: string;
}

const adapters: Partial<Record<string, AdapterFactory>> = { express, fastify, fastapi };

/** Readies what `inspect` needs for the language of the service. Must have ended before it. */
export async function prepare(triage: Triage): Promise<void> {
  if (triage.language.value === 'python') await prepareParser();
}

/**
 * Source → `ServiceModel`. Static: nothing of the service is run. Begins at the triage's entry, follows what it imports, runs
 * the modules' top level abstractly, then sends one symbolic request to each operation.
 */
export function inspect(triage: Triage, progress: (event: InspectProgress) => void = () => undefined): ServiceModel {
  const catalog = new Catalog();
  const framework = triage.framework.value;
  const adapter = adapters[framework]?.(catalog, triage.frameworkVersion.value ?? undefined);
  if (!adapter) throw new Error(`inspect: no adapter for ${framework}`);
  const isPython = triage.language.value === 'python';
  const [entry = '', exported] = triage.entry.value.split('#');
  const files: string[] = [];
  const interpreter = new Interpreter(
    isPython ? new PythonModules(triage.root, entry) : new NodeModules(triage.root, triage.aliases?.value),
    [...adapter.libraries, ...(isPython ? pythonLibraries : libraries)(catalog), ...adapter.fallbacks],
    (file) => {
      files.push(file);
      progress({ stage: 'files', done: files.length, label: file });
    },
  );
  interpreter.packages = triage.python?.value.packages ?? {};
  if (!interpreter.modules.load(entry)) interpreter.gap('file-not-read', `The entry ${entry} could not be read.`);
  const builds = (text: string): boolean => adapter.builds(text) || makesTables.test(text);
  const given = (name: string, span: Span): Value | undefined => adapter.appFor(name, interpreter, span);
  callCallbacks(interpreter, builds, given);
  if (exported !== undefined && isPython) takeEntry(interpreter, adapter, entry, exported);
  if (!adapter.routes(interpreter).length || adapter.lacksApp?.(interpreter)) {
    callUncalled(interpreter, builds, given);
    callCallbacks(interpreter, builds, given);
  }
  return summarize({ triage, interpreter, adapter, catalog, files, progress });
}

/** Tables are made in what a connection calls once it is open. */
const makesTables = /\bCREATE\s+TABLE\b/i;

/** The entry names the app that is served, or a function that makes it, which whoever starts the service calls. */
function takeEntry(interpreter: Interpreter, adapter: FrameworkAdapter, entry: string, exported: string): void {
  const record = interpreter.modules.load(entry);
  const value = record && interpreter.modules.importName(record, exported);
  if (value?.type === 'object') adapter.serve?.(value);
  if (value?.type !== 'function') return;
  const { span } = value.node;
  interpreter.start(() => {
    const made = interpreter.settle(interpreter.call(value, undefinedValue, [], span), span);
    adapter.serve?.(made);
    return made;
  }, span);
}
