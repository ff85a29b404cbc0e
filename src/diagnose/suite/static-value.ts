import { ts } from 'ts-morph';
import { literalText, type Source, unwrapped } from './source.js';

/** What an expression of a configuration is, as far as its text says; `undefined` is what cannot be read. */
export type StaticValue = string | number | boolean | null | undefined | StaticValue[] | StaticRecord;

export interface StaticRecord {
  fields: Map<string, { value: StaticValue; node: ts.Node }>;
  /** Something is spread into it, or computed, that cannot be read: a key that is not here may exist. */
  open: boolean;
  node?: ts.ObjectLiteralExpression;
}

export const isRecord = (value: StaticValue): value is StaticRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads literals, and what names of the same file stand for. Wrappers such as `defineConfig(…)` are looked through. */
export function staticValue(node: ts.Expression | undefined, source: Source, depth = 0): StaticValue {
  if (!node || depth > 12) return undefined;
  const inner = unwrapped(node);
  const text = literalText(inner);
  if (text !== undefined) return text;
  if (ts.isNumericLiteral(inner)) return Number(inner.text);
  if (inner.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (inner.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (inner.kind === ts.SyntaxKind.NullKeyword) return null;
  if (ts.isArrayLiteralExpression(inner)) return listOf(inner, source, depth);
  if (ts.isObjectLiteralExpression(inner)) return recordOf(inner, source, depth);
  if (ts.isIdentifier(inner)) return staticValue(initializerOf(inner.text, source), source, depth + 1);
  if (ts.isPropertyAccessExpression(inner)) {
    const holder = staticValue(inner.expression, source, depth + 1);
    return isRecord(holder) ? holder.fields.get(inner.name.text)?.value : undefined;
  }
  if (ts.isCallExpression(inner)) return calledWith(inner, source, depth);
  if (ts.isArrowFunction(inner) || ts.isFunctionExpression(inner)) return returned(inner, source, depth);
  if (ts.isTemplateExpression(inner)) return source.textOf(inner).slice(1, -1);
  return undefined;
}

function listOf(node: ts.ArrayLiteralExpression, source: Source, depth: number): StaticValue[] {
  return node.elements.flatMap((element) => {
    if (!ts.isSpreadElement(element)) return [staticValue(element, source, depth + 1)];
    const spread = staticValue(element.expression, source, depth + 1);
    return Array.isArray(spread) ? spread : [undefined];
  });
}

function recordOf(node: ts.ObjectLiteralExpression, source: Source, depth: number): StaticRecord {
  const record: StaticRecord = { fields: new Map(), open: false, node };
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) merge(record, staticValue(property.expression, source, depth + 1));
    else if (ts.isPropertyAssignment(property) && !ts.isComputedPropertyName(property.name))
      record.fields.set(propertyName(property.name), {
        value: staticValue(property.initializer, source, depth + 1),
        node: property,
      });
    else if (ts.isShorthandPropertyAssignment(property))
      record.fields.set(property.name.text, { value: staticValue(property.name, source, depth + 1), node: property });
    else record.open = true;
  }
  return record;
}

const propertyName = (name: ts.PropertyName): string =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : name.getText();

function merge(target: StaticRecord, value: StaticValue): void {
  if (!isRecord(value)) target.open = true;
  else {
    target.open ||= value.open;
    for (const [key, field] of value.fields) target.fields.set(key, field);
  }
}

/** A wrapper around configuration gives its object arguments, the later over the earlier; it may add to them. */
function calledWith(node: ts.CallExpression, source: Source, depth: number): StaticValue {
  if (ts.isIdentifier(node.expression) && !node.arguments.length) {
    const [local] = source.functions.get(node.expression.text) ?? [];
    return local ? returned(local, source, depth) : undefined;
  }
  const records = node.arguments.map((one) => staticValue(one, source, depth + 1)).filter(isRecord);
  if (!records.length) return undefined;
  const all: StaticRecord = {
    fields: new Map(),
    open: !/^define(Config|Project|Workspace)$|^mergeConfig$/.test(node.expression.getText()),
  };
  for (const record of records) mergeDeep(all, record);
  const [first] = records;
  if (records.length === 1 && first?.node) all.node = first.node;
  return all;
}

function mergeDeep(target: StaticRecord, value: StaticRecord): void {
  target.open ||= value.open;
  for (const [key, field] of value.fields) {
    const before = target.fields.get(key)?.value;
    if (isRecord(before) && isRecord(field.value)) mergeDeep(before, field.value);
    else target.fields.set(key, field);
  }
}

function returned(node: ts.FunctionLikeDeclaration, source: Source, depth: number): StaticValue {
  const { body } = node;
  if (!body) return undefined;
  if (!ts.isBlock(body)) return staticValue(body, source, depth + 1);
  const last = body.statements.findLast((one) => ts.isReturnStatement(one));
  return last && ts.isReturnStatement(last) ? staticValue(last.expression, source, depth + 1) : undefined;
}

/** What a name is given where it is declared, in this file; `undefined` where it is reassigned. */
export function initializerOf(name: string, source: Source): ts.Expression | undefined {
  const declared = source.variables.get(name) ?? [];
  return declared.length === 1 ? declared[0]?.initializer : undefined;
}

/** `export default …` or `module.exports = …`; the whole of a JSON file. */
export function exportedValue(source: Source): StaticValue {
  for (const statement of source.tree.statements) {
    if (source.file.endsWith('.json') && ts.isExpressionStatement(statement))
      return staticValue(statement.expression, source);
    if (ts.isExportAssignment(statement)) return staticValue(statement.expression, source);
    if (
      ts.isExpressionStatement(statement) &&
      ts.isBinaryExpression(statement.expression) &&
      statement.expression.left.getText() === 'module.exports'
    )
      return staticValue(statement.expression.right, source);
    if (
      ts.isFunctionDeclaration(statement) &&
      statement.modifiers?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword)
    )
      return returned(statement, source, 0);
  }
  return undefined;
}
