import type { Expr, Matcher, RequestPlan } from '../../model/index.js';
import { escaped, formatText, item, keywordArguments, literal, text } from './literals.js';
import { inputName, variable } from './names.js';

/** What the code of a file uses, collected while it is written, so that imports and fixtures are exactly right. */
export class Uses {
  readonly factories = new Set<string>();
  /** Factories' requests that are sent with a credential. */
  readonly signed = new Set<string>();
  /** Principals, by the names of their fixtures. */
  readonly callers = new Set<string>();
  /** Names of the harness module. */
  readonly harness = new Set<string>();
  /** Names of dirty-equals. */
  readonly matchers = new Set<string>();
  readonly pytest = new Set<string>();
}

/** Writes the values of one test. `callers`: the names that are bound to a `Caller`. */
export class Expressions {
  constructor(
    readonly uses: Uses,
    readonly callers: Set<string> = new Set(),
  ) {}

  code(expr: Expr): string {
    switch (expr.kind) {
      case 'literal':
        return literal(expr.value);
      case 'ref':
        return this.reference(expr);
      case 'sample':
        return this.sample(expr);
      case 'object':
        return this.object(expr.fields);
      case 'array':
        return `[${expr.items.map((one) => this.code(one)).join(', ')}]`;
      case 'text':
        return this.text(expr.parts);
      case 'moment':
        return this.moment(expr);
      case 'repeat':
        return `${text(expr.text)} * ${expr.length}`;
    }
  }

  object(fields: Record<string, Expr>): string {
    return `{${Object.entries(fields)
      .map(([key, field]) => `${text(key)}: ${this.code(field)}`)
      .join(', ')}}`;
  }

  private reference({ name, at }: Extract<Expr, { kind: 'ref' }>): string {
    if (name === 'responseHeaders') return at.slice(1).reduce(item, item('response.headers', at[1] ?? ''));
    if (name === 'response') return at.reduce(item, 'response.json()');
    if (this.callers.has(name)) return [variable(name), ...at].join('.');
    return at.reduce(item, variable(name));
  }

  private sample(expr: Extract<Expr, { kind: 'sample' }>): string {
    const input = inputName(expr.factory);
    this.uses.factories.add(input);
    return `${input}(${keywordArguments(this.changes(expr)).join(', ')})`;
  }

  /** The fields that a sample changes; those that it leaves out are `OMITTED`. */
  changes(expr: Extract<Expr, { kind: 'sample' }>): [string, string][] {
    const fields = Object.entries(expr.overrides ?? {}).map(([key, value]): [string, string] => [
      key,
      this.code(value),
    ]);
    for (const key of expr.omit ?? []) {
      this.uses.factories.add('OMITTED');
      fields.push([key, 'OMITTED']);
    }
    return fields;
  }

  private text(parts: Expr[]): string {
    const [only] = parts;
    if (parts.length === 1 && only) return `str(${this.code(only)})`;
    return `f"${parts
      .map((part) => (part.kind === 'literal' ? formatText(String(part.value)) : `{${inFormat(this.code(part))}}`))
      .join('')}"`;
  }

  private moment(expr: Extract<Expr, { kind: 'moment' }>): string {
    this.uses.harness.add('from_now');
    const moment = `from_now(${expr.offsetSeconds})`;
    return {
      'date-time': `${moment}.isoformat()`,
      date: `${moment}.date().isoformat()`,
      'epoch-s': `int(${moment}.timestamp())`,
      'epoch-ms': `int(${moment}.timestamp() * 1000)`,
    }[expr.as];
  }

