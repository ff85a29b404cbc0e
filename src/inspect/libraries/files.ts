import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  ArrayValue,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';

type Run = (call: NativeCall) => Value;

/**
 * Paths and folder listings, as far as they decide what is loaded: `readdirSync` mounts, `glob.sync('routes/**')`. A path is
 * absolute from the service's folder, which is `/`.
 */
export const files: Library = {
  name: 'files',
  provide: (module, interpreter) => provided[module]?.(interpreter),
  call: (callee, call) => {
    const { origin } = callee;
    if (origin.kind !== 'external' || !call.interpreter.loading) return undefined;
    const name = origin.path.filter((part) => part !== 'default').at(-1) ?? '';
    if (origin.module === 'fs' || origin.module === 'fs-extra' || origin.module === 'fs/promises')
      return fileSystem(name, call, origin.module === 'fs/promises' || origin.path.includes('promises'));
    return globs.has(origin.module) ? globbed(name, call) : undefined;
  },
};

const provided: Record<string, (interpreter: Interpreter) => Value> = {
  process: (interpreter) => interpreter.global.find('process')?.binding.value ?? undefinedValue,
  path: () => pathModule(),
  'path/posix': () => pathModule(),
  url: (interpreter) => urlModule(interpreter),
};

const globs = new Set(['glob', 'fast-glob', 'globby', 'tinyglobby']);

function namespace(name: string, members: Record<string, Run>): ObjectValue {
  const object = new ObjectValue(true);
  object.label = name;
  for (const [key, run] of Object.entries(members)) object.fields.set(key, new NativeValue(`${name}.${key}`, run));
  return object;
}

/** A function of texts; where one is not known, neither is the result. */
const ofTexts =
  (name: string, run: (...parts: string[]) => string): Run =>
  ({ args, span }) =>
    args.every((arg) => arg.type === 'primitive') && args.some((arg) => textOf(arg) !== undefined)
      ? primitive(run(...args.flatMap((arg) => (arg.value === undefined ? [] : [String(arg.value)]))))
      : unknown(name, args, span);

function pathModule(): Value {
  const object = namespace('path', {
    join: ofTexts('path.join', posix.join),
    resolve: ofTexts('path.resolve', (...parts) => posix.resolve('/', ...parts)),
    dirname: ofTexts('path.dirname', posix.dirname),
    basename: ofTexts('path.basename', posix.basename),
    extname: ofTexts('path.extname', posix.extname),
    normalize: ofTexts('path.normalize', posix.normalize),
    relative: ofTexts('path.relative', posix.relative),
    isAbsolute: ({ args: [file] }) => primitive(textOf(file)?.startsWith('/') ?? false),
    parse: ({ args: [file], interpreter }) => parsed(textOf(file), interpreter),
  });
  object.fields.set('sep', primitive('/'));
  object.fields.set('delimiter', primitive(':'));
  object.fields.set('posix', object);
  return object;
}

function parsed(file: string | undefined, interpreter: Interpreter): Value {
  if (file === undefined) return unknown('path.parse');
  const object = new ObjectValue(interpreter.loading);
  for (const [name, part] of Object.entries(posix.parse(file))) object.fields.set(name, primitive(part));
  return object;
}

