import type { JsonSchema } from '../../model/index.js';
import type { ClassNode, Expression, FunctionNode, Pattern, Statement } from '../core/language.js';
import { boundNames, walkFunction } from '../core/walk.js';
import { literalOf } from './file-table.js';

const ofText =
  /^(toLowerCase|toUpperCase|trim|split|startsWith|endsWith|startswith|endswith|lower|upper|casefold|title|capitalize|strip|lstrip|rstrip|splitlines|isdigit|isalpha|isalnum|isupper|islower|zfill|encode|removeprefix|removesuffix|partition|rpartition|match|replace|replaceAll|charAt|charCodeAt|padStart|padEnd|normalize|localeCompare|substring|substr)$/;
const ofList =
  /^(map|filter|find|findIndex|some|every|forEach|reduce|push|join|sort|flatMap|append|extend|%filter|%map)$/;
const ofAny = /^(length|toString|valueOf|hasOwnProperty|includes|indexOf|slice|concat|at|constructor|count|index)$/;
const arithmetic = new Set(['-', '*', '/', '%', '**', '<', '<=', '>', '>=']);
const conversions = /^(parseInt|parseFloat|Number|isNaN|int|float)$/;

/** A method of texts or lists: what it is called on is data, whatever its name. */
export const isDataMethod = (name: string): boolean => ofText.test(name) || ofList.test(name);

type Type = 'string' | 'number' | 'array' | 'boolean' | 'called';

interface Use {
  /** Fields on the way; `[]`: an item of a list. */
  at: string[];
  type?: Type;
}

interface Chain {
  root: string;
  at: string[];
}

/** What untyped code says of a parameter: data of some shape, or something whose methods are called. */
export type Inferred = { kind: 'data'; schema: JsonSchema } | { kind: 'methods'; names: string[] };

/** What untyped code says of its parameters by how it uses them: calculated with, asked for a text's methods, looped over. */
export function inferParameters(fn: FunctionNode, cls?: ClassNode): Map<string, Inferred> {
  const reader = new Reader(fn);
  const visitor = {
    expression: (one: Expression): void => reader.expression(one),
    statement: (one: Statement): void => reader.statement(one),
  };
  walkFunction(fn, visitor);
  // What a constructor keeps (`this.ledger = ledger`) is used in the methods.
  for (const member of cls?.members ?? []) if (member.fn && member.fn !== fn) walkFunction(member.fn, visitor);
  const found = new Map([...reader.uses].map(([name, uses]) => [name, inferred(uses, name)]));
  for (const { target } of fn.params) if (target.kind === 'object') joinFields(target, found);
  return found;
}

/** `({ axles, tag })` is one object: it goes by the name of its first field. */
function joinFields(target: Extract<Pattern, { kind: 'object' }>, found: Map<string, Inferred>): void {
  const bound = boundNames(target);
  const properties: Record<string, JsonSchema> = {};
  for (const { name, at } of bound) {
    const field = found.get(name);
    if (at.length === 1 && at[0] !== undefined && field?.kind === 'data') properties[at[0]] = field.schema;
  }
  const [first] = bound;
  if (first)
    found.set(first.name, { kind: 'data', schema: { type: 'object', properties, required: Object.keys(properties) } });
}

function inferred(uses: Use[], name: string): Inferred {
  const called = uses.filter(({ at, type }) => at.length === 1 && type === 'called').flatMap(({ at }) => at);
  return called.length
    ? { kind: 'methods', names: [...new Set(called)] }
    : { kind: 'data', schema: schemaFrom(uses, name) };
}

class Reader {
  readonly uses: Map<string, Use[]>;
  /** Names that stand for a part of a parameter: `const { image } = input`, an item in a callback or a loop. */
  private readonly aliases = new Map<string, Chain>();

  constructor(fn: FunctionNode) {
    const names = fn.params.flatMap(({ target }) => boundNames(target).map(({ name }) => name));
    this.uses = new Map(names.map((name) => [name, []]));
  }

  statement(statement: Statement): void {
    if (statement.kind === 'declare' && statement.value) {
      const of = this.chain(statement.value);
      if (of)
        for (const { name, at } of boundNames(statement.target))
          this.aliases.set(name, { ...of, at: [...of.at, ...at] });
    }
    if (statement.kind === 'each') {
      this.note(statement.items, 'array');
      this.alias(boundNames(statement.target)[0]?.name, statement.items);
    }
  }

