import path from 'node:path';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  isCallable,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { field } from './table.js';

const modules = new Set(['require-directory', 'require-dir', 'require-all', 'requireindex', 'require-index']);

/** `require('require-directory')(module)`: the modules of a folder by their names, folders inside of it as objects of their own. */
export const requireFolder: Library = {
  name: 'require-folder',
  provide: (module) => (modules.has(module) ? new NativeValue(module, wholeFolder) : undefined),
};

function wholeFolder(call: NativeCall): Value {
  const { args, interpreter, span } = call;
  const { file } = span.source;
  const here = path.posix.dirname(`/${file}`);
  const options = args.find((arg) => arg.type === 'object' && !arg.fields.has('exports'));
  const named = args.map(textOf).find((text) => text !== undefined) ?? textOf(field(options, 'dirname'));
  const folder = named === undefined ? here : path.posix.resolve(here, named);
  return modulesOf(interpreter, folder, file, (name) => renamed(call, options, name));
}

function renamed({ interpreter, span }: NativeCall, options: Value | undefined, name: string): string {
  const rename = field(options, 'rename') ?? field(options, 'map');
  if (!rename || !isCallable(rename)) return name;
  const given = interpreter.call(rename, undefinedValue, [primitive(name)], span);
  return textOf(given) ?? name.replace(/[-_ ]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function modulesOf(interpreter: Interpreter, folder: string, from: string, rename: (name: string) => string): Value {
  const all = new ObjectValue(true);
  for (const { name, isFile } of interpreter.host.list(folder) ?? []) {
    const place = path.posix.join(folder, name);
    if (place === `/${from}` || (isFile && !/\.[cm]?[jt]s$|\.json$/.test(name))) continue;
    const key = rename(name.replace(/\.[^.]+$/, ''));
    if (!isFile) {
      // A file of the same name comes first.
      if (!all.fields.has(key)) all.fields.set(key, modulesOf(interpreter, place, from, rename));
      continue;
    }
    const specifier = path.posix.relative(path.posix.dirname(`/${from}`), place);
    all.fields.set(key, interpreter.modules.import(`./${specifier}`, from, 'require'));
  }
  return all;
}
