import type { Node } from 'web-tree-sitter';
import type { Expression } from '../core/language.js';
import { children, type Lowering } from './lower.js';
import { target } from './lower-patterns.js';

/** Methods of lists that comprehensions become; no Python name can be these. */
export const listMethods = { map: '%map', filter: '%filter', flatMap: '%flatMap' } as const;

/** `[f(x) for x in items if g(x)]` → `items.filter(g).map(f)`: lists of unknown length stay lists of one shape. */
export function comprehension(lowering: Lowering, node: Node): Expression {
  const body = node.childForFieldName('body');
  const clauses = children(node).filter((child) => child.type === 'for_in_clause' || child.type === 'if_clause');
  if (!body) return lowering.opaque(node);
  const item: Expression =
    body.type === 'pair'
      ? {
          kind: 'array',
          items: ['key', 'value'].map((name) => ({ value: lowering.field(body, name), spread: false })),
          span: lowering.span(body),
        }
      : lowering.expression(body);
  const list = nested(lowering, clauses, item, node);
  if (node.type !== 'dictionary_comprehension') return list;
  return lowering.call(lowering.name('dict', node), [list], node);
}

function nested(lowering: Lowering, clauses: Node[], item: Expression, node: Node): Expression {
  const [first, ...rest] = clauses;
  const left = first?.childForFieldName('left');
  const right = first?.childForFieldName('right');
  if (!left || !right) return lowering.opaque(node);
  const next = rest.findIndex((clause) => clause.type === 'for_in_clause');
  const conditions = next < 0 ? rest : rest.slice(0, next);
  const each = (value: Expression): Expression => ({
    kind: 'function',
    fn: {
      name: '',
      params: [{ target: target(lowering, left), rest: false }],
      body: [{ kind: 'return', value, span: value.span }],
      isAsync: false,
      isArrow: true,
      isGenerator: false,
      span: value.span,
    },
    span: lowering.span(node),
  });
  const method = (of: Expression, name: string, value: Expression): Expression =>
    lowering.call(lowering.member(of, name, node), [each(value)], node);
  let items = lowering.expression(right);
  for (const condition of conditions) {
    const [test] = children(condition);
    if (test) items = method(items, listMethods.filter, lowering.expression(test));
  }
  if (next >= 0) return method(items, listMethods.flatMap, nested(lowering, rest.slice(next), item, node));
  return method(items, listMethods.map, item);
}
