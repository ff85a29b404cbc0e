import { describe, expect, test } from '@jest/globals';
import { literal } from '../../src/render/javascript/literals.js';
import { templateText } from '../../src/render/javascript/expressions.js';

const run = (code: string): unknown => new Function(`return (${code});`)();

const nasty = [
  "it's",
  '"quoted"',
  '`tick`',
  '${process.exit(1)}',
  '{{name}}',
  'two\nlines',
  '\u2028 and \u2029',
  'back\\slash',
  'Zürich – 東京',
  '</script>',
  "');process.exit(1);('",
];

describe('values come out as the same value, and never as code', () => {
  test.each(nasty)('as a literal: %j', (value) => {
    expect(run(literal(value))).toBe(value);
  });

  test.each(nasty)('as a part of a template: %j', (value) => {
    expect(run(`\`${templateText(value)}\``)).toBe(value);
  });

  test.each(nasty)('as a key: %j', (value) => {
    expect(run(literal({ [value]: [value, 1, null, true] }))).toEqual({ [value]: [value, 1, null, true] });
  });

  test('__proto__ stays a plain key', () => {
    const value = JSON.parse('{"__proto__": 1}') as { [key: string]: number };

    expect(Object.keys(run(literal(value)) as object)).toEqual(['__proto__']);
  });
});
