import type { Expectation, Gap, Incident, Operation, TestCase, Triage } from '../../model/index.js';
import { type PlanContext, successOf } from '../context.js';
import { slug, testFileName } from '../names.js';
import { draft, type DraftCase, type Rule, unchanged } from '../rule.js';
import { Scene } from '../scene.js';
import { changed } from './change.js';
import { neighbours } from './neighbours.js';

export { operationFor } from './reached.js';

const rule: Rule = {
  name: 'regression',
  kind: 'rule',
  summary: 'A request that went wrong once.',
  cases: () => [],
};

export interface Locked {
  /** The case of the incident first, then its neighbours. */
  cases: TestCase[];
  /** What stays open. */
  gaps: Gap[];
  caller?: Incident['caller'];
}

/** The test of an incident. A text: why it cannot be arranged. */
export function regressionCases(
  context: PlanContext,
  operation: Operation,
  incident: Incident,
  triage: Triage,
): Locked | string {
  const success = successOf(operation);
  if (!success) return `No success of ${operation.id} was read, which the test would start from`;
  const scene = new Scene(context, operation, success).arrange();
  if (scene.problem !== undefined) return scene.problem;
  const change = changed(scene, incident);
  const expect: Expectation[] = [
    { kind: 'status', equals: incident.expected },
    ...(incident.expected >= 400 ? unchanged(operation, context) : []),
  ];
  const source = operation.handler ?? operation.source;
  const title = `answers ${incident.expected} when ${change.when} (${incident.issue})`;
  const made = draft({ rule, operation, point: incident.issue, title, source, scene, act: change.act, expect });
  const file = `${triage.testFolder.value}/${testFileName(`regression-${slug(incident.issue)}`, triage)}`;
  const id = `regression.${slug(incident.issue)}`;
  const placed = (one: DraftCase, name: string): TestCase => ({ ...one, id: name, file, layer: 'regression' });
  const { certainty: _guess, ...stated } = { certainty: undefined, ...made, arrange: change.arrange };
  void _guess;
  const near = neighbours(context, operation, change.fields, incident, rule);
  return {
    cases: [placed(stated, id), ...near.cases.map((one, index) => placed(one, `${id}.neighbour-${index + 1}`))],
    gaps: near.open === undefined ? [] : [{ kind: 'open-bound', operation: operation.id, reason: near.open, source }],
    ...(change.caller === undefined ? {} : { caller: described(context, change.caller) }),
  };
}

function described(context: PlanContext, name: string): NonNullable<Incident['caller']> {
  const role = context.principals.get(name)?.role;
  return { ...(role === undefined ? {} : { role }), isOther: name.startsWith('other') };
}
