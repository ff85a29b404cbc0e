import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { FileChange } from '../model/index.js';

/** What `applyChanges` would do, as one patch that `git apply` reads; empty where nothing changes. */
export function unifiedDiff(changes: FileChange[]): string {
  return changes
    .filter(({ change }) => change !== 'keep')
    .map(patchOf)
    .join('');
}

function patchOf({ path, before, after, beside }: FileChange): string {
  const isNew = before === null || beside !== undefined;
  const from = isNew ? '/dev/null' : `a/${path}`;
  return createTwoFilesPatch(from, `b/${beside ?? path}`, isNew ? '' : before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
