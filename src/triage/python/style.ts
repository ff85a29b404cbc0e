import { parse } from 'smol-toml';
import type { Style } from '../../model/index.js';
import { type Project, tableAt, type Table, textOf } from './project.js';
import { sourceOf } from './sources.js';

/** As ruff's or black's configuration says, else as the sources are written. */
export function styleOf(project: Project, files: string[]): { style: Style; evidence: string } {
  const ruff = tableAt(project.pyproject, 'tool', 'ruff') ?? ruffFile(project.root);
  const black = tableAt(project.pyproject, 'tool', 'black');
  const length = [ruff?.['line-length'], black?.['line-length']].find((one) => typeof one === 'number');
  const quoted = tableAt(ruff, 'format')?.['quote-style'];
  const text = files
    .slice(0, 20)
    .map((file) => sourceOf(project.root, file))
    .join('\n');
  const single = (text.match(/'[^'"\n]*'/g) ?? []).length;
  const double = (text.match(/"[^"'\n]*"/g) ?? []).length;
  const quotes = quoted === 'single' || quoted === 'double' ? quoted : single > double ? 'single' : 'double';
  return {
    style: {
      quotes,
      semicolons: false,
      testFunction: 'test',
      importsRunner: true,
      ...(typeof length === 'number' ? { lineLength: length } : {}),
    },
    evidence: ruff ? "ruff's configuration" : black ? "black's configuration" : 'as the sources are written',
  };
}

function ruffFile(root: string): Table | undefined {
  const text = textOf(root, 'ruff.toml') ?? textOf(root, '.ruff.toml');
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
