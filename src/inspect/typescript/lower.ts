import { ts } from 'ts-morph';
import type { Argument, Expression, Literal, ModuleNode, Property, Span } from '../core/language.js';
import { SourceText } from '../core/language.js';
import { lowerClass, lowerFunction } from './lower-functions.js';
import { lowerPattern, patternOf } from './lower-patterns.js';
import { lowerStatements } from './lower-statements.js';

/** The TypeScript and JavaScript front end: one file's text → the core language. Syntax only, no type checker. */
export function lowerModule(file: string, text: string): ModuleNode {
  const source = new SourceText(file, text);
  const { tree, problems } = parse(file, text);
  const lowering = new Lowering(source, tree);
  const errors = problems.map((problem) => ({
    message: ts.flattenDiagnosticMessageText(problem.messageText, ' '),
    span: { source, start: problem.start, end: problem.start + problem.length },
  }));
  return { source, body: lowerStatements(lowering, tree.statements), errors };
}

interface Parsed {
  tree: ts.SourceFile;
  problems: ts.DiagnosticWithLocation[];
}

/** JavaScript that does not parse may have types all the same (Flow's look like TypeScript's): the reading with fewer errors counts. */
function parse(file: string, text: string): Parsed {
  const read = (kind: ts.ScriptKind): Parsed => {
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, kind);
    return {
      tree,
      problems: (tree as unknown as { parseDiagnostics?: ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [],
    };
  };
  const first = read(scriptKind(file));
  if (!first.problems.length || !/\.[cm]?jsx?$/.test(file)) return first;
  const typed = read(ts.ScriptKind.TS);
  return typed.problems.length < first.problems.length ? typed : first;
}

function scriptKind(file: string): ts.ScriptKind {
  if (/\.[cm]?ts$/.test(file)) return ts.ScriptKind.TS;
  if (file.endsWith('.tsx')) return ts.ScriptKind.TSX;
  return file.endsWith('.json') ? ts.ScriptKind.JSON : ts.ScriptKind.JSX;
}

const compound: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.EqualsToken]: '=',
  [ts.SyntaxKind.PlusEqualsToken]: '+',
  [ts.SyntaxKind.MinusEqualsToken]: '-',
  [ts.SyntaxKind.AsteriskEqualsToken]: '*',
  [ts.SyntaxKind.SlashEqualsToken]: '/',
  [ts.SyntaxKind.PercentEqualsToken]: '%',
  [ts.SyntaxKind.BarBarEqualsToken]: '||',
  [ts.SyntaxKind.AmpersandAmpersandEqualsToken]: '&&',
  [ts.SyntaxKind.QuestionQuestionEqualsToken]: '??',
};

/** Expressions of one file. */
export class Lowering {
  constructor(
    readonly source: SourceText,
    readonly tree: ts.SourceFile,
  ) {}

  span(node: ts.Node): Span {
    return { source: this.source, start: node.getStart(this.tree), end: node.end };
  }

  text(node: ts.Node): string {
    return this.source.text.slice(node.getStart(this.tree), node.end);
  }

  literal(value: Literal, node: ts.Node): Expression {
    return { kind: 'literal', value, span: this.span(node) };
  }

  key(name: ts.PropertyName | ts.BindingName | undefined, node: ts.Node): Expression {
    if (!name) return this.literal('default', node);
    if (ts.isComputedPropertyName(name)) return this.expression(name.expression);
    if (ts.isPrivateIdentifier(name) || ts.isIdentifier(name)) return this.literal(name.text, name);
    if (ts.isStringLiteral(name) || ts.isNumericLiteral(name) || ts.isNoSubstitutionTemplateLiteral(name))
      return this.literal(name.text, name);
    return { kind: 'opaque', text: this.text(name), span: this.span(name) };
  }

  args(nodes: readonly ts.Expression[] | undefined): Argument[] {
    return (nodes ?? []).map((node) =>
      ts.isSpreadElement(node)
        ? { value: this.expression(node.expression), spread: true }
        : { value: this.expression(node), spread: false },
    );
  }

