import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RenderedFile, TestPlan, Triage } from '../../model/index.js';
import { print } from '../handlebars.js';
import { jestAliases, viteAliases } from './aliases.js';
import { declaredMajor } from './declared.js';
import { layersOf } from '../../model/layers.js';
import { format } from './format.js';
import { text } from './literals.js';
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
export function lackingPackages(
  plan: TestPlan,
  triage: Triage,
  target: Target,
  besides: Record<string, string>,
): Record<string, string> {
  const wanted = { ...ofRunner(triage, target), ...target.client.dependencies(triage), ...besides };
  if (plan.harness.sinks.some((sink) => sink.sink.kind === 'http')) wanted['nock'] = '^14.0.10';
  if (plan.harness.schemes.some((scheme) => scheme.jwt)) wanted['jsonwebtoken'] = '^9.0.2';
  if (environmentParser(triage)[0] === 'dotenv') wanted['dotenv'] = '^16.4.7';
  if (triage.runner.value === 'jest' && regenerates(triage, readManifest(triage)))
    wanted['regenerator-runtime'] = '^0.14.1';
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

/** Packages that import files of the service by themselves. */
const importers = ['@fastify/autoload'];

/** Such packages load TypeScript only where they see what compiles it, or are told so. */
export function importersEnvironment(triage: Triage): Record<string, string> {
  const { dependencies = {} } = readManifest(triage);
  const loads = triage.language.value === 'typescript' && '@fastify/autoload' in dependencies;
  return loads && triage.runner.value !== 'vitest' ? { FASTIFY_AUTOLOAD_TYPESCRIPT: '1' } : {};
}

/** Runner configuration, where none exists, and `npm test`. */
export async function configuration(
  triage: Triage,
  target: Target,
  testFolder: string,
  layered = false,
): Promise<RenderedFile[]> {
  const { runner } = target;
  const own = runner.configFile(triage);
  const manifest = readManifest(triage);
  const { files, key } = runner.configuredBy;
  const exists = [...files, ...(own === undefined ? [] : [own])].some((file) =>
    existsSync(path.join(triage.root, file)),
  );
  const settled = triage.runnerInstalled.value && triage.existingTests.value.length > 0;
  if (own === undefined || settled || exists || (key !== undefined && manifest[key]))
    return scripts(triage, target, manifest, layered);
  const esm = triage.moduleSystem.value === 'esm';
  const typescript = triage.language.value === 'typescript';
  const { mapped, roots } = jestAliases(triage);
  // TypeScript's ES modules import `./app.js`, which is `app.ts`.
  const relative = esm && typescript ? [{ from: text('^(\\.{1,2}/.*)\\.js$'), to: text('$1') }] : [];
  const code = print(runner.templates, 'config', {
    mappers: [...mapped, ...relative],
    roots,
    aliases: viteAliases(triage),
    esm,
    commonjs: !esm,
    typescript,
    babel: triage.compiled?.value === 'babel',
    swc: triage.compiled?.value === 'swc',
    regenerates: regenerates(triage, manifest),
    importers: typescript ? importers.filter((name) => name in (manifest.dependencies ?? {})) : [],
    testFolder,
    suffix: triage.testSuffix.value,
    decorators: usesDecorators(manifest),
    ...runner.configData?.(triage),
    ...(layered ? { layers: layersOf(triage), sources: sourcesOf(triage) } : {}),
  });
  return [
    { path: own, text: await format(code, own, triage), ownership: 'seeded', cases: [] },
    ...scripts(triage, target, manifest, layered),
  ];
}

/** What coverage counts: the folder that the service starts in. */
function sourcesOf({ entry, language }: Triage): string {
  const [folder = ''] = (entry.value.split('#')[0] ?? '').split('/').slice(0, -1);
  const extension = language.value === 'typescript' ? 'ts' : 'js';
  return folder ? `${folder}/**/*.${extension}` : `*.${extension}`;
}

/** `npm test`, and one script a layer: each where there is none. */
function scripts(triage: Triage, target: Target, manifest: Manifest, layered: boolean): RenderedFile[] {
  const { runner } = target;
  const command = runner.command(triage).replace(/^npx /, '');
  const { unit, integration } = layersOf(triage);
  const wanted = {
    test: command,
    ...(layered
      ? {
          'test:unit': runner.layer?.(command, 'unit') ?? `${command} ${unit}`,
          'test:integration': runner.layer?.(command, 'integration') ?? `${command} ${integration}`,
          ...(runner.coverage ? { 'test:coverage': runner.coverage(command) } : {}),
        }
      : {}),
  };
  const missing = Object.entries(wanted).filter(([name]) => manifest.scripts?.[name] === undefined);
  if (!missing.length) return [];
  const before = readFileSync(path.join(triage.root, 'package.json'), 'utf8');
  const indent = /^([ \t]+)"/m.exec(before)?.[1] ?? '  ';
  const all = { ...manifest.scripts, ...Object.fromEntries(missing) };
  const after = JSON.stringify({ ...manifest, scripts: all }, null, indent);
  return [{ path: 'package.json', text: before.endsWith('\n') ? `${after}\n` : after, ownership: 'seeded', cases: [] }];
}

/** `babel-node` brings what generators and async functions are compiled to; tests have to ask for it. */
const regenerates = (triage: Triage, { scripts = {} }: Manifest): boolean =>
  triage.compiled?.value === 'babel' && Object.values(scripts).some((script) => script.includes('babel-node'));

/** Classes whose decorators read declared types at run time: the transform must emit them. */
const usesDecorators = ({ dependencies = {}, devDependencies = {} }: Manifest): boolean =>
  'reflect-metadata' in dependencies || 'reflect-metadata' in devDependencies || 'typeorm' in dependencies;

/** Jest before 27 does not know built-in modules by their `node:` names. */
export const withoutNodePrefix = (triage: Triage): boolean =>
  triage.runner.value === 'jest' && (declaredMajor(triage, 'jest') ?? 99) < 27;

/** What reads `.env.test`: Node's own function, or dotenv's where the installed types of Node do not have it yet. */
export function environmentParser(triage: Triage): [module: string, name: string] {
  const types = path.join(triage.root, 'node_modules/@types/node/package.json');
  const isTyped = triage.language.value === 'typescript' && existsSync(types);
  const { version = '99.0' } = isTyped ? (JSON.parse(readFileSync(types, 'utf8')) as { version?: string }) : {};
  const [major = 99, minor = 0] = version.split('.').map(Number);
  const isOld = major < 20 || (major === 20 && minor < 12);
  return isOld ? ['dotenv', 'parse as parseEnv'] : ['node:util', 'parseEnv'];
}
