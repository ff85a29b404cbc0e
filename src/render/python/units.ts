import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RenderedFile, Triage, UnitPlan } from '../../model/index.js';
import { dotenv } from '../dotenv.js';
import { print } from '../handlebars.js';
import { configuration } from './configuration.js';
import { format } from './format.js';
import { Imports } from './imports.js';
import { UnitWriter } from './unit-writer.js';

/** The test file of each unit, the packages that they stand in, and what their modules want of the environment. */
export function unitFiles(plans: UnitPlan[], triage: Triage): RenderedFile[] {
  const tests = plans
    .filter(({ cases }) => cases.length)
    .map((plan): RenderedFile => {
      const { text, reportedAs } = new UnitWriter(plan, triage).file();
      const file = plan.cases[0]?.file ?? '';
      const cases = plan.cases.map(({ id }) => id);
      return { path: file, text: format(text, file, triage), ownership: 'managed', cases, reportedAs };
    });
  const folder = path.posix.dirname(tests[0]?.path ?? `${triage.testFolder.value}/unit`);
  const environment = Object.assign({}, ...plans.map((plan) => plan.environment)) as Record<string, string>;
  const support = Object.keys(environment).length ? [conftest(folder, triage), dotenv(environment)] : [];
  return [...tests, ...packages(folder, triage), ...support, ...configuration(triage, triage.testFolder.value)];
}

/** What unit tests need, and the service's environment lacks. */
export function unitPackages(triage: Triage): Record<string, string> {
  const has = triage.python?.value.packages ?? {};
  return 'pytest' in has ? {} : { pytest: '>=7.4' };
}

/** Folders are packages where tests are: two files of one name in two folders need it. */
function packages(folder: string, triage: Triage): RenderedFile[] {
  const top = folder.split('/')[0] ?? folder;
  const isFlat = triage.existingTests.value.length && !existsSync(path.join(triage.root, top, '__init__.py'));
  if (isFlat) return [];
  const parts = folder.split('/');
  return parts.map((_, index) => ({
    path: `${parts.slice(0, index + 1).join('/')}/__init__.py`,
    text: '',
    ownership: 'seeded',
    cases: [],
  }));
}

function conftest(folder: string, triage: Triage): RenderedFile {
  const file = `${folder}/conftest.py`;
  const imports = new Imports(triage);
  imports.from('pathlib', 'Path');
  imports.from('dotenv', 'load_dotenv');
  const up = `parents[${folder.split('/').length}]`;
  const text = print('pytest', 'unit-conftest', { importLines: imports.lines(), up });
  return { path: file, text: format(text, file, triage), ownership: 'seeded', cases: [] };
}
