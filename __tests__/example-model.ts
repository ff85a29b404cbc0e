import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../src/inspect/index.js';
import type { ServiceModel } from '../src/model/index.js';
import { triage } from '../src/triage/index.js';
import { temporaryFolder } from './temporary-folder.js';

/** A copy of an example without its installed packages, changed by exact replacements. */
export function copyOf(example: string, changes: { file: string; find: string; replace: string }[] = []): string {
  const folder = temporaryFolder(example);
  cpSync(path.resolve('examples', example), folder, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  for (const { file, find, replace } of changes) {
    const full = path.join(folder, file);
    const text = readFileSync(full, 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${file}: this text does not occur exactly once: ${find}`);
    writeFileSync(
      full,
      text.replace(find, () => replace),
    );
  }
  return folder;
}

export const modelOf = (folder: string): ServiceModel => inspect(triage(folder));

/** What must stay the same when behaviour does: no places, no texts of the source. */
export function essence(model: ServiceModel): unknown {
  const drop = new Set([
    'source',
    'x-source',
    'handler',
    'start',
    'end',
    'line',
    'column',
    'id',
    'lookup',
    'effect',
    'effects',
    'lookups',
    'text',
    'files',
  ]);
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !drop.has(key))
        .sort(([left], [right]) => left.localeCompare(right))
        .map(([key, field]) => [key, clean(field)]),
    );
  };
  return model.operations.map((operation) => ({
    id: operation.id,
    security: clean(operation.security),
    body: clean(operation.requestBody),
    effects: operation.effects.map((effect) => `${effect.kind} ${effect.verb} ${effect.target}`),
    responses: operation.responses.map((response) => ({
      status: response.status,
      when: response.when,
      body: clean(response.body),
      effects: response.effects.length,
    })),
  }));
}
