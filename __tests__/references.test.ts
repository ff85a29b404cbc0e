import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { anchors } from '../src/diagnose/symptoms.js';
import { explain } from '../src/explain.js';
import { inspect, prepare } from '../src/inspect/index.js';
import { diagnosticCodes, gapKinds } from '../src/model/gap-kinds.js';
import { parseOptions } from '../src/options.js';
import { plan } from '../src/plan/index.js';
import { render } from '../src/render/index.js';
import { triage } from '../src/triage/index.js';
import { blocksOf, isExcerpt } from './excerpts.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('references', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `references/${name.split(path.sep).join('/')}`),
];

const sectionsOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('model'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

describe('troubleshooting: a section for each symptom, in their order', () => {
  test('anchors', () => {
    expect(sectionsOf('references/troubleshooting.md')).toEqual(Object.values(anchors));
  });

  test.each(Object.entries(anchors))('symptom %s: %s', (number, anchor) => {
    const section = explain(anchor);

    expect(section).toContain(`**Symptom ${number}.**`);
    expect(section).toContain('**Cause.**');
    expect(section).toContain('**Fix.**');
    expect(section).toContain('```');
  });
});

describe.each([
  ['references/gaps.md', gapKinds],
  ['references/diagnostics.md', diagnosticCodes],
])('%s: a section for each that the code can name, in their order', (page, names) => {
  const code = sources('src').join('\n');

  test('anchors', () => {
    expect(sectionsOf(page)).toEqual([...names]);
  });

  test.each([...names])('%s', (name) => {
    const section = explain(`${page}#${name}`);

    expect(section.match(/^\*\*\w+\.\*\*/gm)).toEqual(['**Says.**', '**Cause.**', '**Fix.**']);
    expect(code).toContain(`'${name}'`);
  });
});

test.each(pages)('each link of %s leads somewhere', (page) => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];

  const broken = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? page : path.join(path.dirname(page), file);
    if (anchor === undefined) return readdirSync(path.dirname(target)).length === 0;
    return !readFileSync(target, 'utf8').includes(`\n## ${anchor}\n`);
  });

  expect(broken.map(([link]) => link)).toEqual([]);
});

/** As a shell takes a line of a page: quotes hold words together, what stands three spaces behind is said of it. */
const wordsOf = (line: string): string[] =>
  [...(line.split(/ {3,}| #/)[0] ?? '').matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );

describe('commands are what the command line takes', () => {
  const called =
    /(?:npx (?:plop )?|`)backend-test\b[^\n`]*|npx plop (?:backend-test|regression-test|unit-test|test-environment)\b[^\n`]*/g;

  test.each(pages)('%s', (page) => {
    for (const [line] of readFileSync(page, 'utf8').matchAll(called)) {
      const words = wordsOf(line.replace(/^`/, '').replace(/^npx (plop )?/, ''))
        .filter((word) => word !== '--' && word !== '…' && !/^[[(]/.test(word))
        .map((word) => word.replace(/[.,;:]$/, ''));
      const [name = '', ...rest] = words;
      const command = { 'regression-test': 'regression', 'unit-test': 'unit' }[name];

      expect(() => parseOptions([...(command === undefined ? [] : [command]), ...rest])).not.toThrow();
    }
  });

  test.each(pages)('%s: each flag of a table', (page) => {
    const flags = [...readFileSync(page, 'utf8').matchAll(/^\| (`-.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(--[\w-]+)(?: (\w+|'[^']+'))?/g)].map(([, flag = '', value]) =>
        value === undefined ? [flag] : [flag, sample(value)],
      ),
    );

    for (const flag of flags) expect(() => parseOptions(flag)).not.toThrow();
  });
});

const sample = (placeholder: string): string =>
  ({ NUMBER: '7', SECONDS: '60', STATUS: '422', TIME: '5m' })[placeholder] ?? placeholder;

/** Pages whose blocks other tests run, and which. */
const runElsewhere: Record<string, string> = {
  'references/troubleshooting.md': '__tests__/generated/troubleshooting.test.ts',
  'references/unit-test.md': '__tests__/generated/units.test.ts',
  'references/regression-test.md': '__tests__/generated/regression.test.ts',
};

describe('code that a page shows is of a suite that is written and run', () => {
  /** Those that `__tests__/generated/` runs. */
  const rendered = [
    ['examples/tool-rental', 'jest'],
    ['examples/tool-rental', 'vitest'],
    ['examples/library-loans', undefined],
    ['examples/seed-library', 'vitest'],
    ['examples/seed-library', 'node:test'],
    ['examples/seed-library', 'tap'],
    ['examples/seed-library', 'mocha'],
    ['examples/pottery-studio', undefined],
    ['examples/parcel-lockers', undefined],
    ['__tests__/inspect/fixtures/hive-prisma', undefined],
    ...[
      'pottery-knex',
      'orchard-sequelize',
      'choir-typeorm',
      'observatory-mongoose',
      'ferry-redis',
      'logbook-files',
    ].map((name) => [`__tests__/generated/fixtures/${name}`, undefined] as const),
  ] as const;
  let texts: string[];

  beforeAll(async () => {
    texts = [];
    for (const [folder, runner] of rendered) {
      const facts = triage(folder, runner === undefined ? {} : { runner });
      await prepare(facts);
      const suite = plan(inspect(facts), facts, { testFolder: facts.testFolder.value, seed: 0 });
      texts.push(...(await render(suite, facts)).map(({ text }) => text));
    }
  });

  test.each(pages.filter((page) => !(page in runElsewhere)))('%s', (page) => {
    const invented = blocksOf(page).filter(({ text }) => !isExcerpt(text, texts));

    expect(invented).toEqual([]);
  });

  test.each(Object.entries(runElsewhere))('%s is run by %s', (page, file) => {
    expect(readFileSync(file, 'utf8')).toContain(page);
  });
});

describe('explain', () => {
  test('a page by its name', () => {
    expect(explain('forbidden')).toMatch(/^# forbidden/);
  });

  test('a reference as a finding names it', () => {
    expect(explain('references/troubleshooting.md#port-in-use')).toMatch(/^## port-in-use/);
  });

  test('an anchor that is not there: what there is', () => {
    expect(() => explain('nothing-of-the-kind')).toThrow(/No page has a section/);
  });
});
