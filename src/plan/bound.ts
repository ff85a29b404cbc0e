import type { Step, TestCase } from '../model/index.js';

/** What every test has, whatever was arranged. */
const given = ['response', 'responseHeaders'];

/** Names that nothing has made: a test that uses one could not even be compiled. */
export function unbound({ arrange, act, expect }: Pick<TestCase, 'arrange' | 'act' | 'expect'>): string[] {
  const known = new Set(given);
  const missing = new Set<string>();
  const look = (part: unknown): void => {
    for (const name of namesIn(part)) if (!known.has(name)) missing.add(name);
  };
  for (const step of arrange) {
    look(step);
    for (const name of bindsOf(step)) known.add(name);
  }
  look([act, expect]);
  return [...missing];
}

const bindsOf = (step: Step): string[] => [
  ...('bind' in step && step.bind !== undefined ? [step.bind] : []),
  ...(step.kind === 'create' && step.row ? [step.row.bind] : []),
];

function namesIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  const own = 'kind' in part && part.kind === 'ref' && 'name' in part ? [String(part.name)] : [];
  return [...own, ...Object.values(part).flatMap(namesIn)];
}
