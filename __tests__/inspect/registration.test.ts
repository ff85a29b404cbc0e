import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../../src/inspect/index.js';
import type { ServiceModel } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** The model of a service that consists of these files; `folder`: where in them it stands. */
function modelOf(files: Record<string, string>, folder = '.'): ServiceModel {
  const root = path.join(temporaryFolder('registration'), folder);
  const manifest = JSON.stringify({ name: 'orchard', dependencies: { express: '^5.0.0' } });
  for (const [name, text] of Object.entries({ 'package.json': manifest, ...files })) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return inspect(triage(root));
}

const operationsOf = (files: Record<string, string>, folder?: string): string[] =>
  modelOf(files, folder).operations.map((operation) => operation.id);
const gapsOf = (files: Record<string, string>): string[] => modelOf(files).gaps.map((gap) => gap.reason);

const listening = (body: string): string =>
  `const express = require('express');\nconst app = express();\n${body}\napp.listen(3000);\n`;
const trees = `const router = require('express').Router();\nrouter.get('/:id', (req, res) => res.json({}));\nmodule.exports = router;\n`;

describe('operations however they are registered', () => {
  test('a folder of routers, mounted under the names of their files', () => {
    expect(
      operationsOf({
        'index.js': listening(`
          const fs = require('fs');
          const path = require('path');
          fs.readdirSync(path.join(__dirname, 'routes'))
            .filter((file) => file.endsWith('.js'))
            .forEach((file) => app.use('/' + path.basename(file, '.js'), require(path.join(__dirname, 'routes', file))));`),
        'routes/trees.js': trees,
        'routes/harvests.js': trees,
      }),
    ).toEqual(['GET /harvests/{id}', 'GET /trees/{id}']);
  });

  test('a glob of modules that take the app', () => {
    expect(
      operationsOf({
        'index.mjs': `
          import express from 'express';
          import { globSync } from 'tinyglobby';
          import { fileURLToPath } from 'node:url';
          import { dirname } from 'node:path';
          const app = express();
          const cwd = dirname(fileURLToPath(import.meta.url));
          for (const file of globSync('modules/*.mjs', { cwd, absolute: true }))
            (await import(new URL(file, import.meta.url).href)).default?.(app);
          app.listen(3000);`,
        'package.json': JSON.stringify({ type: 'module', main: 'index.mjs', dependencies: { express: '^5.0.0' } }),
        'modules/pests.mjs': `export default (app) => app.get('/pests', (req, res) => res.json([]));`,
      }),
    ).toEqual(['GET /pests']);
  });

  test('the members of a namespace, each under its own name', () => {
    expect(
      operationsOf({
        'index.mjs': `
          import express from 'express';
          import * as areas from './areas.mjs';
          const app = express();
          for (const [name, area] of Object.entries(areas)) app.use('/' + name, area);
          app.listen(3000);`,
        'package.json': JSON.stringify({ type: 'module', main: 'index.mjs', dependencies: { express: '^5.0.0' } }),
        'areas.mjs': `
          import { Router } from 'express';
          export const soil = Router().get('/samples', (req, res) => res.json([]));
          export const water = Router().post('/meters', (req, res) => res.status(201).json({}));`,
      }),
    ).toEqual(['GET /soil/samples', 'POST /water/meters']);
  });

  test('a start-up library of somebody else calls the function that makes the app', () => {
    expect(
      operationsOf({
        'index.js': `
          const { boot } = require('some-boot-library');
          const { webLoader } = require('./web');
          boot({ loaders: [webLoader] });`,
        'web.js': `
          const express = require('express');
          exports.webLoader = (settings) => {
            const app = express();
            app.get('/weather', (req, res) => res.json({}));
            settings.set('app', app);
          };`,
      }),
    ).toEqual(['GET /weather']);
  });

  test('the app is made in what a driver calls when it is connected', () => {
    expect(
      operationsOf({
        'index.js': `
          const express = require('express');
          const { MongoClient } = require('mongodb');
          const { plant } = require('./plant');
          MongoClient.connect('mongodb://localhost/orchard', (error, db) => {
            if (error) { process.exit(1); }
            const app = express();
            plant(app, db);
            app.listen(3000);
          });`,
        'plant.js': `exports.plant = (app, db) => app.post('/trees', (req, res) => res.status(201).json({}));`,
      }),
    ).toEqual(['POST /trees']);
  });

  test('a callback that registers nothing is left alone', () => {
    expect(
      operationsOf({
        'index.js': listening(`
          const ripe = ['apple'];
          require('node-cron').schedule('* * * * *', () => ripe.forEach((name) => app.locals.names.push(name)));
          for (const name of ripe) app.get('/' + name, (req, res) => res.json({}));`),
      }),
    ).toEqual(['GET /apple']);
  });

  test('routers that lodash walks, wraps and extends', () => {
    expect(
      operationsOf({
        'index.js': listening(`
          const _ = require('lodash');
          const load = _.once(() => _.extend({ weeds: '/weeds' }, { bees: '/bees' }));
          _.each(load(), (path, name) => app.get(path + '/' + name, (req, res) => res.json({})));`),
      }),
    ).toEqual(['GET /weeds/weeds', 'GET /bees/bees']);
  });

  test('a package of the same repository', () => {
    expect(
      operationsOf(
        {
          '../package.json': JSON.stringify({ name: 'farm', workspaces: ['*'] }),
          '../shared/package.json': JSON.stringify({ name: '@farm/shared', main: './dist/index.js' }),
          '../shared/src/index.ts': `
            import { Router } from 'express';
            export const health = (): Router => Router().get('/health', (req, res) => res.json({}));`,
          'index.js': listening(`app.use('/internal', require('@farm/shared').health());`),
        },
        'service',
      ),
    ).toEqual(['GET /internal/health']);
  });

  test('a value that a function returns if some unknown condition holds', () => {
    expect(
      operationsOf({
        'index.js': listening(`
          function settings(file) {
            if (file && require('some-library').isAllowed(file)) return { prefix: '/v1' };
            return null;
          }
          app.use(settings('./settings').prefix, require('./trees'));`),
        'trees.js': trees,
      }),
    ).toEqual(['GET /v1/{id}']);
  });

  test('an app that is given away is a gap', () => {
    expect(
      gapsOf({ 'index.js': listening(`require('rest-maker').initialize({ app, base: '/api' });`) }),
    ).toContainEqual('rest-maker.initialize is given the app: what it registers is not listed.');
  });

  test('what seems to be thrown while the service loads does not end the reading', () => {
    expect(
      operationsOf({
        'index.js': listening(`
          const limits = require('some-library').read();
          function check(options) { if (options.low === options.high) throw new Error('limits'); }
          check({});
          app.get('/limits', (req, res) => res.json({}));`),
      }),
    ).toEqual(['GET /limits']);
  });

  test('JavaScript with types of its own', () => {
    expect(
      operationsOf({
        'index.js': `// @flow
          import express from 'express';
          type Tree = { id: string };
          const app = express();
          app.get('/trees', (req: any, res: any): void => { const list: Array<Tree> = []; res.json(list); });
          app.listen(3000);`,
      }),
    ).toEqual(['GET /trees']);
  });

  test('one registration for every method; a wildcard with a method', () => {
    expect(
      operationsOf({
        'index.js': listening(`
          app.all('/gate', (req, res) => res.json({}));
          app.get('/*', (req, res) => res.status(404).json({}));`),
      }),
    ).toEqual(['ALL /gate', 'GET /*']);
  });

  test('a prefix from the checked-in example of the environment', () => {
    expect(
      operationsOf({
        '.env.example': 'API_PREFIX=/v2\n',
        'index.js': listening(`app.use(process.env.API_PREFIX, require('./trees'));`),
        'trees.js': trees,
      }),
    ).toEqual(['GET /v2/{id}']);
  });
});

