import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect } from '../../src/inspect/index.js';
import type { Json, ServiceModel } from '../../src/model/index.js';
import { plan } from '../../src/plan/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A harbour whose start is `start`: berths have a kind, and ships are moored at them. */
function harbour(start: string, more = ''): { root: string; model: ServiceModel } {
  const root = temporaryFolder('harbour');
  const files = {
    'package.json': JSON.stringify({
      name: 'harbour',
      dependencies: { express: '^5.0.0', sequelize: '^6.0.0', sqlite3: '^5.0.0' },
    }),
    'src/models.js': `
      const { Sequelize, DataTypes } = require('sequelize');
      const sequelize = new Sequelize({ dialect: 'sqlite', storage: 'harbour.db' });
      const Kind = sequelize.define('kind', { name: { type: DataTypes.STRING, unique: true, allowNull: false } });
      const Berth = sequelize.define('berth', { length: { type: DataTypes.INTEGER, allowNull: false } });
      Berth.ofKind = (name) => Kind.findOne({ where: { name } });
      Kind.hasMany(Berth);
      module.exports = { sequelize, Kind, Berth };`,
    'src/server.js': `
      const express = require('express');
      const { sequelize, Kind, Berth } = require('./models');
      const app = express();
      app.use(express.json());
      app.get('/berths', async (req, res) => res.json(await Berth.findAll()));
      app.post('/berths', async (req, res) => {
        const kind = await Berth.ofKind('yacht');
        if (!kind) return res.status(404).json({ error: 'no such kind' });
        res.status(201).json(await Berth.create({ length: req.body.length, kindId: kind.id }));
      });
      ${more}
      ${start}`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return { root, model: inspect(triage(root)) };
}

const stored = ({ model }: { model: ServiceModel }): Record<string, Json[]> =>
  Object.fromEntries(model.entities.flatMap(({ name, seed }) => (seed ? [[name, seed]] : [])));

const yachts = { kinds: [{ name: 'yacht' }, { name: 'ferry' }] };

test.each<[string, string, Record<string, Json[]>]>([
  [
    'a function that is called once the tables are there, where there is none yet',
    `sequelize.sync().then(() => initial());
     app.listen(3000);
     async function initial() {
       if ((await Kind.count()) > 0) return;
       for (const name of ['yacht', 'ferry']) await Kind.create({ name });
     }`,
    yachts,
  ],
  [
    'an async main that lists what must be there, and what exists stays',
    `async function main() {
       await sequelize.sync({ force: true });
       await Kind.bulkCreate([{ name: 'yacht' }]);
       for (const name of ['yacht', 'ferry']) if (!(await Kind.findOne({ where: { name } }))) await Kind.create({ name });
       app.listen(3000);
     }
     main();`,
    yachts,
  ],
  [
    'when the server listens, with rows of another model along',
    `app.listen(3000, () => { seed(); });
     const seed = () => Kind.create({ name: 'yacht', berths: [{ length: 12 }, { length: 30 }] }, { include: [Berth] });`,
    { kinds: [{ name: 'yacht' }], berths: [{ length: 12 }, { length: 30 }] },
  ],
  [
    'nothing but a timer, and only outside tests',
    `
     setInterval(() => Kind.create({ name: 'late' }), 1000);
     if (process.env.NODE_ENV !== 'test') Kind.create({ name: 'elsewhere' });
     app.listen(3000);`,
    {},
  ],
])('%s', (_, start, rows) => {
  const service = harbour(start);

  expect(stored(service)).toEqual(rows);
  expect(service.model.operations.map(({ id }) => id)).toEqual(['GET /berths', 'POST /berths']);
  expect(service.model.gaps).toEqual([]);
});

test('tables that are made where there are none yet are made, and what follows is stored', () => {
  const root = temporaryFolder('quay');
  const files = {
    'package.json': JSON.stringify({
      name: 'quay',
      dependencies: { express: '^5.0.0', knex: '^3.0.0', sqlite3: '^5.0.0' },
    }),
    'server.js': `
      const knex = require('knex')({ client: 'sqlite3', connection: { filename: 'quay.db' } });
      knex.schema.hasTable('cranes').then((exists) => {
        if (!exists)
          return knex.schema
            .createTable('cranes', (table) => { table.increments('id'); table.string('name').notNullable(); })
            .then(() => knex('cranes').insert([{ name: 'north' }, { name: 'south' }]));
      });
      const app = require('express')();
      app.get('/cranes', async (req, res) => res.json(await knex('cranes').select('*')));
      app.listen(3000);`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);

  expect(stored({ model: inspect(triage(root)) })).toEqual({ cranes: [{ name: 'north' }, { name: 'south' }] });
});

test('rows under a condition that says nothing of stores are a gap', () => {
  const service = harbour(`
    const features = require('features-of-the-day');
    if (features.isOn('kinds')) Kind.create({ name: 'yacht' });
    app.listen(3000);`);

  expect(stored(service)).toEqual({});
  expect(service.model.gaps.map(({ reason }) => reason)).toEqual([
    'What is in kinds after the start hangs on a condition that was not read: tests begin without it.',
  ]);
});

test('what is there needs no steps, and a list in which it stands holds more than the tests made', () => {
  const { root, model } = harbour(`
    sequelize.sync().then(() => Kind.create({ name: 'yacht', berths: [{ length: 12 }] }, { include: [Berth] }));
    app.listen(3000);`);
  const { cases, harness } = plan(model, triage(root), { testFolder: 'test' });
  const success = (operation: string): unknown =>
    cases.find((one) => one.operation === operation && one.kind === 'success');

  expect(harness.started).toEqual({ kinds: 1, berths: 1 });
  expect(success('POST /berths')).toMatchObject({ arrange: [] });
  expect(JSON.stringify(success('GET /berths'))).toContain('"kind":"contains"');
});
