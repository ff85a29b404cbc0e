import type { Node } from 'web-tree-sitter';
import type { Expression } from '../core/language.js';
import { children, Lowering } from './lower.js';
import { parsed } from './parser.js';

/** Names whose arguments are values, not types: their texts stay texts. */
const ofValues = new Set(['Literal', 'Annotated']);

/** A declared type as an expression. Texts in it are types too (`list["Order"]`). */
export function annotation(lowering: Lowering, node: Node): Expression {
  switch (node.type) {
    case 'type': {
      const [inner] = children(node);
      return inner ? annotation(lowering, inner) : lowering.opaque(node);
    }
    case 'string':
      return quoted(lowering, node);
    case 'binary_operator':
      return {
        kind: 'binary',
        op: '|',
        left: part(lowering, node, 'left'),
        right: part(lowering, node, 'right'),
        span: lowering.span(node),
      };
    case 'generic_type':
    case 'subscript':
      return generic(lowering, node);
    case 'union_type': {
      const [left, right] = children(node);
      return left && right
        ? {
            kind: 'binary',
            op: '|',
            left: annotation(lowering, left),
            right: annotation(lowering, right),
            span: lowering.span(node),
          }
        : lowering.opaque(node);
    }
    case 'member_type': {
      const [of, key] = children(node);
      return of && key ? lowering.member(annotation(lowering, of), lowering.text(key), node) : lowering.opaque(node);
    }
    case 'list':
    case 'tuple':
      return {
        kind: 'array',
        items: children(node).map((child) => ({ value: annotation(lowering, child), spread: false })),
        span: lowering.span(node),
      };
    default:
      return lowering.expression(node);
  }
}

const part = (lowering: Lowering, node: Node, name: string): Expression => {
  const child = node.childForFieldName(name);
  return child ? annotation(lowering, child) : lowering.opaque(node);
};

/** `list[Order]`: written as a type it is one kind of node, as an expression another. */
function generic(lowering: Lowering, node: Node): Expression {
  const [of, ...rest] = children(node);
  if (!of) return lowering.opaque(node);
  const args = rest.flatMap((child) => (child.type === 'type_parameter' ? children(child) : [child]));
  const name = /\w+$/.exec(lowering.text(of))?.[0] ?? '';
  const items = args.map((arg, index) =>
    ofValues.has(name) && !(name === 'Annotated' && index === 0)
      ? lowering.expression(arg.type === 'type' ? (children(arg)[0] ?? arg) : arg)
      : annotation(lowering, arg),
  );
  const span = lowering.span(node);
  const [only] = items;
  return {
    kind: 'member',
    of: annotation(lowering, of),
    key:
      items.length === 1 && only
        ? only
        : { kind: 'array', items: items.map((value) => ({ value, spread: false })), span },
    optional: false,
    isSubscript: true,
    span,
  };
}

/** `"Order | None"`: its content, where it stands in the file. */
function quoted(lowering: Lowering, node: Node): Expression {
  const content = node.namedChildren.find((child) => child?.type === 'string_content');
  if (!content) return lowering.literal('', node);
  const text = lowering.text(content);
  return parsed(text, (root) => {
    const [statement] = children(root);
    const [inner] = statement ? children(statement) : [];
    if (!inner || root.hasError) return lowering.literal(text, node);
    return annotation(new Lowering(lowering.source, lowering.offset + content.startIndex), inner);
  });
}
