import type { Expr, Matcher, RequestPlan } from '../../model/index.js';
import { inputName } from './names.js';
import type { Client } from './target.js';
import { access, keyLiteral, literal, text } from './literals.js';

/** What the code of a file uses, collected while it is written, so that imports are exactly right. */
export class Uses {
  readonly factories = new Set<string>();
  readonly callers = new Set<string>();
  readonly harness = new Set<string>();
  constructor(readonly client: Client) {}
}

export function exprCode(expr: Expr, uses: Uses): string {
  switch (expr.kind) {
    case 'literal':
      return literal(expr.value);
    case 'ref':
      return expr.at.reduce(access, expr.name === 'response' ? uses.client.body('response') : expr.name);
    case 'sample':
      return sampleCode(expr, uses);
    case 'object':
      return `{ ${Object.entries(expr.fields)
        .map(([key, field]) =>
          field.kind === 'ref' && field.at.length === 0 && field.name === key
            ? key
            : `${keyLiteral(key)}: ${exprCode(field, uses)}`,
        )
        .join(', ')} }`;
    case 'array':
      return `[${expr.items.map((item) => exprCode(item, uses)).join(', ')}]`;
    case 'text':
      return textCode(expr.parts, uses);
    case 'moment':
      return momentCode(expr, uses);
    case 'repeat':
      return `${text(expr.text)}.repeat(${expr.length})`;
  }
}

function sampleCode(expr: Extract<Expr, { kind: 'sample' }>, uses: Uses): string {
  const input = inputName(expr.factory);
  uses.factories.add(input);
  const overrides = Object.entries(expr.overrides ?? {}).map(
    ([key, value]) => `${keyLiteral(key)}: ${exprCode(value, uses)}`,
  );
  for (const key of expr.omit ?? []) overrides.push(`${keyLiteral(key)}: undefined`);
  return overrides.length ? `${input}({ ${overrides.join(', ')} })` : `${input}()`;
}

function textCode(parts: Expr[], uses: Uses): string {
  if (parts.length === 1 && parts[0]) return `String(${exprCode(parts[0], uses)})`;
  const inner = parts.map((part) =>
    part.kind === 'literal' ? templateText(String(part.value)) : `\${${exprCode(part, uses)}}`,
  );
  return `\`${inner.join('')}\``;
}

/** Plain text inside a template literal. */
export const templateText = (value: string): string =>
  JSON.stringify(value)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/`/g, '\\`')
    .replace(/\$\{/g, '\\${')
    .replace(/[\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16)}`);

function momentCode(expr: Extract<Expr, { kind: 'moment' }>, uses: Uses): string {
  uses.harness.add('fromNow');
  const moment = `fromNow(${expr.offsetSeconds})`;
  return {
    'date-time': `${moment}.toISOString()`,
    date: `${moment}.toISOString().slice(0, 10)`,
    'epoch-s': `Math.floor(${moment}.getTime() / 1000)`,
    'epoch-ms': `${moment}.getTime()`,
  }[expr.as];
}

const typeNames = { string: 'String', number: 'Number', boolean: 'Boolean', object: 'Object', array: 'Array' };

/** The assertion that a read value matches, with the matcher function that reviewers expect: `toBe` for a primitive. */
export function assertion(read: string, matcher: Matcher, uses: Uses): string {
  const value = matcher.kind === 'equals' ? matcher.value : undefined;
  if (value?.kind === 'literal' && value.value === null) return `expect(${read}).toBeNull();`;
  const isPrimitive = value?.kind === 'text' || (value?.kind === 'literal' && typeof value.value !== 'object');
  return `expect(${read}).${isPrimitive ? 'toBe' : 'toEqual'}(${matcherCode(matcher, uses)});`;
}

/** A matcher inside `toEqual`. */
export function matcherCode(matcher: Matcher, uses: Uses): string {
  switch (matcher.kind) {
    case 'equals':
      return exprCode(matcher.value, uses);
    case 'type':
      return `expect.any(${typeNames[matcher.type]})`;
    case 'pattern':
      return `expect.stringMatching(new RegExp(${text(matcher.pattern)}))`;
    case 'format':
      uses.harness.add('patterns');
      return `expect.stringMatching(${access('patterns', formatName(matcher.format))})`;
    case 'object': {
      const fields = Object.entries(matcher.fields).map(
        ([key, field]) => `${keyLiteral(key)}: ${matcherCode(field, uses)}`,
      );
      if (matcher.spread) fields.unshift(`...${exprCode(matcher.spread, uses)}`);
      const object = fields.length ? `{ ${fields.join(', ')} }` : '{}';
      return matcher.exact ? object : `expect.objectContaining(${object})`;
    }
    case 'array':
      return `[${matcher.items.map((item) => matcherCode(item, uses)).join(', ')}]`;
    case 'contains':
      return `expect.arrayContaining([${matcher.items.map((item) => matcherCode(item, uses)).join(', ')}])`;
    case 'nullable':
      uses.harness.add('nullOr');
      return `nullOr(${matcherCode(matcher.of, uses)})`;
    case 'anything':
      return 'expect.anything()';
  }
}

const formatName = (format: string): string => format.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `'/orders/1'` or a template literal with what was arranged. */
export function pathCode(request: Pick<RequestPlan, 'template' | 'path'>, uses: Uses): string {
  const pieces = request.template.split(/(\{\w+\})/);
  const exprs = pieces.map((piece) => {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    return name === undefined ? undefined : request.path?.[name];
  });
  if (exprs.every((expr) => !expr || expr.kind === 'literal'))
    return text(
      pieces
        .map((piece, index) => {
          const expr = exprs[index];
          return expr?.kind === 'literal' ? encodeURIComponent(String(expr.value)) : piece;
        })
        .join(''),
    );
  return `\`${pieces
    .map((piece, index) => {
      const expr = exprs[index];
      return !expr
        ? templateText(piece)
        : expr.kind === 'literal'
          ? encodeURIComponent(String(expr.value))
          : `\${${exprCode(expr, uses)}}`;
    })
    .join('')}\``;
}
