import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.js';
import { openService } from './triage/manifest.js';

const text = `export default async (plop) => {
  await plop.load('plop-pack-backend-test');
};
`;

/**
 * Adds the plopfile that loads this pack.
 * @returns what to say about it
 * @throws UserError where a plopfile is there already that does not load it
 */
export function init(dir: string): string {
  const { root, manifest } = openService(path.resolve(dir));
  const names = ['plopfile.mjs', 'plopfile.js', 'plopfile.cjs', 'plopfile.ts'];
  const existing = names.find((name) => existsSync(path.join(root, name)));
  if (existing !== undefined)
    throw new UserError(
      'plopfile-exists',
      `${existing} is there already; it was not changed.`,
      "Add this line to it: await plop.load('plop-pack-backend-test');",
    );
  writeFileSync(path.join(root, 'plopfile.mjs'), text, { flag: 'wx' });
  const lacks = ['plop', 'plop-pack-backend-test'].filter(
    (name) => !(name in manifest.devDependencies) && !(name in manifest.dependencies),
  );
  const install = lacks.length ? `Then: npm install --save-dev ${lacks.join(' ')}\n` : '';
  return `plopfile.mjs was written.\n${install}Now: npx plop backend-test\n`;
}