  expression(expression: Expression): void {
    switch (expression.kind) {
      case 'assign':
        return this.kept(expression);
      case 'binary':
        return this.binary(expression);
      case 'call':
        return this.call(expression);
      case 'member':
        return this.note(expression, undefined);
      default:
    }
  }

  /** `this.ledger = ledger`: the field stands for the parameter from then on. */
  private kept({ target, value }: Extract<Expression, { kind: 'assign' }>): void {
    const of = this.chain(value);
    if (!of || target.kind !== 'place' || target.place.kind !== 'member' || target.place.of.kind !== 'this') return;
    const key = literalOf(target.place.key);
    if (key !== undefined) this.aliases.set(`this.${key}`, of);
  }

  private binary({ left, right, op }: Extract<Expression, { kind: 'binary' }>): void {
    if (arithmetic.has(op)) return [left, right].forEach((side) => this.note(side, 'number'));
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const)
      if (other.kind === 'literal' && other.value != null) this.note(side, typeof other.value as Type);
  }

  private call({ callee, args }: Extract<Expression, { kind: 'call' }>): void {
    const [first] = args;
    if (callee.kind === 'name' && conversions.test(callee.name) && first) this.note(first.value, 'string');
    if (callee.kind !== 'member') return;
    const key = literalOf(callee.key) ?? '';
    if (ofText.test(key)) this.note(callee.of, 'string');
    else if (ofList.test(key)) {
      this.note(callee.of, 'array');
      if (first?.value.kind === 'function')
        this.alias(boundNames(first.value.fn.params[key === 'reduce' ? 1 : 0]?.target ?? nothing)[0]?.name, callee.of);
    } else if (!ofAny.test(key)) this.note(callee, 'called');
  }

  private alias(name: string | undefined, list: Expression): void {
    const of = this.chain(list);
    if (name !== undefined && of) this.aliases.set(name, { ...of, at: [...of.at, '[]'] });
  }

  private note(expression: Expression, type: Type | undefined): void {
    const chain = this.chain(expression);
    if (chain) this.uses.get(chain.root)?.push({ at: chain.at, ...(type ? { type } : {}) });
  }

  private chain(expression: Expression): Chain | undefined {
    if (expression.kind === 'name')
      return (
        this.aliases.get(expression.name) ??
        (this.uses.has(expression.name) ? { root: expression.name, at: [] } : undefined)
      );
    if (expression.kind !== 'member') return undefined;
    const key = literalOf(expression.key);
    if (expression.of.kind === 'this') return this.aliases.get(`this.${key ?? ''}`);
    const of = this.chain(expression.of);
    if (!of || (key !== undefined && (ofText.test(key) || ofList.test(key) || ofAny.test(key)))) return undefined;
    return { root: of.root, at: [...of.at, key ?? '[]'] };
  }
}

const nothing = { kind: 'array' as const, items: [], span: { source: undefined as never, start: 0, end: 0 } };

function schemaFrom(uses: Use[], name: string): JsonSchema {
  const own = uses.filter((one) => one.at.length === 0).map(({ type }) => type);
  const inside = (key: string): Use[] =>
    uses.filter(({ at }) => at[0] === key).map(({ at, ...rest }) => ({ ...rest, at: at.slice(1) }));
  const keys = new Set(uses.flatMap(({ at: [first] }) => (first === undefined ? [] : [first])));
  if (own.includes('string')) return { type: 'string' };
  if (own.includes('array') || keys.has('[]'))
    return { type: 'array', items: schemaFrom(inside('[]'), name.replace(/s$/, '')) };
  if (keys.size)
    return {
      type: 'object',
      properties: Object.fromEntries([...keys].map((key): [string, JsonSchema] => [key, schemaFrom(inside(key), key)])),
      required: [...keys],
    };
  if (own.includes('number')) return { type: 'number' };
  if (own.includes('boolean') || /^(is|has|should|allow)[A-Z]/.test(name)) return { type: 'boolean' };
  return /count|price|amount|total|days|weeks|years|^age$|Age$|size|limit|page|status|code|number|^id$/i.test(name)
    ? { type: 'number' }
    : { type: 'string' };
}
