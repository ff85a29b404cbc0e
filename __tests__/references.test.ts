import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { transform } from 'sucrase';
import { anchors } from '../src/diagnose/symptoms.js';
import { explain } from '../src/explain.js';
import { parsed, prepareParser } from '../src/inspect/python/parser.js';

interface Block {
  language: string;
  text: string;
}

const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({ language, text }));

const readable: Record<string, (text: string) => unknown> = {
  ts: (text) => transform(text, { transforms: ['typescript'] }),
  js: (text) => transform(text, { transforms: [] }),
  json: (text) => JSON.parse(text),
  sh: (text) => text,
  toml: (text) => text,
  python: (text) =>
    parsed(text, (root) => {
      if (root.hasError) throw new SyntaxError(text);
    }),
};

describe('troubleshooting: a section for each symptom, in their order', () => {
  const page = readFileSync('references/troubleshooting.md', 'utf8');

  test('anchors', () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, anchor]) => anchor)).toEqual(Object.values(anchors));
  });

  test.each(Object.entries(anchors))('symptom %s: %s', (number, anchor) => {
    const section = explain(anchor);

    expect(section).toContain(`**Symptom ${number}.**`);
    expect(section).toContain('**Cause.**');
    expect(section).toContain('**Fix.**');
    expect(blocksOf(section).length).toBeGreaterThan(0);
  });
});

test.each(['references/troubleshooting.md', 'references/five-ideas.md'])('the code in %s can be read', async (file) => {
  await prepareParser();

  for (const { language, text } of blocksOf(readFileSync(file, 'utf8')))
    expect(() => readable[language]?.(text)).not.toThrow();
});

describe('explain', () => {
  test('a page by its name', () => {
    expect(explain('forbidden')).toMatch(/^# forbidden/);
  });

  test('a reference as a finding names it', () => {
    expect(explain('references/troubleshooting.md#port-in-use')).toMatch(/^## port-in-use/);
  });

  test('an anchor that is not there: what there is', () => {
    expect(() => explain('nothing-of-the-kind')).toThrow(/No page has a section/);
  });
});
