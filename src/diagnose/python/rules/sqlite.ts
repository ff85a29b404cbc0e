import { at, type PyRule, sides } from '../rule.js';
import type { PyCall, PySource } from '../source.js';
import type { PytestSuite } from '../suite.js';
import type { Found } from '../../rule.js';

/** Sqlite in memory behind a client that runs the app in another thread; savepoints that sqlite's driver commits. */
export const sqlite: PyRule = {
  symptom: 16,
  find(suite) {
    const files = new Set(sides(suite).flatMap((source) => [...suite.reach(source)]));
    return [...files].flatMap((source) => [...perThread(source, suite), ...savepoints(source, suite)]).slice(0, 2);
  },
};

function perThread(source: PySource, suite: PytestSuite): Found[] {
  const hasThreads = sides(suite).some(
    ({ calls, text }) => calls.some(({ name }) => name === 'TestClient') || /\bThread\(|run_in_threadpool/.test(text),
  );
  const engine = source.calls.find(
    (call) =>
      call.name === 'create_engine' &&
      isMemory(call, source) &&
      !call.keywords.has('poolclass') &&
      !call.keywords.has('creator'),
  );
  if (!engine || !hasThreads) return [];
  const close = engine.node.end - 1;
  const before = engine.node.text.slice(0, -1).trimEnd().endsWith(',') ? ' ' : ', ';
  return [
    {
      title: 'Each thread gets an sqlite database of its own, an empty one: "no such table".',
      ...at(source, engine.node),
      evidence: `${source.place(engine.node)}: ${engine.node.text.split('\n')[0] ?? ''} has no StaticPool, and TestClient runs the app in another thread.`,
      fix: 'create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}).',
      certainty: 'certain',
      ...(source.imports.has('StaticPool') && !engine.node.text.includes('\n')
        ? { edits: [{ file: source.file, start: close, end: close, text: `${before}poolclass=StaticPool` }] }
        : {}),
    },
  ];
}

function isMemory({ args, keywords }: PyCall, source: PySource): boolean {
  const node = args[0] ?? keywords.get('url');
  const text =
    node?.type === 'identifier'
      ? (new RegExp(`^${node.text}\\s*(?::[^=]+)?=\\s*(.+)$`, 'm').exec(source.text)?.[1] ?? '')
      : (node?.text ?? '');
  return (
    /^f?['"]sqlite(\+pysqlite)?:\/\/(\/:memory:|\/)?['"]/.test(text.trim()) ||
    /sqlite(\+pysqlite)?:\/\/\/file:.*mode=memory/.test(text)
  );
}

/** Rollback around each test, with a driver that begins no transaction for a savepoint. */
function savepoints(source: PySource, suite: PytestSuite): Found[] {
  if (!suite.fixtures.includes(source) && !suite.tests.includes(source)) return [];
  const nested = source.calls.find(
    ({ name, keywords }) =>
      name === 'begin_nested' || /create_savepoint/.test(keywords.get('join_transaction_mode')?.text ?? ''),
  );
  const isSqlite = /create_engine\(\s*f?['"]sqlite/.test(source.text) || /=\s*f?['"]sqlite:\/\//.test(source.text);
  if (!nested || !isSqlite || /['"]begin['"]|isolation_level\s*=\s*None|autocommit\s*=|AUTOCOMMIT/.test(source.text))
    return [];
  return [
    {
      title: 'Rows survive the rollback: the sqlite driver begins no transaction before a savepoint.',
      ...at(source, nested.node),
      evidence: `${source.place(nested.node)}: ${nested.node.text.split('\n')[0] ?? ''}; no listener on "begin" of the engine.`,
      fix: 'Set isolation_level = None on "connect" and execute BEGIN on "begin", as SQLAlchemy\'s page on SQLite says.',
      certainty: 'certain',
    },
  ];
}
