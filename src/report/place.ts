import type { SourceRef } from '../model/index.js';

export interface Place {
  file: string;
  line: number;
}

/** What the documents say of a source: enough to open it. */
export function placeOf({ file, line }: Place | SourceRef): Place {
  return { file, line };
}

/** `src/app.ts:12`. */
export function placeText({ file, line }: Place): string {
  return `${file}:${String(line)}`;
}
