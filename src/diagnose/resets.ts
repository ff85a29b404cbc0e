import { ts } from 'ts-morph';
import { isInside } from './suite/reach.js';
import type { Call, Source } from './suite/source.js';
import type { NodeSuite, TestFile } from './suite/suite.js';

/** A call that empties a table, a collection or a whole database. */
export interface Reset {
  call: Call;
  /** In a setup file it runs for each test file. */
  shared: boolean;
}

/** What the hooks of a test file, its setup files and its helpers empty. */
export function resetsOf(test: TestFile): Reset[] {
  const { setup } = test.suite;
  return test.reach.calls

    .filter((call) => emptiesAll(call) && (isTestSide(call, test.suite) || isInHook(call, test)))
    .filter((call) => call.source !== test.source || isInHook(call, test))
    .map((call) => ({ call, shared: setup.includes(call.source) }));
}

const isInHook = (call: Call, test: TestFile): boolean =>
  call.source === test.source && test.blocks.hooks.some((hook) => isInside(call.node, hook.node));

/** Not the service itself: a test, a setup file, or a helper in a folder of tests. */
const isTestSide = (call: Call, suite: NodeSuite): boolean =>
  suite.setup.includes(call.source) ||
  suite.globals.includes(call.source) ||
  /(^|\/)(__tests__|tests?|spec|e2e|test-utils|testing)\//.test(call.source.file) ||
  /\b(test|reset|clear|truncate|setup)[-_]?\w*\.[cm]?[jt]s$/i.test(call.source.file);

const verdicts = new WeakMap<Call, boolean>();

/** Asked of the same call once for each test file that reaches it. */
function emptiesAll(call: Call): boolean {
  const known = verdicts.get(call);
  if (known !== undefined) return known;
  const verdict = mayEmpty.test(call.name) && isReset(call);
  verdicts.set(call, verdict);
  return verdict;
}

const mayEmpty =
  /^(deleteMany|deleteAll|dropDatabase|dropAllCollections|truncate|sync|synchronize|destroy|del|delete|query|execute|exec|raw|run|unsafe|\$executeRaw\w*|\$queryRaw\w*|none|any)$/;

function isReset({ name, node, receiver }: Call): boolean {
  const [first] = node.arguments ?? [];
  const empty =
    first === undefined ||
    (ts.isObjectLiteralExpression(first) &&
      (!first.properties.length || /\b(truncate|force)\s*:\s*true/.test(first.getText())));
  if (receiver && /^(deleteMany|deleteAll|remove)$/.test(name)) return name !== 'remove' && empty;
  if (receiver && /^(dropDatabase|dropAllCollections)$/.test(name)) return true;
  if (receiver && name === 'truncate') return true;
  if (receiver && name === 'sync') return first !== undefined && /\bforce\s*:\s*true/.test(first.getText());
  if (receiver && name === 'synchronize') return first?.kind === ts.SyntaxKind.TrueKeyword;
  if (receiver && name === 'destroy')
    return first !== undefined && /\btruncate\s*:\s*true|\bwhere\s*:\s*\{\s*\}/.test(first.getText());
  if (receiver && name === 'del') return node.arguments?.length === 0 && !/\.where/.test(receiver.getText());
  const text = node.getText();
  if (name === 'delete' && receiver)
    return (
      ts.isIdentifier(receiver) &&
      /^(db|tx|database)$/.test(receiver.text) &&
      node.arguments?.length === 1 &&
      !ts.isPropertyAccessExpression(node.parent)
    );
  return (
    /^(query|execute|exec|raw|run|unsafe|\$executeRaw\w*|\$queryRaw\w*|none|any)$/.test(name) &&
    /\bTRUNCATE\b|\bDELETE\s+FROM\s+["'`\w.]+["`]?\s*(;|["'`]\s*[),]|$)|DROP\s+(SCHEMA|DATABASE|TABLE)/i.test(text)
  );
}

/** The database lives in the process, or each file starts one of its own. */
export function hasOwnDatabase(test: TestFile): boolean {
  return [...test.reach.sources].some(startsDatabase);
}

const starting = new WeakMap<Source, boolean>();

function startsDatabase(source: Source): boolean {
  const known = starting.get(source);
  if (known !== undefined) return known;
  const perFile =
    /MongoMemory(Server|ReplSet)|['"]:memory:['"]|sqlite::memory:|PGlite|pg-mem|new (PostgreSql|MySql|MongoDB|Generic)\w*Container|mockgoose|newDb\(|sql\.js/;
  const starts = perFile.test(source.text);
  starting.set(source, starts);
  return starts;
}

/** Something in the suite makes names differ between workers. */
export function knowsWorker(test: TestFile): boolean {
  const suite = test.suite;
  const texts = [
    ...test.reach.sources,
    ...suite.globals,
    ...(suite.settings.source ? [suite.settings.source] : []),
  ].map(({ text }) => text);
  return texts.some((text) =>
    /JEST_WORKER_ID|VITEST_POOL_ID|VITEST_WORKER_ID|workerId|process\.pid|randomUUID\(\)|nanoid\(/.test(text),
  );
}
