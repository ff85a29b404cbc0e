import { ts } from 'ts-morph';
import type { Expression, Statement } from '../core/language.js';
import { lowerPattern, type Lowering } from './lower.js';
import { lowerClass, lowerFunction } from './lower-functions.js';
import { patternOf } from './lower-patterns.js';

export function lowerStatements(lowering: Lowering, nodes: readonly ts.Statement[]): Statement[] {
  return nodes.flatMap((node) => lowerStatement(lowering, node));
}

const isDeclared = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  !!ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword);

function exportName(node: ts.FunctionDeclaration | ts.ClassDeclaration): false | string {
  const kinds = node.modifiers?.map((modifier) => modifier.kind) ?? [];
  if (!kinds.includes(ts.SyntaxKind.ExportKeyword)) return false;
  return kinds.includes(ts.SyntaxKind.DefaultKeyword) ? 'default' : (node.name?.text ?? 'default');
}

const blockOf = (lowering: Lowering, node: ts.Statement | undefined): Statement[] =>
  !node ? [] : ts.isBlock(node) ? lowerStatements(lowering, node.statements) : lowerStatement(lowering, node);

function lowerStatement(lowering: Lowering, node: ts.Statement): Statement[] {
  const span = lowering.span(node);
  if (isDeclared(node)) return [];
  if (ts.isExpressionStatement(node))
    return [{ kind: 'expression', value: lowering.expression(node.expression), span }];
  if (ts.isVariableStatement(node)) {
    const exported = !!node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
    return declarations(lowering, node.declarationList, exported);
  }
  if (ts.isFunctionDeclaration(node))
    return node.body
      ? [
          {
            kind: 'function',
            fn: lowerFunction(lowering, node, node.name?.text ?? 'default'),
            exported: exportName(node),
            span,
          },
        ]
      : [];
  if (ts.isClassDeclaration(node))
    return [{ kind: 'class', cls: lowerClass(lowering, node), exported: exportName(node), span }];
  if (ts.isReturnStatement(node))
    return [{ kind: 'return', ...(node.expression ? { value: lowering.expression(node.expression) } : {}), span }];
  if (ts.isThrowStatement(node)) return [{ kind: 'throw', value: lowering.expression(node.expression), span }];
  if (ts.isIfStatement(node))
    return [
      {
        kind: 'if',
        test: lowering.expression(node.expression),
        then: blockOf(lowering, node.thenStatement),
        otherwise: blockOf(lowering, node.elseStatement),
        span,
      },
    ];
  if (ts.isBlock(node)) return [{ kind: 'block', body: lowerStatements(lowering, node.statements), span }];
  return lowerLoop(lowering, node) ?? lowerModuleStatement(lowering, node) ?? [];
}

function declarations(lowering: Lowering, list: ts.VariableDeclarationList, exported: boolean): Statement[] {
  const mutable = !(list.flags & ts.NodeFlags.Const);
  return list.declarations.map((declaration) => ({
    kind: 'declare',
    target: lowerPattern(lowering, declaration.name),
    ...(declaration.initializer ? { value: lowering.expression(declaration.initializer) } : {}),
    mutable,
    exported,
    span: lowering.span(declaration),
  }));
}

function lowerLoop(lowering: Lowering, node: ts.Statement): Statement[] | undefined {
  const span = lowering.span(node);
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
    const declared = ts.isVariableDeclarationList(node.initializer) ? node.initializer.declarations[0] : undefined;
    const target = declared
      ? lowerPattern(lowering, declared.name)
      : patternOf(lowering, node.initializer as ts.Expression);
    const over = ts.isForOfStatement(node) ? 'of' : 'in';
    const isAwait = ts.isForOfStatement(node) && !!node.awaitModifier;
    return [
      {
        kind: 'each',
        over,
        target,
        items: lowering.expression(node.expression),
        body: blockOf(lowering, node.statement),
        isAwait,
        span,
      },
    ];
  }
  if (ts.isForStatement(node)) {
    const init = !node.initializer
      ? []
      : ts.isVariableDeclarationList(node.initializer)
        ? declarations(lowering, node.initializer, false)
        : [{ kind: 'expression' as const, value: lowering.expression(node.initializer), span }];
    return [
      {
        kind: 'loop',
        init,
        ...(node.condition ? { test: lowering.expression(node.condition) } : {}),
        ...(node.incrementor ? { update: lowering.expression(node.incrementor) } : {}),
        body: blockOf(lowering, node.statement),
        span,
      },
    ];
  }
  if (ts.isWhileStatement(node) || ts.isDoStatement(node))
    return [
      {
        kind: 'loop',
        init: [],
        test: lowering.expression(node.expression),
        body: blockOf(lowering, node.statement),
        span,
      },
    ];
  if (ts.isBreakStatement(node)) return [{ kind: 'break', span }];
  if (ts.isContinueStatement(node)) return [{ kind: 'continue', span }];
  if (ts.isLabeledStatement(node)) return lowerStatement(lowering, node.statement);
  if (ts.isTryStatement(node)) {
    const variable = node.catchClause?.variableDeclaration;
    return [
      {
        kind: 'try',
        body: lowerStatements(lowering, node.tryBlock.statements),
        ...(variable ? { param: lowerPattern(lowering, variable.name) } : {}),
        ...(node.catchClause ? { handler: lowerStatements(lowering, node.catchClause.block.statements) } : {}),
        finalizer: node.finallyBlock ? lowerStatements(lowering, node.finallyBlock.statements) : [],
        span,
      },
    ];
  }
  if (ts.isSwitchStatement(node)) {
    const cases = node.caseBlock.clauses.map((clause) => ({
      ...(ts.isCaseClause(clause) ? { test: lowering.expression(clause.expression) } : {}),
      body: lowerStatements(lowering, clause.statements),
    }));
    return [{ kind: 'switch', of: lowering.expression(node.expression), cases, span }];
  }
  return undefined;
}

