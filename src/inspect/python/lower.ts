import type { Node } from 'web-tree-sitter';
import type { Argument, Expression, Literal, ModuleNode, Property, Span } from '../core/language.js';
import { SourceText } from '../core/language.js';
import { comprehension } from './lower-comprehensions.js';
import { lambda } from './lower-functions.js';
import { lowerBody } from './lower-statements.js';
import { numberOf, text } from './lower-text.js';
import { annotation } from './lower-types.js';
import { target } from './lower-patterns.js';
import { boundNames } from './locals.js';
import { parsed } from './parser.js';

/** The Python front end: one file's text → the core language. */
export function lowerModule(file: string, source: string): ModuleNode {
  const whole = new SourceText(file, source);
  return parsed(source, (root) => {
    const lowering = new Lowering(whole);
    const locals = { kind: 'locals' as const, names: boundNames(root), span: lowering.span(root) };
    return {
      source: whole,
      body: [locals, ...lowerBody(lowering, children(root))],
      errors: root.hasError ? errorsIn(lowering, root).slice(0, 1) : [],
      exportsAll: true,
    };
  });
}

function errorsIn(lowering: Lowering, node: Node): ModuleNode['errors'] {
  if (node.isError || node.isMissing) return [{ message: 'this could not be parsed.', span: lowering.span(node) }];
  return node.children.flatMap((child) => (child?.hasError ? errorsIn(lowering, child) : []));
}

export const children = (node: Node): Node[] =>
  node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
export const fields = (node: Node, name: string): Node[] =>
  node.childrenForFieldName(name).filter((child): child is Node => child !== null && child.type !== 'comment');

const comparisons: Record<string, string> = {
  '==': '===',
  '!=': '!==',
  '<>': '!==',
  is: '===',
  'is not': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  in: 'within',
  'not in': 'within',
};

/** Expressions of one file. */
export class Lowering {
  /** @param offset where the text that was parsed begins in the file */
  constructor(
    readonly source: SourceText,
    readonly offset = 0,
  ) {}

  span(node: Node): Span {
    return { source: this.source, start: node.startIndex + this.offset, end: node.endIndex + this.offset };
  }

  text(node: Node): string {
    return this.source.text.slice(node.startIndex + this.offset, node.endIndex + this.offset);
  }

  literal(value: Literal, node: Node): Expression {
    return { kind: 'literal', value, span: this.span(node) };
  }

  name(name: string, node: Node): Expression {
    return { kind: 'name', name, span: this.span(node) };
  }

  opaque(node: Node): Expression {
    return { kind: 'opaque', text: this.text(node), span: this.span(node) };
  }

  member(of: Expression, key: string, node: Node): Expression {
    return { kind: 'member', of, key: this.literal(key, node), optional: false, span: this.span(node) };
  }

  call(callee: Expression, args: Expression[], node: Node): Expression {
    return {
      kind: 'call',
      callee,
      args: args.map((value) => ({ value, spread: false })),
      isNew: false,
      optional: false,
      span: this.span(node),
    };
  }

  /** The expression in a field of a node; a broken one is opaque. */
  field(node: Node, name: string): Expression {
    const child = node.childForFieldName(name);
    return child ? this.expression(child) : this.opaque(node);
  }

  expression(node: Node): Expression {
    const span = this.span(node);
    switch (node.type) {
      case 'identifier':
        return { kind: 'name', name: this.text(node), span };
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true', span };
      case 'none':
        return { kind: 'literal', value: null, span };
      case 'ellipsis':
        return { kind: 'name', name: 'Ellipsis', span };
      case 'integer':
      case 'float':
        return this.literal(numberOf(this.text(node)), node);
      case 'string':
      case 'concatenated_string':
        return text(this, node);
      case 'parenthesized_expression':
      case 'expression_statement':
        return this.first(node);
      case 'type':
        return annotation(this, node);
      default:
        return this.compound(node, span) ?? this.operation(node, span) ?? this.opaque(node);
    }
  }

  private first(node: Node): Expression {
    const [inner] = children(node);
    return inner ? this.expression(inner) : this.opaque(node);
  }

  private compound(node: Node, span: Span): Expression | undefined {
    switch (node.type) {
      case 'attribute': {
        const key = node.childForFieldName('attribute');
        return key ? this.member(this.field(node, 'object'), this.text(key), node) : undefined;
      }
      case 'subscript':
        return this.subscript(node, span);
      case 'call':
        return this.callNode(node, span);
      case 'tuple':
      case 'expression_list':
        return { kind: 'array', items: this.items(children(node)), shape: 'tuple', span };
      case 'set':
        return { kind: 'array', items: this.items(children(node)), shape: 'set', span };
      case 'list':
      case 'pattern_list':
        return { kind: 'array', items: this.items(children(node)), span };
      case 'dictionary':
        return { kind: 'object', properties: children(node).flatMap((child) => this.property(child)), span };
      case 'list_comprehension':
      case 'set_comprehension':
      case 'generator_expression':
      case 'dictionary_comprehension':
        return comprehension(this, node);
      case 'lambda':
        return lambda(this, node);
      case 'slice':
        return this.slice(node);
      default:
        return undefined;
    }
  }

