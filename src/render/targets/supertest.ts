import { withoutNodePrefix } from '../javascript/configuration.js';
import type { Client } from '../javascript/target.js';

export const supertest: Client = {
  name: 'supertest',
  templates: 'supertest',
  request: ({ caller, verb, path, query, headers, rawBody, body }) =>
    [
      `${caller}.${verb}(${path})`,
      ...(query === undefined ? [] : [`.query(${query})`]),
      ...headers.map(([name, value]) => `.set(${name}, ${value})`),
      ...(rawBody === undefined ? [] : [`.type('json').send(${rawBody})`]),
      ...(body === undefined ? [] : [`.send(${body})`]),
    ].join(''),
  status: (response) => `${response}.status`,
  body: (response) => `${response}.body`,
  text: (response) => `${response}.text`,
  headers: (response) => `${response}.headers`,
  imports(imports, { remakes }) {
    imports.whole('supertest', 'request');
    imports.named('node:events', 'once');
    if (remakes) imports.named('node:http', 'createServer');
  },
  dependencies: (triage) => ({
    // Version 7 names built-in modules in a way that Jest before 27 does not know.
    supertest: withoutNodePrefix(triage) ? '^6.3.4' : '^7.1.4',
    ...(triage.language.value === 'typescript' ? { '@types/supertest': '^6.0.3' } : {}),
  }),
  overPort: true,
};