describe('classes with decorators', () => {
  const controller = `
    import { Authorized, Body, Get, HttpCode, JsonController, Param, Post } from 'routing-controllers';
    import { Service } from 'typedi';
    import { TreeStore } from './store';
    @Service()
    @JsonController('/trees')
    export class TreeController {
      constructor(private readonly store: TreeStore) {}
      @Get('/:id')
      one(@Param('id') id: string) { return this.store.find(id); }
      @Post()
      @HttpCode(201)
      @Authorized()
      add(@Body() tree: { name: string }) { return this.store.add(tree); }
    }`;
  const files = {
    'tsconfig.json': '{}',
    'package.json': JSON.stringify({ main: 'src/index.ts', dependencies: { express: '^5.0.0' } }),
    'src/store.ts': `export class TreeStore { find(id: string) { return { id }; } add(tree: object) { return tree; } }`,
    'src/trees.ts': controller,
  };
  const boot = (controllers: string): string => `
    import { createExpressServer } from 'routing-controllers';
    import { TreeController } from './trees';
    const app = createExpressServer({ routePrefix: '/api', controllers: ${controllers}, authorizationChecker: (action) => !!action.request.headers['x-key'] });
    app.listen(3000);`;

  test('controllers that are listed', () => {
    expect(operationsOf({ ...files, 'src/index.ts': boot('[TreeController]') })).toEqual([
      'GET /api/trees/{id}',
      'POST /api/trees',
    ]);
  });

  test('controllers by a glob, also where it names the build output', () => {
    expect(operationsOf({ ...files, 'src/index.ts': boot("['dist/tre*.js']") })).toEqual([
      'GET /api/trees/{id}',
      'POST /api/trees',
    ]);
  });

  test("the decorator's status, and a refusal by the authorization checker", () => {
    const root = temporaryFolder('decorated');
    for (const [name, text] of Object.entries({ ...files, 'src/index.ts': boot('[TreeController]') })) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
    const add = inspect(triage(root)).operations.find((operation) => operation.method === 'POST');
    expect(add?.responses.map(({ status, when }) => `${status} ${when}`)).toEqual([
      '201 success',
      '401 unauthenticated',
      '400 invalid-input',
    ]);
  });

  test('decorators of the service itself run: what they remember is what it registers', () => {
    expect(
      operationsOf({
        'tsconfig.json': '{}',
        'package.json': JSON.stringify({ main: 'src/index.ts', dependencies: { express: '^5.0.0' } }),
        'src/rest.ts': `
          import 'reflect-metadata';
          export const Get = (path: string) => (target: any, key: string) => {
            const routes = Reflect.getMetadata('routes', target.constructor ?? target) ?? [];
            Reflect.defineMetadata('routes', [...routes, { method: 'get', path, key }], target);
          };
          export const Rest = (prefix: string) => (target: any) => Reflect.defineMetadata('prefix', prefix, target);`,
        'src/index.ts': `
          import express from 'express';
          import { Get, Rest } from './rest';
          @Rest('/bees')
          class Bees {
            @Get('/hives')
            hives(req, res) { res.json([]); }
          }
          const app = express();
          const bees: any = new Bees();
          for (const { method, path, key } of Reflect.getMetadata('routes', Bees.prototype))
            app[method](Reflect.getMetadata('prefix', Bees) + path, bees[key]);
          app.listen(3000);`,
      }),
    ).toEqual(['GET /bees/hives']);
  });
});
