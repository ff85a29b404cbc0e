import type { ServiceModel, SourceRef, TestCase, TestPlan, Triage } from '../model/index.js';

/** A path that no service has a route for. */
const nowhere = '/no-such-path';

/**
 * The plan of a test folder that has no tests yet: the harness of the whole service, and one case that shows it works. That is
 * the first success that needs no state and no caller; where there is none, the framework's own answer to a path without a route.
 */
export function smokePlan(full: TestPlan, model: ServiceModel, triage: Triage): TestPlan {
  const file = `${triage.testFolder.value}/${smokeName(triage)}`;
  const found = full.cases.find(
    ({ kind, state, certainty, arrange, act }) =>
      kind === 'success' &&
      state === 'active' &&
      certainty !== 'inferred' &&
      act.method === 'GET' &&
      act.as.kind === 'anonymous' &&
      arrange.length === 0,
  );
  return { ...full, cases: [found ? { ...found, file } : nowhereCase(file, sourceOf(model, triage))] };
}

const smokeName = ({ language, testSuffix }: Triage): string =>
  language.value === 'python' ? 'test_smoke.py' : `smoke${testSuffix.value}`;

const sourceOf = ({ app }: ServiceModel, { entry }: Triage): SourceRef =>
  'source' in app
    ? app.source
    : { file: entry.value.split(/[#:]/)[0] ?? entry.value, line: 1, column: 1, start: 0, end: 0 };

const nowhereCase = (file: string, source: SourceRef): TestCase => ({
  id: 'smoke.not-found.no-such-path',
  operation: `GET ${nowhere}`,
  kind: 'not-found',
  layer: 'integration',
  title: 'answers 404 where no route is',
  file,
  source,
  rule: 'smoke',
  state: 'active',
  certainty: 'inferred',
  arrange: [],
  act: { method: 'GET', template: nowhere, as: { kind: 'anonymous' } },
  expect: [{ kind: 'status', equals: 404 }],
});
