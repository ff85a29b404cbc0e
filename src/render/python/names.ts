import type { Factory, TestPlan } from '../../model/index.js';
import { keywords } from './literals.js';

/** `workshopChange`, `GET /x-y` → `workshop_change`, `get_x_y`; letters outside ASCII are left out. */
export const snake = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/(^|\s)-(?=\d)/g, '$1minus ')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();

/** Names that fixtures and arguments of a test have. */
const taken = new Set([
  'client',
  'state',
  'self',
  'response',
  'before',
  'read_back',
  'change',
  'presented',
  'from_now',
]);

/** What a plan's name is called in a test. */
export function variable(name: string): string {
  const plain = snake(name) || 'value';
  if (plain === 'client') return 'api_client';
  if (keywords.has(plain) || taken.has(plain)) return `${plain}_`;
  return /^\d/.test(plain) ? `_${plain}` : plain;
}

export const inputName = (name: string): string => (/_?input$/i.test(name) ? snake(name) : `${snake(name)}_input`);

/** `POST /auth/login` is an action: `login()`; `POST /orders` makes a thing: `create_order()`. */
export function requestName(factory: Factory): string {
  const segments = factory.template
    .split('/')
    .filter((segment) => segment && !segment.startsWith('{') && !/^(api|rest|v\d+)$/i.test(segment));
  const isAction = segments.length > 1 && !factory.template.endsWith('}') && !/s$/.test(segments.at(-1) ?? '');
  return isAction ? variable(factory.name) : `create_${snake(factory.name)}`;
}

export const factoryOf = (plan: TestPlan, name: string): Factory | undefined =>
  plan.factories.find((factory) => factory.name === name);

/** How the body of an operation travels. */
export const mediaTypeOf = (plan: TestPlan, method: string, template: string): string =>
  plan.factories.find((one) => one.method === method && one.template === template)?.mediaType ?? 'application/json';

/** What a sink is called in tests: `carrier` for `CARRIER_URL`, `mail` for `smtplib.SMTP`. */
export function sinkName(name: string): string {
  const plain = name.replace(/^https?:\/\//, '').replace(/_?(URL|URI|HOST|BASE|ENDPOINT)$/i, '');
  return snake(plain) || snake(name) || 'sink';
}

/** `TestPostWorkshopsByIdBookings` for `POST /workshops/{id}/bookings`. */
export function className(operation: string): string {
  const words = operation
    .replace(/\{(\w+)[^}]*\}/g, ' by $1 ')
    .split(/[^A-Za-z0-9]+/)
    .flatMap((word) => snake(word).split('_'))
    .filter(Boolean);
  return `Test${words.map((word) => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`).join('')}`;
}

/** Words after which a name that was cut would hang in the air. */
const dangling = new Set(['a', 'an', 'the', 'of', 'with', 'to', 'and', 'without', 'in', 'on', 'by', 'as', 'at', 'is']);

/** The words without those that ask for another one after them. */
export function complete(words: string[]): string[] {
  const last = words.findLastIndex((word) => !dangling.has(word));
  return words.slice(0, last + 1);
}

/** Within a line of 79 columns, as a method; cut between words. */
export function testName(title: string): string {
  const words = snake(title.replace(/['’]s\b/g, ''))
    .split('_')
    .filter(Boolean);
  const kept: string[] = ['test'];
  for (const word of words) {
    if ([...kept, word].join('_').length > 70) return complete(kept).join('_');
    kept.push(word);
  }
  return kept.join('_');
}

/** Makes a name the only one of its kind. */
export function unique(wanted: string, used: Set<string>): string {
  let name = wanted;
  for (let number = 2; used.has(name); number++) name = `${wanted}_${number}`;
  used.add(name);
  return name;
}