function lowerModuleStatement(lowering: Lowering, node: ts.Statement): Statement[] | undefined {
  const span = lowering.span(node);
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier))
    return [importStatement(lowering, node, node.moduleSpecifier.text)];
  if (
    ts.isImportEqualsDeclaration(node) &&
    ts.isExternalModuleReference(node.moduleReference) &&
    ts.isStringLiteral(node.moduleReference.expression)
  ) {
    const specifier = node.moduleReference.expression.text;
    return [
      {
        kind: 'import',
        specifier,
        bindings: [{ local: node.name.text, imported: 'require' }],
        typeOnly: node.isTypeOnly,
        span,
      },
    ];
  }
  if (ts.isExportDeclaration(node)) {
    if (node.isTypeOnly) return [];
    const from =
      node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined;
    const clause = node.exportClause;
    if (!clause) return from ? [{ kind: 'exportAll', from, span }] : [];
    if (ts.isNamespaceExport(clause)) return from ? [{ kind: 'exportAll', from, as: clause.name.text, span }] : [];
    const names = clause.elements
      .filter((element) => !element.isTypeOnly)
      .map((element) => ({ local: (element.propertyName ?? element.name).text, exported: element.name.text }));
    return [{ kind: 'export', names, ...(from ? { from } : {}), span }];
  }
  if (ts.isExportAssignment(node)) {
    const value = lowering.expression(node.expression);
    if (!node.isExportEquals) return [{ kind: 'exportDefault', value, span }];
    const place: Expression = {
      kind: 'member',
      of: { kind: 'name', name: 'module', span },
      key: lowering.literal('exports', node),
      optional: false,
      span,
    };
    return [
      {
        kind: 'expression',
        value: { kind: 'assign', target: { kind: 'place', place, span }, op: '=', value, span },
        span,
      },
    ];
  }
  if (ts.isEnumDeclaration(node)) return [enumStatement(lowering, node)];
  return undefined;
}

function importStatement(lowering: Lowering, node: ts.ImportDeclaration, specifier: string): Statement {
  const span = lowering.span(node);
  const clause = node.importClause;
  const bindings: { local: string; imported: string }[] = [];
  if (clause?.name) bindings.push({ local: clause.name.text, imported: 'default' });
  if (clause?.namedBindings && ts.isNamespaceImport(clause.namedBindings))
    bindings.push({ local: clause.namedBindings.name.text, imported: '*' });
  if (clause?.namedBindings && ts.isNamedImports(clause.namedBindings))
    for (const element of clause.namedBindings.elements)
      if (!element.isTypeOnly)
        bindings.push({ local: element.name.text, imported: (element.propertyName ?? element.name).text });
  const named =
    clause?.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : undefined;
  const allTypes = !!named?.length && !clause?.name && named.every((element) => element.isTypeOnly);
  return { kind: 'import', specifier, bindings, typeOnly: !!clause?.isTypeOnly || allTypes, span };
}

/** An enum is an object of constants; numeric members count up. */
function enumStatement(lowering: Lowering, node: ts.EnumDeclaration): Statement {
  const span = lowering.span(node);
  let next = 0;
  const properties = node.members.map((member) => {
    const value = member.initializer ? lowering.expression(member.initializer) : lowering.literal(next, member);
    if (value.kind === 'literal' && typeof value.value === 'number') next = value.value + 1;
    return { kind: 'field' as const, key: lowering.key(member.name, member), value };
  });
  const exported = !!node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
  return {
    kind: 'declare',
    target: { kind: 'name', name: node.name.text, span },
    value: { kind: 'object', properties, span },
    mutable: false,
    exported,
    span,
  };
}
