import type { PlannedTest, Run } from './model/index.js';

/** The suite may be green, and the bug not locked (or, once it was released, still there) all the same. */
export function unlocked(run: Run, bug: PlannedTest | undefined, released: boolean): Partial<Run> {
  if (run.problem !== undefined || bug?.state === (released ? 'active' : 'failing')) return {};
  return { problem: released ? 'The bug is still there.' : 'The bug is not locked: the gaps say why.' };
}

/** What the report says of the locked test; nothing where a gap says it. */
export function stateLines(bug: PlannedTest | undefined, issue: string, released: boolean): string[] {
  if (bug?.state === 'failing')
    return [
      `Red for the stated reason (${bug.reason ?? ''}), so it is a strict expected failure until the bug is mended; then: --release --issue '${issue}'.`,
    ];
  return released ? ['A plain test from now on.'] : [];
}
