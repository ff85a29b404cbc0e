import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Triage } from '../../model/index.js';
import type { Guide } from '../language.js';
import { layersOf } from '../../model/layers.js';

const fence = '```';

/** How each package manager runs a command in the service's environment, and installs what is declared. */
const managers: Record<string, { run: string; install: string; setup: string[] }> = {
  poetry: { run: 'poetry run pytest', install: 'poetry install', setup: ['pipx install poetry'] },
  pdm: { run: 'pdm run pytest', install: 'pdm install', setup: ['pipx install pdm'] },
  pipenv: { run: 'pipenv run pytest', install: 'pipenv install --dev', setup: ['pipx install pipenv'] },
  uv: { run: 'uv run pytest', install: 'uv sync', setup: ['pipx install uv'] },
};

/** What a newcomer types in a Python service, and what a CI job does there. */
export function guide(triage: Triage): Guide {
  const { unit, integration } = layersOf(triage);
  const plain = { run: 'python -m pytest', install: `pip install ${declared(triage)}`, setup: [] };
  const { run, install, setup } = managers[triage.packageManager.value ?? ''] ?? plain;
  const version = triage.python?.value.version ?? '3.12';
  const [sources = ''] = (triage.entry.value.split(':')[0] ?? '').split(/[./]/);
  return {
    commands: {
      install,
      test: run,
      unit: `${run} ${unit}`,
      integration: `${run} ${integration}`,
      coverage: `${run} --cov=${sources || '.'}`,
      file: `${run} ${integration}/test_smoke.py`,
    },
    packages: { 'pytest-cov': '>=5' },
    example: [
      `${fence}python`,
      'def test_answers_404_where_no_route_is(client: TestClient) -> None:',
      '    response = client.get("/no-such-path")',
      '',
      '    assert response.status_code == 404',
      fence,
    ].join('\n'),
    ci: {
      versions: [],
      setup: ['      - uses: actions/setup-python@v5', '        with:', `          python-version: '${version}'`],
      image: `python:${version}`,
      run: [...setup, install, ...(setup.length ? [] : ['pip install pytest dirty-equals python-dotenv httpx']), run],
    },
  };
}

const declared = ({ root }: Triage): string =>
  existsSync(path.join(root, 'requirements.txt')) ? '-r requirements.txt' : '-e .';
