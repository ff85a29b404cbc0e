import type { Node } from 'web-tree-sitter';
import type { Expression, Pattern, Span, Statement } from '../core/language.js';
import { children, fields, type Lowering } from './lower.js';
import { lowerClass, lowerFunction } from './lower-functions.js';
import { lowerImport } from './lower-imports.js';
import { lowerMatch } from './lower-match.js';
import { target } from './lower-patterns.js';
import { lowerTry } from './lower-try.js';
import { annotation } from './lower-types.js';

/** @param inClass functions take the object as their first parameter */
export function lowerBody(lowering: Lowering, nodes: Node[], inClass = false): Statement[] {
  return nodes.flatMap((node) => lowerStatement(lowering, node, inClass));
}

/** The statements of a block that hangs on a field of a node. */
export const blockOf = (lowering: Lowering, node: Node | null | undefined, inClass = false): Statement[] =>
  node ? lowerBody(lowering, node.type === 'block' ? children(node) : [node], inClass) : [];

function lowerStatement(lowering: Lowering, node: Node, inClass: boolean): Statement[] {
  const span = lowering.span(node);
  switch (node.type) {
    case 'expression_statement':
      return children(node).flatMap((child) => expressionStatement(lowering, child));
    case 'return_statement': {
      const [value] = children(node);
      return [
        { kind: 'return', ...(value ? { value: lowering.expression(value) } : { value: none(lowering, node) }), span },
      ];
    }
    case 'if_statement':
      return [conditional(lowering, node, inClass)];
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      return lowerImport(lowering, node);
    case 'function_definition':
    case 'class_definition':
    case 'decorated_definition':
      return [definition(lowering, node, inClass)];
    case 'break_statement':
      return [{ kind: 'break', span }];
    case 'continue_statement':
      return [{ kind: 'continue', span }];
    default:
      return compound(lowering, node, span, inClass);
  }
}

const none = (lowering: Lowering, node: Node): Expression => lowering.literal(null, node);

function compound(lowering: Lowering, node: Node, span: Span, inClass: boolean): Statement[] {
  switch (node.type) {
    case 'for_statement':
      return forLoop(lowering, node, span);
    case 'while_statement':
      return [
        {
          kind: 'loop',
          init: [],
          test: lowering.field(node, 'condition'),
          body: blockOf(lowering, node.childForFieldName('body')),
          span,
        },
        ...blockOf(lowering, node.childForFieldName('alternative')?.childForFieldName('body')),
      ];
    case 'try_statement':
      return lowerTry(lowering, node, inClass);
    case 'with_statement':
      return [withStatement(lowering, node)];
    case 'raise_statement': {
      const [value] = children(node);
      return [{ kind: 'throw', value: value ? lowering.expression(value) : lowering.name('%error', node), span }];
    }
    case 'match_statement':
      return lowerMatch(lowering, node);
    case 'delete_statement':
      return children(node)
        .flatMap((child) => (child.type === 'expression_list' ? children(child) : [child]))
        .map((child) => ({
          kind: 'expression' as const,
          value: { kind: 'unary' as const, op: 'delete', of: lowering.expression(child), span },
          span,
        }));
    case 'type_alias_statement':
      return typeAlias(lowering, node, span);
    default:
      return [];
  }
}

function typeAlias(lowering: Lowering, node: Node, span: Span): Statement[] {
  const left = node.childForFieldName('left');
  const right = node.childForFieldName('right');
  const name = left && /^\w+/.exec(lowering.text(left))?.[0];
  if (!name || !right) return [];
  return [
    {
      kind: 'declare',
      target: { kind: 'name', name, span },
      value: annotation(lowering, right),
      mutable: false,
      exported: false,
      span,
    },
  ];
}

function expressionStatement(lowering: Lowering, node: Node): Statement[] {
  const span = lowering.span(node);
  if (node.type === 'augmented_assignment') {
    const left = node.childForFieldName('left');
    const op = node.childForFieldName('operator')?.type.replace(/=$/, '') ?? '+';
    if (!left) return [];
    const value: Expression = {
      kind: 'assign',
      target: target(lowering, left),
      op,
      value: lowering.field(node, 'right'),
      span,
    };
    return [{ kind: 'expression', value, span }];
  }
  if (node.type === 'assignment' && !node.childForFieldName('right')) return [];
  if (node.type === 'string') return [];
  return [{ kind: 'expression', value: lowering.expression(node), span }];
}