const withoutScheme = (text: string): string => text.replace(/^file:\/\//, '');

function urlModule(interpreter: Interpreter): Value {
  const object = namespace('url', {
    fileURLToPath: ({ args: [url], span }) => {
      const text = textOf(url) ?? (url?.type === 'object' ? textOf(url.fields.get('href')) : undefined);
      return text === undefined ? unknown('fileURLToPath', url ? [url] : [], span) : primitive(withoutScheme(text));
    },
    pathToFileURL: ({ args: [file], span }) => {
      const text = textOf(file);
      if (text === undefined) return unknown('pathToFileURL', file ? [file] : [], span);
      const made = namespace('url', { toString: () => primitive(`file://${text}`) });
      made.fields.set('href', primitive(`file://${text}`));
      made.fields.set('pathname', primitive(text));
      return made;
    },
  });
  const url = interpreter.global.find('URL')?.binding.value;
  if (url) object.fields.set('URL', url);
  object.open = unknown('url');
  return object;
}

/** What a folder holds at the time of inspection. */
function fileSystem(name: string, call: NativeCall, isAsync: boolean): Value | undefined {
  const { args, interpreter, span } = call;
  const file = textOf(args[0]);
  if (file === undefined) return undefined;
  const callback = args.at(-1)?.type === 'function' ? args.at(-1) : undefined;
  const plain = name.replace(/Sync$/, '');
  const value = read(plain, withoutScheme(file), args[1], interpreter);
  if (!value) return undefined;
  if (callback && plain === name) {
    interpreter.call(callback, undefinedValue, [primitive(null), value], span);
    return undefinedValue;
  }
  return isAsync ? promised(interpreter, span, () => value) : value;
}

function read(name: string, file: string, options: Value | undefined, interpreter: Interpreter): Value | undefined {
  switch (name) {
    case 'readdir': {
      const entries = interpreter.host.list(file);
      const isTyped = options?.type === 'object' && options.fields.has('withFileTypes');
      return (
        entries &&
        new ArrayValue(
          entries.map((entry) => (isTyped ? entryObject(entry.name, entry.isFile, file) : primitive(entry.name))),
          true,
        )
      );
    }
    case 'exists':
    case 'pathExists':
      return interpreter.host.kind(file) ? primitive(true) : isSource(file) ? primitive(false) : undefined;
    case 'stat':
    case 'lstat': {
      const kind = interpreter.host.kind(file);
      return kind && entryObject(posix.basename(file), kind === 'file', posix.dirname(file));
    }
    case 'readJson':
    case 'readFile': {
      const text = file.endsWith('.json') ? interpreter.host.text(file) : undefined;
      return text === undefined ? undefined : primitive(text);
    }
    default:
      return undefined;
  }
}

/** All sources are there to be read; other files may be made when the service starts. */
const isSource = (file: string): boolean => /\.[cm]?[jt]sx?$/.test(file);

function entryObject(name: string, isFile: boolean, folder: string): Value {
  const object = namespace('entry', {
    isFile: () => primitive(isFile),
    isDirectory: () => primitive(!isFile),
    isSymbolicLink: () => primitive(false),
  });
  object.fields.set('name', primitive(name));
  object.fields.set('path', primitive(folder));
  object.fields.set('parentPath', primitive(folder));
  return object;
}

/** `glob.sync('src/routes/*.js', { cwd })` and its relatives. */
function globbed(name: string, call: NativeCall): Value | undefined {
  const { args, interpreter, span } = call;
  const [pattern, options] = args;
  const patterns = (pattern?.type === 'array' ? pattern.items : [pattern]).flatMap((item) => textOf(item) ?? []);
  if (!patterns.length) return undefined;
  const given = options?.type === 'object' ? textOf(options.fields.get('cwd')) : undefined;
  const absolute = options?.type === 'object' ? options.fields.get('absolute') : undefined;
  const isAbsolute = absolute?.type === 'primitive' && absolute.value === true;
  const found = filesMatching(interpreter, patterns, given ?? '/').map((file) =>
    isAbsolute ? posix.resolve('/', given ?? '/', file) : file,
  );
  const list = new ArrayValue(
    found.map((file) => primitive(file)),
    true,
  );
  const callback = args.at(-1)?.type === 'function' ? args.at(-1) : undefined;
  if (callback) {
    interpreter.call(callback, undefinedValue, [primitive(null), list], span);
    return undefinedValue;
  }
  return /sync$/i.test(name) ? list : promised(interpreter, span, () => list);
}

/** As the glob libraries give them: absolute for an absolute pattern, else relative to `cwd`. */
export function filesMatching(interpreter: Interpreter, patterns: string[], cwd: string): string[] {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const ignored = picomatch(patterns.flatMap((pattern) => (pattern.startsWith('!') ? [pattern.slice(1)] : [])));
  return wanted.flatMap((pattern) => {
    const absolute = posix.resolve('/', cwd, pattern);
    const { base } = picomatch.scan(absolute);
    const isMatch = picomatch(absolute);
    return below(interpreter, base || '/')
      .filter((file) => isMatch(file))
      .map((file) => (pattern.startsWith('/') ? file : posix.relative(cwd, file)))
      .filter((file) => !ignored(file));
  });
}

function below(interpreter: Interpreter, folder: string, depth = 0): string[] {
  if (depth > 8) return [];
  return (interpreter.host.list(folder) ?? []).flatMap((entry) => {
    const file = posix.join(folder, entry.name);
    if (entry.isFile) return [file];
    return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : below(interpreter, file, depth + 1);
  });
}
