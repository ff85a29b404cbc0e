import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RenderedFile, TestPlan, Triage } from '../../model/index.js';
import { print } from '../handlebars.js';
import { format } from './format.js';
import type { Target } from './target.js';

interface Manifest {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [key: string]: unknown;
}

const readManifest = (triage: Triage): Manifest =>
  JSON.parse(readFileSync(path.join(triage.root, 'package.json'), 'utf8')) as Manifest;

/** Development dependencies that the service lacks, with ranges. */
export function lackingPackages(plan: TestPlan, triage: Triage, target: Target): Record<string, string> {
  const wanted = { ...ofRunner(triage, target), ...target.client.dependencies(triage) };
  if (plan.harness.sinks.some((sink) => sink.sink.kind === 'http')) wanted['nock'] = '^14.0.10';
  if (plan.harness.schemes.some((scheme) => scheme.jwt)) wanted['jsonwebtoken'] = '^9.0.2';
  return lacking(wanted, triage);
}

/** The same for tests that send no requests. */
export const lackingRunner = (triage: Triage, target: Target): Record<string, string> =>
  lacking(ofRunner(triage, target), triage);

const ofRunner = (triage: Triage, { runner }: Target): Record<string, string> => ({
  ...runner.companions(triage),
  ...(triage.runnerInstalled.value ? {} : runner.dependencies(triage)),
});

function lacking(wanted: Record<string, string>, triage: Triage): Record<string, string> {
  const manifest = readManifest(triage);
  const has = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }));
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([name]) => !has.has(name))
      .sort(),
  );
}

/** Runner configuration, where none exists, and `npm test`. */
export async function configuration(triage: Triage, target: Target, testFolder: string): Promise<RenderedFile[]> {
  const { runner } = target;
  const own = runner.configFile(triage);
  const manifest = readManifest(triage);
  const { files, key } = runner.configuredBy;
  const foreign = files.some((file) => file !== own && existsSync(path.join(triage.root, file)));
  const settled = triage.runnerInstalled.value && triage.existingTests.value.length > 0;
  if (settled || foreign || (key !== undefined && manifest[key])) return script(triage, target, manifest);
  const esm = triage.moduleSystem.value === 'esm';
  const code = print(runner.templates, 'config', {
    esm,
    commonjs: !esm,
    typescript: triage.language.value === 'typescript',
    testFolder,
    suffix: triage.testSuffix.value,
    decorators: false,
  });
  return [
    { path: own, text: await format(code, own, triage), ownership: 'seeded', cases: [] },
    ...script(triage, target, manifest),
  ];
}

/** `npm test`, where there is none. */
function script(triage: Triage, target: Target, manifest: Manifest): RenderedFile[] {
  if (manifest.scripts?.['test'] !== undefined) return [];
  const before = readFileSync(path.join(triage.root, 'package.json'), 'utf8');
  const indent = /^([ \t]+)"/m.exec(before)?.[1] ?? '  ';
  const command = target.runner.command(triage).replace(/^npx /, '');
  const after = JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, test: command } }, null, indent);
  return [{ path: 'package.json', text: before.endsWith('\n') ? `${after}\n` : after, ownership: 'seeded', cases: [] }];
}