  private operation(node: Node, span: Span): Expression | undefined {
    switch (node.type) {
      case 'boolean_operator':
        return {
          kind: 'logical',
          op: node.childForFieldName('operator')?.type === 'and' ? '&&' : '||',
          left: this.field(node, 'left'),
          right: this.field(node, 'right'),
          span,
        };
      case 'not_operator':
        return { kind: 'unary', op: '!', of: this.field(node, 'argument'), span };
      case 'unary_operator':
        return {
          kind: 'unary',
          op: node.childForFieldName('operator')?.type ?? '-',
          of: this.field(node, 'argument'),
          span,
        };
      case 'binary_operator':
        return {
          kind: 'binary',
          op: node.childForFieldName('operator')?.type ?? '?',
          left: this.field(node, 'left'),
          right: this.field(node, 'right'),
          span,
        };
      case 'comparison_operator':
        return this.comparison(node, span);
      case 'conditional_expression': {
        const [then, test, otherwise] = children(node);
        if (!then || !test || !otherwise) return undefined;
        return {
          kind: 'conditional',
          test: this.expression(test),
          then: this.expression(then),
          otherwise: this.expression(otherwise),
          span,
        };
      }
      case 'await':
        return { kind: 'await', of: this.first(node), span };
      case 'yield': {
        const [value] = children(node);
        const all = node.children.some((child) => child?.type === 'from');
        return { kind: 'yield', ...(value ? { value: this.expression(value) } : {}), all, span };
      }
      case 'named_expression': {
        const name = node.childForFieldName('name');
        return name
          ? { kind: 'assign', target: target(this, name), op: '=', value: this.field(node, 'value'), span }
          : undefined;
      }
      case 'assignment':
        return this.assignment(node, span);
      default:
        return undefined;
    }
  }

  /** `a = b = 3` has an assignment on its right. */
  private assignment(node: Node, span: Span): Expression | undefined {
    const left = node.childForFieldName('left');
    const right = node.childForFieldName('right');
    return left && right
      ? { kind: 'assign', target: target(this, left), op: '=', value: this.expression(right), span }
      : undefined;
  }

  private subscript(node: Node, span: Span): Expression {
    const keys = fields(node, 'subscript');
    const [only] = keys;
    const key: Expression =
      keys.length === 1 && only ? this.expression(only) : { kind: 'array', items: this.items(keys), span };
    return { kind: 'member', of: this.field(node, 'value'), key, optional: false, isSubscript: true, span };
  }

  private slice(node: Node): Expression {
    const parts: (Node | undefined)[] = [undefined, undefined, undefined];
    let place = 0;
    for (const child of node.children)
      if (child?.type === ':') place++;
      else if (child) parts[place] = child;
    return this.call(
      this.name('slice', node),
      parts.map((part) => (part ? this.expression(part) : this.literal(null, node))),
      node,
    );
  }

  private callNode(node: Node, span: Span): Expression {
    const callee = this.field(node, 'function');
    const list = node.childForFieldName('arguments');
    if (callee.kind === 'name' && callee.name === 'super' && list && !children(list).length)
      return { kind: 'super', span };
    const args: Argument[] =
      list?.type === 'generator_expression'
        ? [{ value: comprehension(this, list), spread: false }]
        : this.args(list ? children(list) : []);
    return { kind: 'call', callee, args, isNew: false, optional: false, span };
  }

  args(nodes: Node[]): Argument[] {
    return nodes.map((node): Argument => {
      if (node.type === 'keyword_argument') {
        const name = node.childForFieldName('name');
        return { value: this.field(node, 'value'), spread: false, name: name ? this.text(name) : '' };
      }
      if (node.type === 'dictionary_splat') return { value: this.first(node), spread: true, name: '' };
      if (node.type === 'list_splat') return { value: this.first(node), spread: true };
      return { value: this.expression(node), spread: false };
    });
  }

  private items(nodes: Node[]): Argument[] {
    return nodes.map((node) =>
      node.type === 'list_splat' || node.type === 'list_splat_pattern'
        ? { value: this.first(node), spread: true }
        : { value: this.expression(node), spread: false },
    );
  }

  private property(node: Node): Property[] {
    if (node.type === 'dictionary_splat') return [{ kind: 'spread', value: this.first(node) }];
    if (node.type !== 'pair') return [];
    return [{ kind: 'field', key: this.field(node, 'key'), value: this.field(node, 'value') }];
  }

  /** `a < b < c` is `a < b and b < c`. */
  private comparison(node: Node, span: Span): Expression {
    const operands = children(node);
    const operators = fields(node, 'operators');
    const pairs = operators.map((operator, index): Expression => {
      const [left, right] = [operands[index], operands[index + 1]];
      if (!left || !right) return this.opaque(node);
      const op = operator.type.replace(/\s+/g, ' ');
      const whole = operators.length === 1 ? span : { ...this.span(left), end: this.span(right).end };
      const compared: Expression = {
        kind: 'binary',
        op: comparisons[op] ?? op,
        left: this.expression(left),
        right: this.expression(right),
        span: whole,
      };
      return op === 'not in' ? { kind: 'unary', op: '!', of: compared, span: whole } : compared;
    });
    return pairs.reduce((left, right) => ({ kind: 'logical', op: '&&', left, right, span }));
  }
}
