import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { diagnose } from '../../src/diagnose/index.js';

const fixtures = path.resolve('__tests__/diagnose/fixtures');
const named = (pattern: RegExp): string[] => readdirSync(fixtures).filter((name) => pattern.test(name));

describe('a diseased suite: its symptom is named first, with a place in it', () => {
  test.each(named(/^\d\d-/))('%s', async (name) => {
    const [first] = (await diagnose(path.join(fixtures, name))).findings;

    expect(first).toMatchObject({ symptom: Number(name.slice(0, 2)) });
    expect(first?.file).toMatch(
      /^(src|test|tests|app|package\.json|pyproject\.toml|vitest\.config\.js|jest\.config\.mjs)/,
    );
    expect(first?.line).toBeGreaterThan(0);
  });
});

describe('a healthy suite: nothing is found', () => {
  test.each(named(/^healthy-/))('%s', async (name) => {
    expect((await diagnose(path.join(fixtures, name))).findings).toEqual([]);
  });

  test('the one of this project', async () => {
    expect((await diagnose(path.resolve('.'))).findings).toEqual([]);
  });
});