  /** `"/orders/1"`, or an f-string with what was arranged. */
  path({ template, path = {} }: Pick<RequestPlan, 'template' | 'path'>): string {
    const pieces = template.split(/(\{[^}]+\})/).map((piece) => {
      const name = /^\{([^}:]+)[^}]*\}$/.exec(piece)?.[1];
      const expr = name === undefined ? undefined : path[name];
      if (!expr) return { fixed: piece };
      if (expr.kind === 'literal') return { fixed: encodeURIComponent(String(expr.value)) };
      return { code: inFormat(this.code(expr)) };
    });
    if (pieces.every((piece) => piece.fixed !== undefined))
      return `"${escaped(pieces.map((piece) => piece.fixed).join(''))}"`;
    return `f"${pieces.map((piece) => (piece.fixed === undefined ? `{${piece.code}}` : formatText(piece.fixed))).join('')}"`;
  }

  /** `assert response.json() == …`: with `is` for what there is only one of. */
  assertion(read: string, matcher: Matcher): string {
    const value = matcher.kind === 'equals' && matcher.value.kind === 'literal' ? matcher.value.value : undefined;
    if (value === null || typeof value === 'boolean') return `assert ${read} is ${literal(value)}`;
    return `assert ${read} == ${this.matcher(matcher)}`;
  }

  matcher(matcher: Matcher): string {
    switch (matcher.kind) {
      case 'equals':
        return this.code(matcher.value);
      case 'type':
        return this.dirty(...types[matcher.type]);
      case 'pattern':
        return this.dirty('IsStr', `regex=${raw(searching(matcher.pattern))}`);
      case 'format':
        return this.format(matcher.format);
      case 'object': {
        const fields = Object.entries(matcher.fields).map(([key, field]) => `${text(key)}: ${this.matcher(field)}`);
        if (matcher.spread) fields.unshift(`**${this.code(matcher.spread)}`);
        const object = `{${fields.join(', ')}}`;
        return matcher.exact ? object : this.dirty('IsPartialDict', object);
      }
      case 'array':
        return `[${matcher.items.map((one) => this.matcher(one)).join(', ')}]`;
      case 'contains':
        return this.dirty('Contains', matcher.items.map((one) => this.matcher(one)).join(', '));
      case 'nullable':
        return this.dirty('IsOneOf', `None, ${this.matcher(matcher.of)}`);
      case 'anything':
        return this.dirty('AnyThing', '');
    }
  }

  private format(name: string): string {
    if (name === 'uuid') return this.dirty('IsUUID', '');
    if (name === 'date-time') return this.dirty('IsDatetime', 'iso_string=True');
    if (name === 'date') return this.dirty('IsDate', 'iso_string=True');
    if (name === 'jwt') return this.dirty('IsStr', String.raw`regex=r"[\w-]+\.[\w-]+\.[\w-]+"`);
    if (name === 'email') return this.dirty('IsStr', String.raw`regex=r"[^\s@]+@[^\s@]+\.[^\s@]+"`);
    return this.dirty('IsStr', '');
  }

  private dirty(name: string, args: string): string {
    this.uses.matchers.add(name);
    return `${name}(${args})`;
  }
}

const types: Record<Extract<Matcher, { kind: 'type' }>['type'], [string, string]> = {
  string: ['IsStr', ''],
  number: ['IsNumeric', ''],
  boolean: ['IsInstance', 'bool'],
  object: ['IsInstance', 'dict'],
  array: ['IsInstance', 'list'],
};

/** Inside a replacement field of an f-string no double quote and no backslash may stand before Python 3.12. */
const inFormat = (code: string): string => code.replace(/"([^"'\\]*)"/g, "'$1'");

/** dirty-equals matches from end to end, the plan's patterns anywhere; named groups are spelled otherwise. */
const searching = (pattern: string): string => {
  const python = pattern.replace(/\(\?<(?![=!])/g, '(?P<').replace(/\\\//g, '/');
  return /^\^[^|]*\$$/.test(python) ? python : `[\\s\\S]*(?:${python})[\\s\\S]*`;
};

const raw = (pattern: string): string => (/["\n]|\\$/.test(pattern) ? `"${escaped(pattern)}"` : `r"${pattern}"`);
