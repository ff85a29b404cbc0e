import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ts } from 'ts-morph';

/** A function, or the top level of a file: what runs as one. */
export type Owner = ts.SourceFile | ts.FunctionLikeDeclaration;

export interface Call {
  source: Source;
  node: ts.CallExpression | ts.NewExpression;
  /** Last name of what is called: `end` in `db.pool.end()`. */
  name: string;
  receiver?: ts.Expression;
  owner: Owner;
  /** Stands under a condition on the environment or on being the main module. */
  guarded: boolean;
}

/** What a local name stands for. */
export interface Binding {
  specifier: string;
  /** Exported name; `default`, or `*` for the whole module. */
  name: string;
}

/** One parsed file of TypeScript or JavaScript. */
export class Source {
  readonly tree: ts.SourceFile;
  readonly calls: Call[] = [];
  private readonly byOwner = new Map<Owner, Call[]>();
  readonly functions = new Map<string, ts.FunctionLikeDeclaration[]>();
  readonly bindings = new Map<string, Binding>();
  /** Modules loaded at run time, in order. */
  readonly specifiers: { specifier: string; node: ts.Node }[] = [];
  readonly variables = new Map<string, ts.VariableDeclaration[]>();

  constructor(
    /** Posix, relative to the suite's folder. */
    readonly file: string,
    readonly text: string,
  ) {
    this.tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kindOf(file));
    this.visit(this.tree, this.tree, false);
  }

  static read(root: string, file: string): Source | undefined {
    try {
      return new Source(file, readFileSync(path.join(root, file), 'utf8'));
    } catch {
      return undefined;
    }
  }

  line(node: ts.Node): number {
    return this.tree.getLineAndCharacterOfPosition(node.getStart(this.tree)).line + 1;
  }

  place(node: ts.Node): string {
    return `${this.file}:${String(this.line(node))}`;
  }

  textOf(node: ts.Node): string {
    return this.text.slice(node.getStart(this.tree), node.end);
  }

  /** Calls that run when a function, or the top level, does. */
  callsOf(owner: Owner): Call[] {
    if (!this.byOwner.size)
      for (const call of this.calls) {
        const list = this.byOwner.get(call.owner);
        if (list) list.push(call);
        else this.byOwner.set(call.owner, [call]);
      }
    return this.byOwner.get(owner) ?? [];
  }

  private visit(node: ts.Node, owner: Owner, guarded: boolean): void {
    let inside = owner;
    if (isFunction(node)) {
      for (const name of namesOf(node)) push(this.functions, name, node);
      if (!isInline(node)) inside = node;
    }
    this.note(node, inside, guarded);
    ts.forEachChild(node, (child) => this.visit(child, inside, guarded || isGuard(node, child)));
  }

  private note(node: ts.Node, owner: Owner, guarded: boolean): void {
    if (ts.isImportDeclaration(node)) this.noteImport(node);
    else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      const specifier = literalText(node.moduleReference.expression);
      if (specifier !== undefined) this.load(specifier, node, [[node.name.text, '*']]);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && !node.isTypeOnly)
      this.load(literalText(node.moduleSpecifier) ?? '', node, []);
    else if (ts.isVariableDeclaration(node)) this.noteVariable(node);
    else if (ts.isCallExpression(node) || ts.isNewExpression(node)) this.noteCall(node, owner, guarded);
  }

  private noteImport(node: ts.ImportDeclaration): void {
    const clause = node.importClause;
    if (clause?.isTypeOnly) return;
    const names: [string, string][] = clause?.name ? [[clause.name.text, 'default']] : [];
    const bound = clause?.namedBindings;
    if (bound && ts.isNamespaceImport(bound)) names.push([bound.name.text, '*']);
    if (bound && ts.isNamedImports(bound)) {
      if (bound.elements.length && !names.length && bound.elements.every((one) => one.isTypeOnly)) return;
      for (const one of bound.elements)
        if (!one.isTypeOnly) names.push([one.name.text, (one.propertyName ?? one.name).text]);
    }
    this.load(literalText(node.moduleSpecifier) ?? '', node, names);
  }

  private noteVariable(node: ts.VariableDeclaration): void {
    if (ts.isIdentifier(node.name)) push(this.variables, node.name.text, node);
    const required = node.initializer && requiredSpecifier(node.initializer);
    if (required === undefined) return;
    if (ts.isIdentifier(node.name)) this.bindings.set(node.name.text, required);
    if (ts.isObjectBindingPattern(node.name))
      for (const one of node.name.elements)
        if (ts.isIdentifier(one.name))
          this.bindings.set(one.name.text, {
            specifier: required.specifier,
            name: one.propertyName && ts.isIdentifier(one.propertyName) ? one.propertyName.text : one.name.text,
          });
  }

  private noteCall(node: ts.CallExpression | ts.NewExpression, owner: Owner, guarded: boolean): void {
    const callee = unwrapped(node.expression);
    const [argument] = node.arguments ?? [];
    const specifier = argument && literalText(argument);
    const loads =
      callee.kind === ts.SyntaxKind.ImportKeyword ||
      (ts.isIdentifier(callee) && callee.text === 'require') ||
      /^(jest|vi)\.(requireActual|importActual)$/.test(callee.getText(this.tree));
    if (loads && specifier !== undefined) this.load(specifier, node, []);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : '';
    this.calls.push({
      source: this,
      node,
      name,
      owner,
      guarded,
      ...(ts.isPropertyAccessExpression(callee) ? { receiver: unwrapped(callee.expression) } : {}),
    });
  }

  private load(specifier: string, node: ts.Node, names: [string, string][]): void {
    this.specifiers.push({ specifier, node });
    for (const [local, name] of names) this.bindings.set(local, { specifier, name });
  }
}

