import path from 'node:path';
import { expect, test } from '@jest/globals';
import { pythonCopy, pythonEnvironment } from '../python-environment.js';
import { differences, type Document, openapiOf, runForDocument } from './documents.js';

/** Operations that refuse invalid input; FastAPI gives them all the same schema. */
const refusing = ({ paths }: Document): string[] =>
  Object.entries(paths).flatMap(([name, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      '422' in responses ? [`${method} ${name.replace(/(.)\/$/, '$1')}`] : [],
    ),
  );

test.each([
  // FastAPI's own form: `scope` may be left out or be null, and `format: password` says nothing to a test.
  ['pottery-studio', 'studio.main', ['POST /auth/token takes application/x-www-form-urlencoded']],
  ['parcel-lockers', 'app.main', []],
])(
  'what is read of %s is what app.openapi() says, but for what is explained',
  (name, module, explained) => {
    const folder = pythonCopy(name, pythonEnvironment(name));
    const program = `import json; from ${module} import app; print(json.dumps(app.openapi()))`;
    const env = { JWT_SECRET: 'only-for-tests', TOKEN_SECRET: 'only-for-tests', DEVICE_KEY: 'only-for-tests' };

    const running = runForDocument(folder, path.resolve(folder, '.venv/bin/python'), ['-c', program], env);
    const ours = openapiOf(folder);

    expect(refusing(ours).sort()).toEqual(refusing(running).sort());
    expect(differences(ours, running).filter((one) => !one.endsWith('answers 422'))).toEqual(explained);
  },
  120_000,
);
