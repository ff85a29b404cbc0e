import { ts } from 'ts-morph';
import { clients } from './clients.js';
import { assignedName, lastName, type Origin, originOf, optionOf } from './suite/origin.js';
import { enclosingFunction } from './suite/reach.js';
import type { Call } from './suite/source.js';
import type { TestFile } from './suite/suite.js';

/** Something that keeps a process alive until it is closed. */
export interface Resource {
  kind: 'server' | 'client' | 'interval';
  call: Call;
  /** `a Postgres pool`. */
  label: string;
  /** How it is closed, as a call: `pool.end()`. */
  close: string;
  names: Set<string>;
}

const serverWords = /^(.*server|.*app|http|https|api|fastify|service|srv|instance|listener|koa|hono)$/i;
const closingVerbs =
  /^(close|closeAllConnections|stop|shutdown|shutDown|terminate|kill|destroy|dispose|end|quit|disconnect|\$disconnect|drain|release|teardown|tearDown|clearInterval|unref)$/;

/** What a test file opens, and nothing that runs with it closes. */
export function leftOpen(test: TestFile): Resource[] {
  const opened = test.reach.surely.filter((call) => !call.guarded).flatMap((call) => resourceOf(call, test) ?? []);
  return opened.filter((resource) => !isClosed(resource, test));
}

/** What a call opens, if anything. */
export function resourceOf(call: Call, test: TestFile): Resource | undefined {
  return serverOf(call, test) ?? clientOf(call, test) ?? intervalOf(call, test);
}

function serverOf(call: Call, test: TestFile): Resource | undefined {
  if (call.name !== 'listen' || !call.receiver) return undefined;
  const origin = originOf(call.receiver, call.source, test.suite.resolve);
  if (origin && (/^(msw|mswjs|mock-socket|@tauri)/.test(origin.module) || /\.unref\b/.test(origin.name)))
    return undefined;
  const receiver = lastName(call.receiver);
  if (
    !serverWords.test(receiver) &&
    !/^(https?|net|express|fastify|koa|hono|restify|polka|connect|@hapi\/hapi|@nestjs\/core)$/.test(
      origin?.module ?? '',
    )
  )
    return undefined;
  if (call.node.arguments?.[0] && /onUnhandledRequest/.test(call.node.arguments[0].getText())) return undefined;
  const assigned = assignedName(call.node);
  const names = namesOf(call, test, assigned ?? (ts.isCallExpression(call.receiver) ? undefined : receiver));
  if (!ts.isCallExpression(call.receiver)) names.add(receiver);
  return { kind: 'server', call, label: 'a listening server', close: `${assigned ?? receiver}.close()`, names };
}

function clientOf(call: Call, test: TestFile): Resource | undefined {
  const origin = originOf(call.node, call.source, test.suite.resolve);
  if (!origin || origin.node !== call.node || test.reach.mocked.has(origin.module)) return undefined;
  const kind = clients.find((one) => one.module.test(origin.module) && one.made.test(origin.name));
  if (
    !kind ||
    /sqlite|pglite|sqljs|:memory:|mock/i.test(argumentsText(call, origin)) ||
    optionOf(call.node, 'allowExitOnIdle', call.source) === true
  )
    return undefined;
  if (kind.needsDriver && !kind.needsDriver.some((name) => name in test.suite.manifest.dependencies)) return undefined;
  if (call.name === 'createConnection' && !call.node.arguments?.length) return undefined;
  const assigned = assignedName(call.node);
  const names = namesOf(call, test, assigned);
  if (!assigned && call.receiver) names.add(rootName(call.receiver));
  if (kind.opensWith && !uses(names, test, kind.opensWith)) return undefined;
  return {
    kind: 'client',
    call,
    label: kind.label,
    close: `${assigned ?? (call.receiver ? rootName(call.receiver) : 'client')}.${kind.close}()`,
    names,
  };
}

const rootName = (node: ts.Expression): string => /^[\w$]+/.exec(node.getText())?.[0] ?? 'client';

const argumentsText = (call: Call, origin: Origin): string =>
  [...(call.node.arguments ?? [])].map((one) => one.getText()).join(' ') + origin.name;

