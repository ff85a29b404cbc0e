import type { Operation, SecurityScheme, ServiceModel, Triage } from '../../model/index.js';
import type { FrameworkAdapter } from '../adapter.js';
import { isHeld, type Catalog } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { InspectProgress } from '../index.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { readStartUp } from '../start-up.js';
import { accessOf } from './access.js';
import { Builder } from './build.js';
import { withoutCaches } from './caches.js';
import { normalizeCredentials } from './credentials.js';
import { diagnose } from './diagnostics.js';
import { environmentOf } from './environment.js';
import { type Explored, exploreAll } from './explore.js';
import { inputsFor } from './inputs.js';
import { checkedUniqueness, informBodies, memoryEntities } from './entities.js';
import { responsesOf } from './responses.js';
import { resourceOf } from './resource.js';
import { schemesOf } from './schemes.js';
import { securityOf } from './security.js';
import { storesOf } from './stores.js';

export interface SummaryInput {
  triage: Triage;
  interpreter: Interpreter;
  adapter: FrameworkAdapter;
  catalog: Catalog;
  files: string[];
  progress: (event: InspectProgress) => void;
}

/** Explored paths → the model. */
export function summarize(input: SummaryInput): ServiceModel {
  const { triage, interpreter, adapter, catalog, files, progress } = input;
  const routes = adapter.routes(interpreter);
  if (adapter.startsAgain) readStartUp(interpreter, catalog);
  const explored = exploreAll(interpreter, routes, (done, label) =>
    progress({ stage: 'operations', done, total: routes.length, label }),
  );
  const builder = new Builder(interpreter);
  const schemes = schemesOf(catalog, builder, explored);
  const operations = explored.map((one) => {
    const operation = operationOf(one, schemes, interpreter);
    // What an operation was read from is many times its size.
    one.answers = [];
    return operation;
  });
  const [main] = adapter.apps();
  if (main && adapter.plugin) builder.reachThroughApp(main.value);
  const origin = adapter.origin?.();
  const state = storesOf(catalog, builder, adapter, interpreter, operations, triage);
  withoutCaches(state, operations);
  memoryEntities(state, operations);
  informBodies(
    state.entities.filter((entity) => !state.stores.some((one) => one.id === entity.store && isHeld(one))),
    operations,
  );
  checkedUniqueness(state.entities, operations);
  return {
    framework: {
      name: adapter.name,
      ...(triage.frameworkVersion.value ? { version: triage.frameworkVersion.value } : {}),
    },
    operations,
    schemes: completed(schemes, operations),
    ...state,
    app: accessOf(adapter, catalog, builder, interpreter, triage.entry.value),
    ...(origin === undefined ? {} : { origin }),
    environment: environmentOf(interpreter),
    gaps: interpreter.gaps,
    diagnostics: diagnose(operations),
    files: [...files].sort(),
  };
}

function operationOf(explored: Explored, schemes: SecurityScheme[], interpreter: Interpreter): Operation {
  const { route } = explored;
  const id = `${route.method} ${route.path}`;
  const { responses, successes, effects, lookups } = responsesOf(explored, normalizeCredentials(schemes));
  const credentials = new Set(schemes.map((scheme) => `${scheme.in} ${scheme.name.toLowerCase()}`));
  const inputs = inputsFor(
    { path: route.path, effects, lookups, mediaType: route.mediaType },
    responses,
    explored.answers.map((answer) => answer.path),
    credentials,
  );
  for (const hang of explored.hangs) noAnswer(interpreter, id, hang.reason, hang.span);
  if (explored.incomplete)
    interpreter.gaps.push({
      kind: 'reading-limit',
      operation: id,
      reason: `Not every way through this operation was read: ${explored.incomplete}.`,
      source: route.source,
    });
  return {
    id,
    method: route.method,
    path: route.path,
    source: route.source,
    ...(route.handler ? { handler: route.handler } : {}),
    ...(route.condition ? { condition: route.condition } : {}),
    resource: resourceOf(route.path),
    ...inputs,
    ...(route.declared ? { declared: route.declared } : {}),
    responses,
    security: securityOf(responses, successes, schemes, lookups),
    lookups,
    effects,
  };
}

function noAnswer(interpreter: Interpreter, operation: string, reason: string, span: Span | undefined): void {
  const sentence = `${reason[0]?.toUpperCase() ?? ''}${reason.slice(1)}.`;
  if (interpreter.gaps.some((one) => one.operation === operation && one.reason === sentence)) return;
  interpreter.gaps.push({
    kind: 'no-answer',
    operation,
    reason: sentence,
    ...(span?.source ? { source: sourceRef(span) } : {}),
  });
}

/** The operation that signs in is only known once all operations are. */
function completed(schemes: SecurityScheme[], operations: Operation[]): SecurityScheme[] {
  return schemes.map((scheme) => {
    if (scheme.type !== 'session') return scheme;
    const signIn = operations.find((operation) =>
      operation.effects.some((effect) => effect.kind === 'session' && effect.verb === 'insert'),
    );
    return signIn ? { ...scheme, signIn: signIn.id } : scheme;
  });
}
