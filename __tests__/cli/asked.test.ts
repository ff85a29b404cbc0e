import { cpSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';
import { run, runIn } from './command-line.js';

interface Question {
  message: string;
  validate?(text: string): true | string;
}

/** Somebody who answers the questions in this order; what they were asked. */
function answering(...answers: string[]): { asked: string[]; terminal: Parameters<typeof runIn>[0] } {
  const asked: string[] = [];
  const prompt = (questions: unknown): Promise<Record<string, unknown>> => {
    const [question] = questions as Question[];
    asked.push(question?.message ?? '');
    return Promise.resolve({ value: answers[asked.length - 1] ?? '' });
  };
  return { asked, terminal: { interactive: true, prompter: () => Promise.resolve({ prompt }) } };
}

function bridge(): string {
  const root = temporaryFolder('bridge');
  cpSync(path.resolve('__tests__/fixtures/toll-bridge'), root, { recursive: true });
  symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
  return root;
}

describe('what was not said is asked, where somebody sits there', () => {
  test('regression-test: a call, what should come of it, its name', async () => {
    const { asked, terminal } = answering('toll({ axles: 1 })', 'throw RangeError', '12');

    const { out, code } = await runIn(terminal, 'regression', '--dir', bridge(), '--no-install', '--dry-run');

    expect(asked).toHaveLength(3);
    expect(out).toContain("test('throws RangeError when axles is 1 (#12)'");
    expect(code).toBe(0);
  });

  test('regression-test: a request, and its status', async () => {
    const { asked, terminal } = answering('curl localhost:3000/toll/1', '400', 'BRIDGE-3');

    const { out } = await runIn(terminal, 'regression', '--dir', bridge(), '--no-install', '--dry-run');

    expect(asked[1]).toContain('Which status');
    expect(out).toContain('should have answered 400');
  });

  test('unit-test: a function is given as an example', async () => {
    const { asked, terminal } = answering('src/toll.js#lane');

    const { out } = await runIn(terminal, 'unit', '--dir', bridge(), '--dry-run', '--no-install');

    expect(asked[0]).toBe('Which function, method or file? For example src/post.js#sendLetter:');
    expect(out).toContain('+++ b/test/unit/toll.lane.test.js');
  });
});

describe('where nobody sits there: 2, with what to say', () => {
  test('regression-test', async () => {
    const { err, code } = await run('regression', '--dir', bridge());

    expect(err).toContain('What went wrong is not said.');
    expect(code).toBe(2);
  });

  test.each([[[]], [['--yes']]])('unit-test %j', async (flags) => {
    const { err, code } = await run('unit', '--dir', bridge(), ...flags);

    expect(err).toMatch(/Which function is to be tested is not said\.\n.*Name it: \S+#\w+/);
    expect(code).toBe(2);
  });
});
