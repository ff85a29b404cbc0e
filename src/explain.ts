import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.js';

/**
 * The section of the reference pages that an anchor names, as text; a page's own name gives the page.
 * @throws UserError where no page has it
 */
export function explain(anchor: string, folder = referencesFolder()): string {
  const wanted = anchor.replace(/^.*#/, '').toLowerCase();
  for (const page of pages(folder)) {
    const text = readFileSync(path.join(folder, page), 'utf8');
    const found = path.basename(page, '.md') === wanted ? text : sectionOf(text, wanted);
    if (found !== undefined) return `${found.trimEnd()}\n\nreferences/${page}\n`;
  }
  throw new UserError('no-anchor', `No page has a section "${anchor}".`, `There are: ${anchorsOf(folder).join(', ')}.`);
}

/** The pages, those of symptoms and recipes first. */
function pages(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    name.split(path.sep).join('/'),
  );
  return found
    .filter((name) => name.endsWith('.md'))
    .sort((left, right) => depth(left) - depth(right) || (left < right ? -1 : 1));
}

const depth = (name: string): number => name.split('/').length;

/** From its heading to the next one of the same or a higher level. */
function sectionOf(text: string, anchor: string): string | undefined {
  const lines = text.split('\n');
  const fenced = insideFences(lines);
  const start = lines.findIndex((line, index) => !fenced[index] && /^#{2,4} /.test(line) && slug(line) === anchor);
  if (start < 0) return undefined;
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 2;
  const end = lines.findIndex(
    (line, index) => index > start && !fenced[index] && new RegExp(`^#{1,${String(level)}} `).test(line),
  );
  return lines.slice(start, end < 0 ? undefined : end).join('\n');
}

function insideFences(lines: string[]): boolean[] {
  let inside = false;
  return lines.map((line) => {
    if (line.startsWith('```')) inside = !inside;
    return inside;
  });
}

/** As GitHub makes anchors of headings. */
const slug = (heading: string): string =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');

function anchorsOf(folder: string): string[] {
  const file = path.join(folder, 'troubleshooting.md');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const own = [...text.matchAll(/^## (.+)$/gm)].map(([line]) => slug(line));
  return [...own, ...pages(folder).map((page) => path.basename(page, '.md'))];
}

function referencesFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'references')) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  return path.join(folder, 'references');
}
