import { ts } from 'ts-morph';
import type { Resolve } from './reach.js';
import { type Source, unwrapped } from './source.js';
import { staticValue, type StaticValue } from './static-value.js';

/** What a value was made by: `new Pool()` of `pg`, `createClient()` of `redis`. */
export interface Origin {
  module: string;
  /** Exported name, `default` or `*`, then what is taken from it: `default`, `Pool`, `default.Router`. */
  name: string;
  node: ts.CallExpression | ts.NewExpression | undefined;
  source: Source;
}

/** The package behind a name or a chain of names, through local and imported variables of the project. */
export function originOf(node: ts.Expression, source: Source, resolve: Resolve, depth = 0): Origin | undefined {
  if (depth > 8) return undefined;
  if (depth > 0) return followed(node, source, resolve, depth);
  if (!origins.has(node)) origins.set(node, followed(node, source, resolve, 0));
  return origins.get(node);
}

/** Each node belongs to one parsed file of one suite, so its origin is always the same. */
const origins = new WeakMap<ts.Node, Origin | undefined>();

function followed(node: ts.Expression, source: Source, resolve: Resolve, depth: number): Origin | undefined {
  const inner = unwrapped(node);
  if (ts.isCallExpression(inner) || ts.isNewExpression(inner)) {
    const made = originOf(inner.expression, source, resolve, depth + 1);
    // What a call gave is called in turn: `knex(settings)('users')` makes no second pool.
    const isProduct = made?.node !== undefined && !ts.isPropertyAccessExpression(unwrapped(inner.expression));
    return made && { ...made, name: isProduct ? `${made.name}()` : made.name, node: inner, source };
  }
  if (ts.isPropertyAccessExpression(inner)) {
    const whole = originOf(inner.expression, source, resolve, depth + 1);
    return whole && { ...whole, name: `${whole.name}.${inner.name.text}` };
  }
  if (!ts.isIdentifier(inner)) return undefined;
  const binding = source.bindings.get(inner.text);
  if (binding) {
    const target = resolve(binding.specifier, source.file);
    if (!target)
      return { module: binding.specifier.replace(/^node:/, ''), name: binding.name, node: undefined, source };
    return exportOf(binding.name, target, resolve, depth + 1);
  }
  const [declared] = source.variables.get(inner.text) ?? [];
  return declared?.initializer && originOf(declared.initializer, source, resolve, depth + 1);
}

function exportOf(name: string, source: Source, resolve: Resolve, depth: number): Origin | undefined {
  const [declared] = source.variables.get(name) ?? [];
  if (declared?.initializer) return originOf(declared.initializer, source, resolve, depth);
  for (const statement of source.tree.statements) {
    if ((name === 'default' || name === '*') && ts.isExportAssignment(statement))
      return originOf(statement.expression, source, resolve, depth);
    if (
      ts.isExpressionStatement(statement) &&
      ts.isBinaryExpression(statement.expression) &&
      /^(module\.)?exports(\.|$)/.test(statement.expression.left.getText())
    ) {
      const target = statement.expression.left.getText().replace(/^(module\.)?exports\.?/, '');
      if (target === name || (target === '' && (name === 'default' || name === '*')))
        return originOf(statement.expression.right, source, resolve, depth);
    }
  }
  return undefined;
}

/** A field of the options object among the arguments: `max` of `new Pool({ max: 5 })`; `undefined` where it is not there. */
export function optionOf(
  node: ts.CallExpression | ts.NewExpression | undefined,
  key: string,
  source: Source,
): StaticValue | 'unreadable' {
  for (const argument of node?.arguments ?? []) {
    const value = staticValue(argument, source);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    const found = value.fields.get(key);
    if (found) return found.value ?? 'unreadable';
    if (value.open) return 'unreadable';
  }
  return undefined;
}

/** Every name that a value goes by: the variable or property that it is assigned to. */
export function assignedName(node: ts.Node): string | undefined {
  let up = node.parent;
  while (
    ts.isParenthesizedExpression(up) ||
    ts.isAwaitExpression(up) ||
    ts.isAsExpression(up) ||
    ts.isNonNullExpression(up)
  )
    up = up.parent;
  if (ts.isVariableDeclaration(up) && ts.isIdentifier(up.name)) return up.name.text;
  if (ts.isBinaryExpression(up) && up.operatorToken.kind === ts.SyntaxKind.EqualsToken) return lastName(up.left);
  if (ts.isPropertyDeclaration(up) || ts.isPropertyAssignment(up)) return up.name.getText();
  // createClient().on('error', …): the chain's value
  if (ts.isPropertyAccessExpression(up) && ts.isCallExpression(up.parent) && up.parent.expression === up)
    return assignedName(up.parent);
  return undefined;
}

export const lastName = (node: ts.Expression): string => {
  const inner = unwrapped(node);
  if (ts.isPropertyAccessExpression(inner)) return inner.name.text;
  if (ts.isCallExpression(inner)) return lastName(inner.expression);
  return ts.isIdentifier(inner) ? inner.text : inner.getText();
};
