import type { Node } from 'web-tree-sitter';
import { children, fields } from './lower.js';

const inner = new Set(['function_definition', 'class_definition', 'lambda', 'list_comprehension', 'set_comprehension']);
const leaves = new Set(['call', 'string', 'attribute', 'comparison_operator', 'subscript', 'integer', 'comment']);

/** Every name that a body binds, in its blocks too: Python's scopes are functions, classes and modules. */
export function boundNames(body: Node, parameters: string[] = []): string[] {
  const names = new Set<string>();
  const elsewhere = new Set(parameters);
  for (const child of children(body)) collect(child, names, elsewhere);
  return [...names].filter((name) => !elsewhere.has(name));
}

function collect(node: Node, names: Set<string>, elsewhere: Set<string>): void {
  switch (node.type) {
    case 'function_definition':
    case 'class_definition': {
      const name = node.childForFieldName('name');
      if (name) names.add(name.text);
      return;
    }
    case 'import_statement':
    case 'import_from_statement':
      for (const name of fields(node, 'name')) {
        const alias = name.childForFieldName('alias');
        const [first] = name.type === 'dotted_name' ? children(name) : [];
        const bound = alias?.text ?? first?.text;
        if (bound !== undefined) names.add(bound);
      }
      return;
    case 'global_statement':
    case 'nonlocal_statement':
      for (const name of children(node)) elsewhere.add(name.text);
      return;
    case 'assignment':
    case 'augmented_assignment':
    case 'for_statement':
      bind(node.childForFieldName('left'), names);
      break;
    case 'named_expression':
      bind(node.childForFieldName('name'), names);
      break;
    case 'as_pattern_target':
      for (const child of children(node)) bind(child, names);
      return;
    case 'case_pattern':
      captures(node, names);
      return;
    default:
      if (inner.has(node.type)) return;
  }
  if (leaves.has(node.type) && !node.descendantsOfType('named_expression').length) return;
  for (const child of children(node)) collect(child, names, elsewhere);
}

function bind(node: Node | null, names: Set<string>): void {
  if (!node) return;
  if (node.type === 'identifier') names.add(node.text);
  else if (/pattern|list|tuple/.test(node.type)) for (const child of children(node)) bind(child, names);
}

/** Names that a `case` binds: those without a dot. */
function captures(node: Node, names: Set<string>): void {
  for (const child of children(node)) {
    if (child.type === 'identifier') names.add(child.text);
    else if (child.type === 'dotted_name') {
      const parts = children(child);
      if (parts.length === 1 && parts[0]) names.add(parts[0].text);
    } else if (child.type === 'class_pattern') {
      for (const argument of children(child).slice(1)) captures(argument, names);
    } else captures(child, names);
  }
}
