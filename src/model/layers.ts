import path from 'node:path';
import type { Triage } from './triage.js';

/** Folders of a layered test folder, relative to the service. */
export interface Layers {
  top: string;
  unit: string;
  integration: string;
}

/**
 * Where unit tests and integration tests stand: `test/unit` and `test/api`. Unit tests are beside the integration tests where those have a folder
 * of their own in a common one, else inside theirs.
 */
export function layersOf({ testFolder }: Triage): Layers {
  const integration = testFolder.value;
  const up = path.posix.dirname(integration);
  const top = up === '.' ? integration : up;
  return { top, unit: `${top}/unit`, integration };
}
