import { ts } from 'ts-morph';
import type { ClassMember, ClassNode, Expression, FunctionNode, Statement } from '../core/language.js';
import { lowerPattern, type Lowering } from './lower.js';
import { lowerStatements } from './lower-statements.js';

type FunctionLike =
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.FunctionDeclaration
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.AccessorDeclaration;

export function lowerFunction(lowering: Lowering, node: FunctionLike, name: string): FunctionNode {
  const has = (kind: ts.SyntaxKind): boolean =>
    !!(node as ts.FunctionDeclaration).modifiers?.some((modifier) => modifier.kind === kind);
  return {
    name,
    params: node.parameters
      .filter((parameter) => !(ts.isIdentifier(parameter.name) && parameter.name.text === 'this'))
      .map((parameter) => ({
        target: lowerPattern(lowering, parameter.name, parameter.initializer),
        rest: !!parameter.dotDotDotToken,
        ...(parameter.type ? { type: lowering.text(parameter.type) } : {}),
        ...(ts.getDecorators(parameter)?.length ? { decorators: decoratorsOf(lowering, parameter) } : {}),
      })),
    body: functionBody(lowering, node.body),
    isAsync: has(ts.SyntaxKind.AsyncKeyword),
    isArrow: ts.isArrowFunction(node),
    isGenerator: !!(node as ts.FunctionDeclaration).asteriskToken,
    span: lowering.span(node),
  };
}

function functionBody(lowering: Lowering, body: ts.ConciseBody | undefined): Statement[] {
  if (!body) return [];
  if (ts.isBlock(body)) return lowerStatements(lowering, body.statements);
  return [{ kind: 'return', value: lowering.expression(body), span: lowering.span(body) }];
}

export function lowerClass(lowering: Lowering, node: ts.ClassLikeDeclaration): ClassNode {
  const heritage = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  return {
    name: node.name?.text ?? '',
    ...(heritage ? { parent: lowering.expression(heritage.expression) } : {}),
    members: node.members.flatMap((member) => lowerMember(lowering, member)),
    decorators: decoratorsOf(lowering, node),
    span: lowering.span(node),
  };
}

function decoratorsOf(lowering: Lowering, node: ts.Node): Expression[] {
  const list = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  return list.map((decorator) => lowering.expression(decorator.expression));
}

function lowerMember(lowering: Lowering, member: ts.ClassElement): ClassMember[] {
  const span = lowering.span(member);
  const isStatic =
    ts.canHaveModifiers(member) &&
    !!ts.getModifiers(member)?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
  const base = { isStatic, span, decorators: decoratorsOf(lowering, member) };
  if (ts.isConstructorDeclaration(member)) {
    if (!member.body) return [];
    const parameterFields = member.parameters
      .filter((parameter) => ts.isParameterPropertyDeclaration(parameter, member))
      .flatMap((parameter) => (ts.isIdentifier(parameter.name) ? [parameter.name.text] : []));
    return [
      {
        ...base,
        kind: 'constructor',
        key: lowering.literal('constructor', member),
        fn: lowerFunction(lowering, member, 'constructor'),
        parameterFields,
      },
    ];
  }
  if (ts.isMethodDeclaration(member) && member.body)
    return [
      {
        ...base,
        kind: 'method',
        key: lowering.key(member.name, member),
        fn: lowerFunction(lowering, member, member.name.getText(lowering.tree)),
      },
    ];
  if (ts.isGetAccessorDeclaration(member))
    return [
      { ...base, kind: 'getter', key: lowering.key(member.name, member), fn: lowerFunction(lowering, member, 'get') },
    ];
  if (ts.isSetAccessorDeclaration(member))
    return [
      { ...base, kind: 'setter', key: lowering.key(member.name, member), fn: lowerFunction(lowering, member, 'set') },
    ];
  if (ts.isPropertyDeclaration(member))
    return [
      {
        ...base,
        kind: 'field',
        key: lowering.key(member.name, member),
        ...(member.type ? { type: lowering.text(member.type) } : {}),
        ...(member.initializer ? { value: lowering.expression(member.initializer) } : {}),
      },
    ];
  if (ts.isClassStaticBlockDeclaration(member)) {
    const fn: FunctionNode = {
      name: 'static',
      params: [],
      body: lowerStatements(lowering, member.body.statements),
      isAsync: false,
      isArrow: true,
      isGenerator: false,
      span,
    };
    return [{ ...base, isStatic: true, kind: 'block', key: lowering.literal('static', member), fn }];
  }
  return [];
}
