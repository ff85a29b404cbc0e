import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const src = path.resolve('src');

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? files(full) : entry.name.endsWith('.ts') ? [full] : [];
  });
}

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s+'(\.[^']+)'/g)].map(([, specifier = '']) =>
    path
      .relative(src, path.resolve(path.dirname(file), specifier))
      .split(path.sep)
      .join('/'),
  );

const stages = ['triage', 'inspect', 'plan', 'render', 'write', 'verify', 'report', 'layer'];

test.each(stages)('the stage %s imports only the model, the errors and itself', (stage) => {
  const foreign = files(path.join(src, stage)).flatMap((file) =>
    importsOf(file)
      .filter((target) => !target.startsWith(`${stage}/`) && !target.startsWith('model/') && target !== 'errors.js')
      .map((target) => `${path.relative(src, file)} → ${target}`),
  );

  expect(foreign).toEqual([]);
});

test('diagnosis stands beside the stages: it takes from them the front ends, aliases, and the running of a suite', () => {
  const allowed =
    /^(diagnose|model)\/|^errors\.js$|^triage\/aliases\.js$|^inspect\/(typescript|python)\/|^verify\/(child-process|runner-json)\.js$/;
  const foreign = files(path.join(src, 'diagnose')).flatMap((file) =>
    importsOf(file).filter((target) => !allowed.test(target)),
  );

  expect(foreign).toEqual([]);
});

test('the model imports nothing outside itself', () => {
  const foreign = files(path.join(src, 'model')).flatMap((file) =>
    importsOf(file).filter((target) => !target.startsWith('model/')),
  );

  expect(foreign).toEqual([]);
});

test('process.exit stands in src/cli.ts alone', () => {
  const users = files(src).filter((file) => /process\.exit\(/.test(readFileSync(file, 'utf8')));

  expect(users.map((file) => path.relative(src, file))).toEqual(['cli.ts']);
});

test('plop is imported in generators/ alone', () => {
  const users = files(src).filter((file) => /from 'plop'|from 'node-plop'/.test(readFileSync(file, 'utf8')));

  expect(users).toEqual([]);
});
