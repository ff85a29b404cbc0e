import type { RenderedFile, Triage } from '../../model/index.js';
import type { Language } from '../language.js';
import { layersOf } from '../../model/layers.js';
import { lackingPackages } from './configuration.js';
import { guide } from './guide.js';
import { Suite } from './suite.js';
import { unitFiles, unitPackages } from './units.js';

/** Suites in Python, for pytest with FastAPI's TestClient. */
export const python: Language = {
  matches: (triage) => triage.language.value === 'python',
  command: (triage) => `${triage.python?.value.interpreter ?? 'python'} -m pytest`,
  dependencies: lackingPackages,
  render: (plan, triage) => Promise.resolve(new Suite(plan, triage).files()),
  scaffold: (plan, triage) => Promise.resolve([...new Suite(plan, triage).files(), unitPackage(triage)]),
  guide,
  units: { dependencies: unitPackages, render: (plans, triage) => Promise.resolve(unitFiles(plans, triage)) },
};

/** Tests of one name in two folders need packages: https://docs.pytest.org/en/stable/explanation/goodpractices.html */
const unitPackage = (triage: Triage): RenderedFile => ({
  path: `${layersOf(triage).unit}/__init__.py`,
  text: '',
  ownership: 'seeded',
  cases: [],
});
