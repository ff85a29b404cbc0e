import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { FileChange } from '../../src/model/index.js';
import { json, text } from '../../src/report/index.js';
import { bakeryOutcome } from './fixture/bakery-outcome.js';

const PLAIN = { colour: false, width: 80 };

describe('text', () => {
  test('says the whole outcome, suspected bugs first', () => {
    expect(text(bakeryOutcome(), PLAIN)).toBe(`Suspected bugs  1: the service contradicts its own code
  POST /orders: refuses a burnt loaf
    Expected: 400
    Received: 201
    curl -i -X POST 'http://localhost:3000/orders'

Test surface  1 operation in 2 files
  Language       javascript  (package.json:1)
  Modules        commonjs  (package.json:1)
  Framework      express  (express 5.3.0: package.json:14)
  Runner         jest  (package.json:1)
  Entry          src/app.js  (package.json:1)
  Auth           jsonwebtoken  (jsonwebtoken 9.0.2: package.json:16)

Plan  3 cases, 1 of them todo
  operation     ok  input  rule  all
  POST /orders   1      1     1    3
  all            1      1     1    3

Implementation  1 create, 1 conflict
  + test/orders.test.js
  ! test/cakes.test.js: changed by hand and kept; ours is test/cakes.test.js.new

Run  2 pass, 0 fail, 1 todo
    npx jest test/orders.test.js

Gaps  1
  POST /orders: Depends on the weather.  (src/orders.js:33)
    [condition-not-read]
  More of each: backend-test explain condition-not-read
`);
  });

  test('a green run says so; one with a problem does not', () => {
    const outcome = bakeryOutcome({ suspectedBugs: [] });
    const stuck = { ...outcome, run: { ...outcome.run, problem: 'The suite did not end within 4 s.' } };

    expect(text(outcome, PLAIN)).toContain('Green, twice, in two orders.');
    expect(text(stuck, PLAIN)).not.toContain('Green');
    expect(text(stuck, PLAIN)).toContain('did not end within 4 s');
  });

  test('a red case is named with the first line of its message', () => {
    const { run } = bakeryOutcome();
    const red = { ...run, verdicts: [{ case: 'bakes', verdict: 'fail' as const, message: 'Received: 418\nmore' }] };

    expect(text(bakeryOutcome({ run: red, suspectedBugs: [] }), PLAIN)).toContain(
      'fail POST /orders: bakes\n    Received: 418\n',
    );
  });

  test('variables that the service needs are named where their test values were written', () => {
    const { model } = bakeryOutcome();
    const source = { file: 'src/main.ts', line: 1, column: 1, start: 0, end: 1 };
    const environment = [
      { name: 'OVEN_KEY', required: true, source },
      { name: 'LOG_LEVEL', required: false, source },
    ];
    const written: FileChange = { path: '.env.test', change: 'create', ownership: 'seeded', before: null, after: '' };
    const said = (all: FileChange[]): string =>
      text(bakeryOutcome({ model: { ...model, environment }, changes: all }), PLAIN);

    expect(said([written])).toContain('The service needs OVEN_KEY: test values of our own stand in .env.test.');
    expect(said([{ ...written, change: 'keep' }])).not.toContain('OVEN_KEY');
  });

  test('colours are only added, and only when asked for', () => {
    const coloured = text(bakeryOutcome(), { colour: true, width: 80 });

    expect(coloured).toContain('\u001B[31m');
    expect(stripVTControlCharacters(coloured)).toBe(text(bakeryOutcome(), PLAIN));
  });

  test('nothing but commands is wider than the page', () => {
    const gaps = [{ kind: 'no-answer' as const, reason: 'A long reason that goes on about the oven. '.repeat(8) }];
    const lines = text(bakeryOutcome({ gaps }), { colour: false, width: 60 }).split('\n');

    expect(lines.filter((each) => each.length > 60 && !/^ {4}(npx|curl)/.test(each))).toEqual([]);
  });
});

describe('json', () => {
  test('is the documented document, with no absolute path in it', () => {
    const document = json(bakeryOutcome());

    expect(Object.keys(document)).toEqual([
      'surface',
      'plan',
      'implementation',
      'run',
      'suspectedBugs',
      'gaps',
      'diagnostics',
    ]);
    expect(document.surface['framework']).toEqual({
      value: 'express',
      origin: 'detected',
      evidence: 'express 5.3.0: package.json:14',
    });
    expect(document.plan.cases[0]).toEqual({
      id: 'bakes',
      operation: 'POST /orders',
      kind: 'success',
      layer: 'integration',
      title: 'bakes',
      file: 'test/orders.test.js',
      source: { file: 'src/orders.ts', line: 12 },
      state: 'active',
    });
    expect(document.implementation.files[1]).toEqual({
      path: 'test/cakes.test.js',
      change: 'conflict',
      ownership: 'managed',
      beside: 'test/cakes.test.js.new',
    });
    expect(document.run).toEqual(bakeryOutcome().run);
    expect(document.gaps).toEqual([
      {
        kind: 'condition-not-read',
        operation: 'POST /orders',
        reason: 'Depends on the weather.',
        source: { file: 'src/orders.js', line: 33 },
        reference: 'references/gaps.md#condition-not-read',
      },
    ]);
    expect(JSON.stringify(document)).not.toContain('/srv/bakery');
  });
});
