import { existsSync } from 'node:fs';
import path from 'node:path';
import { deliver } from './delivery.js';
import { UserError } from './errors.js';
import { inspect, prepare } from './inspect/index.js';
import type { Outcome, RenderedFile, Triage } from './model/index.js';
import type { Options } from './options.js';
import { neededServers, plan, smokePlan } from './plan/index.js';
import { renderScaffold, scaffoldDependencies, testCommand } from './render/index.js';
import { agreed, testEnvironmentOf, type World } from './run.js';
import { settle } from './verify/index.js';
import { isAddedTo } from './write/index.js';

/**
 * A whole test folder for a service that has few routes yet, or none: harness, configuration, scripts, one test that is green.
 * What is there already stays as it is: only holes are filled.
 */
export async function testEnvironment(options: Options, world: World): Promise<Outcome> {
  const facts = layered(await agreed(path.resolve(options.dir), options, world));
  world.progress('reading');
  await prepare(facts);
  const model = inspect(facts);
  if (model.app.how === 'none')
    throw new UserError(
      'no-app',
      `No app was found, starting from ${facts.entry.value}. ${model.app.reason}`,
      'If the service starts elsewhere, say where: --entry src/server.ts.',
    );
  const full = plan(model, facts, { testFolder: facts.testFolder.value, seed: options.seed });
  const smoke = smokePlan(full, model, facts);
  const servers = neededServers(smoke.harness.environment);
  const wanted = await renderScaffold(smoke, facts, servers, options.ci);
  const there = new Set(wanted.map(({ path: file }) => file).filter((file) => existsSync(path.join(facts.root, file))));
  const isHole = ({ path: file }: RenderedFile): boolean => !there.has(file) || isAddedTo(file);
  const delivered = await deliver({
    plan: smoke,
    triage: facts,
    options,
    world,
    command: testCommand(facts),
    missing: scaffoldDependencies(smoke, facts),
    render: async (one) => (await renderScaffold(one, facts, servers, options.ci)).filter(isHole),
    settle,
    servers: () => neededServers(testEnvironmentOf(smoke, facts.root)),
  });
  return { triage: facts, model, ...delivered, gaps: delivered.plan.gaps, diagnostics: model.diagnostics };
}

/** Unit tests and integration tests have folders of their own. */
function layered(facts: Triage): Triage {
  const { testFolder } = facts;
  if (testFolder.origin === 'flag' || testFolder.value.includes('/')) return facts;
  return { ...facts, testFolder: { ...testFolder, value: `${testFolder.value}/api` } };
}
