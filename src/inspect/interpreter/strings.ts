import { RegexHost } from './evaluate.js';
import { ArrayValue, operation, primitive, type Primitive, type Symbolic, textOf, type Value } from './values.js';

/** Methods whose result on known text is computed, and on unknown text becomes an operation of the same name. */
const plain = new Set([
  'trim',
  'trimStart',
  'trimEnd',
  'toLowerCase',
  'toUpperCase',
  'slice',
  'substring',
  'substr',
  'split',
  'concat',
  'padStart',
  'padEnd',
  'repeat',
  'startsWith',
  'endsWith',
  'includes',
  'indexOf',
  'lastIndexOf',
  'charAt',
  'charCodeAt',
  'at',
  'toString',
  'toFixed',
  'replace',
  'replaceAll',
  'match',
  'localeCompare',
  'normalize',
  'toLocaleString',
  'search',
  'test',
  'toLocaleDateString',
]);

const names: Record<string, string> = { toLowerCase: 'lowercase', toUpperCase: 'uppercase', toString: 'string' };

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export function stringMethod(self: Primitive | Symbolic, key: string, args: Value[]): Value | undefined {
  if (!plain.has(key)) return undefined;
  if (self.type === 'primitive') return concrete(self, key, args) ?? operation(names[key] ?? key, self, ...args);
  const text = textOf(args[0]);
  const known = key === 'split' ? environmentText(self) : undefined;
  if (known !== undefined) return concrete(primitive(known), key, args);
  const shape = knownShape(self);
  if (shape !== undefined && text !== undefined && (key === 'startsWith' || key === 'endsWith' || key === 'includes'))
    return primitive(shape[key](text));
  if (key === 'startsWith' && text !== undefined) return operation('matches', self, primitive(`^${escape(text)}`));
  if (key === 'endsWith' && text !== undefined) return operation('matches', self, primitive(`${escape(text)}$`));
  if (key === 'includes')
    return isList(self)
      ? operation('contains', self, ...args)
      : text === undefined
        ? operation('question', self, ...args)
        : operation('matches', self, primitive(escape(text)));
  if (key === 'match' && args[0]?.type === 'object' && args[0].host instanceof RegexHost)
    return operation('matches', self, primitive(args[0].host.pattern));
  if (key === 'toString' && self.origin.kind === 'op' && self.origin.op === 'string') return self;
  return operation(names[key] ?? key, self, ...args);
}

/** Lists in the environment (folders, origins) decide what is loaded: they are read from the fallback, or from an env file. */
const environmentText = ({ origin }: Symbolic): string | undefined =>
  origin.kind !== 'environment' ? undefined : typeof origin.fallback === 'string' ? origin.fallback : origin.example;

/**
 * Text whose holes are known to be one path segment each, as a request's own path is: a sample of it answers which prefix it
 * has and which pattern it matches.
 */
export function knownShape(value: Value): string | undefined {
  if (value.type === 'primitive') return typeof value.value === 'string' ? value.value : undefined;
  if (value.type !== 'symbolic' || value.origin.kind !== 'op' || value.origin.op !== 'template') return undefined;
  const parts = value.origin.args.map((part) =>
    part.type === 'primitive'
      ? String(part.value)
      : part.type === 'symbolic' && part.origin.kind === 'input' && part.origin.part === 'path'
        ? '1'
        : undefined,
  );
  return parts.every((part) => part !== undefined) && parts[0]?.startsWith('/') ? parts.join('') : undefined;
}

const isList = (self: Symbolic): boolean => self.origin.kind === 'rows' || self.origin.kind === 'principal';

function concrete(self: Primitive, key: string, args: Value[]): Value | undefined {
  const values = args.map((arg) =>
    arg.type === 'primitive'
      ? arg.value
      : arg.type === 'object' && arg.host instanceof RegexHost
        ? new RegExp(arg.host.pattern, arg.host.flags)
        : undefined,
  );
  if (args.some((arg, index) => arg.type !== 'primitive' && values[index] === undefined)) return undefined;
  const method = (self.value as unknown as Record<string, (...values: unknown[]) => unknown>)[key];
  if (typeof method !== 'function') return undefined;
  try {
    const result = method.apply(self.value, values);
    if (Array.isArray(result))
      return new ArrayValue(
        result.map((item) => primitive(item as string)),
        true,
      );
    return primitive(result as string);
  } catch {
    // A wrong argument makes the real method throw too; the call stays symbolic.
    return undefined;
  }
}
