import type { Operation, Triage } from '../model/index.js';

const singular = (word: string): string =>
  word
    .replace(/ies$/, 'y')
    .replace(/(ss|us|is)$/, '$1$1')
    .replace(/(x|ch|sh)es$/, '$1')
    .replace(/s$/, '')
    .replace(/(s|u|i)s\1$/, '$1s');

export const camel = (text: string): string =>
  // `SUPER_ADMIN` is written in capitals, not put together from one-letter words.
  (/[a-z]/.test(text) ? text : text.toLowerCase())
    .replace(/[^A-Za-z0-9]+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? '')
    .replace(/^[A-Z]/, (letter) => letter.toLowerCase());

const fixed = (path: string): string[] =>
  path.split('/').filter((segment) => segment && !segment.startsWith('{') && !/^(api|rest|v\d+)$/i.test(segment));

/** The method that a test sends: `GET` where the operation answers every one. */
export const verbOf = (operation: Operation): string => (operation.method === 'ALL' ? 'GET' : operation.method);

/** What an operation's input is called: `rental` for `POST /rentals`, `toolChange` for `PATCH /tools/{id}`, `login` for `POST /auth/login`. */
export function factoryName(operation: Operation, taken: Set<string>): string {
  const segments = fixed(operation.path);
  const last = segments.at(-1) ?? operation.resource;
  const endsFixed = !operation.path.endsWith('}');
  const deep = segments.length > 1 && endsFixed;
  const base = camel(deep && operation.method === 'POST' ? singular(last) : singular(segments.length ? last : 'root'));
  const verb: Record<string, string> = { PUT: 'Replacement', PATCH: 'Change', DELETE: 'Removal', GET: 'Query' };
  const wanted =
    operation.method === 'POST' ? base : `${base}${verb[operation.method] ?? operation.method.toLowerCase()}`;
  let name = reserved.has(wanted) ? `${wanted}Request` : wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`;
  taken.add(name);
  return name;
}

/** Words of the languages that tests are written in, and names that every test has. */
const reserved = new Set([
  ...(
    'break case catch class const continue debugger default delete do else enum export extends false finally for function if ' +
    'import in instanceof let new null return static super switch this throw true try typeof var void while with yield await ' +
    'and as assert def del elif except from global is lambda nonlocal not or pass raise'
  ).split(' '),
  ...'service response test expect describe before caller'.split(' '),
]);

/** What a row of an entity is called in a test: `rental`. */
export const rowName = (entity: string): string => {
  const name = camel(singular(entity.split('.').at(-1) ?? entity));
  return reserved.has(name) ? `${name}Row` : name;
};

export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** `orders.test.ts`, `test_orders.py`. */
export function testFileName(resource: string, triage: Triage): string {
  const base = triage.language.value === 'python' ? slug(resource).replace(/-/g, '_') : resource;
  return `${triage.testPrefix?.value ?? ''}${base}${triage.testSuffix.value}`;
}

/** In the folder; `orders-api.test.ts`, `test_orders_api.py` where the service has a test of its own by that name. */
export function testFileIn(folder: string, resource: string, triage: Triage): string {
  const file = `${folder}/${testFileName(resource, triage)}`;
  const joint = triage.language.value === 'python' ? '_' : '-';
  return triage.existingTests.value.includes(file)
    ? `${folder}/${testFileName(`${resource}${joint}api`, triage)}`
    : file;
}
