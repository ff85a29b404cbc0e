import { ts } from 'ts-morph';
import type { Pattern } from '../core/language.js';
import type { Lowering } from './lower.js';

/** A binding (`const { a, b = 1, ...rest } = …`, parameters). */
export function lowerPattern(lowering: Lowering, node: ts.BindingName, initializer?: ts.Expression): Pattern {
  const span = lowering.span(node);
  const bare = bindingPattern(lowering, node);
  return initializer ? { kind: 'default', target: bare, value: lowering.expression(initializer), span } : bare;
}

function bindingPattern(lowering: Lowering, node: ts.BindingName): Pattern {
  const span = lowering.span(node);
  if (ts.isIdentifier(node)) return { kind: 'name', name: node.text, span };
  if (ts.isObjectBindingPattern(node)) {
    const fields = node.elements.filter((element) => !element.dotDotDotToken);
    const rest = node.elements.find((element) => element.dotDotDotToken);
    return {
      kind: 'object',
      fields: fields.map((element) => ({
        key: lowering.key(element.propertyName ?? element.name, element),
        target: lowerPattern(lowering, element.name, element.initializer),
      })),
      ...(rest ? { rest: lowerPattern(lowering, rest.name) } : {}),
      span,
    };
  }
  const rest = node.elements.find((element) => ts.isBindingElement(element) && element.dotDotDotToken) as
    ts.BindingElement | undefined;
  const items = node.elements
    .filter((element) => element !== rest)
    .map((element) =>
      ts.isBindingElement(element) ? lowerPattern(lowering, element.name, element.initializer) : null,
    );
  return { kind: 'array', items, ...(rest ? { rest: lowerPattern(lowering, rest.name) } : {}), span };
}

/** The left side of an assignment, where a pattern is written as a literal. */
export function patternOf(lowering: Lowering, node: ts.Expression): Pattern {
  const span = lowering.span(node);
  if (ts.isParenthesizedExpression(node)) return patternOf(lowering, node.expression);
  if (ts.isIdentifier(node)) return { kind: 'name', name: node.text, span };
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return { kind: 'default', target: patternOf(lowering, node.left), value: lowering.expression(node.right), span };
  if (ts.isArrayLiteralExpression(node))
    return {
      kind: 'array',
      items: node.elements.map((element) => (ts.isOmittedExpression(element) ? null : patternOf(lowering, element))),
      span,
    };
  if (ts.isObjectLiteralExpression(node)) {
    const fields = node.properties.flatMap((property) => {
      if (ts.isShorthandPropertyAssignment(property))
        return [
          {
            key: lowering.key(property.name, property),
            target: { kind: 'name' as const, name: property.name.text, span: lowering.span(property) },
          },
        ];
      if (ts.isPropertyAssignment(property))
        return [{ key: lowering.key(property.name, property), target: patternOf(lowering, property.initializer) }];
      return [];
    });
    return { kind: 'object', fields, span };
  }
  return { kind: 'place', place: lowering.expression(node), span };
}
