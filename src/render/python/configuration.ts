import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RenderedFile, TestPlan, Triage } from '../../model/index.js';
import { print } from '../handlebars.js';

/** Packages that the service's environment lacks, name → version specifier. */
export function lackingPackages(
  plan: TestPlan,
  triage: Triage,
  besides: Record<string, string> = {},
): Record<string, string> {
  const has = triage.python?.value.packages ?? {};
  const wanted: Record<string, string> = {
    pytest: '>=7.4',
    'dirty-equals': '>=0.8',
    'python-dotenv': '>=1.0',
    ...clientPackage(has),
    ...besides,
  };
  if (plan.harness.sinks.some((one) => one.sink.kind === 'http')) wanted['respx'] = '>=0.21';
  if (plan.harness.schemes.some((one) => one.jwt) && !('python-jose' in has)) wanted['pyjwt'] = '>=2.8';
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([name]) => !(name in has))
      .sort(),
  );
}

/** Starlette's test client wants httpx2 from 1.2 on, httpx before: https://www.starlette.io/release-notes/ */
function clientPackage(has: Record<string, string>): Record<string, string> {
  const [major = 0, minor = 0] = (has['starlette'] ?? '').split('.').map(Number);
  return major > 1 || (major === 1 && minor >= 2) ? { httpx2: '>=2' } : { httpx: '>=0.27' };
}

/** pytest's configuration, where the service has none. */
export function configuration(triage: Triage, testFolder: string): RenderedFile[] {
  const pyproject = read(triage, 'pyproject.toml');
  const root = triage.python?.value.sourceRoot ?? '';
  const view = { testFolder: testFolder.split('/')[0], pythonpath: root && root !== '.' ? JSON.stringify(root) : '' };
  if (isConfigured(triage, pyproject)) return [];
  if (pyproject === undefined)
    return [
      {
        path: 'pytest.ini',
        text: print('pytest', 'ini', { ...view, pythonpath: root }),
        ownership: 'seeded',
        cases: [],
      },
    ];
  const before = pyproject === '' || pyproject.endsWith('\n') ? pyproject : `${pyproject}\n`;
  const text = `${before}${before === '' ? '' : '\n'}${print('pytest', 'pyproject', view)}`;
  return [{ path: 'pyproject.toml', text, ownership: 'seeded', cases: [] }];
}

function isConfigured(triage: Triage, pyproject: string | undefined): boolean {
  if (existsSync(path.join(triage.root, 'pytest.ini')) || existsSync(path.join(triage.root, '.pytest.ini')))
    return true;
  if (pyproject !== undefined && /^\[tool\.pytest(\.ini_options)?\]/m.test(pyproject)) return true;
  return (
    /^\[tool:pytest\]/m.test(read(triage, 'setup.cfg') ?? '') || /^\[pytest\]/m.test(read(triage, 'tox.ini') ?? '')
  );
}

function read(triage: Triage, name: string): string | undefined {
  try {
    return readFileSync(path.join(triage.root, name), 'utf8');
  } catch {
    return undefined;
  }
}
