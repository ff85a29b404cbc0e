import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { candidates } from '../suite/folder.js';

/** The tests of a folder that pytest runs. */
export interface PytestSuite {
  root: string;
  /** Test files, relative. */
  files: string[];
  /** `conftest.py` files, relative, outermost first. */
  conftests: string[];
  /** pytest's own settings, whichever file they stand in. */
  settings: PytestSettings;
}

export interface PytestSettings {
  file?: string;
  text: string;
}

/** Undefined where there is nothing for pytest to run. */
export function readPytestSuite(root: string): PytestSuite | undefined {
  const settings = readSettings(root);
  const found = candidates(root).filter((file) => file.endsWith('.py'));
  const roots = listed(settings.text, 'testpaths');
  const inside = (file: string): boolean =>
    !roots.length || roots.some((one) => file === one || file.startsWith(`${one.replace(/\/$/, '')}/`));
  const files = found.filter((file) => /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(file) && inside(file));
  if (!files.length) return undefined;
  return { root, files, conftests: found.filter((file) => file.endsWith('conftest.py')), settings };
}

function listed(text: string, name: string): string[] {
  const list =
    new RegExp(`^\\s*${name}\\s*=\\s*(\\[[^\\]]*\\]|[^\\n]*(?:\\n[ \\t]+[^\\n]+)*)`, 'm').exec(text)?.[1] ?? '';
  return list.match(/[\w./-]+/g) ?? [];
}

const places: [string, RegExp][] = [
  ['pytest.ini', /\[pytest\]([\s\S]*)/],
  ['pyproject.toml', /\[tool\.pytest(?:\.ini_options)?\]([\s\S]*?)(?=\n\[|$)/],
  ['tox.ini', /\[pytest\]([\s\S]*?)(?=\n\[|$)/],
  ['setup.cfg', /\[tool:pytest\]([\s\S]*?)(?=\n\[|$)/],
];

function readSettings(root: string): PytestSettings {
  for (const [file, section] of places) {
    if (!existsSync(path.join(root, file))) continue;
    const text = section.exec(readFileSync(path.join(root, file), 'utf8'))?.[1];
    if (text !== undefined) return { file, text };
  }
  return { text: '' };
}
