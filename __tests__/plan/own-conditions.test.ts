import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect } from '../../src/inspect/index.js';
import type { Expr, TestPlan } from '../../src/model/index.js';
import { plan } from '../../src/plan/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** The plan of a riding school whose routes are these. */
function ridingSchool(routes: string): TestPlan {
  const root = temporaryFolder('riding-school');
  mkdirSync(root, { recursive: true });
  writeFileSync(
    path.join(root, 'package.json'),
    JSON.stringify({ name: 'riding-school', dependencies: { express: '^5.0.0' } }),
  );
  writeFileSync(
    path.join(root, 'server.js'),
    `const express = require('express');\nconst app = express();\napp.use(express.json());\n${routes}\napp.listen(3000);\n`,
  );
  const facts = triage(root);
  return plan(inspect(facts), facts, { testFolder: 'test' });
}

const titles = ({ cases }: TestPlan): string[] =>
  cases.map(({ title }) => title).filter((title) => !title.includes('malformed'));

/** The fields that a case sends otherwise than the valid sample. */
function overrides({ cases }: TestPlan, title: string): Record<string, unknown> | undefined {
  const body = cases.find((one) => one.title === title)?.act.body;
  const fields: Record<string, Expr> = body?.kind === 'sample' ? (body.overrides ?? {}) : {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, expr]) => [name, expr.kind === 'literal' ? expr.value : expr.kind]),
  );
}

test('a bound that is asked where another field has some value is a rule between the two, and no bound of the field', () => {
  const suite = ridingSchool(`
    app.post('/riders', (req, res) => {
      const { age, level } = req.body;
      if (typeof age !== 'number') return res.status(400).json({ error: 'age' });
      if (age < 18) return res.status(422).json({ error: 'of age' });
      if (!['beginner', 'expert'].includes(level)) return res.status(400).json({ error: 'level' });
      if (level === 'expert' && age < 21) return res.status(422).json({ error: 'experts must be 21' });
      res.status(201).json({ age, level });
    });`);

  expect(titles(suite)).toEqual(
    expect.arrayContaining([
      'refuses age below the minimum (17.99) with 422',
      'answers 422 when the age is less than 21',
    ]),
  );
  expect(titles(suite).filter((title) => title.includes('20.99'))).toEqual([]);
  expect(overrides(suite, 'answers 422 when the age is less than 21')).toEqual({
    level: 'expert',
    age: expect.any(Number),
  });
});

test('constants that a success asks for are sent, and what parseInt reads has whole bounds', () => {
  const suite = ridingSchool(`
    app.post('/login', (req, res) => {
      const { name, password } = req.body;
      if (name !== 'stable' || password !== 'master') return res.status(401).json({ error: 'wrong' });
      res.json({ welcome: name });
    });
    app.get('/rides', (req, res) => {
      const limit = parseInt(req.query.limit) || 10;
      if (limit > 50) return res.status(400).json({ error: 'limit' });
      res.json([]);
    });`);

  expect(overrides(suite, 'answers 200 to a valid request')).toEqual({ name: 'stable', password: 'master' });
  expect(titles(suite)).toContain('refuses a query limit above the maximum (51) with 400');
});

test('length is a field of a body like others', () => {
  const suite = ridingSchool(`
    app.post('/reins', (req, res) => {
      const { length } = req.body;
      if (!length) return res.status(400).json({ error: 'length' });
      res.status(201).json({ length });
    });`);

  expect(titles(suite)).toContain('refuses without length with 400');
});
