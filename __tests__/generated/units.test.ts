import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pythonEnvironment } from '../python-environment.js';
import { blocksOf, isExcerpt } from '../excerpts.js';
import { temporaryFolder } from '../temporary-folder.js';
import { plant, regression, unit } from './suite.js';

/** The example of references/unit-test.md in that language. */
const example = (language: string): string =>
  blocksOf('references/unit-test.md').find((block) => block.language === language)?.text ?? '';

// A service without dependencies of its own to install: it borrows this project's runner. About 20 s.
describe('unit tests of toll-bridge', () => {
  let root: string;
  let first: ReturnType<typeof unit>;

  beforeAll(() => {
    root = temporaryFolder('toll-bridge');
    cpSync(path.resolve('__tests__/fixtures/toll-bridge'), root, { recursive: true });
    symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
    first = unit(root, 'src/toll.js');
  }, 120_000);

  test('are green on the first run, with nothing left out', () => {
    expect(first.document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(first.document.plan.cases.length).toBeGreaterThan(15);
    expect(first.code).toBe(0);
  });

  test('are what the page shows', () => {
    expect(isExcerpt(example('js'), [readFileSync(path.join(root, 'test/unit/toll.toll.test.js'), 'utf8')])).toBe(true);
  });

  test('stay as they are on a second run', () => {
    expect(unit(root, 'src/toll.js').document.implementation.files.filter(({ change }) => change !== 'keep')).toEqual(
      [],
    );
  }, 120_000);

  test('a function at the edge is replaced by its module, and its calls are expected', () => {
    const { code, document } = unit(root, 'src/reminders.js');
    const text = readFileSync(path.join(root, 'test/unit/reminders.remind.test.js'), 'utf8');

    expect(text).toContain("jest.mock('../../src/post', () => ({ sendLetter: jest.fn() }));");
    expect(text).toContain("expect(sendLetter.mock.calls).toEqual([['sample plate', '3 days late']]);");
    expect(text).toContain('expect(sendLetter).not.toHaveBeenCalled();');
    expect(document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(code).toBe(0);
  }, 60_000);

  test.each([
    ['a bound', 'axles < 2', 'axles <= 2'],
    ['a sum', 'base - 50', 'base + 50'],
    ['a pattern', '\\d{3}$/', '\\d{4}$/'],
    ['a status', 'this.status = 503', 'this.status = 500'],
    ['a call that is dropped', 'await this.ledger.note(plate, amount);', ''],
  ])(
    'go red when %s is changed',
    (_name, find, replace) => {
      const file = path.join(root, 'src/toll.js');
      const before = readFileSync(file, 'utf8');
      expect(before.split(find)).toHaveLength(2);
      writeFileSync(
        file,
        before.replace(find, () => replace),
      );

      const { status } = spawnSync('npx', ['jest', '--bail', '--silent'], { cwd: root, stdio: 'ignore' });
      writeFileSync(file, before);

      expect(status).not.toBe(0);
    },
    60_000,
  );
});

// About 6 s.
test('a bug that one call shows is locked by a unit test, red for the stated reason, and released', () => {
  const root = temporaryFolder('toll-bridge-locked');
  cpSync(path.resolve('__tests__/fixtures/toll-bridge'), root, { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
  const mend = plant(root, { file: 'src/toll.js', find: 'axles < 2', replace: 'axles < 1' });

  const first = regression(
    root,
    '--no-install',
    '--says',
    `toll({ axles: 1 }) should throw RangeError 'that is no vehicle'`,
    '--issue',
    '12',
  );
  const written = readFileSync(path.join(root, 'test/unit/regression-12.test.js'), 'utf8');
  mend();
  const released = regression(root, '--no-install', '--release', '--issue', '12');

  expect(first.document.plan.cases[0]).toMatchObject({
    layer: 'regression',
    state: 'failing',
    reason: '#12: gives 100 instead of RangeError',
  });
  expect(first.code).toBe(0);
  expect(
    blocksOf('references/regression-test.md').filter(
      ({ language, text }) => language === 'js' && !isExcerpt(text, [written]),
    ),
  ).toEqual([]);
  expect(released.document.plan.cases.every(({ state }) => state === 'active')).toBe(true);
  expect(released.document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  expect(released.code).toBe(0);
}, 120_000);

// Python's own: two files with dataclasses, models, enums, stubs and coroutines; in the environment of an example. About 15 s.
describe('unit tests of kiln, in Python', () => {
  let root: string;
  const runs: ReturnType<typeof unit>[] = [];

  beforeAll(() => {
    root = temporaryFolder('kiln');
    cpSync(path.resolve('__tests__/generated/fixtures/kiln'), root, { recursive: true });
    symlinkSync(pythonEnvironment('pottery-studio'), path.join(root, '.venv'));
    for (const file of ['firing', 'planning', 'reminders']) runs.push(unit(root, `kiln/${file}.py`));
  }, 120_000);

  test('are green on the first run', () => {
    for (const { document, code } of runs) {
      expect(document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
      expect(code).toBe(0);
    }
  });

  test('say what a reviewer would merge: stubs of the declared class, errors by class and message', () => {
    const text = readFileSync(path.join(root, 'tests/unit/test_firing_loader_load.py'), 'utf8');

    expect(text).toContain('shelf = create_autospec(Shelf, instance=True)');
    expect(text).toContain('with pytest.raises(ValueError, match=r"^no room$"):');
    expect(isExcerpt(example('python'), [text])).toBe(true);
    expect(text).toContain('assert shelf.put.await_args_list == [call("sample kiln", 7)]');
  });

  test("the edge is replaced where the unit has it; the framework's errors by class, status and detail", () => {
    const text = readFileSync(path.join(root, 'tests/unit/test_reminders_remind.py'), 'utf8');

    expect(text).toContain('monkeypatch.setattr("kiln.reminders.send_letter", send_letter)');
    expect(text).toContain('send_letter.assert_not_called()');
    expect(text).toContain('with pytest.raises(HTTPException) as caught:');
    expect(text).toContain('assert caught.value.status_code == 409');
    expect(text).toContain('assert caught.value.detail == {"error": "not_fired_yet"}');
  });

  test.each([
    ['a bound', 'firing', 'degrees > 1300', 'degrees >= 1300'],
    ['a factor', 'firing', 'price * 2', 'price * 3'],
    ['a message', 'firing', 'a piece has a weight', 'a piece has no weight'],
    ['a call that is dropped', 'firing', 'await self.shelf.put(kiln, count)', 'pass'],
    ['an order', 'planning', 'key=lambda slot: slot.day', 'key=lambda slot: -slot.day'],
    ['a case of an enum', 'planning', 'batch.glaze == Glaze.COPPER', 'batch.glaze == Glaze.CLEAR'],
    ['a format', 'planning', '{day:02d}', '{day}'],
    ['what a letter says', 'reminders', '{days} days', '{days} weeks'],
    ['a status', 'reminders', 'HTTP_409_CONFLICT', 'HTTP_410_GONE'],
  ])(
    'go red when %s is changed',
    (_name, module, find, replace) => {
      const file = path.join(root, `kiln/${module}.py`);
      const before = readFileSync(file, 'utf8');
      expect(before.split(find)).toHaveLength(2);
      writeFileSync(
        file,
        before.replace(find, () => replace),
      );

      const { status } = spawnSync('.venv/bin/python', ['-m', 'pytest', '-x', '-q', '-p', 'no:cacheprovider'], {
        cwd: root,
        stdio: 'ignore',
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      });
      writeFileSync(file, before);

      expect(status).not.toBe(0);
    },
    60_000,
  );
});
