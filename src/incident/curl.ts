import { parseArgs } from 'node:util';
import { parse } from 'shell-quote';
import { UserError } from '../errors.js';
import type { Sent } from './sent.js';
import { sentTo } from './sent.js';

/** curl's flags that say what is sent; the others are let be. */
const flags = {
  request: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd', multiple: true },
  'data-raw': { type: 'string', multiple: true },
  'data-binary': { type: 'string', multiple: true },
  'data-urlencode': { type: 'string', multiple: true },
  json: { type: 'string', multiple: true },
  cookie: { type: 'string', short: 'b' },
  user: { type: 'string', short: 'u' },
  url: { type: 'string' },
  output: { type: 'string', short: 'o' },
  'user-agent': { type: 'string', short: 'A' },
  'max-time': { type: 'string', short: 'm' },
  get: { type: 'boolean', short: 'G' },
  include: { type: 'boolean', short: 'i' },
  silent: { type: 'boolean', short: 's' },
  verbose: { type: 'boolean', short: 'v' },
  insecure: { type: 'boolean', short: 'k' },
  location: { type: 'boolean', short: 'L' },
  fail: { type: 'boolean', short: 'f' },
  compressed: { type: 'boolean' },
} as const;

/**
 * Reads a curl command line as a shell would split it.
 * @throws UserError where it names no address
 */
export function readCurl(text: string): Sent {
  const words = parse(text.replace(/\\\r?\n/g, ' ').trim(), (name) => `$${name}`).flatMap((token) =>
    typeof token === 'string' ? [token] : 'pattern' in token ? [token.pattern] : [],
  );
  const { values, positionals } = parseArgs({
    args: words[0] === 'curl' ? words.slice(1) : words,
    options: flags,
    allowPositionals: true,
    strict: false,
  });
  const text1 = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const list = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  const address = text1(values.url) ?? positionals.find((one) => /^https?:|^\/|^[\w.-]+(:\d+)?\//.test(one));
  if (address === undefined)
    throw new UserError(
      'no-address',
      'The curl command names no address.',
      'Give it whole, in quotes: --curl "curl -X POST http://…".',
    );
  const data = [values.data, values['data-raw'], values['data-binary'], values.json].flatMap(list);
  const headers: Record<string, string> = {};
  for (const line of list(values.header)) {
    const [name = '', ...rest] = line.split(':');
    headers[name.trim().toLowerCase()] = rest.join(':').trim();
  }
  const cookie = text1(values.cookie);
  if (cookie !== undefined) headers['cookie'] = cookie;
  if (values.user !== undefined) headers['authorization'] = 'Basic';
  const sends = data.length > 0 && values.get !== true;
  return sentTo(
    text1(values.request) ?? (sends ? 'POST' : 'GET'),
    address,
    headers,
    sends ? data.join('&') : undefined,
  );
}
