import type { Json, JsonSchema, Known } from '../../model/index.js';
import { sample, sampleOfPattern } from '../sample.js';

export const json = (value: Json): Known => ({ kind: 'json', value });
export const absent: Known = { kind: 'undefined' };

/** One place in the inputs: a value, or a field inside it. */
export interface Leaf {
  input: string;
  at: string[];
  schema: JsonSchema;
  /** Its holder may lack it. */
  optional: boolean;
}

/** Numbers that no usual mistake maps onto each other: `x + x`, `x * x` and `x - y` all differ. */
const numbers = [7, 3, 11, 5, 13, 17, 19, 23];

/** A usual value of each input, numbers all different. */
export class Samples {
  private used = 0;

  of(schema: JsonSchema, name: string): Json {
    const number = isNumber(schema) && schema.enum === undefined && schema.const === undefined;
    if (number) return numbers[this.used++ % numbers.length] ?? 7;
    const branch = schema.anyOf?.[0] ?? schema.oneOf?.[0];
    if (branch) return this.of(branch, name);
    const type = [schema.type].flat().find((one) => one !== 'null');
    if (type === 'object' && schema.properties) return this.object(schema);
    if (type === 'array' && schema.prefixItems) return schema.prefixItems.map((item) => this.of(item, name));
    if (type === 'array') {
      const singular = name.replace(/s$/, '');
      return [this.of(schema.items ?? {}, singular), this.of(schema.items ?? {}, singular)];
    }
    return sample(schema, name);
  }

  private object(schema: JsonSchema): Json {
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, field]) => [name, this.of(field, name)]),
    );
  }
}

const isNumber = (schema: JsonSchema): boolean =>
  [schema.type].flat().some((one) => one === 'number' || one === 'integer');

/** The places of an input that can be changed one by one; inside lists, those of the first item. */
export function leavesOf(input: string, schema: JsonSchema, optional: boolean, at: string[] = []): Leaf[] {
  const own: Leaf = { input, at, schema, optional };
  if (at.length > 5) return [own];
  const branch = schema.anyOf?.[0];
  if (branch) return [own, ...leavesOf(input, branch, optional, at).filter((leaf) => leaf.at.length > at.length)];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    leavesOf(input, field, !(schema.required?.includes(name) ?? false), [...at, name]),
  );
  const items = schema.items ? leavesOf(input, schema.items, false, [...at, '0']) : [];
  return [own, ...inner, ...items];
}

export function get(given: Record<string, Known>, leaf: Leaf): Json | undefined {
  const whole = given[leaf.input];
  if (whole?.kind !== 'json') return undefined;
  return leaf.at.reduce<Json | undefined>(
    (value, key) =>
      Array.isArray(value)
        ? value[Number(key)]
        : typeof value === 'object' && value !== null && key in value
          ? value[key]
          : undefined,
    whole.value,
  );
}

/** The inputs with another value at one place; undefined takes it away. */
export function put(
  given: Record<string, Known>,
  leaf: Leaf,
  value: Json | undefined,
): Record<string, Known> | undefined {
  const { input, at } = leaf;
  if (!at.length) return { ...given, [input]: value === undefined ? absent : json(value) };
  const whole = given[input];
  if (whole?.kind !== 'json') return undefined;
  const copy = structuredClone(whole.value);
  let holder: Json = copy;
  for (const key of at.slice(0, -1)) {
    const next: Json | undefined = Array.isArray(holder)
      ? holder[Number(key)]
      : typeof holder === 'object' && holder !== null
        ? holder[key]
        : undefined;
    if (next === undefined) return undefined;
    holder = next;
  }
  const last = at.at(-1) ?? '';
  if (Array.isArray(holder)) {
    if (value === undefined) return undefined;
    holder[Number(last)] = value;
  } else if (typeof holder === 'object' && holder !== null) {
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  } else return undefined;
  return { ...given, [input]: json(copy) };
}

/** Other values of a place that its type alone suggests. */
export function alternatives(leaf: Leaf, usual: Json | undefined): (Json | undefined)[] {
  const { schema, optional } = leaf;
  const list: (Json | undefined)[] = [];
  const types = [schema.type].flat();
  if (schema.enum) list.push(...schema.enum);
  if (types.includes('boolean')) list.push(true, false);
  if (types.includes('null') || schema.anyOf?.some((one) => one.type === 'null')) list.push(null);
  if (optional || schema.anyOf?.some((one) => one['x-transform']?.includes('undefined'))) list.push(undefined);
  if (schema.const === undefined && !schema.enum) {
    if (types.includes('string')) list.push('');
    if (isNumber(schema)) list.push(...(typeof usual === 'number' ? [usual * 2 + 1] : []), 0);
    if (types.includes('array') && !schema.prefixItems)
      list.push([], ...(Array.isArray(usual) && usual.length > 1 ? [usual.slice(0, 1)] : []));
  }
  return list.filter((value) => JSON.stringify(value) !== JSON.stringify(usual));
}

/** A text that a pattern takes, and one that it does not, near the text that was tried. */
export function around(pattern: string, subject: string): string[] {
  const regex = new RegExp(pattern);
  const fitting = [sampleOfPattern(pattern), `${subject}1`, `1${subject}`, `${subject}a`, 'abcdef123456'].filter(
    (text) => regex.test(text),
  );
  const other = ['', 'x', '1', subject.replace(/\d/g, ''), subject.replace(/[a-z]/gi, ''), '!!!!!!!!!!'].filter(
    (text) => !regex.test(text),
  );
  return [...fitting.slice(0, 1), ...other.slice(0, 1), ...other.filter((text) => text.length >= 8).slice(0, 1)];
}
