import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect } from '../../src/inspect/index.js';
import type { ServiceModel } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';

const read = (folder: string): ServiceModel => inspect(triage(path.resolve('__tests__', folder)));

/** `POST /x: 201 insert x, 404, 409`: each answer with what it wrote. */
const answers = (model: ServiceModel): string[] =>
  model.operations.map(({ id, responses }) => {
    const list = responses
      .filter(({ guards, decidedBy }) => guards[decidedBy ?? -1]?.predicate.kind !== 'type')
      .map(({ status, effects }) => [status, ...effects.map((effect) => effect.replace(/@.*/, ''))].join(' '));
    return `${id}: ${list.join(', ')}`;
  });

/** `name string unique`, `note string null`, `id integer key made`. */
const columns = (model: ServiceModel, name: string): string[] => {
  const entity = model.entities.find((one) => one.name === name);
  return Object.entries(entity?.columns ?? {}).map(
    ([column, { schema, nullable, generated, default: value, references }]) =>
      [
        column,
        schema.format ?? String(schema.type),
        ...(entity?.key === column ? ['key'] : []),
        ...(generated ? ['made'] : []),
        ...(nullable ? ['null'] : []),
        ...(value === undefined ? [] : [`= ${JSON.stringify(value)}`]),
        ...(entity?.unique.some((one) => one.join() === column) ? ['unique'] : []),
        ...(references ? [`-> ${references.entity}.${references.column}`] : []),
      ].join(' '),
  );
};

test('knex: queries, transactions, and tables from migrations', () => {
  const model = read('generated/fixtures/pottery-knex');

  expect(answers(model)).toEqual([
    'POST /glazes: 201 insert:glazes, 400, 409',
    'GET /glazes: 200',
    'GET /glazes/{id}: 200, 404',
    'DELETE /glazes/{id}: 204 delete:glazes, 404',
    'POST /glazes/{id}/firings: 202 insert:firings, 400, 404',
    'PATCH /firings/{id}: 200 update:firings, 404',
  ]);
  expect(columns(model, 'firings')).toEqual([
    'id integer key made',
    'glaze_id integer -> glazes.id',
    'potter string',
    'result string = "waiting"',
  ]);
  expect(model.stores).toMatchObject([
    { client: 'knex', dialect: 'postgres', tables: { by: 'migrations', folder: 'migrations' } },
  ]);
});

test('Redis: keys of one shape are an entity, commands of a pipeline too', () => {
  const model = read('generated/fixtures/ferry-redis');

  expect(answers(model)).toEqual([
    'POST /crossings: 201 insert:crossing:* insert:harbours, 400',
    'GET /crossings/{id}: 200, 404',
    'POST /crossings/{id}/sailing: 200 update:crossing:* insert:log:*, 400, 404, 409',
    'DELETE /crossings/{id}: 204 delete:crossing:*, 404',
    'PUT /boats/{name}: 204 insert:boat:*, 400',
    'GET /boats/{name}: 200, 404',
  ]);
  expect(columns(model, 'crossing:*')).toEqual([
    'id uuid key made',
    'harbour string',
    'seats integer',
    'sailed boolean',
  ]);
  expect(model.stores).toMatchObject([{ client: 'redis', connection: { kind: 'redis', package: 'ioredis' } }]);
});

test('JSON files: what is read, changed and written back', () => {
  const model = read('generated/fixtures/logbook-files');

  expect(answers(model)).toEqual([
    'POST /voyages: 201 insert:voyages, 400, 409',
    'GET /voyages: 200',
    'GET /voyages/{id}: 200, 404',
    'POST /voyages/{id}/arrival: 200 update:voyages, 404, 409',
    'DELETE /voyages/{id}: 204 delete:voyages, 404',
  ]);
  expect(model.stores).toMatchObject([{ client: 'files', path: 'data/voyages.json' }]);
});

test('a cache is no state: the operation is what it is without it', () => {
  const model = read('inspect/fixtures/tide-tables');

  expect(answers(model)[0]).toBe('GET /tides/{harbour}: 200, 404');
  expect(model.operations.flatMap(({ effects }) => effects.map(({ target }) => target))).toEqual(['tides']);
  expect(model.stores).toMatchObject([{ client: 'knex' }]);
  expect(model.entities.map(({ name }) => name)).toEqual(['tides']);
});

test('Sequelize: models defined and extended, rows that write themselves back', () => {
  const model = read('generated/fixtures/orchard-sequelize');

  expect(answers(model)).toEqual([
    'POST /trees: 201 insert:Trees, 400',
    'GET /trees/{id}: 200, 404',
    'PUT /trees/{id}: 200 update:Trees, 404',
    'POST /trees/{id}/felling: 200 update:Trees, 404, 409',
    'POST /trees/{id}/harvests: 201 insert:harvests, 404',
    'DELETE /trees/{id}: 204 delete:Trees, 404',
  ]);
  expect(columns(model, 'harvests')).toEqual([
    'id integer key made',
    'kilos integer',
    'note string null',
    'treeId integer -> Trees.id',
  ]);
});

test('TypeORM: decorated entities and repositories; the entry is loaded, as it alone opens the store', () => {
  const model = read('generated/fixtures/choir-typeorm');

  expect(answers(model)).toEqual([
    'POST /singers: 201 insert:singers, 400, 409',
    'GET /singers: 200',
    'GET /singers/{id}: 200, 404',
    'PATCH /singers/{id}: 200 update:singers, 404',
    'DELETE /singers/{id}: 204 delete:singers, 404',
  ]);
  expect(columns(model, 'singers')).toEqual([
    'id integer key made',
    'email string unique',
    'voice string',
    'nickname string null',
    'active boolean = true',
    'joinedAt date-time made',
  ]);
  expect(model.app).toMatchObject({ how: 'listen', file: 'src/server.ts' });
});

test('mongoose: schemas, documents, queries', () => {
  const model = read('generated/fixtures/observatory-mongoose');

  expect(answers(model)).toEqual([
    'POST /sightings: 201 insert:sightings, 400, 409',
    'GET /sightings/{id}: 200, 404',
    'POST /sightings/{id}/confirmation: 200 update:sightings, 404',
    'DELETE /sightings/{id}: 204 delete:sightings, 404',
  ]);
  expect(columns(model, 'sightings')).toEqual([
    '_id objectid key made',
    'object string unique',
    'magnitude number null',
    'observers array = []',
    'confirmed boolean null = false',
    'createdAt date-time made',
    'updatedAt date-time made',
  ]);
});

test('Prisma: delegates, errors by code, and models from the schema file', () => {
  const model = read('inspect/fixtures/hive-prisma');

  expect(answers(model)).toEqual([
    'POST /hives: 201 insert:Hive, 409',
    'POST /hives/{id}/frames: 201 insert:Frame, 404',
    'DELETE /frames/{id}: 204 delete:Frame, 404',
  ]);
  expect(columns(model, 'Hive')).toEqual(['id integer key made', 'name string unique', 'mood string = "CALM"']);
  expect(columns(model, 'Frame')).toEqual([
    'id integer key made',
    'grams integer',
    'note string null',
    'hiveId integer',
  ]);
  expect(model.stores).toMatchObject([{ client: 'prisma', dialect: 'postgres', urlVariable: 'DATABASE_URL' }]);
});
