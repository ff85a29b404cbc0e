import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Edit, FileChange, Finding } from '../model/index.js';

/** The safe repairs of findings as changes of files. Of two that touch the same characters the first one counts; equal ones count once. */
export function repairs(root: string, findings: Finding[]): FileChange[] {
  const byFile = new Map<string, Edit[]>();
  for (const { edits = [] } of findings)
    for (const edit of edits) {
      const known = byFile.get(edit.file) ?? [];
      if (!known.some((one) => touches(one, edit))) byFile.set(edit.file, [...known, edit]);
    }
  return [...byFile].map(([file, edits]) => {
    const before = readFileSync(path.join(root, file), 'utf8');
    return { path: file, change: 'update', ownership: 'seeded', before, after: edited(before, edits) };
  });
}

function touches(left: Edit, right: Edit): boolean {
  if (left.start === right.start && left.end === right.end) return true;
  return left.start < right.end && right.start < left.end;
}

const edited = (text: string, edits: Edit[]): string =>
  [...edits]
    .sort((left, right) => right.start - left.start)
    .reduce((current, { start, end, text: inserted }) => current.slice(0, start) + inserted + current.slice(end), text);
