import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { rules } from '../src/plan/rules/index.js';

describe('every rule has its page', () => {
  test.each(rules.map((rule) => rule.name))('%s', (name) => {
    const file = `references/rules/${name}.md`;

    expect(existsSync(file)).toBe(true);
    const page = readFileSync(file, 'utf8');
    expect(page.match(/^#+ .*$/gm)).toEqual([
      `# ${name}`,
      '## What it makes',
      '## Grounds in the code',
      '## Example',
      '## Gaps',
    ]);
  });
});
