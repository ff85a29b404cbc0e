import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect } from '../../src/inspect/index.js';
import type { ServiceModel } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A parcel service whose carrier signs what it sends. */
function parcels(check: string): ServiceModel {
  const root = temporaryFolder('parcels');
  mkdirSync(root, { recursive: true });
  const files = {
    'package.json': JSON.stringify({ name: 'parcels', dependencies: { express: '^5.0.0' } }),
    'server.js': `
      const express = require('express');
      const crypto = require('crypto');
      const app = express();
      app.use(express.json({ verify: (req, res, buffer) => { req.rawBody = buffer; } }));
      app.post('/carrier', (req, res) => {
        const signature = req.get('X-Signature');
        ${check}
        res.status(202).json({ parcel: req.body.parcel });
      });
      app.listen(3000);`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
  return inspect(triage(root));
}

test.each([
  [
    'text against text, after a name',
    `const made = 'sha256=' + crypto.createHmac('sha256', process.env.CARRIER_SECRET).update(req.rawBody).digest('hex');
     if (signature !== made) return res.status(401).json({ error: 'signature' });`,
    { algorithm: 'sha256', encoding: 'hex', before: 'sha256=' },
  ],
  [
    'in constant time, over the body written again',
    `const made = crypto.createHmac('sha512', process.env.CARRIER_SECRET).update(JSON.stringify(req.body)).digest('base64');
     const [a, b] = [Buffer.from(signature || ''), Buffer.from(made)];
     if (a.length !== b.length || !crypto.timingSafeEqual(a, b)) return res.status(401).json({ error: 'signature' });`,
    { algorithm: 'sha512', encoding: 'base64', before: '' },
  ],
])('a body that is signed: %s', (_, check, signature) => {
  const model = parcels(check);

  expect(model.schemes).toMatchObject([
    { type: 'api-key', name: 'x-signature', accepted: { kind: 'env', name: 'CARRIER_SECRET' }, signature },
  ]);
  expect(model.operations[0]?.security).toMatchObject([{ scheme: 'signature:x-signature', optional: false }]);
  expect(model.operations[0]?.responses.map(({ status, when }) => `${status} ${when}`)).toEqual(
    expect.arrayContaining(['202 success', '401 unauthenticated']),
  );
});

test('a digest of something else than the body is no signature', () => {
  const model = parcels(`
    const made = crypto.createHmac('sha256', process.env.CARRIER_SECRET).update('static').digest('hex');
    if (signature !== made) return res.status(401).json({ error: 'signature' });`);

  expect(model.schemes.map((scheme) => scheme.signature)).toEqual(model.schemes.map(() => undefined));
});