function intervalOf(call: Call, test: TestFile): Resource | undefined {
  if (
    call.name !== 'setInterval' ||
    (call.receiver && !/^(globalThis|global|window|timers)$/.test(call.receiver.getText()))
  )
    return undefined;
  const around = enclosingFunction(call.node);
  if (around && around !== call.owner) return undefined;
  if (/\.unref\s*(\?\.)?\(/.test(call.source.textOf(call.node.parent)) || test.source.text.includes('useFakeTimers'))
    return undefined;
  const assigned = assignedName(call.node);
  if (
    assigned !== undefined &&
    new RegExp(`\\b${assigned}\\??\\.unref\\b|clearInterval\\([^)]*\\b${assigned}\\b`).test(call.source.text)
  )
    return undefined;
  return {
    kind: 'interval',
    call,
    label: 'an interval',
    close: `clearInterval(${assigned ?? '…'})`,
    names: new Set(assigned === undefined ? [] : [assigned]),
  };
}

/** Names by which the rest of the project knows a value. */
function namesOf(call: Call, test: TestFile, own: string | undefined): Set<string> {
  const names = new Set(own === undefined ? [] : [own]);
  for (const source of test.reach.sources)
    for (const [local, binding] of source.bindings)
      if (
        (binding.name === own || binding.name === 'default' || binding.name === '*') &&
        test.suite.resolve(binding.specifier, source.file) === call.source
      )
        names.add(local);
  return names;
}

function uses(names: Set<string>, test: TestFile, verbs: RegExp): boolean {
  return [...test.reach.sources].some((source) =>
    source.calls.some(
      ({ name, receiver, node }) =>
        (receiver !== undefined && verbs.test(name) && chainHas(receiver, names)) ||
        (node.arguments ?? []).some((one) => ts.isIdentifier(one) && names.has(one.text)),
    ),
  );
}

const chainHas = (node: ts.Expression, names: Set<string>): boolean =>
  node
    .getText()
    .split(/\W+/)
    .some((part) => names.has(part));

const storeWords =
  /(db|pool|client|conn|connection|redis|prisma|mongo|mongoose|knex|sequelize|orm|pg|sql|postgres|mysql|database|store|cache|broker|channel|queue|worker|producer|consumer|datasource|socket|ws)s?$/i;

function isClosed({ kind, names, close }: Resource, test: TestFile): boolean {
  const closes = ({ name, receiver }: Call): boolean => {
    if (!closingVerbs.test(name) || !receiver) return false;
    if (chainHas(receiver, names)) return true;
    const last = lastName(receiver);
    return kind === 'server' ? serverWords.test(last) : kind === 'client' && storeWords.test(last) && !names.size;
  };
  const isHanded = (call: Call): boolean =>
    (call.node.arguments ?? []).some((one) => {
      const inner = ts.isPropertyAccessExpression(one) ? one : undefined;
      return inner !== undefined && closingVerbs.test(inner.name.text) && chainHas(inner.expression, names);
    });
  return (
    test.reach.calls.some((call) => closes(call) || isHanded(call)) ||
    closedByHelper(kind, test) ||
    closedUnderAnotherName(close, kind, test)
  );
}

/** The tests themselves call the same method of something: a wrapper that the client was handed to. */
function closedUnderAnotherName(close: string, kind: Resource['kind'], test: TestFile): boolean {
  const verb = kind === 'interval' ? 'clearInterval' : (/\.([$\w]+)\(\)$/.exec(close)?.[1] ?? '');
  if (kind === 'server') return false;
  return test.reach.calls.some(
    ({ name, receiver, source }) =>
      name === verb &&
      (source === test.source || test.suite.setup.includes(source)) &&
      (kind === 'interval' || (receiver !== undefined && !serverWords.test(lastName(receiver)))),
  );
}

/** A function of the project that says by its name that it closes, called by the tests. */
function closedByHelper(kind: Resource['kind'], test: TestFile): boolean {
  const verbs =
    kind === 'server'
      ? /^(close|stop|shutdown|teardown|kill|terminate)(app|server|http|all|everything)?$/i
      : /^(close|stop|shutdown|teardown|disconnect|end|quit|destroy|release)(db|pool|database|connections?|mongo|redis|client|all|everything|datasource|server|app)s?$/i;
  return test.reach.calls.some(
    ({ name, source, receiver }) =>
      !receiver && verbs.test(name) && (test.source === source || test.suite.setup.includes(source)),
  );
}
