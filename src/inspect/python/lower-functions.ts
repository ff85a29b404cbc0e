import type { Node } from 'web-tree-sitter';
import type { ClassNode, Expression, FunctionNode, Statement } from '../core/language.js';
import { boundNames } from './locals.js';
import { children, type Lowering } from './lower.js';
import { lowerBody } from './lower-statements.js';
import { annotation } from './lower-types.js';

type Parameter = FunctionNode['params'][number];

/** `def`; in a class body the first parameter is the object, unless a decorator says otherwise. */
export function lowerFunction(lowering: Lowering, node: Node, takesSelf: boolean): FunctionNode {
  const name = node.childForFieldName('name');
  const body = node.childForFieldName('body');
  const returns = node.childForFieldName('return_type');
  const params = parameters(lowering, node.childForFieldName('parameters'));
  const given = params.flatMap(({ target }) => (target.kind === 'name' ? [target.name] : []));
  const span = lowering.span(node);
  const locals: Statement = { kind: 'locals', names: body ? boundNames(body, given) : [], span };
  const yields = body ? hasYield(body) : false;
  return {
    name: name ? lowering.text(name) : '',
    params,
    body: [locals, ...(body ? lowerBody(lowering, children(body)) : [])],
    isAsync: node.children.some((child) => child?.type === 'async'),
    isArrow: false,
    isGenerator: yields,
    ...(yields ? { yields: true as const } : {}),
    ...(takesSelf && params.length ? { takesSelf: true as const } : {}),
    ...(returns ? { returns: annotation(lowering, returns) } : {}),
    span,
  };
}

export function lambda(lowering: Lowering, node: Node): Expression {
  const span = lowering.span(node);
  return {
    kind: 'function',
    fn: {
      name: '',
      params: parameters(lowering, node.childForFieldName('parameters')),
      body: [{ kind: 'return', value: lowering.field(node, 'body'), span }],
      isAsync: false,
      isArrow: true,
      isGenerator: false,
      span,
    },
    span,
  };
}

function hasYield(node: Node): boolean {
  return children(node).some(
    (child) =>
      child.type === 'yield' ||
      (!['function_definition', 'class_definition', 'lambda'].includes(child.type) && hasYield(child)),
  );
}

function parameters(lowering: Lowering, list: Node | null): Parameter[] {
  const params: Parameter[] = [];
  let onlyByName = false;
  for (const node of list ? children(list) : []) {
    if (node.type === 'keyword_separator') onlyByName = true;
    if (node.type === 'keyword_separator' || node.type === 'positional_separator') continue;
    const param = parameter(lowering, node);
    if (!param) continue;
    params.push(onlyByName && !param.byName ? { ...param, byName: 'only' } : param);
    if (param.rest) onlyByName = true;
  }
  return params;
}

function parameter(lowering: Lowering, node: Node): Parameter | undefined {
  const type = node.childForFieldName('type');
  const value = node.childForFieldName('value');
  const [first] = children(node);
  const named = node.type === 'identifier' ? node : (node.childForFieldName('name') ?? first);
  if (!named) return undefined;
  const star = [node, named].map((one) => one.type).find((kind) => /splat_pattern/.test(kind));
  const identifier = named.type === 'identifier' ? named : children(named)[0];
  if (!identifier) return undefined;
  return {
    target: { kind: 'name', name: lowering.text(identifier), span: lowering.span(identifier) },
    rest: star === 'list_splat_pattern',
    ...(star === 'dictionary_splat_pattern' ? { byName: 'rest' as const } : {}),
    ...(type ? { type: lowering.text(type), annotation: annotation(lowering, type) } : {}),
    ...(value ? { fallback: lowering.expression(value) } : {}),
  };
}

export function lowerClass(lowering: Lowering, node: Node): ClassNode {
  const name = node.childForFieldName('name');
  const body = node.childForFieldName('body');
  const bases = node.childForFieldName('superclasses');
  const args = lowering.args(bases ? children(bases) : []);
  const parents = args.flatMap((arg) => (arg.name === undefined && !arg.spread ? [arg.value] : []));
  const [parent, ...mixins] = parents;
  const span = lowering.span(node);
  const statements = body ? children(body) : [];
  return {
    name: name ? lowering.text(name) : '',
    ...(parent ? { parent } : {}),
    ...(mixins.length ? { mixins } : {}),
    members: [],
    decorators: [],
    options: args.flatMap((arg) => (arg.name ? [{ name: arg.name, value: arg.value }] : [])),
    body: [{ kind: 'locals', names: body ? boundNames(body) : [], span }, ...lowerBody(lowering, statements, true)],
    annotations: statements.flatMap((statement) => declared(lowering, statement)),
    span,
  };
}

/** `total: int = Field(ge=0)` in a class body. */
function declared(lowering: Lowering, statement: Node): NonNullable<ClassNode['annotations']> {
  const [assignment] = statement.type === 'expression_statement' ? children(statement) : [];
  const name = assignment?.type === 'assignment' ? assignment.childForFieldName('left') : null;
  const type = assignment?.childForFieldName('type');
  const value = assignment?.childForFieldName('right');
  if (!assignment || name?.type !== 'identifier' || !type) return [];
  return [
    {
      name: lowering.text(name),
      annotation: annotation(lowering, type),
      ...(value ? { value: lowering.expression(value) } : {}),
      span: lowering.span(assignment),
    },
  ];
}
