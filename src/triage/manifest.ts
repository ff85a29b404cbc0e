import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { whereTo } from './services-below.js';

export interface Manifest {
  name?: string;
  type?: string;
  main?: string;
  packageManager?: string;
  engines?: Record<string, string>;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  jest?: unknown;
  babel?: unknown;
}

export interface ServiceFolder {
  root: string;
  manifest: Manifest;
  manifestText: string;
}

/**
 * Reads the service's package.json.
 * @throws UserError where the folder is missing, unreadable, or no Node service
 */
export function openService(root: string): ServiceFolder {
  if (!existsSync(root))
    throw new UserError('no-folder', `${root} does not exist.`, 'Give the folder of the service, or run in it.');
  if (!statSync(root).isDirectory())
    throw new UserError(
      'not-a-folder',
      `${root} is not a folder.`,
      'Give the folder of the service, not a file in it.',
    );
  const file = path.join(root, 'package.json');
  if (!existsSync(file)) throw notNode(root);
  const manifestText = readText(file);
  return { root, manifestText, manifest: parseManifest(manifestText, file) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UserError('unreadable', `${file} cannot be read.`, 'Check its permissions.');
  }
}

function parseManifest(text: string, file: string): Manifest {
  let value: Partial<Manifest>;
  try {
    value = JSON.parse(text) as Partial<Manifest>;
  } catch (error) {
    throw new UserError(
      'broken-package-json',
      `${file} is not valid JSON: ${error instanceof Error ? error.message : ''}`,
      'Mend it and run again.',
    );
  }
  return {
    ...value,
    scripts: value.scripts ?? {},
    dependencies: value.dependencies ?? {},
    devDependencies: value.devDependencies ?? {},
  };
}

function notNode(root: string): UserError {
  return new UserError('no-package-json', `There is no package.json in ${root}, and no Python project.`, whereTo(root));
}

/** `package.json:14` for a dependency or a script. */
export function placeOf(folder: ServiceFolder, key: string): { file: string; line: number } | undefined {
  const index = folder.manifestText.split('\n').findIndex((line) => line.includes(`"${key}"`));
  return index < 0 ? undefined : { file: 'package.json', line: index + 1 };
}

/** The version that is installed, else the range asked for. */
export function versionOf(folder: ServiceFolder, name: string): string | undefined {
  const range = folder.manifest.dependencies[name] ?? folder.manifest.devDependencies[name];
  const installed = path.join(folder.root, 'node_modules', name, 'package.json');
  try {
    return (JSON.parse(readFileSync(installed, 'utf8')) as { version?: string }).version ?? range;
  } catch {
    return range;
  }
}
