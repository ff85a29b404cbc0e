import type { Expression, FunctionNode, Pattern, Statement } from './language.js';

/** What a walk meets. Functions inside are entered; a visitor that wants to know where it is keeps count itself. */
export interface Visitor {
  expression?(expression: Expression): void;
  statement?(statement: Statement): void;
  /** Before its body. */
  function?(fn: FunctionNode): void;
}

/** Meets every statement and expression of `body`, outer before inner, in the order in which they are written. */
export function walk(body: Statement[], visitor: Visitor): void {
  for (const statement of body) {
    visitor.statement?.(statement);
    for (const part of partsOf(statement)) {
      if (Array.isArray(part)) walk(part, visitor);
      else if ('params' in part) walkFunction(part, visitor);
      else walkExpression(part, visitor);
    }
  }
}

export function walkFunction(fn: FunctionNode, visitor: Visitor): void {
  visitor.function?.(fn);
  for (const { target } of fn.params) for (const value of defaultsOf(target)) walkExpression(value, visitor);
  walk(fn.body, visitor);
}

export function walkExpression(expression: Expression, visitor: Visitor): void {
  visitor.expression?.(expression);
  if (expression.kind === 'function') return walkFunction(expression.fn, visitor);
  for (const inner of operandsOf(expression))
    if ('params' in inner) walkFunction(inner, visitor);
    else walkExpression(inner, visitor);
}

type Part = Statement[] | Expression | FunctionNode;
const present = (...values: (Expression | undefined)[]): Expression[] => values.filter((value) => value !== undefined);

function partsOf(statement: Statement): Part[] {
  switch (statement.kind) {
    case 'expression':
    case 'throw':
    case 'exportDefault':
      return [statement.value];
    case 'declare':
      return [...defaultsOf(statement.target), ...present(statement.value)];
    case 'return':
      return present(statement.value);
    case 'function':
      return [statement.fn];
    case 'class':
      return classParts(statement.cls);
    case 'if':
      return [statement.test, statement.then, statement.otherwise];
    case 'each':
      return [statement.items, statement.body];
    case 'loop':
      return [statement.init, ...present(statement.test, statement.update), statement.body];
    case 'try':
      return [statement.body, statement.handler ?? [], statement.finalizer];
    case 'switch':
      return [statement.of, ...statement.cases.flatMap((one) => [...present(one.test), one.body])];
    case 'block':
      return [statement.body];
    case 'with':
      return [statement.manager, statement.body];
    default:
      return [];
  }
}

const classParts = (cls: Extract<Statement, { kind: 'class' }>['cls']): (Expression | FunctionNode)[] => [
  ...present(cls.parent),
  ...cls.decorators,
  ...cls.members.flatMap((member) => [
    ...member.decorators,
    ...(member.fn ? [member.fn] : []),
    ...present(member.value),
  ]),
];

function operandsOf(expression: Expression): (Expression | FunctionNode)[] {
  switch (expression.kind) {
    case 'template':
      return expression.values;
    case 'member':
      return [expression.of, expression.key];
    case 'call':
      return [expression.callee, ...expression.args.map((arg) => arg.value)];
    case 'class':
      return classParts(expression.cls);
    case 'object':
      return expression.properties.flatMap((property) =>
        property.kind === 'spread'
          ? [property.value]
          : property.kind === 'getter'
            ? [property.key, property.fn]
            : [property.key, property.value],
      );
    case 'array':
      return expression.items.map((item) => item.value);
    case 'conditional':
      return [expression.test, expression.then, expression.otherwise];
    case 'logical':
    case 'binary':
      return [expression.left, expression.right];
    case 'unary':
    case 'await':
      return [expression.of];
    case 'yield':
      return present(expression.value);
    case 'assign':
      return [...placesOf(expression.target), ...defaultsOf(expression.target), expression.value];
    case 'sequence':
      return expression.items;
    case 'import':
      return [expression.specifier];
    default:
      return [];
  }
}

function defaultsOf(pattern: Pattern): Expression[] {
  switch (pattern.kind) {
    case 'default':
      return [...defaultsOf(pattern.target), pattern.value];
    case 'object':
      return pattern.fields.flatMap((field) => defaultsOf(field.target));
    case 'array':
      return pattern.items.flatMap((item) => (item ? defaultsOf(item) : []));
    default:
      return [];
  }
}

const placesOf = (pattern: Pattern): Expression[] => (pattern.kind === 'place' ? [pattern.place] : []);

/** The names that a pattern binds, each with the keys that lead to it. */
export function boundNames(pattern: Pattern, at: string[] = []): { name: string; at: string[] }[] {
  switch (pattern.kind) {
    case 'name':
      return [{ name: pattern.name, at }];
    case 'default':
      return boundNames(pattern.target, at);
    case 'object':
      return [
        ...pattern.fields.flatMap((field) =>
          boundNames(field.target, field.key.kind === 'literal' ? [...at, String(field.key.value)] : at),
        ),
        ...(pattern.rest ? boundNames(pattern.rest, at) : []),
      ];
    case 'array':
      return pattern.items.flatMap((item, index) => (item ? boundNames(item, [...at, String(index)]) : []));
    case 'place':
      return [];
  }
}