function kindOf(file: string): ts.ScriptKind {
  if (/\.[cm]?ts$/.test(file)) return ts.ScriptKind.TS;
  if (file.endsWith('.json')) return ts.ScriptKind.JSON;
  return file.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.JSX;
}

const push = <T>(map: Map<string, T[]>, key: string, value: T): void =>
  void map.set(key, [...(map.get(key) ?? []), value]);

export const literalText = (node: ts.Node): string | undefined =>
  ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? node.text : undefined;

/** Without parentheses, `await`, `as`, `!`. */
export function unwrapped(node: ts.Expression): ts.Expression {
  let inner = node;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAwaitExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isNonNullExpression(inner) ||
    ts.isSatisfiesExpression(inner)
  )
    inner = inner.expression;
  return inner;
}

export const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isFunctionDeclaration(node) ||
  ts.isFunctionExpression(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) ||
  ts.isGetAccessorDeclaration(node) ||
  ts.isSetAccessorDeclaration(node);

/** Passed to a call (or called at once), so that it runs where it stands; not what waits for a signal. */
function isInline(node: ts.FunctionLikeDeclaration): boolean {
  let parent: ts.Node = node.parent;
  while (ts.isParenthesizedExpression(parent)) parent = parent.parent;
  if (!ts.isCallExpression(parent) && !ts.isNewExpression(parent)) return false;
  return !/^(process|signals?)\.(on|once|addListener)$/.test(parent.expression.getText());
}

function namesOf(node: ts.FunctionLikeDeclaration): string[] {
  const { parent } = node;
  const names: string[] = [];
  if (ts.isConstructorDeclaration(node)) names.push((parent as ts.ClassLikeDeclaration).name?.text ?? 'default');
  else if (node.name && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) names.push(node.name.text);
  if (ts.isFunctionDeclaration(node) && node.modifiers?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword))
    names.push('default');
  if (ts.isExportAssignment(parent)) names.push('default');
  const holder = ts.isCallExpression(parent) ? parent.parent : parent;
  if (ts.isVariableDeclaration(holder) && ts.isIdentifier(holder.name)) names.push(holder.name.text);
  if (ts.isPropertyAssignment(holder) || ts.isPropertyDeclaration(holder)) names.push(holder.name.getText());
  if (ts.isBinaryExpression(holder) && holder.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    const target = holder.left.getText();
    names.push(target === 'module.exports' ? 'default' : (target.split('.').at(-1) ?? ''));
  }
  return names;
}

const environmental =
  /require\.main|module\.parent|import\.meta|NODE_ENV|JEST_WORKER_ID|VITEST|process\.argv|process\.env|\.env\b|\.isTest|isProd|production|isMain|isTest|IS_TEST|is_?main/i;

function isGuard(node: ts.Node, child: ts.Node): boolean {
  if (ts.isIfStatement(node)) return child !== node.expression && environmental.test(node.expression.getText());
  if (ts.isConditionalExpression(node)) return child !== node.condition && environmental.test(node.condition.getText());
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)
    return child === node.right && environmental.test(node.left.getText());
  return false;
}

/** `require('x')`, `require('x').y`, `await import('x')`. */
function requiredSpecifier(node: ts.Expression): Binding | undefined {
  const inner = unwrapped(node);
  if (ts.isPropertyAccessExpression(inner)) {
    const whole = requiredSpecifier(inner.expression);
    return whole && { specifier: whole.specifier, name: inner.name.text };
  }
  if (!ts.isCallExpression(inner)) return undefined;
  const callee = inner.expression;
  const [argument] = inner.arguments;
  const loads = callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
  const specifier = argument && literalText(argument);
  return loads && specifier !== undefined ? { specifier, name: '*' } : undefined;
}
