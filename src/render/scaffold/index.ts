import path from 'node:path';
import type { NeededServer, RenderedFile, TestPlan, Triage } from '../../model/index.js';
import { print } from '../handlebars.js';
import type { Guide, Language } from '../language.js';
import { layersOf } from '../../model/layers.js';
import { ciFile } from './ci.js';

export type Ci = 'github' | 'gitlab' | 'none';

/** A whole test folder: harness, configuration, scripts, a page for the newcomer, a CI job. All of it the user's from then on. */
export async function scaffold(
  language: Language,
  plan: TestPlan,
  triage: Triage,
  servers: NeededServer[],
  ci: Ci | undefined,
): Promise<RenderedFile[]> {
  const guide = language.guide(triage);
  const files = await language.scaffold(plan, triage);
  const job = ciFile(guide, triage, servers, ci);
  return [...files, readme(guide, triage, servers), ...(job ? [job] : [])].map((file) => ({
    ...file,
    ownership: 'seeded' as const,
  }));
}

function readme({ commands, example }: Guide, triage: Triage, servers: NeededServer[]): RenderedFile {
  const { unit, integration, top } = layersOf(triage);
  const text = print('scaffold', 'readme', {
    name: path.basename(triage.root),
    commands,
    example,
    unit,
    integration,
    support: triage.language.value === 'python' ? `${top}/conftest.py` : `${integration}/support/`,
    services: servers.map((server) => ({ ...server, place: `${server.host}:${server.port}` })),
  });
  return { path: `${top}/README.md`, text, ownership: 'seeded', cases: [] };
}
