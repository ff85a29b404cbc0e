import type { Node } from 'web-tree-sitter';
import type { Pattern } from '../core/language.js';
import { children, type Lowering } from './lower.js';

/** What stands left of `=`, or between `for` and `in`. */
export function target(lowering: Lowering, node: Node): Pattern {
  const span = lowering.span(node);
  switch (node.type) {
    case 'identifier':
      return { kind: 'name', name: lowering.text(node), span };
    case 'pattern_list':
    case 'tuple_pattern':
    case 'list_pattern':
    case 'tuple':
    case 'list':
    case 'expression_list':
      return list(lowering, node);
    case 'parenthesized_expression':
    case 'as_pattern_target': {
      const [inner] = children(node);
      return inner ? target(lowering, inner) : { kind: 'place', place: lowering.opaque(node), span };
    }
    default:
      return { kind: 'place', place: lowering.expression(node), span };
  }
}

function list(lowering: Lowering, node: Node): Pattern {
  const nodes = children(node);
  const star = nodes.findIndex((child) => child.type === 'list_splat_pattern' || child.type === 'list_splat');
  const plain = star < 0 ? nodes : nodes.slice(0, star);
  const [rest] = star < 0 ? [] : children(nodes[star] as Node);
  return {
    kind: 'array',
    items: plain.map((child) => target(lowering, child)),
    ...(rest ? { rest: target(lowering, rest) } : {}),
    span: lowering.span(node),
  };
}
