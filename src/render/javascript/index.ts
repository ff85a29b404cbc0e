import type { Triage } from '../../model/index.js';
import type { Language } from '../language.js';
import { lackingPackages, lackingRunner } from './configuration.js';
import { guide } from './guide.js';
import { Suite } from './suite.js';
import type { Client, Runner, Target } from './target.js';
import { unitFiles } from './units.js';

/** Suites in TypeScript or JavaScript, for each runner with each client. */
export function javascript({ runners, clients }: { runners: [Runner, ...Runner[]]; clients: [Client, ...Client[]] }) {
  const targetOf = (triage: Triage): Target => ({
    runner: runners.find((one) => one.name === triage.runner.value) ?? runners[0],
    client: clients.find((one) => one.name === triage.client.value) ?? clients[0],
  });
  return {
    matches: (triage) => triage.language.value !== 'python',
    command: (triage) => targetOf(triage).runner.command(triage),
    dependencies: (plan, triage, besides = {}) => lackingPackages(plan, triage, targetOf(triage), besides),
    render: (plan, triage) => new Suite(plan, triage, targetOf(triage)).files(),
    scaffold: (plan, triage) => new Suite(plan, triage, targetOf(triage), true).files(),
    guide: (triage) => guide(triage, targetOf(triage)),
    units: {
      dependencies: (triage) => lackingRunner(triage, targetOf(triage)),
      render: (plans, triage) => unitFiles(plans, triage, targetOf(triage)),
    },
  } satisfies Language;
}
