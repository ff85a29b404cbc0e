import type { Node } from 'web-tree-sitter';
import type { Expression, Statement } from '../core/language.js';
import { children, type Lowering } from './lower.js';
import { blockOf } from './lower-statements.js';

/** The hidden name of the exception that a handler has caught, which a bare `raise` throws again. */
const caught = '%error';

/** `except A as e` … becomes one handler that asks which class the error is of, and throws it again where none fits. */
export function lowerTry(lowering: Lowering, node: Node, inClass: boolean): Statement[] {
  const span = lowering.span(node);
  const clauses = children(node).filter((child) => /^except(_group)?_clause$/.test(child.type));
  const after = children(node).find((child) => child.type === 'else_clause');
  const last = children(node).find((child) => child.type === 'finally_clause');
  const body = blockOf(lowering, node.childForFieldName('body'), inClass);
  const handler = clauses.reduceRight<Statement[]>(
    (rest, clause) => except(lowering, clause, rest, inClass),
    [{ kind: 'throw', value: lowering.name(caught, node), span }],
  );
  const flag = `%went${node.startIndex}`;
  const statement: Statement = {
    kind: 'try',
    body: after ? [...body, set(lowering, flag, true, node)] : body,
    ...(clauses.length ? { param: { kind: 'name' as const, name: caught, span }, handler } : {}),
    finalizer: blockOf(lowering, last && children(last).at(-1), inClass),
    span,
  };
  if (!after) return [statement];
  return [
    { kind: 'locals', names: [flag], span },
    set(lowering, flag, false, node),
    statement,
    {
      kind: 'if',
      test: lowering.name(flag, after),
      then: blockOf(lowering, after.childForFieldName('body'), inClass),
      otherwise: [],
      span: lowering.span(after),
    },
  ];
}

function set(lowering: Lowering, name: string, value: boolean, node: Node): Statement {
  const span = lowering.span(node);
  return {
    kind: 'expression',
    value: {
      kind: 'assign',
      target: { kind: 'name', name, span },
      op: '=',
      value: lowering.literal(value, node),
      span,
    },
    span,
  };
}

function except(lowering: Lowering, clause: Node, rest: Statement[], inClass: boolean): Statement[] {
  const span = lowering.span(clause);
  const block = children(clause).find((child) => child.type === 'block');
  const values = children(clause).filter((child) => child !== block && child.type !== 'block');
  const [value] = values;
  const alias = value?.type === 'as_pattern' ? value.childForFieldName('alias') : clause.childForFieldName('alias');
  const named = alias && (alias.type === 'as_pattern_target' ? children(alias)[0] : alias);
  const bind: Statement[] = named
    ? [
        {
          kind: 'expression',
          value: {
            kind: 'assign',
            target: { kind: 'name', name: lowering.text(named), span: lowering.span(named) },
            op: '=',
            value: lowering.name(caught, named),
            span: lowering.span(named),
          },
          span,
        },
      ]
    : [];
  const body = [...bind, ...blockOf(lowering, block, inClass)];
  if (!value) return body;
  const classes =
    value.type === 'as_pattern' ? children(value).slice(0, 1) : values.filter((one) => one.id !== named?.id);
  const test: Expression = {
    kind: 'binary',
    op: 'instanceof',
    left: lowering.name(caught, clause),
    right:
      classes.length === 1 && classes[0]
        ? lowering.expression(classes[0])
        : { kind: 'array', items: classes.map((one) => ({ value: lowering.expression(one), spread: false })), span },
    span: lowering.span(value),
  };
  return [{ kind: 'if', test, then: body, otherwise: rest, span }];
}
