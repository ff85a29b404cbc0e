import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.js';
import { type Project, tableAt, textOf } from './project.js';
import { isInTests, isTest, sourceOf } from './sources.js';

export interface Entry {
  /** `studio/main.py#app` */
  value: string;
  evidence: string;
}

interface Candidate {
  file: string;
  name: string;
  line: number;
  /** A function that makes the app, rather than the app. */
  factory: boolean;
}

/**
 * Where the app is made: what the repository says it runs, else the likeliest of all places that make one.
 * @throws UserError where there is none, or where two are equally likely
 */
export function findEntry(project: Project, files: string[]): Entry {
  const sources = files.filter((file) => !isTest(file) && !isInTests(file));
  const candidates = sources.flatMap((file) => candidatesIn(project.root, file));
  const run = runTarget(project, files);
  if (run) return run;
  const [best, second] = candidates.sort((left, right) => rank(left) - rank(right));
  if (!best)
    throw new UserError(
      'no-entry',
      'No file was found that makes a FastAPI app.',
      'Say where it is: --app package.module:app.',
    );
  if (second && rank(second) === rank(best) && second.file !== best.file)
    throw new UserError(
      'two-apps',
      `There are two FastAPI apps: ${best.name} in ${best.file}:${best.line} and ${second.name} in ${second.file}:${second.line}.`,
      `Say which one: --app ${dotted(best.file)}:${best.name}.`,
    );
  return { value: `${best.file}#${best.name}`, evidence: `${best.file}:${best.line} makes it` };
}

const dotted = (file: string): string => file.replace(/(\/__init__)?\.py$/, '').replaceAll('/', '.');

function candidatesIn(root: string, file: string): Candidate[] {
  const text = sourceOf(root, file);
  if (!/\bFastAPI\b/.test(text)) return [];
  return text.split('\n').flatMap((line, index): Candidate[] => {
    const made = /^(\w+)\s*(?::[^=]+)?=\s*(?:[\w.]*\.)?(?:FastAPI\(|(?:create|make|get|build|init)\w*app\w*\()/i.exec(
      line,
    )?.[1];
    if (made) return [{ file, name: made, line: index + 1, factory: false }];
    const factory = /^(?:async )?def (\w+)\([^)]*\)\s*->\s*(?:[\w.]*\.)?FastAPI\b/.exec(line)?.[1];
    return factory ? [{ file, name: factory, line: index + 1, factory: true }] : [];
  });
}

/** Lower is likelier. */
function rank({ file, name, factory }: Candidate): number {
  const base = path.posix.basename(file, '.py');
  const names = ['main', 'app', 'server', 'asgi', 'api', 'application', '__init__'];
  const place = names.indexOf(base);
  const depth = file.split('/').length;
  return (place < 0 ? names.length : place) * 10 + depth + (name === 'app' ? 0 : 3) + (factory ? 50 : 0);
}

/** What the repository itself runs: `uvicorn studio.main:app`, `fastapi run app/main.py`, `[tool.fastapi]`. */
function runTarget(project: Project, files: string[]): Entry | undefined {
  const declared = tableAt(project.pyproject, 'tool', 'fastapi')?.['entrypoint'];
  const texts: [string, string][] = [
    ['pyproject.toml', typeof declared === 'string' ? `uvicorn ${declared}` : ''],
    ...['Procfile', 'Dockerfile', 'docker-compose.yml', 'compose.yml', 'Makefile', 'README.md', 'start.sh'].map(
      (file): [string, string] => [file, textOf(project.root, file) ?? ''],
    ),
    ...files.slice(0, 200).map((file): [string, string] => {
      const text = sourceOf(project.root, file);
      return [file, text.includes('uvicorn.run') ? text : ''];
    }),
  ];
  for (const [file, text] of texts) {
    for (const found of text.matchAll(
      /(?:uvicorn|gunicorn|hypercorn|granian)\b[^\n]*?[\s"'(]([A-Za-z_][\w.]*):([A-Za-z_]\w*)/g,
    )) {
      const target = resolved(project.root, found[1] ?? '', found[2] ?? '');
      if (target !== undefined) {
        const line = text.slice(0, found.index).split('\n').length;
        return { value: target, evidence: `${file}:${line} runs ${found[1] ?? ''}:${found[2] ?? ''}` };
      }
    }
  }
  return undefined;
}

/** `studio.main` and `app` → `studio/main.py#app`, where such a file is there. */
export function resolved(root: string, module: string, attribute: string): string | undefined {
  const inner = module.split('.').join('/');
  for (const base of ['', 'src/', 'backend/', 'app/', 'server/'])
    for (const file of [`${base}${inner}.py`, `${base}${inner}/__init__.py`])
      if (existsSync(path.join(root, file))) return `${file}#${attribute}`;
  return undefined;
}

/**
 * Where absolute imports of the service begin: the folder from which the imports of its entry resolve.
 * @returns `''` for the service's own folder
 */
export function sourceRootOf(root: string, entry: string): string {
  const [file = ''] = entry.split('#');
  const tops = [...sourceOf(root, file).matchAll(/^\s*(?:from|import)\s+([A-Za-z_]\w*)/gm)].map(
    ([, name = '']) => name,
  );
  const parts = file.split('/').slice(0, -1);
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const resolves = (folder: string): number =>
    new Set(tops.filter((name) => [`${name}.py`, name].some((one) => existsSync(path.join(root, folder, one))))).size;
  const all = ['', ...folders];
  const best = all.reduce((left, right) => (resolves(right) > resolves(left) ? right : left));
  if (resolves(best) > 0) return best;
  // Relative imports only: the folder above the outermost package.
  const outermost = all.findLast((folder) => !existsSync(path.join(root, folder, '__init__.py')));
  return outermost ?? '';
}
