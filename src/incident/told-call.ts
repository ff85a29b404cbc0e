import { ts } from 'ts-morph';
import type { Known, ToldOutcome, UnitIncident } from '../model/index.js';

/** A sentence about one call, taken apart. */
export type ToldCall = { name: string } & Pick<UnitIncident, 'args' | 'named' | 'expected' | 'happened'>;

/**
 * `priceOf({ grams: 0 }) should be 0, gave NaN` · `price_of(grams=0) must raise ValueError "too light"`: literals of JavaScript, JSON or
 * Python. Undefined: the sentence is about something else.
 */
export function readToldCall(says: string): ToldCall | undefined {
  const start = /[A-Za-z_$][\w$.]*\(/.exec(says)?.index;
  if (start === undefined) return undefined;
  const [first] = expressionsIn(says.slice(start));
  if (!first || !ts.isCallExpression(first.node)) return undefined;
  const rest = says.slice(start + first.end);
  const [verb, kind = ''] = /^\s*(?:should|must)\s+(?:have\s+)?(\w+)(?:\s+(?:to|an?))?\s+/.exec(rest) ?? [];
  if (verb === undefined) return undefined;
  const told = toldOutcome(kind, rest.slice(verb.length));
  const args = argumentsOf(first.node);
  return told && args && { name: first.node.expression.getText(first.tree), ...args, ...told };
}

const giving = /^(be|been|give|given|return|returned|equal|equalled|resolve|come)$/;
const throwing = /^(throw|thrown|raise|raised|reject|rejected)$/;

function toldOutcome(kind: string, text: string): { expected: ToldOutcome; happened?: Known | string } | undefined {
  if (throwing.test(kind)) {
    const [whole, name, double, single] =
      /^(?:with\s+)?([A-Z]\w*)(?:[:\s]+(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'))?/.exec(text) ?? [];
    if (whole === undefined || name === undefined) return undefined;
    const message = double ?? single;
    return {
      expected: { throws: name, ...(message === undefined ? {} : { message }) },
      ...happenedIn(text.slice(whole.length)),
    };
  }
  const value = giving.test(kind) ? valueAt(text) : undefined;
  return value && { expected: { gives: value.known }, ...happenedIn(text.slice(value.end)) };
}

/** `, gave NaN` · `, not 12` · `, threw TypeError: x is undefined`. */
function happenedIn(text: string): { happened?: Known | string } {
  const [error] = /[A-Z]\w*(?:Error|Exception)\b.*$/.exec(text) ?? [];
  if (error !== undefined) return { happened: error.replace(/["'.]+$/, '').trim() };
  const [verb] = /^.*?\b(?:gave|got|was|is|returned|returns|gives|not|instead of)\s+/.exec(text) ?? [];
  const value = verb === undefined ? undefined : valueAt(text.slice(verb.length));
  return value ? { happened: value.known } : {};
}

interface Parsed {
  node: ts.Expression;
  tree: ts.SourceFile;
  /** Characters from the start of the text. */
  end: number;
}

/** The expressions that begin a text, as far as they can be parsed. */
function expressionsIn(text: string): Parsed[] {
  const tree = ts.createSourceFile('told.ts', text, ts.ScriptTarget.Latest, true);
  return tree.statements.flatMap((one) =>
    ts.isExpressionStatement(one) ? [{ node: one.expression, tree, end: one.expression.end }] : [],
  );
}

/** A list is open to what follows its item, and an object in it is no block. */
function valueAt(text: string): { known: Known; end: number } | undefined {
  const [list] = expressionsIn(`[${text}`);
  const item = list && ts.isArrayLiteralExpression(list.node) ? list.node.elements[0] : undefined;
  const known = item && knownIn(item);
  return known && { known, end: item.end - 1 };
}

function argumentsOf(call: ts.CallExpression): Pick<ToldCall, 'args' | 'named'> | undefined {
  const args: Known[] = [];
  const named: Record<string, Known> = {};
  for (const arg of call.arguments) {
    // Python's `grams=0`.
    const isNamed = ts.isBinaryExpression(arg) && arg.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    const known = knownIn(isNamed ? arg.right : arg);
    if (!known) return undefined;
    if (isNamed) named[arg.left.getText()] = known;
    else args.push(known);
  }
  return { args, named };
}

const words: Record<string, Known> = {
  null: { kind: 'json', value: null },
  None: { kind: 'json', value: null },
  true: { kind: 'json', value: true },
  True: { kind: 'json', value: true },
  false: { kind: 'json', value: false },
  False: { kind: 'json', value: false },
  undefined: { kind: 'undefined' },
  NaN: { kind: 'number', text: 'NaN' },
  nan: { kind: 'number', text: 'NaN' },
  Infinity: { kind: 'number', text: 'Infinity' },
};

/** A literal; undefined: it is none. */
function knownIn(node: ts.Expression): Known | undefined {
  if (ts.isNumericLiteral(node)) return { kind: 'json', value: Number(node.text) };
  if (ts.isStringLiteralLike(node)) return { kind: 'json', value: node.text };
  if (ts.isParenthesizedExpression(node)) return knownIn(node.expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) return negated(node.operand);
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map(knownIn);
    return items.every((one) => one?.kind === 'json')
      ? { kind: 'json', value: items.map((one) => one.value) }
      : undefined;
  }
  // Python's `Piece(grams=0)`: the parameter's type says of which class it is.
  const made = ts.isCallExpression(node) && /^[A-Z]/.test(node.expression.getText()) ? argumentsOf(node) : undefined;
  if (made) return made.args.length ? undefined : jsonOf(Object.entries(made.named));
  return ts.isObjectLiteralExpression(node) ? objectIn(node) : words[node.getText()];
}

function negated(operand: ts.Expression): Known | undefined {
  const known = knownIn(operand);
  if (known?.kind === 'json' && typeof known.value === 'number') return { kind: 'json', value: -known.value };
  return known?.kind === 'number' && known.text === 'Infinity' ? { kind: 'number', text: '-Infinity' } : undefined;
}

function objectIn(node: ts.ObjectLiteralExpression): Known | undefined {
  const fields = node.properties.map((one): [string, Known] | undefined => {
    const known = ts.isPropertyAssignment(one) ? knownIn(one.initializer) : undefined;
    if (!known || !one.name) return undefined;
    return [ts.isStringLiteralLike(one.name) ? one.name.text : one.name.getText(), known];
  });
  return fields.every((one) => one !== undefined) ? jsonOf(fields) : undefined;
}

/** Undefined: a field is no JSON. */
function jsonOf(fields: [string, Known][]): Known | undefined {
  const values = fields.flatMap(([name, known]) => (known.kind === 'json' ? [[name, known.value] as const] : []));
  return values.length === fields.length ? { kind: 'json', value: Object.fromEntries(values) } : undefined;
}
