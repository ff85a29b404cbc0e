import type { Reading, TestPlan, Triage } from '../../model/index.js';
import { callerViews, type CallerView } from './callers.js';
import type { Uses } from './expressions.js';
import { Imports } from './imports.js';
import { item, text } from './literals.js';
import { type HostView, hostViews, type SpyView, spyViews } from './sinks.js';
import { bearerView, jwtView, type JwtView, keyView, type KeyView } from './schemes.js';
import { sqlStore, type SqlView, sqlView } from './stores.js';

/** What conftest.py and harness.py are printed from, before their imports. */
export interface HarnessView {
  sql?: SqlView;
  clears: boolean;
  hosts: HostView[];
  spies: SpyView[];
  tables: string[];
  readings: { name: string; code: string }[];
  jwt?: JwtView;
  apiKey?: KeyView;
  bearer?: { header: string; prefix: string };
  session: boolean;
  callers: CallerView[];
  /** The database's file, where the service is told of it by a variable. */
  temporary?: { variable: string; url: string };
  reloads: boolean;
  /** Literal. */
  origin?: string;
}

/**
 * @param code text of all tests
 * @param principals names of the callers that tests use
 * @param uses collects what callers use of the harness
 */
export function harnessView(
  plan: TestPlan,
  triage: Triage,
  principals: Set<string>,
  uses: Uses,
  imports: { conftest: Imports; harness: Imports },
): HarnessView {
  const { harness } = plan;
  const store = sqlStore(harness);
  const sql = store && sqlView(store, triage, harness);
  const jwt = jwtView(harness, triage, imports.harness);
  const apiKey = keyView(harness, triage, imports.harness);
  const bearer = bearerView(harness);
  const variable = store?.urlVariable;
  const url =
    variable === undefined ? undefined : /^sqlite(\+\w+)?:\/\/\//.exec(harness.environment[variable] ?? '')?.[0];
  const callers = callerViews(plan, principals, uses, imports.conftest);
  return {
    ...(sql ? { sql } : {}),
    clears: sql !== undefined && !sql.rollsBack,
    hosts: hostViews(harness, imports.conftest, uses),
    spies: spyViews(harness, imports.conftest),
    tables: harness.entities.filter((entity) => entity.store === store?.id).map((entity) => text(entity.name)),
    readings: harness.readings.map((reading) => ({ name: text(reading.entity), code: readingCode(reading) })),
    ...(jwt ? { jwt } : {}),
    ...(apiKey ? { apiKey } : {}),
    ...(bearer ? { bearer } : {}),
    session: harness.schemes.some((scheme) => scheme.type === 'session'),
    callers,
    ...(variable !== undefined && url !== undefined ? { temporary: { variable: text(variable), url } } : {}),
    ...(harness.origin === undefined ? {} : { origin: text(harness.origin) }),
    reloads: harness.fresh !== undefined,
  };
}

/** All rows of an entity, by the request that lists them. */
function readingCode(reading: Reading): string {
  const body = `succeeded(self._client.get(${text(reading.template)}), ${reading.status})`;
  return reading.at.reduce(item, body);
}
