import type { PackageManager, Triage } from '../../model/index.js';
import type { Guide } from '../language.js';
import { layersOf } from '../../model/layers.js';
import type { Target } from './target.js';

const fence = '```';

/** Node's releases that are maintained; a job runs on each that the service's `engines` let in. */
const releases = [20, 22, 24];

/** What a newcomer types in a JavaScript or TypeScript service, and what a CI job does there. */
export function guide(triage: Triage, { runner, client }: Target): Guide {
  const manager = triage.packageManager.value ?? 'npm';
  const { integration } = layersOf(triage);
  const script = (name: string): string =>
    manager === 'npm' && name !== 'test' ? `npm run ${name}` : `${manager} ${name}`;
  const versions = releasesFor(triage.runtime.value);
  const call = client.request({ caller: 'service.anonymous', verb: 'get', path: "'/no-such-path'", headers: [] });
  const fn = triage.style.value.testFunction;
  const { shard } = runner;
  return {
    commands: {
      install: `${manager} install`,
      test: script('test'),
      unit: script('test:unit'),
      integration: script('test:integration'),
      ...(runner.coverage ? { coverage: script('test:coverage') } : {}),
      file: `${runner.command(triage)} ${integration}/smoke${triage.testSuffix.value}`,
    },
    packages: runner.coveragePackages ?? {},
    example: [
      `${fence}${triage.language.value === 'typescript' ? 'ts' : 'js'}`,
      `${fn}('answers 404 where no route is', async () => {`,
      `  const response = await ${call};`,
      '',
      `  expect(${client.status('response')}).toBe(404);`,
      '});',
      fence,
    ].join('\n'),
    ci: {
      versions: versions.map(String),
      setup: setupSteps(manager, versions),
      image: `node:${versions.at(-1) ?? 22}`,
      run: [...(manager === 'npm' ? [] : ['corepack enable']), installCommand(manager), runner.command(triage)],
      ...(shard ? { shard: (command, index, count) => shard.call(runner, command, index, count) } : {}),
    },
  };
}

const installCommand = (manager: PackageManager): string =>
  ({ npm: 'npm ci', pnpm: 'pnpm install --frozen-lockfile', yarn: 'yarn install --frozen-lockfile' })[
    manager as string
  ] ?? 'npm ci';

/** `node >=20.17` → those of the releases that it lets in; all but the newest two where it says nothing. */
function releasesFor(runtime: string): number[] {
  const [, sign = '>=', major] = /node\s*(>=|\^|~|=)?\s*v?(\d+)/.exec(runtime) ?? [];
  const least = Number(major ?? 22);
  const fitting = releases.filter((one) => (sign === '>=' ? one >= least : one === least));
  return fitting.length ? fitting : [least];
}

function setupSteps(manager: PackageManager, versions: number[]): string[] {
  const version = versions.length > 1 ? '${{ matrix.version }}' : String(versions[0] ?? 22);
  return [
    '      - uses: actions/setup-node@v4',
    '        with:',
    `          node-version: ${version}`,
    ...(manager === 'npm' ? ['          cache: npm'] : []),
  ];
}
