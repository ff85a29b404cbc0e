import type { NeededServer, RenderedFile, TestPlan, Triage } from '../model/index.js';
import { javascript } from './javascript/index.js';
import type { Language } from './language.js';
import { python } from './python/index.js';
import { type Ci, scaffold } from './scaffold/index.js';
import { jest } from './targets/jest.js';
import { inject } from './targets/inject.js';
import { mocha } from './targets/mocha.js';
import { nodeTest } from './targets/node-test.js';
import { supertest } from './targets/supertest.js';
import { tap } from './targets/tap.js';
import { vitest } from './targets/vitest.js';

/** One line a language; one name a runner, one a client. The first of each is taken where none matches. */
const languages: [Language, ...Language[]] = [
  javascript({ runners: [jest, vitest, nodeTest, tap, mocha], clients: [supertest, inject] }),
  python,
];

const languageOf = (triage: Triage): Language => languages.find((one) => one.matches(triage)) ?? languages[0];

/** Exact command that runs the suite, in the service's folder. */
export const testCommand = (triage: Triage): string => languageOf(triage).command(triage);

/** Development dependencies that the service lacks, with ranges. */
export const devDependencies = (plan: TestPlan, triage: Triage): Record<string, string> =>
  languageOf(triage).dependencies(plan, triage);

/** Plan → files. The same plan gives the same bytes. */
export const render = (plan: TestPlan, triage: Triage): Promise<RenderedFile[]> =>
  languageOf(triage).render(plan, triage);

/** A whole test folder for a service that has few tests, or none. */
export const renderScaffold = (
  plan: TestPlan,
  triage: Triage,
  servers: NeededServer[],
  ci: Ci | undefined,
): Promise<RenderedFile[]> => scaffold(languageOf(triage), plan, triage, servers, ci);

/** Development dependencies that such a folder needs and the service lacks. */
export const scaffoldDependencies = (plan: TestPlan, triage: Triage): Record<string, string> => {
  const language = languageOf(triage);
  return language.dependencies(plan, triage, language.guide(triage).packages);
};

/** How unit tests are written for this service; undefined: they are not, yet. */
export const unitLanguage = (triage: Triage): Language['units'] => languageOf(triage).units;