function conditional(lowering: Lowering, node: Node, inClass: boolean): Statement {
  const alternatives = fields(node, 'alternative');
  const otherwise = alternatives.reduceRight<Statement[]>((rest, one) => {
    if (one.type === 'else_clause') return blockOf(lowering, one.childForFieldName('body'), inClass);
    return [
      {
        kind: 'if',
        test: lowering.field(one, 'condition'),
        then: blockOf(lowering, one.childForFieldName('consequence'), inClass),
        otherwise: rest,
        span: lowering.span(one),
      },
    ];
  }, []);
  const test = node.childForFieldName('condition');
  const isTypesOnly = test !== null && /(^|\.)TYPE_CHECKING$/.test(lowering.text(test));
  const then = blockOf(lowering, node.childForFieldName('consequence'), inClass);
  const span = lowering.span(node);
  if (isTypesOnly)
    return {
      kind: 'block',
      body: [...then.flatMap((one) => (one.kind === 'import' ? [{ ...one, typeOnly: true }] : [])), ...otherwise],
      span,
    };
  return { kind: 'if', test: lowering.field(node, 'condition'), then, otherwise, span };
}

/** `@decorator def f` is `f = decorator(f)`, from the innermost outwards. */
function definition(lowering: Lowering, node: Node, inClass: boolean): Statement {
  const decorators =
    node.type === 'decorated_definition' ? children(node).filter((one) => one.type === 'decorator') : [];
  const inner = node.type === 'decorated_definition' ? (node.childForFieldName('definition') ?? node) : node;
  const span = lowering.span(node);
  const isClass = inner.type === 'class_definition';
  const isStatic = decorators.some((one) => /^@\s*staticmethod\b/.test(lowering.text(one)));
  const made: Expression = isClass
    ? { kind: 'class', cls: lowerClass(lowering, inner), span }
    : { kind: 'function', fn: lowerFunction(lowering, inner, inClass && !isStatic), span };
  const name = inner.childForFieldName('name');
  const value = decorators.reduceRight<Expression>((of, decorator) => {
    const [callee] = children(decorator);
    if (!callee) return of;
    return {
      kind: 'call',
      callee: lowering.expression(callee),
      args: [{ value: of, spread: false }],
      isNew: false,
      optional: false,
      decorates: true,
      span: lowering.span(decorator),
    };
  }, made);
  const target: Pattern = { kind: 'name', name: name ? lowering.text(name) : '', span };
  return { kind: 'expression', value: { kind: 'assign', target, op: '=', value, span }, span };
}

function forLoop(lowering: Lowering, node: Node, span: Span): Statement[] {
  const left = node.childForFieldName('left');
  if (!left) return [];
  const item: Pattern = { kind: 'name', name: '%item', span: lowering.span(left) };
  const assign: Statement = {
    kind: 'expression',
    value: {
      kind: 'assign',
      target: target(lowering, left),
      op: '=',
      value: lowering.name('%item', left),
      span: lowering.span(left),
    },
    span: lowering.span(left),
  };
  return [
    {
      kind: 'each',
      over: 'of',
      target: item,
      items: lowering.field(node, 'right'),
      body: [assign, ...blockOf(lowering, node.childForFieldName('body'))],
      isAwait: node.children.some((child) => child?.type === 'async'),
      span,
    },
    ...blockOf(lowering, node.childForFieldName('alternative')?.childForFieldName('body')),
  ];
}

function withStatement(lowering: Lowering, node: Node): Statement {
  const clause = children(node).find((child) => child.type === 'with_clause');
  const items = clause?.descendantsOfType('with_item').filter((item): item is Node => item !== null) ?? [];
  const body = blockOf(lowering, node.childForFieldName('body'));
  const whole = lowering.span(node);
  const [outer] = items.reduceRight<Statement[]>((inner, item) => {
    const value = item.childForFieldName('value') ?? item;
    const alias = value.type === 'as_pattern' ? value.childForFieldName('alias') : null;
    const manager = value.type === 'as_pattern' ? (children(value)[0] ?? value) : value;
    return [
      {
        kind: 'with',
        manager: lowering.expression(manager),
        ...(alias ? { target: target(lowering, alias) } : {}),
        body: inner,
        span: lowering.span(item),
      },
    ];
  }, body);
  return outer ?? { kind: 'block', body, span: whole };
}
