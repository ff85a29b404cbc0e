import type { Driver, RunSpec, Status, TestId } from './run-spec.js';
import { keyOf } from './run-spec.js';

/** Two tests, one of which changes the outcome of the other. */
export interface Pair {
  /** Leaves something behind: breaks the victim, or (setter) is what the victim needs. */
  polluter: TestId[];
  victim: TestId;
  kind: 'polluted' | 'brittle';
  message: string;
  runs: number;
}

export interface Order {
  tests: TestId[];
  seed?: number;
}

/** Statuses of the victim when it runs after a selection of tests, in their order. */
type Probe = (before: TestId[]) => Promise<{ status: Status | undefined; message: string }>;

/**
 * The smallest set of earlier tests after which the victim's outcome is that of the whole order: first which files, then which tests
 * of them. `undefined` where the outcome does not come back (not the order, then, but chance).
 */
export async function bisect(
  driver: Driver,
  order: Order,
  victim: TestId,
  whole: Status,
  timeIsUp: () => boolean,
): Promise<Pair | undefined> {
  const position = order.tests.findIndex((test) => keyOf(test) === keyOf(victim));
  let before = order.tests.slice(0, position);
  let runs = 0;
  const probe: Probe = async (chosen) => {
    runs++;
    const outcome = await driver.run(specOf(chosen, victim, order.seed));
    const found = outcome.tests.find((test) => keyOf(test) === keyOf(victim));
    return { status: found?.status, message: found?.message ?? '' };
  };
  const alone = await probe([]);
  if (alone.status === undefined || alone.status === whole) return undefined;
  // Mostly the two stand in one file: that is asked first, since it costs least.
  const ofFile = before.filter(({ file }) => file === victim.file);
  let whenAll = ofFile.length && ofFile.length < before.length ? await probe(ofFile) : undefined;
  if (whenAll?.status === whole) before = ofFile;
  else whenAll = await probe(before);
  if (whenAll.status !== whole) return undefined;
  const files = [...new Set(before.map(({ file }) => file))];
  const ofFiles = await smallest(
    files,
    async (some) => (await probe(before.filter(({ file }) => some.includes(file)))).status === whole,
    timeIsUp,
  );
  const tests = before.filter(({ file }) => ofFiles.includes(file));
  const polluter = await smallest(tests, async (some) => (await probe(some)).status === whole, timeIsUp);
  const message = whole === 'failed' ? whenAll.message : alone.message;
  return { polluter, victim, kind: whole === 'failed' ? 'polluted' : 'brittle', message, runs };
}

/** What a command line may hold; so many names are those of whole files anyway. */
const MOST_CHARACTERS = 60_000;

function specOf(chosen: TestId[], victim: TestId, seed: number | undefined): RunSpec {
  const tests = [...chosen, victim];
  const isShort = tests.reduce((sum, { name }) => sum + name.length, 0) < MOST_CHARACTERS;
  return {
    files: [...new Set(tests.map(({ file }) => file))],
    ...(isShort ? { tests } : {}),
    serial: true,
    ...(seed === undefined ? {} : { seed }),
  };
}

/** Delta debugging (Zeller and Hildebrandt, 2002) over a list in which most often one element matters. */
export async function smallest<T>(
  all: T[],
  holds: (some: T[]) => Promise<boolean>,
  timeIsUp: () => boolean,
): Promise<T[]> {
  let current = all;
  let parts = 2;
  while (current.length > 1 && !timeIsUp()) {
    const size = Math.ceil(current.length / parts);
    const chunks = Array.from({ length: Math.ceil(current.length / size) }, (_, index) =>
      current.slice(index * size, (index + 1) * size),
    );
    const next =
      (await firstThat(chunks, holds)) ??
      (parts > 2 || chunks.length > 2
        ? await firstThat(
            chunks.map((chunk) => current.filter((one) => !chunk.includes(one))),
            holds,
          )
        : undefined);
    if (next) {
      parts = next.length < size + 1 ? 2 : Math.max(parts - 1, 2);
      current = next;
    } else if (parts >= current.length) break;
    else parts = Math.min(parts * 2, current.length);
  }
  return current;
}

async function firstThat<T>(candidates: T[][], holds: (some: T[]) => Promise<boolean>): Promise<T[] | undefined> {
  // From the end: what ran shortly before is the likelier one.
  for (const candidate of [...candidates].reverse()) if (candidate.length && (await holds(candidate))) return candidate;
  return undefined;
}
