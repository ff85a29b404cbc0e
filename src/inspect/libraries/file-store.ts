import { posix } from 'node:path';
import type { Catalog } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import { replaces } from '../interpreter/bind.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  ArrayValue,
  type NativeCall,
  nullValue,
  ObjectValue,
  operation,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { inJson, parsedJson } from '../interpreter/json.js';

type Content = ArrayValue | ObjectValue;

const modules = new Set(['fs', 'fs/promises', 'fs-extra']);
const reads = new Set(['readFile', 'readJson', 'readJSON']);
const writes = new Set(['writeFile', 'writeJson', 'writeJSON', 'outputFile', 'outputJson', 'outputJSON']);

/**
 * JSON files that the service reads and writes. What such a file holds is one value for the whole run, which operations change as they
 * change a list or a map in memory: that library gives the rows. A file that nobody writes is what it says.
 */
export function fileStore(catalog: Catalog): Library {
  const contents = new Map<string, Content>();
  return {
    name: 'file-store',
    call(callee, call) {
      const { origin } = callee;
      if (origin.kind !== 'external' || !modules.has(origin.module)) return undefined;
      const name = origin.path.filter((part) => part !== 'default').at(-1) ?? '';
      const plain = name.replace(/Sync$/, '');
      const file = dataFile(call.args[0]);
      if (file === undefined || !(reads.has(plain) || writes.has(plain))) return undefined;
      const isRead = reads.has(plain);
      const content = contentOf(catalog, contents, file, call);
      if (!content) return undefined;
      const isJson = /json$/i.test(plain);
      const body = (): Value =>
        isRead ? (isJson ? content : operation('json', content)) : written(content, call, isJson);
      return answered(call, plain === name, body);
    },
  };
}

/** Through a promise, a callback, or at once. */
function answered(call: NativeCall, isAsync: boolean, body: () => Value): Value {
  const { args, interpreter, span } = call;
  const callback = args.at(-1);
  if (isAsync && callback?.type === 'function') {
    interpreter.call(callback, undefinedValue, [nullValue, body()], span);
    return undefinedValue;
  }
  return isAsync ? promised(interpreter, span, body) : body();
}

/** From the service's folder, of a JSON file whose path is known. */
function dataFile(value: Value | undefined): string | undefined {
  const fallback =
    value?.type === 'symbolic' && value.origin.kind === 'environment' ? value.origin.fallback : undefined;
  const text = textOf(value) ?? (typeof fallback === 'string' ? fallback : undefined);
  return text?.endsWith('.json') ? posix.join('/', text).slice(1) : undefined;
}

function contentOf(
  catalog: Catalog,
  contents: Map<string, Content>,
  file: string,
  { interpreter, span }: NativeCall,
): Content | undefined {
  const known = contents.get(file);
  if (known) return known;
  const made = parsed(interpreter.host.text(file));
  if (!made) return undefined;
  made.label = posix.basename(file, '.json').replace(/[^\w]+(\w)/g, (_, letter: string) => letter.toUpperCase());
  contents.set(file, made);
  catalog.store(made, () => ({
    client: 'files',
    dialect: 'memory',
    connection: { kind: 'files', package: 'node:fs' },
    path: file,
    ...(interpreter.loading ? { lifetime: 'process' } : {}),
    source: sourceRef(span),
  }));
  return made;
}

/** The list or object in a file; a file that is not there begins as a list. */
function parsed(text: string | undefined): Content | undefined {
  if (text === undefined) return new ArrayValue([], true);
  const value = parsedJson(text, true);
  return value?.type === 'array' || value?.type === 'object' ? value : undefined;
}

/** The same list again: its changes are known already. Another one replaces it. */
function written(content: Content, { args, interpreter, span }: NativeCall, isJson: boolean): Value {
  const given = args[1];
  const value = isJson ? given : inJson(given);
  if (value && value !== content && interpreter.path) replaces(interpreter, content, value, span);
  return undefinedValue;
}
