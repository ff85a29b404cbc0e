import type {
  Entity,
  Expr,
  HarnessPlan,
  Operation,
  ServiceModel,
  SinkPlan,
  TestCase,
  TestPlan,
  Triage,
} from '../model/index.js';
import { unbound } from './bound.js';
import { literal, PlanContext } from './context.js';
import { environmentFor } from './environment.js';
import { rules } from './rules/index.js';
import { seeded } from './seed.js';
import { testFileIn } from './names.js';
import { serverUrl } from './servers.js';
import type { DraftCase } from './rule.js';
import { isChosen } from './chosen.js';
import { answerFor, outboundPath } from './upstream.js';

export { neededServers } from './servers.js';
export { smokePlan } from './smoke.js';
export { memoryOf, recall, scopeOf, within } from './memory.js';

export interface PlanOptions {
  /** Glob over `METHOD /path`. */
  only?: string;
  /** `Operation.id` of those that are wanted, whatever `only` says. */
  operations?: string[];
  /** `Operation.id` of others that tests were written for before. */
  also?: string[];
  /** Folder for test files, relative to the service. */
  testFolder: string;
  /** Cases besides those of the rules. */
  more?: (context: PlanContext) => TestCase[];
  /** 0, the usual samples; another number gives others, the same ones each time. */
  seed?: number;
}

/** Model → what will be tested: rules × operations, in order of value. */
export function plan(read: ServiceModel, triage: Triage, options: PlanOptions): TestPlan {
  const model = seeded(read, options.seed ?? 0);
  const context = new PlanContext(model);
  const wanted = model.operations.filter(
    (operation) =>
      (options.operations?.includes(operation.id) ?? isChosen(operation, options.only)) ||
      options.also?.includes(operation.id),
  );
  const chosen = wanted.filter((operation) => !operation.condition);
  for (const operation of wanted)
    if (operation.condition)
      context.gap(
        'conditional-route',
        operation,
        `Registered only when ${operation.condition}: not tested by default.`,
      );
  const cases = chosen.flatMap((operation) =>
    unique(
      rules.flatMap((rule) => rule.cases(operation, context)).filter((one) => isMade(one, operation, context)),
      operation,
      triage,
      options.testFolder,
    ),
  );
  const all = [...cases, ...(options.more?.(context) ?? [])];
  return {
    cases: all,
    factories: [...context.factories.values()],
    harness: harnessOf(context),
    gaps: [...model.gaps, ...context.gaps],
  };
}

/** A case that rests on what no step makes is a gap. */
function isMade(one: DraftCase, operation: Operation, context: PlanContext): boolean {
  const [name] = unbound(one);
  if (name !== undefined)
    context.gap(
      'not-arranged',
      operation,
      `No case "${one.title}": nothing makes the ${name} that it needs.`,
      one.source,
    );
  return name === undefined;
}

/** Ids and titles are unique within an operation. */
function unique(drafts: DraftCase[], operation: Operation, triage: Triage, folder: string): TestCase[] {
  const titles = new Set<string>();
  const ids = new Set<string>();
  return drafts.flatMap((one) => {
    if (titles.has(one.title)) return [];
    titles.add(one.title);
    let { id } = one;
    for (let number = 2; ids.has(id); number++) id = `${one.id}-${number}`;
    ids.add(id);
    return [{ ...one, id, file: testFileIn(folder, operation.resource, triage) }];
  });
}

function harnessOf(context: PlanContext): HarnessPlan {
  const { model } = context;
  const used = new Set([...context.principals.values()].map((principal) => principal.scheme));
  const entities = inInsertOrder(model.entities.filter((entity) => context.reachable(entity.name)));
  const server = model.stores.map(serverUrl).find((url) => url !== undefined);
  return {
    app: model.app,
    stores: model.stores,
    written: [
      ...new Set(
        model.operations
          .flatMap((one) => one.effects)
          .flatMap((effect) => (effect.kind.startsWith('db') ? [effect.target] : [])),
      ),
    ],
    started: Object.fromEntries(
      entities.flatMap(({ name, store, seed }) =>
        seed && model.stores.some((one) => one.id === store && one.connection) ? [[name, seed.length]] : [],
      ),
    ),
    entities,
    sinks: model.sinks.map((sink): SinkPlan => ({ sink, answers: answersOf(context, sink.id) })),
    schemes: model.schemes.filter((scheme) => used.has(scheme.id)),
    principals: [...context.principals.values()],
    environment: environmentFor(model),
    ...(server === undefined ? {} : { server }),
    ...(model.origin === undefined ? {} : { origin: model.origin }),
    readings: model.entities.flatMap((entity) => context.reading(entity.name) ?? []),
    ...(context.gone ? { gone: context.gone } : {}),
    ...(context.fresh ? { fresh: context.fresh } : {}),
  };
}

/** Referenced entities first. */
function inInsertOrder(entities: Entity[]): Entity[] {
  const done: Entity[] = [];
  const visit = (entity: Entity, path: Entity[]): void => {
    if (done.includes(entity) || path.includes(entity)) return;
    for (const column of Object.values(entity.columns)) {
      const other = entities.find((one) => one.name === column.references?.entity);
      if (other) visit(other, [...path, entity]);
    }
    done.push(entity);
  };
  for (const entity of entities) visit(entity, []);
  return done;
}

function answersOf(context: PlanContext, sink: string): SinkPlan['answers'] {
  const answers: Record<string, { status?: number; answer: Expr }> = {};
  for (const operation of context.model.operations) {
    for (const effect of operation.effects) {
      if (effect.kind !== 'http' || effect.target !== sink) continue;
      answers[`${effect.request?.method ?? 'GET'} ${outboundPath(effect) ?? '*'}`] ??= {
        status: 200,
        answer: literal(answerFor(context, operation, effect)),
      };
    }
  }
  return answers;
}

export { planUnit } from './unit/index.js';
export { lockedUnit } from './unit/locked.js';
export { operationFor, regressionCases } from './regression/index.js';
