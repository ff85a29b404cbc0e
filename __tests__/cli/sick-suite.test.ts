import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { copyOf } from '../example-model.js';
import { run } from './command-line.js';

/** A service whose tests Jest runs. */
const withSuite = (): string =>
  copyOf('library-loans', [
    {
      file: 'package.json',
      find: '"dependencies": {',
      replace: '"devDependencies": { "jest": "^30.0.0" },\n  "dependencies": {',
    },
  ]);

test('in a sick suite isolation comes before more tests, with the place and the page that says how', async () => {
  const root = withSuite();
  mkdirSync(path.join(root, 'test'), { recursive: true });
  cpSync('__tests__/diagnose/fixtures/fix-newsletter/test', path.join(root, 'test'), { recursive: true });

  const { out } = await run(root, '--plan-only');

  const words = out.replace(/\s+/g, ' ');
  expect(words).toContain('The tests that are there are not isolated');
  expect(words).toContain('test/subscribe.test.js:16');
  expect(words).toContain('Mend that before you add more: backend-test diagnose. [sick-suite]');
});

test('in a healthy one nothing is said of it', async () => {
  const root = withSuite();
  cpSync('__tests__/diagnose/fixtures/healthy-lighthouse/test', path.join(root, 'test'), { recursive: true });

  expect((await run(root, '--plan-only')).out).not.toContain('sick-suite');
});
