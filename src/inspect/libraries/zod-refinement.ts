import type { JsonSchema } from '../../model/index.js';
import { type FunctionNode, sourceRef, type Span, spanText, type Statement } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { FunctionValue, undefinedValue, type Value } from '../interpreter/values.js';
import { input } from '../terms.js';

type Compare = Omit<NonNullable<JsonSchema['x-compare']>[number], 'source'>;

/**
 * What `refine`, `superRefine` and `check` demand: of two fields that are compared `x-compare`; anything else is `x-unread`. A
 * function of `if`s that add issues demands the opposite of each condition.
 */
export function withRefinement(
  interpreter: Interpreter,
  schema: JsonSchema,
  fn: Value | undefined,
  span: Span | undefined,
): JsonSchema {
  if (!span) return schema;
  const compared =
    fn?.type === 'function' && schema.type === 'object'
      ? interpreter.whileLoading(() => demands(interpreter, fn, span))
      : undefined;
  const source = sourceRef(span);
  if (compared)
    return {
      ...schema,
      'x-compare': [...(schema['x-compare'] ?? []), ...compared.map((compare) => ({ ...compare, source }))],
    };
  const text = fn?.type === 'function' ? spanText(fn.node.span) : spanText(span);
  return {
    ...schema,
    'x-unread': [...(schema['x-unread'] ?? []), { text: text.replace(/\s+/g, ' ').slice(0, 160), source }],
  };
}

/** Undefined: not all of it is comparisons. */
function demands(interpreter: Interpreter, fn: FunctionValue, span: Span): Compare[] | undefined {
  const refusals = refusalsOf(fn.node);
  const found = refusals
    ? refusals.map((test) => {
        const returning: FunctionNode = { ...fn.node, body: [{ kind: 'return', value: test, span: test.span }] };
        return comparison(interpreter.call(asking(fn, returning), undefinedValue, [input('body')], span), true);
      })
    : [comparison(interpreter.call(fn, undefinedValue, [input('body')], span), false)];
  return found.every((compare) => compare !== undefined) ? found : undefined;
}

const asking = (fn: FunctionValue, node: FunctionNode): FunctionValue =>
  new FunctionValue(node, fn.scope, fn.self, false);

type If = Extract<Statement, { kind: 'if' }>;

/** `if (a !== b) context.addIssue(…)`, and nothing else: the conditions. */
function refusalsOf({ body }: FunctionNode): If['test'][] | undefined {
  const refuses = (statement: Statement): boolean =>
    statement.kind === 'expression' &&
    statement.value.kind === 'call' &&
    statement.value.callee.kind === 'member' &&
    /\b(addIssue|issues\s*\.\s*push)$/.test(spanText(statement.value.callee.span));
  const isRefusal = (statement: Statement): statement is If =>
    statement.kind === 'if' && statement.otherwise.length === 0 && statement.then.some(refuses);
  return body.length > 0 && body.every(isRefusal) ? body.map(({ test }) => test) : undefined;
}

const opposite = { '<': '>=', '<=': '>', '==': '!=', '!=': '==', '>': '<=', '>=': '<' } as const;
const turned = { '>': '<', '>=': '<=' } as const;

function comparison(value: Value, refused: boolean): Compare | undefined {
  if (value.type !== 'symbolic' || value.origin.kind !== 'op') return undefined;
  const { op, args } = value.origin;
  if (op === '!' && args[0]) return comparison(args[0], !refused);
  const [left, right] = args.map(fieldOf);
  const said = op === '===' ? '==' : op;
  if (!left || !right || !(said === '<' || said === '<=' || said === '==')) return undefined;
  const demanded = refused ? opposite[said] : said;
  return demanded === '>' || demanded === '>='
    ? { left: right, op: turned[demanded], right: left }
    : { left, op: demanded, right };
}

function fieldOf(value: Value): string[] | undefined {
  if (value.type !== 'symbolic') return undefined;
  if (value.origin.kind === 'input') return value.origin.at;
  return value.origin.kind === 'op' && ['date', 'time'].includes(value.origin.op) && value.origin.args[0]
    ? fieldOf(value.origin.args[0])
    : undefined;
}
