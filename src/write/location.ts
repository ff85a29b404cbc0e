import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';
import { WriteRefused } from './refusal.js';

/**
 * Absolute place on disk of a service-relative posix path, with symlinks followed.
 * Throws `WriteRefused` (`unsafe-path`) where that place is not inside `root`.
 */
export function locate(root: string, path: string): string {
  const complaint = malformed(path);
  if (complaint !== undefined) throw unsafe(path, complaint);
  const base = realpathSync(root);
  const wanted = join(base, ...path.split('/'));
  const anchor = nearestExisting(wanted);
  const real = resolveLink(anchor, path);
  if (!isInside(base, real)) throw unsafe(path, 'leads out of the service folder through a symbolic link');
  const place = join(real, relative(anchor, wanted));
  if (existsSync(place) && !lstatSync(place).isFile()) throw unsafe(path, 'is not a regular file');
  return place;
}

function malformed(path: string): string | undefined {
  if (path === '' || path.includes('\0')) return 'is not a file name';
  if (isAbsolute(path) || win32.isAbsolute(path) || /^[A-Za-z]:/.test(path)) return 'is an absolute path';
  if (path.split(/[\\/]/).includes('..')) return 'leads out of the service folder';
  return undefined;
}

// lstat, not exists: a dangling link counts as something that is there.
function nearestExisting(path: string): string {
  let current = path;
  while (lstatSync(current, { throwIfNoEntry: false }) === undefined) current = dirname(current);
  return current;
}

function resolveLink(anchor: string, path: string): string {
  try {
    return realpathSync(anchor);
  } catch (error) {
    throw unsafe(path, 'goes through a broken symbolic link', error);
  }
}

function isInside(base: string, place: string): boolean {
  const way = relative(base, place);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function unsafe(path: string, why: string, cause?: unknown): WriteRefused {
  return new WriteRefused(
    'unsafe-path',
    path,
    `${path}: ${why}`,
    'Nothing is ever written outside the service folder.',
    { cause },
  );
}