  expression(node: ts.Expression): Expression {
    const span = this.span(node);
    switch (node.kind) {
      case ts.SyntaxKind.ParenthesizedExpression:
      case ts.SyntaxKind.AsExpression:
      case ts.SyntaxKind.SatisfiesExpression:
      case ts.SyntaxKind.NonNullExpression:
      case ts.SyntaxKind.TypeAssertionExpression:
        return this.expression((node as ts.ParenthesizedExpression).expression);
      case ts.SyntaxKind.TrueKeyword:
        return { kind: 'literal', value: true, span };
      case ts.SyntaxKind.FalseKeyword:
        return { kind: 'literal', value: false, span };
      case ts.SyntaxKind.NullKeyword:
        return { kind: 'literal', value: null, span };
      case ts.SyntaxKind.ThisKeyword:
        return { kind: 'this', span };
      case ts.SyntaxKind.SuperKeyword:
        return { kind: 'super', span };
      default:
        return this.leaf(node, span) ?? this.compound(node, span) ?? { kind: 'opaque', text: this.text(node), span };
    }
  }

  private leaf(node: ts.Expression, span: Span): Expression | undefined {
    if (ts.isIdentifier(node))
      return node.text === 'undefined'
        ? { kind: 'literal', value: undefined, span }
        : { kind: 'name', name: node.text, span };
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node))
      return { kind: 'literal', value: node.text, span };
    if (ts.isNumericLiteral(node)) return { kind: 'literal', value: Number(node.text), span };
    if (ts.isBigIntLiteral(node)) return { kind: 'literal', value: BigInt(node.text.replace(/n$/, '')), span };
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      return { kind: 'regex', pattern: node.text.slice(1, end), flags: node.text.slice(end + 1), span };
    }
    if (ts.isTemplateExpression(node)) {
      const texts = [node.head.text, ...node.templateSpans.map((part) => part.literal.text)];
      return {
        kind: 'template',
        texts,
        values: node.templateSpans.map((part) => this.expression(part.expression)),
        span,
      };
    }
    return undefined;
  }

  private compound(node: ts.Expression, span: Span): Expression | undefined {
    if (ts.isPropertyAccessExpression(node))
      return {
        kind: 'member',
        of: this.expression(node.expression),
        key: this.key(node.name, node),
        optional: !!node.questionDotToken,
        span,
      };
    if (ts.isElementAccessExpression(node))
      return {
        kind: 'member',
        of: this.expression(node.expression),
        key: this.expression(node.argumentExpression),
        optional: !!node.questionDotToken,
        span,
      };
    if (ts.isCallExpression(node)) return this.call(node, span);
    if (ts.isNewExpression(node))
      return {
        kind: 'call',
        callee: this.expression(node.expression),
        args: this.args(node.arguments),
        isNew: true,
        optional: false,
        span,
      };
    if (ts.isFunctionExpression(node) || ts.isArrowFunction(node))
      return { kind: 'function', fn: lowerFunction(this, node, node.name?.text ?? ''), span };
    if (ts.isClassExpression(node)) return { kind: 'class', cls: lowerClass(this, node), span };
    if (ts.isObjectLiteralExpression(node))
      return { kind: 'object', properties: node.properties.flatMap((property) => this.property(property)), span };
    if (ts.isArrayLiteralExpression(node)) return { kind: 'array', items: this.args(node.elements), span };
    if (ts.isConditionalExpression(node))
      return {
        kind: 'conditional',
        test: this.expression(node.condition),
        then: this.expression(node.whenTrue),
        otherwise: this.expression(node.whenFalse),
        span,
      };
    if (ts.isBinaryExpression(node)) return this.binary(node, span);
    return this.prefixed(node, span);
  }

  private prefixed(node: ts.Expression, span: Span): Expression | undefined {
    if (ts.isAwaitExpression(node)) return { kind: 'await', of: this.expression(node.expression), span };
    if (ts.isYieldExpression(node))
      return node.expression
        ? { kind: 'await', of: this.expression(node.expression), span }
        : this.literal(undefined, node);
    if (ts.isTypeOfExpression(node)) return { kind: 'unary', op: 'typeof', of: this.expression(node.expression), span };
    if (ts.isVoidExpression(node)) return { kind: 'unary', op: 'void', of: this.expression(node.expression), span };
    if (ts.isDeleteExpression(node)) return { kind: 'unary', op: 'delete', of: this.expression(node.expression), span };
    if (ts.isPrefixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        return this.step(node, false, span);
      return { kind: 'unary', op: ts.tokenToString(node.operator) ?? '?', of: this.expression(node.operand), span };
    }
    if (ts.isPostfixUnaryExpression(node)) return this.step(node, true, span);
    if (ts.isExpressionWithTypeArguments(node)) return this.expression(node.expression);
    if (ts.isMetaProperty(node)) return { kind: 'name', name: this.text(node), span };
    if (ts.isTaggedTemplateExpression(node)) return this.tagged(node, span);
    return undefined;
  }

  private call(node: ts.CallExpression, span: Span): Expression {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0])
      return { kind: 'import', specifier: this.expression(node.arguments[0]), span };
    return {
      kind: 'call',
      callee: this.expression(node.expression),
      args: this.args(node.arguments),
      isNew: false,
      optional: !!node.questionDotToken,
      span,
    };
  }

  /** ``sql`select ${x}` `` is a call with the texts first, as JavaScript does it. */
  private tagged(node: ts.TaggedTemplateExpression, span: Span): Expression {
    const template = node.template;
    const texts = ts.isNoSubstitutionTemplateLiteral(template)
      ? [template.text]
      : [template.head.text, ...template.templateSpans.map((part) => part.literal.text)];
    const values = ts.isNoSubstitutionTemplateLiteral(template)
      ? []
      : template.templateSpans.map((part) => this.expression(part.expression));
    const strings: Expression = {
      kind: 'array',
      items: texts.map((text) => ({ value: this.literal(text, template), spread: false })),
      span,
    };
    return {
      kind: 'call',
      callee: this.expression(node.tag),
      args: [strings, ...values].map((value) => ({ value, spread: false })),
      isNew: false,
      optional: false,
      span,
    };
  }

  private step(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression, postfix: boolean, span: Span): Expression {
    const op = node.operator === ts.SyntaxKind.PlusPlusToken ? '+' : '-';
    return { kind: 'assign', target: patternOf(this, node.operand), op, value: this.literal(1, node), postfix, span };
  }

  private binary(node: ts.BinaryExpression, span: Span): Expression {
    const operator = node.operatorToken.kind;
    const assignment = compound[operator];
    if (assignment)
      return {
        kind: 'assign',
        target: patternOf(this, node.left),
        op: assignment,
        value: this.expression(node.right),
        span,
      };
    const left = this.expression(node.left);
    const right = this.expression(node.right);
    if (operator === ts.SyntaxKind.CommaToken) return { kind: 'sequence', items: [left, right], span };
    const op = ts.tokenToString(operator) ?? '?';
    if (op === '&&' || op === '||' || op === '??') return { kind: 'logical', op, left, right, span };
    return { kind: 'binary', op, left, right, span };
  }

  private property(node: ts.ObjectLiteralElementLike): Property[] {
    if (ts.isPropertyAssignment(node))
      return [{ kind: 'field', key: this.key(node.name, node), value: this.expression(node.initializer) }];
    if (ts.isShorthandPropertyAssignment(node))
      return [{ kind: 'field', key: this.key(node.name, node), value: this.expression(node.name) }];
    if (ts.isSpreadAssignment(node)) return [{ kind: 'spread', value: this.expression(node.expression) }];
    if (ts.isMethodDeclaration(node)) {
      const fn = lowerFunction(this, node, node.name.getText(this.tree));
      return [
        { kind: 'field', key: this.key(node.name, node), value: { kind: 'function', fn, span: this.span(node) } },
      ];
    }
    if (ts.isGetAccessorDeclaration(node))
      return [{ kind: 'getter', key: this.key(node.name, node), fn: lowerFunction(this, node, 'get') }];
    return [];
  }
}

export { lowerPattern };
