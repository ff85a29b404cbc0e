import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import { parsed } from '../../inspect/python/parser.js';

/** A node of a parsed Python file, kept after the parser's tree is freed. */
export interface PyNode {
  type: string;
  /** The field of its parent that it stands in. */
  field: string | undefined;
  text: string;
  /** 1-based. */
  line: number;
  start: number;
  end: number;
  parent: PyNode | undefined;
  children: PyNode[];
}

export interface PyFunction {
  name: string;
  node: PyNode;
  isAsync: boolean;
  decorators: string[];
  parameters: string[];
  /** Class around it. */
  inClass: PyNode | undefined;
  body: PyNode;
}

export interface PyCall {
  /** As written, without the arguments: `app.state.pool.close`. */
  callee: string;
  /** Last name of it. */
  name: string;
  node: PyNode;
  args: PyNode[];
  keywords: Map<string, PyNode>;
}

/** One parsed file of Python. */
export class PySource {
  readonly calls: PyCall[] = [];
  readonly functions: PyFunction[] = [];
  /** Local name → module and the name in it (`*`: the module itself). */
  readonly imports = new Map<string, { module: string; name: string; node: PyNode }>();

  constructor(
    readonly file: string,
    readonly text: string,
    readonly root: PyNode,
  ) {
    walk(root, (node) => this.note(node));
  }

  /** Undefined where it cannot be read. The parser must be ready. */
  static read(root: string, file: string): PySource | undefined {
    try {
      const text = readFileSync(path.join(root, file), 'utf8');
      return new PySource(
        file,
        text,
        parsed(text, (node) => plain(node, undefined, undefined)),
      );
    } catch {
      return undefined;
    }
  }

  place(node: PyNode): string {
    return `${this.file}:${String(node.line)}`;
  }

  private note(node: PyNode): void {
    if (node.type === 'call') this.noteCall(node);
    else if (node.type === 'function_definition') this.noteFunction(node);
    else if (node.type === 'import_statement' || node.type === 'import_from_statement') this.noteImport(node);
  }

  private noteCall(node: PyNode): void {
    const callee = fieldOf(node, 'function')?.text ?? '';
    const all = fieldOf(node, 'arguments')?.children ?? [];
    const keywords = all.filter(({ type }) => type === 'keyword_argument');
    this.calls.push({
      callee,
      name: callee.split('.').at(-1) ?? '',
      node,
      args: all.filter(({ type }) => type !== 'keyword_argument'),
      keywords: new Map(
        keywords.flatMap((one) => (one.children[1] ? [[one.children[0]?.text ?? '', one.children[1]] as const] : [])),
      ),
    });
  }

  private noteFunction(node: PyNode): void {
    const body = fieldOf(node, 'body');
    if (!body) return;
    const holder = node.parent?.type === 'decorated_definition' ? node.parent : undefined;
    this.functions.push({
      name: fieldOf(node, 'name')?.text ?? '',
      node,
      isAsync: /^async\b/.test(node.text),
      decorators: (holder?.children ?? []).filter(({ type }) => type === 'decorator').map(({ text }) => text),
      parameters: (fieldOf(node, 'parameters')?.children ?? []).map(
        ({ text }) => /^\*{0,2}(\w+)/.exec(text)?.[1] ?? '',
      ),
      inClass: around(node, 'class_definition'),
      body,
    });
  }

  private noteImport(node: PyNode): void {
    const from = fieldOf(node, 'module_name');
    for (const child of node.children) {
      if (child === from) continue;
      const alias = child.type === 'aliased_import' ? fieldOf(child, 'alias')?.text : undefined;
      const name = child.type === 'aliased_import' ? (fieldOf(child, 'name')?.text ?? '') : child.text;
      if (child.type !== 'aliased_import' && child.type !== 'dotted_name') continue;
      this.imports.set(
        alias ?? (from ? name : (name.split('.')[0] ?? name)),
        from ? { module: from.text, name, node } : { module: name, name: '*', node },
      );
    }
  }
}

function plain(node: Node, parent: PyNode | undefined, field: string | undefined): PyNode {
  const made: PyNode = {
    type: node.type,
    field,
    text: node.text,
    line: node.startPosition.row + 1,
    start: node.startIndex,
    end: node.endIndex,
    parent,
    children: [],
  };
  for (const [index, child] of node.children.entries())
    if (child?.isNamed && child.type !== 'comment')
      made.children.push(plain(child, made, node.fieldNameForChild(index) ?? undefined));
  return made;
}

export function walk(node: PyNode, see: (node: PyNode) => void): void {
  see(node);
  for (const child of node.children) walk(child, see);
}

export function find(node: PyNode, test: (node: PyNode) => boolean): PyNode | undefined {
  if (test(node)) return node;
  for (const child of node.children) {
    const found = find(child, test);
    if (found) return found;
  }
  return undefined;
}

export const fieldOf = (node: PyNode, name: string): PyNode | undefined =>
  node.children.find((child) => child.field === name);

/** The nearest node of a type around another. */
export function around(node: PyNode, type: string): PyNode | undefined {
  for (let up = node.parent; up; up = up.parent) if (up.type === type) return up;
  return undefined;
}

export const isInside = (node: PyNode, outer: PyNode): boolean => node.start >= outer.start && node.end <= outer.end;

/** A statement of the file itself: not in a function or class. */
export const isTopLevel = (node: PyNode): boolean =>
  !around(node, 'function_definition') && !around(node, 'class_definition');
