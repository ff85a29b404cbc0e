import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.js';
import { UnitReader } from './inspect/unit/index.js';
import type { ModuleHost } from './inspect/interpreter/module-host.js';
import { PythonModules } from './inspect/python/modules.js';
import { prepareParser } from './inspect/python/parser.js';
import { NodeModules } from './inspect/typescript/modules.js';
import { chooseLayer, leading } from './layer/index.js';
import type { LayerChoice, Unit } from './model/index.js';
import { readAliases } from './triage/aliases.js';
import { families } from './triage/index.js';

/** What a user points at: `src/orders/pricing.ts#priceOf`, a file, or a folder. */
export interface Target {
  /** Absolute folder of the service. */
  root: string;
  /** Posix, relative to `root`. */
  file: string;
  isFolder: boolean;
  name?: string;
}

/** @throws UserError where there is no such file, or no service around it */
export function targetOf(text: string, cwd = process.cwd()): Target {
  const [, file = '', name] = /^(.*?)(?:#|::)(.+)$/.exec(text) ?? [text, text];
  const full = path.resolve(cwd, file);
  if (!existsSync(full))
    throw new UserError(
      'no-file',
      `There is no ${file}.`,
      'Name a file or folder of the service, then # and the function.',
    );
  const isFolder = statSync(full).isDirectory();
  const root = serviceAround(isFolder ? full : path.dirname(full));
  if (root === undefined)
    throw new UserError(
      'no-service',
      `No package.json, pyproject.toml or requirements.txt stands above ${file}.`,
      'Name a file inside a service.',
    );
  return {
    root,
    file: path.relative(root, full).split(path.sep).join('/'),
    isFolder,
    ...(name === undefined ? {} : { name: name.replaceAll('::', '.') }),
  };
}

const roots = ['package.json', 'pyproject.toml', 'requirements.txt'];

function serviceAround(folder: string): string | undefined {
  if (roots.some((name) => existsSync(path.join(folder, name)))) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? undefined : serviceAround(parent);
}

/** A folder is Python where its service is. */
const isPython = ({ root, file, isFolder }: Target): boolean =>
  file.endsWith('.py') || (isFolder && !existsSync(path.join(root, 'package.json')));

/** Python's parser must be ready: `prepareTarget`. */
export const hostOf = (target: Target): ModuleHost =>
  isPython(target)
    ? new PythonModules(target.root, target.file)
    : new NodeModules(target.root, readAliases(target.root));

/** Readies what reading the target needs. */
export async function prepareTarget(target: Target): Promise<Target> {
  if (isPython(target)) await prepareParser();
  return target;
}

/** The units that a target names, in the order of the source. */
export function unitsAt(target: Target): Unit[] {
  const host = hostOf(target);
  const reader = new UnitReader(host, families);
  if (target.isFolder) return sourcesIn(host, target.file).flatMap((file) => reader.ofFile(file));
  const units = reader.ofFile(target.file);
  if (target.name === undefined) return units;
  const found = reader.named(target.name, target.file);
  if (found) return [found];
  const known = units.map(({ name }) => name);
  throw new UserError(
    'no-unit',
    `${target.file} has no ${target.name}.`,
    known.length ? `It has ${known.slice(0, 12).join(', ')}.` : 'It has no function and no class.',
  );
}

/** The same, with each class taken apart into its methods. */
export function partsAt(target: Target): Unit[] {
  const reader = new UnitReader(hostOf(target), families);
  const units = unitsAt(target);
  const parts = units.flatMap((unit) => reader.parts(unit));
  return parts.length ? parts : units;
}

/** The first units that a folder has, for an example: not all of it is read. */
export function someUnits(target: Target, most: number): Unit[] {
  const host = hostOf(target);
  const reader = new UnitReader(host, families);
  const found: Unit[] = [];
  for (const file of sourcesIn(host, target.file)) {
    found.push(...reader.ofFile(file).flatMap((unit) => reader.parts(unit)));
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

/** Tests, and what configures the tools around a service. */
const isAbout = /^(tests?|__tests__|__mocks__|plopfile\.\w+|gulpfile\.\w+|Gruntfile\.\w+|setup\.py)$|\.config\.\w+$/;

function sourcesIn(host: ModuleHost, folder: string): string[] {
  return (host.list(folder) ?? []).flatMap(({ name, isFile }): string[] => {
    if (isAbout.test(name)) return [];
    const full = folder ? `${folder}/${name}` : name;
    if (!isFile)
      return /^(node_modules|dist|build|coverage|__pycache__|site-packages|venv|\..*)$/.test(name)
        ? []
        : sourcesIn(host, full);
    if (host.rules) return name.endsWith('.py') && !/^(test_|conftest)|_test\.py$/.test(name) ? [full] : [];
    return /\.[cm]?[jt]sx?$/.test(name) && !/\.(test|spec|d)\./.test(name) ? [full] : [];
  });
}

/**
 * Which layer proves the target at the least cost. Of a file or folder: each unit, and the one that has the most to prove.
 * @throws UserError where nothing is there to be tested
 */
export function layers(target: Target): { lead: LayerChoice; choices: LayerChoice[] } {
  const choices = unitsAt(target).map(chooseLayer);
  const lead = leading(choices);
  if (!lead)
    throw new UserError(
      'no-unit',
      `${target.file || '.'} has no function and no class.`,
      'Name another file or folder.',
    );
  return { lead, choices };
}
