import type { Node } from 'web-tree-sitter';
import type { Expression, Pattern, Statement } from '../core/language.js';
import { children, fields, type Lowering } from './lower.js';
import { blockOf } from './lower-statements.js';

const subject = '%subject';

/** `match`: the first case that fits, asked one after the other. */
export function lowerMatch(lowering: Lowering, node: Node): Statement[] {
  const span = lowering.span(node);
  const cases = node.childForFieldName('body');
  const subjects = fields(node, 'subject');
  const value: Expression =
    subjects.length === 1 && subjects[0]
      ? lowering.expression(subjects[0])
      : { kind: 'array', items: subjects.map((one) => ({ value: lowering.expression(one), spread: false })), span };
  const chain = children(cases ?? node)
    .filter((one) => one.type === 'case_clause')
    .reduceRight<Statement[]>((rest, clause) => caseClause(lowering, clause, rest), []);
  const declare: Statement = {
    kind: 'declare',
    target: { kind: 'name', name: subject, span },
    value,
    mutable: false,
    exported: false,
    span,
  };
  return [{ kind: 'block', body: [declare, ...chain], span }];
}

function caseClause(lowering: Lowering, clause: Node, rest: Statement[]): Statement[] {
  const span = lowering.span(clause);
  const bindings: Statement[] = [];
  const patterns = children(clause).filter((child) => child.type === 'case_pattern');
  const of = lowering.name(subject, clause);
  const tests =
    patterns.length === 1 && patterns[0]
      ? test(lowering, patterns[0], of, bindings)
      : patterns.flatMap((one, index) => test(lowering, one, item(lowering, of, index, one), bindings));
  const guard = clause.childForFieldName('guard');
  const [condition] = guard ? children(guard) : [];
  const body = blockOf(lowering, clause.childForFieldName('consequence'));
  const guarded: Statement[] = condition
    ? [{ kind: 'if', test: lowering.expression(condition), then: body, otherwise: rest, span }]
    : body;
  const then = [...bindings, ...guarded];
  if (!tests.length) return then;
  const all = tests.reduce((left, right) => ({ kind: 'logical', op: '&&', left, right, span }));
  return [{ kind: 'if', test: all, then, otherwise: rest, span }];
}

const item = (lowering: Lowering, of: Expression, key: string | number, node: Node): Expression => ({
  kind: 'member',
  of,
  key: lowering.literal(key, node),
  optional: false,
  span: lowering.span(node),
});

/** Conditions under which the pattern fits; names that it binds are assigned in `bindings`. */
function test(lowering: Lowering, node: Node, of: Expression, bindings: Statement[]): Expression[] {
  const span = lowering.span(node);
  const inner = children(node);
  const [first] = inner;
  const bind = (name: Node): Expression[] => {
    const target: Pattern = { kind: 'name', name: lowering.text(name), span };
    bindings.push({ kind: 'expression', value: { kind: 'assign', target, op: '=', value: of, span }, span });
    return [];
  };
  const equals = (right: Expression): Expression[] => [{ kind: 'binary', op: '===', left: of, right, span }];
  switch (node.type) {
    case 'case_pattern':
      return first ? test(lowering, first, of, bindings) : [];
    case 'identifier':
      return lowering.text(node) === '_' ? [] : bind(node);
    case 'dotted_name':
      if (inner.length === 1 && first) return lowering.text(first) === '_' ? [] : bind(first);
      return equals(dotted(lowering, node));
    case 'as_pattern': {
      const name = inner.at(-1);
      if (name) bind(name);
      return first ? test(lowering, first, of, bindings) : [];
    }
    case 'union_pattern': {
      const options = inner.map((one) => test(lowering, one, of, bindings)).filter((one) => one.length);
      if (options.length < inner.length) return [];
      const each = options.map((one) =>
        one.reduce((left, right) => ({ kind: 'logical', op: '&&', left, right, span })),
      );
      return [each.reduce((left, right) => ({ kind: 'logical', op: '||', left, right, span }))];
    }
    case 'class_pattern':
      return first
        ? [
            { kind: 'binary', op: 'instanceof', left: of, right: dotted(lowering, first), span },
            ...inner.slice(1).flatMap((one) => attribute(lowering, one, of, bindings)),
          ]
        : [];
    case 'list_pattern':
    case 'tuple_pattern':
      return inner.flatMap((one, index) => test(lowering, one, item(lowering, of, index, one), bindings));
    case 'dict_pattern':
    case 'splat_pattern':
      return [lowering.opaque(node)];
    default:
      return equals(lowering.expression(node));
  }
}

function attribute(lowering: Lowering, node: Node, of: Expression, bindings: Statement[]): Expression[] {
  const keyword = node.type === 'case_pattern' ? children(node)[0] : node;
  const [name, value] = keyword?.type === 'keyword_pattern' ? children(keyword) : [];
  return name && value ? test(lowering, value, lowering.member(of, lowering.text(name), name), bindings) : [];
}

function dotted(lowering: Lowering, node: Node): Expression {
  const [first, ...rest] = node.type === 'dotted_name' ? children(node) : [node];
  if (!first) return lowering.opaque(node);
  return rest.reduce<Expression>(
    (of, part) => lowering.member(of, lowering.text(part), part),
    lowering.name(lowering.text(first), first),
  );
}
