import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { findEntries, importsOf } from './entry.js';
import type { ServiceFolder } from './manifest.js';
import { pythonMarker } from './python/project.js';
import { whereTo } from './services-below.js';

export type Framework = 'express' | 'fastify';

const out: [string, string][] = [
  ['@nestjs/core', 'NestJS'],
  ['koa', 'Koa'],
  ['@hapi/hapi', 'hapi'],
  ['hono', 'Hono'],
  ['next', 'Next.js'],
];

/** No Node service stands there, and a Python project does. */
export function isPython(root: string): boolean {
  const manifest = path.join(root, 'package.json');
  const hasManifest = existsSync(manifest);
  if (pythonMarker(root, !hasManifest) === undefined) return false;
  return !hasManifest || !/"(express|fastify|@nestjs\/core|koa)"\s*:/.test(readFileSync(manifest, 'utf8'));
}

/** Both are dependencies: the one that the file which starts the service imports, itself or one step away. */
function usedBy(folder: ServiceFolder): Framework | undefined {
  const [entry] = findEntries(folder);
  if (!entry) return undefined;
  const found = importsOf(folder, entry.file).filter((name) => name === 'express' || name === 'fastify');
  const names = new Set(found);
  return names.size === 1 ? (found[0] as Framework) : undefined;
}

/** @throws UserError where it is none that is read, or not to be told which */
export function frameworkOf(folder: ServiceFolder): Framework {
  const { dependencies, devDependencies, scripts } = folder.manifest;
  const has = (name: string): boolean => name in dependencies || name in devDependencies;
  if (Object.values(scripts).some((script) => /\bfastify start\b/.test(script))) return 'fastify';
  const own = (['express', 'fastify'] as const).filter((name) => name in dependencies);
  const used = own.length > 1 ? usedBy(folder) : undefined;
  if (used) return used;
  if (own.length > 1)
    throw new UserError(
      'two-frameworks',
      'Both express and fastify are dependencies of this service.',
      'Run in the folder of one of them, or remove the one that is not used.',
    );
  if (own[0]) return own[0];
  if (has('fastify')) return 'fastify';
  if (has('express')) return 'express';
  const other = out.find(([name]) => has(name));
  if (other)
    throw new UserError(
      'other-framework',
      `This is a ${other[1]} project, which is out of scope.`,
      'Express, Fastify and FastAPI services are read.',
    );
  throw new UserError(
    'no-framework',
    `No backend framework is among the dependencies of ${folder.manifest.name ?? 'this package'}.`,
    whereTo(folder.root),
  );
}
