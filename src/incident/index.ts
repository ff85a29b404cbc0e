import { UserError } from '../errors.js';
import { readCurl } from './curl.js';
import { type Sent, sentTo } from './sent.js';

export { readCurl } from './curl.js';
export { carriedRoles } from './roles.js';
export { readToldCall, type ToldCall } from './told-call.js';
export type { Sent } from './sent.js';

/**
 * Reads a HAR document, one entry of it, or a list: the entry that failed worst.
 * @throws UserError where it is none
 */
export function readHar(text: string): Sent {
  const document = parsed(text);
  const entries = listAt(document, ['log', 'entries']) ?? (Array.isArray(document) ? document : [document]);
  const [worst] = [...entries].sort((left, right) => statusOf(right) - statusOf(left));
  const request = at(worst, ['request']);
  const [method, url] = [at(request, ['method']), at(request, ['url'])];
  if (typeof method !== 'string' || typeof url !== 'string')
    throw new UserError(
      'no-har',
      'This is no HAR entry: it has no request with a method and a url.',
      'Save one from the browser: Copy all as HAR.',
    );
  const headers = Object.fromEntries(
    (listAt(request, ['headers']) ?? []).flatMap((one): [string, string][] => {
      const [name, value] = [at(one, ['name']), at(one, ['value'])];
      return typeof name === 'string' && typeof value === 'string' ? [[name.toLowerCase(), value]] : [];
    }),
  );
  const body = at(request, ['postData', 'text']);
  const status = statusOf(worst);
  return {
    ...sentTo(method, url, headers, typeof body === 'string' ? body : undefined),
    ...(status ? { happened: status } : {}),
  };
}

/** `12` is `#12`. */
export const named = (issue: string): string => (/^\d+$/.test(issue) ? `#${issue}` : issue);

/** A line of a log that names the request, and the places of its stack trace, innermost first. */
export function readLog(text: string): { sent?: Sent; places: { file: string; line: number }[] } {
  const curl = /\bcurl\s.+/.exec(text)?.[0];
  const request = /\b(GET|POST|PUT|PATCH|DELETE)\b["']?\s+["']?(https?:\/\/\S+|\/[^\s"']*)/.exec(text);
  const status = /\s([1-5]\d\d)\b/.exec(text.slice((request?.index ?? 0) + (request?.[0].length ?? 0)))?.[1];
  const places = [...text.matchAll(/(?:\(|\s|")([\w./\\@-]+\.(?:[cm]?[jt]sx?|py))"?(?::|, line )(\d+)/g)].flatMap(
    ([, file = '', line]) =>
      file.includes('node_modules') || file.includes('site-packages') ? [] : [{ file, line: Number(line) }],
  );
  const sent = request
    ? sentTo(request[1] ?? 'GET', request[2] ?? '/', {}, undefined)
    : curl === undefined
      ? undefined
      : readCurl(curl);
  return { ...(sent ? { sent: { ...sent, ...(status ? { happened: Number(status) } : {}) } } : {}), places };
}

/** The status that a sentence says should have been: `should be 422`, `expected 404`. */
export const saidStatus = (sentence: string): number | undefined => {
  const found = /(?:should|must|expect\w*|want\w*|instead of \d{3}|rather than \d{3})\D{0,40}?\b([1-5]\d\d)\b/i.exec(
    sentence,
  )?.[1];
  return found === undefined ? undefined : Number(found);
};

const statusOf = (entry: unknown): number => Number(at(entry, ['response', 'status']) ?? 0);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(
      'no-har',
      'This is no HAR entry: it is not JSON.',
      'Save one from the browser: Copy all as HAR.',
    );
  }
}

const at = (value: unknown, path: string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );

function listAt(value: unknown, path: string[]): unknown[] | undefined {
  const found = at(value, path);
  return Array.isArray(found) ? found : undefined;
}
