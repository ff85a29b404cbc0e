import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../../src/inspect/index.js';
import type { ServiceModel, TestPlan } from '../../src/model/index.js';
import { plan } from '../../src/plan/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A lighthouse's log book; each file as given. */
function lighthouse(files: Record<string, string>, dependencies: Record<string, string> = {}): string {
  const root = temporaryFolder('lighthouse');
  const manifest = { name: 'lighthouse', main: 'index.js', dependencies: { express: '^4.21.0', ...dependencies } };
  for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

const modelOf = (...given: Parameters<typeof lighthouse>): ServiceModel => inspect(triage(lighthouse(...given)));
const planOf = (...given: Parameters<typeof lighthouse>): TestPlan => {
  const facts = triage(lighthouse(...given));
  return plan(inspect(facts), facts, { testFolder: 'test' });
};

const started = (body: string): string =>
  `const express = require('express');
   const app = express();
   app.use(express.json());
   ${body}
   app.listen(3000);`;

describe('what the environment decides', () => {
  const guarded = started(`
    const jwt = require('jsonwebtoken');
    app.get('/lamps', (req, res) => {
      const header = req.headers[process.env.KEEPER_HEADER];
      if (!header) return res.status(403).send('no token');
      try { jwt.verify(header.split(' ')[1], process.env.JWT_SECRET); } catch { return res.status(401).send('bad'); }
      res.json([]);
    });`);

  test('a header is the one that an env file names, and tests run with it', () => {
    const model = modelOf({ 'index.js': guarded, '.env.example': 'KEEPER_HEADER=authorization\n' });

    expect(model.schemes.map(({ type, in: place, name }) => [type, place, name])).toEqual([
      ['jwt', 'header', 'authorization'],
    ]);
    expect(model.environment.find(({ name }) => name === 'KEEPER_HEADER')?.assumed).toBe('authorization');
  });

  test('a header that nothing names is called like its variable', () => {
    expect(modelOf({ 'index.js': guarded }).schemes.map(({ name }) => name)).toEqual(['keeper-header']);
  });

  test('an app that listens only outside tests is imported as it is', () => {
    const model = modelOf({
      'index.js': `const express = require('express');
        const app = express();
        app.get('/lamps', (req, res) => res.json([]));
        if (process.env.NODE_ENV !== 'test') app.listen(3000);
        module.exports = app;`,
    });

    expect(model.app).toMatchObject({ how: 'export', listens: false });
  });

  test('settings by NODE_ENV: an environment whose driver is there', () => {
    const config = {
      development: { dialect: 'sqlite', storage: 'log.sqlite' },
      test: { dialect: 'mysql', database: 'log_test' },
    };
    const files = {
      'config.json': JSON.stringify(config),
      'index.js': started(`
        const process = require('process');
        const { Sequelize, DataTypes } = require('sequelize');
        const settings = require('./config.json')[process.env.NODE_ENV || 'development'];
        const sequelize = new Sequelize(settings.database, settings.username, settings.password, settings);
        const Entry = sequelize.define('Entry', { text: DataTypes.STRING });
        app.get('/entries', async (req, res) => res.json(await Entry.findAll()));`),
    };
    const here = (dependencies: Record<string, string>): unknown[] => {
      const model = modelOf(files, dependencies);
      return [model.stores[0]?.dialect, model.environment.find(({ name }) => name === 'NODE_ENV')?.assumed];
    };

    expect(here({ sequelize: '^6.0.0', sqlite3: '^5.0.0' })).toEqual(['sqlite', 'development']);
    expect(here({ sequelize: '^6.0.0', mysql2: '^3.0.0' })).toEqual(['mysql', undefined]);
  });
});

test('Joi.compile reads what a validator middleware picks of the request', () => {
  const model = modelOf({
    'index.js': started(`
      const Joi = require('joi');
      const pick = (object, keys) => keys.reduce((picked, key) => {
        if (object && Object.prototype.hasOwnProperty.call(object, key)) picked[key] = object[key];
        return picked;
      }, {});
      const validate = (schema) => (req, res, next) => {
        const wanted = pick(schema, ['params', 'query', 'body']);
        const { error } = Joi.compile(wanted).prefs({ abortEarly: false }).validate(pick(req, Object.keys(wanted)));
        return error ? res.status(422).json({ message: 'no' }) : next();
      };
      const entry = { body: Joi.object().keys({ keeper: Joi.string().required(), fog: Joi.boolean() }) };
      app.post('/entries', validate(entry), (req, res) => res.status(201).json({}));`),
  });

  expect(model.operations[0]?.requestBody?.schema).toMatchObject({
    required: ['keeper'],
    properties: { keeper: { type: 'string' }, fog: { type: 'boolean' } },
  });
  expect(model.operations[0]?.responses.map(({ status }) => status)).toEqual([201, 400, 422]);
});

test('what is pushed in a loop over a list of unknown length is no list of one', () => {
  const model = modelOf({
    'index.js': started(`
      const mongoose = require('mongoose');
      const Keeper = mongoose.model('Keeper', new mongoose.Schema({ name: String, posts: [{ type: mongoose.Schema.Types.ObjectId, ref: 'Post' }] }));
      app.get('/keepers/:id', async (req, res) => {
        const keeper = await Keeper.findById(req.params.id).populate('posts');
        const posts = [];
        for (let i = 0; i < keeper.posts.length; i++) posts.push('POST_' + keeper.posts[i].name);
        res.json({ posts });
      });`),
  });
  const body = model.operations[0]?.responses[0]?.body;

  expect(body?.kind === 'object' && body.fields['posts']).toMatchObject({ kind: 'op', op: 'map' });
});

describe('rows as the store holds them', () => {
  const files = {
    'index.js': started(`
      const db = require('knex')({ client: 'sqlite3', connection: { filename: 'log.sqlite' } });
      app.post('/entries', async (req, res) => {
        const [id] = await db('entries').insert({ keeper: req.body.keeper, depth: 12, fog: true });
        res.status(201).json({ id });
      });`),
    'migrations/1_entries.js': `exports.up = (knex) => knex.schema.createTable('entries', (table) => {
      table.increments();
      table.string('keeper').notNullable();
      table.string('depth').notNullable();
      table.boolean('fog').notNullable();
    });`,
  };

  test('knex gives what SQLite has: 1 for true, text for a number in a text column', () => {
    const { cases } = planOf(files, { knex: '^3.0.0', sqlite3: '^5.0.0' });
    const row = cases.flatMap(({ expect: list }) => list).find((one) => one.kind === 'row');

    expect(row?.kind === 'row' && row.matches).toMatchObject({
      fields: {
        depth: { kind: 'equals', value: { value: '12' } },
        fog: { kind: 'equals', value: { value: 1 } },
      },
    });
  });
});

describe('callers whose row tells who they are', () => {
  const service = (makes: string): Record<string, string> => ({
    'index.js': started(`
      const jwt = require('jsonwebtoken');
      const mongoose = require('mongoose');
      const Keeper = mongoose.model('Keeper', new mongoose.Schema({ email: { type: String, required: true, unique: true }, role: { type: String, default: 'keeper' } }));
      const guard = async (req, res, next) => {
        let claims;
        try { claims = jwt.verify(req.headers.authorization.split(' ')[1], process.env.JWT_SECRET); } catch { return res.status(401).end(); }
        const keeper = await Keeper.findById(claims.sub);
        if (!keeper) return res.status(401).end();
        if (keeper.role !== 'warden') return res.status(403).end();
        next();
      };
      ${makes}
      app.get('/keepers', guard, async (req, res) => res.json(await Keeper.find()));`),
  });
  const dependencies = { mongoose: '^8.0.0', jsonwebtoken: '^9.0.0' };
  const arranged = (makes: string): string[] => {
    const { harness } = planOf(service(makes), dependencies);
    const warden = harness.principals.find(({ role }) => role === 'warden');
    return warden?.arrange.map(({ kind }) => kind) ?? [];
  };
  const create = `async (req, res) => res.status(201).json(await Keeper.create({ email: req.body.email }))`;

  test('register where anybody may, and the store is told their role', () => {
    expect(arranged(`app.post('/register', ${create});`)).toEqual(['create', 'alter']);
  });

  test('are put into the store where no operation is open to all', () => {
    expect(arranged(`app.post('/keepers', guard, ${create});`)).toEqual(['insert', 'alter']);
  });
});

describe('JavaScript that something compiles', () => {
  const index = `import express from 'express';
    const app = express();
    app.get('/lamps', (req, res) => res.json([]));
    app.listen(3000);`;

  test.each([
    ['Babel, where it is configured', { 'index.js': index, '.babelrc': '{}' }, 'babel'],
    ['swc, where nothing says what', { 'index.js': index }, 'swc'],
    ['nothing, where Node runs it as it is', { 'index.js': started('') }, undefined],
  ])('%s', (_name, files, compiled) => {
    expect(triage(lighthouse(files as unknown as Record<string, string>)).compiled?.value).toBe(compiled);
  });
});

test('require-directory: modules by their names, renamed', () => {
  const model = modelOf({
    'index.js': started(`
      const routes = require('./routes');
      app.get('/fog-horn', routes.fogHorn);
      app.use('/lamps', routes.lamps.all);`),
    'routes/index.js': `module.exports = require('require-directory')(module, { rename: (name) => require('change-case').camelCase(name) });`,
    'routes/fog-horn.js': `module.exports = (req, res) => res.status(202).json({});`,
    'routes/lamps/all.js': `const router = require('express').Router(); router.get('/:id', (req, res) => res.json({})); module.exports = router;`,
  });

  expect(model.operations.map(({ id, responses }) => `${id} ${responses[0]?.status ?? ''}`)).toEqual([
    'GET /fog-horn 202',
    'GET /lamps/{id} 200',
  ]);
});

test("dotenv-safe's variables are all set in tests, secrets by secrets of our own", () => {
  const { harness } = planOf({
    '.env.example': 'JWT_SECRET=as-in-production\nLAMP_COUNT=4\n',
    'index.js': `require('dotenv-safe').config();\n${started(`app.get('/lamps', (req, res) => res.json([]));`)}`,
  });

  expect(harness.environment).toMatchObject({ LAMP_COUNT: '4', JWT_SECRET: 'test-only-jwt-secret-0123456789' });
});

test('what is handed to an event may hold itself', () => {
  const model = modelOf({
    'index.js': started(
      `const events = new (require('events').EventEmitter)();
       const lamp = { isLit: false };
       lamp.keeper = { name: 'Ida', lamp };
       app.post('/lamp', (req, res) => { events.emit('lit', lamp, req.body.at); res.status(202).end(); });`,
    ),
  });

  expect(model.operations.map(({ id, responses }) => `${id} ${responses.map(({ status }) => status).join()}`)).toEqual([
    'POST /lamp 202,400',
  ]);
});

test('SQL that is put together: columns of the body, a list of places, an order; a lock of the whole file', () => {
  const model = modelOf({
    'index.js': started(`
      const db = require('better-sqlite3')('log.db');
      db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, keeper TEXT NOT NULL, weather TEXT)');
      app.patch('/entries/:id', (req, res) => {
        const sets = Object.keys(req.body).map((column) => column + ' = ?').join(', ');
        const { changes } = db.prepare(\`UPDATE entries SET \${sets} WHERE id = ?\`).run(...Object.values(req.body), req.params.id);
        return changes ? res.json({}) : res.status(404).end();
      });
      app.post('/nights', (req, res) => {
        db.exec('BEGIN IMMEDIATE');
        const places = req.body.keepers.map((_, index) => \`(?\${index + 1})\`).join();
        db.prepare(\`INSERT INTO entries (keeper) VALUES \${places}\`).run(...req.body.keepers);
        db.exec('COMMIT');
        res.status(201).end();
      });
      app.get('/entries', (req, res) => res.json(db.prepare(\`SELECT * FROM entries ORDER BY \${req.query.by} \${req.query.way}\`).all()));`),
  });

  expect(model.gaps).toEqual([]);
  expect(
    model.operations.map(({ id, effects }) => [id, ...effects.map(({ verb, target }) => `${verb} ${target}`)]),
  ).toEqual([['PATCH /entries/{id}', 'update entries'], ['POST /nights', 'insert entries'], ['GET /entries']]);
});
