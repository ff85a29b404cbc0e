import { ts } from 'ts-morph';
import { at, type Found, type Rule } from '../rule.js';
import { hasOwnDatabase, resetsOf } from '../resets.js';
import { isFunction, type Source } from '../suite/source.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';

/** The environment for tests comes after the app has read it, or not at all. */
export const wrongDatabase: Rule = {
  symptom: 10,
  find: (suite) => [...lateEnvironment(suite), ...unguardedReset(suite)],
};

/** A file that imports the app first and sets the environment after that. */
function lateEnvironment(suite: NodeSuite): Found[] {
  const sides = new Set([...suite.setup, ...suite.tests.map(({ source }) => source)]);
  return [...sides].flatMap((source) => {
    const late = environmentLoad(source);
    if (!late) return [];
    const before = source.specifiers.filter(({ node }) =>
      ts.isImportDeclaration(node)
        ? !ts.isImportDeclaration(late) || node.pos < late.pos
        : node.pos < late.pos && isTopLevel(node),
    );
    for (const { specifier, node } of before) {
      const target = suite.resolve(specifier, source.file);
      const reads = target && readsEnvironmentAtLoad(target, suite, late.getText());
      if (!reads) continue;
      return [
        {
          title:
            'The environment for tests is loaded after the app has read it: the app keeps the one for development.',
          ...at(source, late),
          evidence: `${source.place(node)} imports ${target.file}${ts.isImportDeclaration(node) && !ts.isImportDeclaration(late) && node.pos > late.pos ? ' (imports run first wherever they stand)' : ''}, and ${reads}; ${source.place(late)} comes after that.`,
          fix:
            suite.runner === 'jest'
              ? 'Load it in a file under setupFiles, which runs before any import of a test.'
              : suite.runner === 'vitest'
                ? 'Put it under test.env in the configuration, or in a setup file that imports nothing of the app.'
                : 'Load it with node --env-file=.env.test, or --import a file that does nothing else.',
          certainty: 'certain' as const,
        },
      ];
    }
    return [];
  });
}

/** `dotenv.config({ path: '.env.test' })`, `import 'dotenv/config'` or `process.env.DATABASE_URL = …` at the top level of a test or setup file. */
function environmentLoad(source: Source): ts.Node | undefined {
  for (const statement of source.tree.statements) {
    const text = statement.getText(source.tree);
    if (
      ts.isExpressionStatement(statement) &&
      /(^|\W)(dotenv\b.*\.config|config|loadEnv\w*|loadEnvFile)\(/s.test(text) &&
      /dotenv|loadEnv/.test(source.text) &&
      /\.env|test/.test(text)
    )
      return statement;
    if (
      ts.isExpressionStatement(statement) &&
      /^process\.env\.?\[?['"]?(\w*(URL|URI|DB|DATABASE|MONGO|REDIS|DSN)\w*)['"]?\]?\s*=[^=]/.test(text)
    )
      return statement;
  }
  return undefined;
}

const isTopLevel = (node: ts.Node): boolean => {
  for (let up = node.parent as ts.Node | undefined; up; up = up.parent as ts.Node | undefined)
    if (isFunction(up)) return false;
  return true;
};

function readsEnvironmentAtLoad(start: Source, suite: NodeSuite, load: string): string | undefined {
  const key = /^process\.env\.?\[?['"]?(\w+)/.exec(load)?.[1];
  const wanted = key === undefined ? /(URL|URI|DB|DATABASE|MONGO|PG|REDIS|DSN|HOST)/i : new RegExp(`^${key}$`);
  const seen = new Set<Source>();
  const queue = [start];
  for (let source = queue.pop(); source; source = queue.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    const found = readAtLoad(source, wanted);
    if (found) return `${source.place(found)} reads ${found.getText(source.tree)} when it is loaded`;
    for (const { specifier } of source.specifiers) {
      const target = suite.resolve(specifier, source.file);
      if (target) queue.push(target);
    }
  }
  return undefined;
}

function readAtLoad(source: Source, wanted: RegExp): ts.Node | undefined {
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    if (found || (isFunction(node) && !(ts.isCallExpression(node.parent) && node.parent.expression === node))) return;
    const key =
      ts.isPropertyAccessExpression(node) && node.expression.getText(source.tree) === 'process.env'
        ? node.name.text
        : undefined;
    if (key !== undefined && wanted.test(key)) found = node;
    else ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return found;
}

/** Tests empty the database that `.env` names, and nothing says that it is one for tests. */
function unguardedReset(suite: NodeSuite): Found[] {
  for (const test of suite.tests) {
    const [reset] = resetsOf(test);
    if (!reset || hasOwnDatabase(test) || saysTest(test, suite)) continue;
    const plain = plainDotenv(test);
    const variable = plain && databaseVariable(test);
    if (!plain || !variable) continue;
    return [
      {
        title: `The tests empty the database that ${variable} of .env names: the one for development.`,
        ...at(reset.call.source, reset.call.node),
        evidence: `${reset.call.source.place(reset.call.node)} empties it; ${plain} loads .env; no setup file, configuration or script sets ${variable} for tests, and nothing checks its name.`,
        fix: 'Set it from .env.test before the app is imported (setupFiles), and refuse to empty a database whose name does not say test.',
        certainty: 'certain',
      },
    ];
  }
  return [];
}

function plainDotenv(test: TestFile): string | undefined {
  for (const source of test.reach.sources) {
    const imported = source.specifiers.find(({ specifier }) => specifier === 'dotenv/config');
    if (imported) return source.place(imported.node);
    const call = source.calls.find(
      ({ name, receiver, node }) =>
        name === 'config' && /dotenv/.test(receiver?.getText() ?? '') && !/path\s*:/.test(node.getText()),
    );
    if (call) return call.source.place(call.node);
  }
  return undefined;
}

const databaseName = /process\.env\.?\[?['"]?(\w*(?:DATABASE|DB|MONGO|PG|POSTGRES|MYSQL)\w*)/;

function databaseVariable(test: TestFile): string | undefined {
  for (const source of test.reach.sources) {
    const found = databaseName.exec(source.text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Anything around the tests that chooses another environment, or looks at the database's name. */
function saysTest(test: TestFile, suite: NodeSuite): boolean {
  const around = [
    test.source,
    ...suite.setup,
    ...suite.globals,
    ...(suite.settings.source ? [suite.settings.source] : []),
  ];
  const chosen = /process\.env\.?\[?['"]?\w+['"]?\]?\s*=[^=]|\.env\.\w*test|env-file|\btest\.env\b|NODE_ENV/;
  return (
    around.some(({ text }) => chosen.test(text)) ||
    suite.settings.node('env') !== undefined ||
    suite.settings.scripts.some(({ command }) =>
      /NODE_ENV=|\.env\.|dotenv|env-file|DATABASE\w*=|DB\w*=|URL=|URI=/.test(command),
    ) ||
    [...test.reach.sources].some(({ text }) =>
      /NODE_ENV|\.env\.|['"`]test['"`]|_test\b|-test\b|TEST_/.test(text.replace(/\b(describe|it|test)\([^,]*,/g, '')),
    )
  );
}
