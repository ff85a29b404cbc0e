import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Triage } from '../../model/index.js';

/** Major version that the service declares of a package; undefined: it declares none that can be told. */
export function declaredMajor({ root }: Triage, name: string): number | undefined {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >;
  const range = devDependencies?.[name] ?? dependencies?.[name] ?? '';
  const major = /\d+/.exec(range)?.[0];
  return major === undefined ? undefined : Number(major);
}
