import type { Node } from 'web-tree-sitter';
import type { Statement } from '../core/language.js';
import { children, fields, type Lowering } from './lower.js';

/** Imports bind where they stand: what comes before them has happened when the module runs. */
export function lowerImport(lowering: Lowering, node: Node): Statement[] {
  const span = lowering.span(node);
  const statement = (specifier: string, bindings: { local: string; imported: string }[]): Statement => ({
    kind: 'import',
    specifier,
    bindings,
    typeOnly: false,
    inOrder: true,
    span,
  });
  if (node.type === 'future_import_statement') return [];
  if (node.type === 'import_statement')
    return fields(node, 'name').flatMap((name) => {
      const alias = name.childForFieldName('alias');
      const dotted = name.type === 'aliased_import' ? name.childForFieldName('name') : name;
      if (!dotted) return [];
      const module = lowering.text(dotted);
      if (alias) return [statement(module, [{ local: lowering.text(alias), imported: '*' }])];
      const [root = module] = module.split('.');
      const loaded = statement(module, []);
      return [loaded, statement(root, [{ local: root, imported: '*' }])];
    });
  const from = node.childForFieldName('module_name');
  if (!from) return [];
  const specifier = lowering.text(from).replace(/\s+/g, '');
  if (children(node).some((child) => child.type === 'wildcard_import'))
    return [statement(specifier, [{ local: '*', imported: '**' }])];
  const bindings = fields(node, 'name').flatMap((name) => {
    const alias = name.childForFieldName('alias');
    const imported = name.type === 'aliased_import' ? name.childForFieldName('name') : name;
    return imported ? [{ local: lowering.text(alias ?? imported), imported: lowering.text(imported) }] : [];
  });
  return [statement(specifier, bindings)];
}
