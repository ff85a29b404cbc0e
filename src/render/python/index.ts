import type { Language } from '../language.js';
import { lackingPackages } from './configuration.js';
import { Suite } from './suite.js';

/** Suites in Python, for pytest with FastAPI's TestClient. */
export const python: Language = {
  matches: (triage) => triage.language.value === 'python',
  command: (triage) => `${triage.python?.value.interpreter ?? 'python'} -m pytest`,
  dependencies: lackingPackages,
  render: (plan, triage) => Promise.resolve(new Suite(plan, triage).files()),
};
