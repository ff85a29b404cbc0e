import type { Client } from '../javascript/target.js';

/** Fastify's own: no port, no package. A request is an object. */
export const inject: Client = {
  name: 'inject',
  templates: 'inject',
  request({ caller, verb, path, query, headers, rawBody, body }) {
    const sent = [
      ...headers.map(([name, value]) => `${name}: ${value}`),
      ...(rawBody === undefined ? [] : [`'content-type': 'application/json'`]),
    ];
    const parts = [
      `method: '${verb.toUpperCase()}'`,
      `url: ${path}`,
      ...(query === undefined ? [] : [`query: ${query}`]),
      ...(sent.length ? [`headers: { ${sent.join(', ')} }`] : []),
      ...(rawBody === undefined ? [] : [`payload: ${rawBody}`]),
      ...(body === undefined ? [] : [`payload: ${body}`]),
    ];
    return `${caller}.inject({ ${parts.join(', ')} })`;
  },
  status: (response) => `${response}.statusCode`,
  body: (response) => `${response}.json()`,
  text: (response) => `${response}.body`,
  headers: (response) => `${response}.headers`,
  imports(imports, { typescript }) {
    if (typescript) imports.named('fastify', 'type InjectOptions', 'type LightMyRequestResponse');
  },
  dependencies: () => ({}),
  overPort: false,
};
