import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where a service stands in its repository. */
export interface Place {
  /** Absolute path of the repository's root. */
  repository: string;
  /** From there to the service, with `/`; empty: the service is the repository. */
  folder: string;
}

/** The nearest folder above with a `.git`; without one the service is taken for the whole. */
export function placeOf(root: string): Place {
  for (let folder = path.resolve(root); path.dirname(folder) !== folder; folder = path.dirname(folder))
    if (existsSync(path.join(folder, '.git')))
      return { repository: folder, folder: path.relative(folder, root).split(path.sep).join('/') };
  return { repository: root, folder: '' };
}

/** Runs the tests of all packages, whatever they are called. */
const ofAll = /\b(turbo|nx|lerna)\b[^\n]*\btest|--workspaces\b|pnpm (-r|--recursive|recursive)\b[^\n]*test/;

/** A workflow of the repository tests this service already. */
export function isTested({ repository, folder }: Place): boolean {
  const workflows = path.join(repository, '.github/workflows');
  if (!existsSync(workflows)) return false;
  return readdirSync(workflows, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(workflows, entry.name), 'utf8'))
    .some((text) => /\btest|jest|vitest|pytest/.test(text) && (text.includes(folder) || ofAll.test(text)));
}
