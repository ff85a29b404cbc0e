import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';

let parser: Parser | undefined;

/** Readies the parser: WebAssembly is compiled asynchronously, once a process. Must have ended before `parsed` is called. */
export async function prepareParser(): Promise<void> {
  if (parser) return;
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-python/tree-sitter-python.wasm');
  const made = new Parser();
  made.setLanguage(await Language.load(grammar));
  parser = made;
}

/** Parses `text`, hands the tree's root to `body`, and frees the tree, which JavaScript's garbage collector does not see. */
export function parsed<Result>(text: string, body: (root: Node) => Result): Result {
  if (!parser) throw new Error('parsed: prepareParser() has not ended');
  const tree = parser.parse(text);
  if (!tree) throw new Error('parsed: no tree');
  try {
    return body(tree.rootNode);
  } finally {
    tree.delete();
  }
}
