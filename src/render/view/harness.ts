import type {
  BuildExpr,
  Entity,
  HarnessPlan,
  Reading,
  SecurityScheme,
  Store,
  TestPlan,
  Triage,
} from '../../model/index.js';
import { access, keyLiteral, literal, text } from '../literals.js';
import { Imports, type ImportView } from './imports.js';
import { exprCode, Uses } from './expressions.js';
import { inputName, sinkName } from './names.js';
import { callerViews } from './support.js';

export interface StoreView {
  name: string;
  /** Absent: the service's own, imported. */
  open?: string;
  close?: string;
  entities: EntityView[];
  /** Name of the client library: picks the partial. */
  client: string;
}

export interface EntityView {
  name: string;
  read: string;
  clear: string;
  insert: string;
  alter: string;
}

export interface HarnessView {
  imports: ImportView[];
  stores: StoreView[];
  /** Deleting: those that refer to others first. */
  clears: string[];
  reads: { name: string; code: string }[];
  inserts: { name: string; code: string }[];
  alters: { name: string; code: string }[];
  guards: { variable: string }[];
  appCode: string;
  listens: boolean;
  fakes: { name: string; code: string }[];
  hosts: { name: string; origin: string; answers: { key: string; status: number; answer: string }[] }[];
  /** The service listens by itself: its server is caught. */
  captures: boolean;
  mailers: { name: string }[];
  sqlHelpers: boolean;
  numbered: boolean;
  spies: { name: string; target: string; methods: string[] }[];
  jwt?: JwtView;
  session: boolean;
  apiKey?: { header: string; value: string };
  uses: {
    patterns: boolean;
    nullOr: boolean;
    fromNow: boolean;
    succeeded: boolean;
    insert: boolean;
    alter: boolean;
    answer: boolean;
    breakDown: boolean;
    presenting: boolean;
    visitor: boolean;
  };
  typescript: boolean;
  /** Each test has a service of its own, from modules loaded again. */
  reloads: boolean;
  /** `reset` makes the app anew, with the same stores. */
  remakes: boolean;
  /** What loads the service, inside `startService`. */
  loads: string[];
  /** `reset` has something to put back. */
  resets: boolean;
}

interface JwtView {
  key: string;
  header: string;
  prefix: string;
  algorithm: string;
  options: string;
  others: { name: string; key: string; claims: string }[];
}

/** Everything the harness template prints, ready-made. */
export function harnessView(
  plan: TestPlan,
  triage: Triage,
  folder: string,
  used: Set<string>,
  text_: string,
): HarnessView {
  const imports = new Imports(triage, folder);
  const { harness } = plan;
  const reloads = harness.fresh === 'process';
  /** Of the service: imported once, or in each test anew. */
  const service = reloads ? new Imports(triage, folder) : imports;
  const storeNames = namesOf(harness, imports);
  const inApp = JSON.stringify('build' in harness.app ? harness.app.build : {});
  const reachable = harness.stores.filter(
    (store) =>
      store.handle &&
      (harness.entities.some((entity) => entity.store === store.id) || inApp.includes(`"store":"${store.id}"`)),
  );
  const fakes = injected(harness);
  const special = (expression: BuildExpr): string | undefined => {
    if (expression.kind === 'store') return storeNames.get(expression.store);
    if (expression.kind === 'sink')
      return `recorder(${text(sinkName(harness.sinks.find((one) => one.sink.id === expression.sink)?.sink.name ?? expression.sink))}, ${literal(methodsOf(harness, expression.sink))})`;
    return undefined;
  };
  const stores = reachable.map((store) =>
    storeView(store, harness.entities, storeNames.get(store.id) ?? 'db', imports, special),
  );
  const jwt = harness.schemes.find((scheme) => scheme.jwt);
  const apiKey = harness.schemes.find((scheme) => scheme.type === 'api-key');
  const views = stores.flatMap((store) => store.entities);
  const app = harness.app;
  const captures = app.how === 'listen' || (app.how === 'export' && app.listens);
  const appCode =
    !captures && (app.how === 'export' || app.how === 'factory') ? service.code(app.build, special) : 'undefined';
  const remakes = harness.fresh === 'app';
  const typescript = triage.language.value === 'typescript';
  const commonjs = triage.moduleSystem.value !== 'esm' && !typescript;
  const entry = text(imports.specifier(app.how === 'listen' ? app.file : entryOf(triage)));
  const reset = reloads ? [`${triage.runner.value === 'vitest' ? 'vi' : 'jest'}.resetModules();`] : [];
  if (reloads) importRunner(imports, triage);
  const loads = [
    ...reset,
    ...(captures
      ? [`const server = await startedServer(() => ${commonjs ? `require(${entry})` : `import(${entry})`});`]
      : []),
  ];
  for (const store of stores)
    if (store.client === 'drizzle' && text_.includes('.alter(')) imports.named('drizzle-orm', 'eq');
  const hosts = harness.sinks
    .filter((one) => one.sink.kind === 'http')
    .map((one) => ({
      name: sinkName(one.sink.name),
      origin: one.sink.origin ? imports.code(one.sink.origin) : text(one.sink.name),
      answers: Object.entries(one.answers).map(([key, value]) => ({
        key: text(key),
        status: value.status ?? 200,
        answer: exprCode(value.answer, new Uses(inputName)),
      })),
    }));
  if (hosts.length) imports.whole('nock', 'nock');
  imports.whole('supertest', 'request');
  imports.named('node:events', 'once');
  if (remakes) imports.named('node:http', 'createServer');
  if (jwt?.jwt) imports.whole('jsonwebtoken', 'jwt');
  const mailers = harness.sinks
    .filter((one) => isNodemailer(one.sink.handle))
    .map((one) => ({ name: sinkName(one.sink.name) }));
  const spies = harness.sinks
    .filter(
      (one) => one.sink.handle && !fakes.has(one.sink.id) && one.sink.kind !== 'http' && !isNodemailer(one.sink.handle),
    )
    .map((one) => ({
      name: sinkName(one.sink.name),
      target: service.code(one.sink.handle as BuildExpr, special),
      methods: one.sink.methods,
    }));
  return {
    stores,
    clears: [...views].reverse().map((view) => view.clear),
    reads: [
      ...views.map((view) => ({ name: view.name, code: view.read })),
      ...harness.readings.map((reading) => ({
        name: text(reading.entity),
        code: readingCode(plan, reading, typescript),
      })),
    ],
    inserts: views.map((view) => ({ name: view.name, code: view.insert })),
    alters: views.map((view) => ({ name: view.name, code: view.alter })),
    guards: [...new Set(reachable.flatMap((store) => store.urlVariable ?? []))].map((variable) => ({ variable })),
    appCode,
    listens: app.how === 'export' && app.listens,
    fakes: [],
    hosts,
    mailers,
    captures,
    sqlHelpers:
      (text_.includes('.alter(') || text_.includes('.insert(')) &&
      reachable.some((store) => !['drizzle', 'knex'].includes(store.client)),
    numbered: reachable.some((store) => store.dialect === 'postgres'),
    spies,
    ...(jwt?.jwt ? { jwt: jwtView(jwt, imports) } : {}),
    session: harness.schemes.some((scheme) => scheme.type === 'session'),
    ...(apiKey?.accepted ? { apiKey: { header: text(apiKey.name), value: imports.code(apiKey.accepted) } } : {}),
    uses: {
      patterns: used.has('patterns'),
      nullOr: used.has('nullOr'),
      fromNow: used.has('fromNow'),
      succeeded: true,
      insert: text_.includes('service.insert('),
      alter: text_.includes('service.alter('),
      answer: text_.includes('service.answer('),
      breakDown: text_.includes('service.breakDown('),
      presenting: text_.includes('.presenting('),
      visitor: text_.includes('service.visitor('),
    },
    typescript,
    reloads,
    remakes,
    loads: reloads
      ? [...loads.slice(0, reset.length), ...dynamicImports(service.list(), commonjs), ...loads.slice(reset.length)]
      : loads,
    resets:
      remakes ||
      hosts.length > 0 ||
      spies.length > 0 ||
      mailers.length > 0 ||
      views.length > 0 ||
      injected(harness).size > 0,
    imports: imports.list(),
  };
}

/** `jest` or `vi`, where the runner's names are imported. */
function importRunner(imports: Imports, triage: Triage): void {
  if (triage.runner.value === 'vitest') imports.named('vitest', 'vi');
  else if (triage.moduleSystem.value === 'esm' || triage.style.value.importsRunner)
    imports.named('@jest/globals', 'jest');
}

/** The same imports as statements of a function. */
function dynamicImports(list: ImportView[], commonjs: boolean): string[] {
  return list.map(({ whole, names, from }) => {
    if (commonjs) {
      const lines = [
        whole ? `const ${whole} = require(${text(from)});` : '',
        names.length ? `const { ${names.join(', ')} } = require(${text(from)});` : '',
      ];
      return lines.filter(Boolean).join('\n');
    }
    const bindings = [...(whole ? [`default: ${whole}`] : []), ...names];
    return `const { ${bindings.join(', ')} } = await import(${text(from)});`;
  });
}

/** All rows of an entity, by the request that lists them. */
function readingCode(plan: TestPlan, reading: Reading, typescript: boolean): string {
  const caller = readerCode(plan, reading.as);
  const body = `await succeeded(${caller}.get(${text(reading.template)}), ${reading.status})`;
  const list = reading.at.length ? reading.at.reduce(access, `(${body})`) : body;
  return typescript ? `(${list}) as Row[]` : list;
}

function readerCode(plan: TestPlan, name: string | undefined): string {
  if (name === undefined) return 'anonymous';
  const [caller] = callerViews(plan, new Set([name]), new Uses(inputName));
  return caller?.claims === undefined ? 'keyHolder()' : `callerWith(${caller.id}, ${caller.claims})`;
}

const entryOf = (triage: Triage): string => triage.entry.value.split('#')[0] ?? triage.entry.value;

/** `db`, `db2`, …; a store that a file exports keeps its own name. */
function namesOf(harness: HarnessPlan, imports: Imports): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set(harness.entities.map((entity) => entity.store));
  const ordered = [...harness.stores].sort((left, right) => Number(used.has(right.id)) - Number(used.has(left.id)));
  let count = 0;
  for (const store of ordered) {
    if (store.handle?.kind === 'import' && used.has(store.id)) names.set(store.id, imports.code(store.handle));
    else names.set(store.id, count++ ? `db${count}` : 'db');
  }
  return names;
}

/** A transport that the service makes for itself: replaced where it is made. */
const isNodemailer = (handle: BuildExpr | undefined): boolean =>
  handle?.kind === 'call' && JSON.stringify(handle.callee).includes('"nodemailer"');

/** Sinks that the app's factory takes. */
function injected(harness: HarnessPlan): Set<string> {
  const found = new Set<string>();
  const visit = (expression: BuildExpr): void => {
    if (expression.kind === 'sink') found.add(expression.sink);
    else if (expression.kind === 'call') [expression.callee, ...expression.args].forEach(visit);
    else if (expression.kind === 'object') Object.values(expression.fields).forEach(visit);
    else if (expression.kind === 'array') expression.items.forEach(visit);
    else if (expression.kind === 'member') visit(expression.of);
  };
  if ('build' in harness.app) visit(harness.app.build);
  return found;
}

const methodsOf = (harness: HarnessPlan, id: string): string[] =>
  harness.sinks.find((one) => one.sink.id === id)?.sink.methods ?? [];

function storeView(
  store: Store,
  entities: Entity[],
  name: string,
  imports: Imports,
  special: (expression: BuildExpr) => string | undefined,
): StoreView {
  const handle = store.handle ?? { kind: 'unknown', text: '' };
  const own = entities.filter((entity) => entity.store === store.id);
  const close = closing(store, name);
  const open = handle.kind === 'import' ? undefined : imports.code(handle, special);
  return {
    name,
    ...(open === undefined ? {} : { open }),
    ...(close ? { close } : {}),
    client: store.client,
    entities: own.map((entity) => entityView(store, entity, name, imports)),
  };
}

function closing(store: Store, name: string): string | undefined {
  const driver = store.driver ?? store.client;
  if (/pglite|libsql|better-sqlite|node-sqlite|sqlite-wasm/.test(driver))
    return store.client === 'drizzle' ? `await ${name}.$client.close()` : `await ${name}.close()`;
  if (/node-postgres|postgres-js|mysql|pg$/.test(driver))
    return store.client === 'drizzle' ? `await ${name}.$client.end()` : `await ${name}.end()`;
  if (driver === 'knex') return `await ${name}.destroy()`;
  return undefined;
}

function entityView(store: Store, entity: Entity, name: string, imports: Imports): EntityView {
  const entry = text(entity.name);
  if (store.client === 'drizzle' && entity.handle) {
    const table = imports.code(entity.handle);
    return {
      name: entry,
      read: `${name}.select().from(${table})`,
      clear: `await ${name}.delete(${table})`,
      insert: `(await ${name}.insert(${table}).values(values${''} as never).returning())[0]`,
      alter: `await ${name}.update(${table}).set(values as never).where(eq(${access(table, entity.key ?? 'id')}, by[${text(entity.key ?? 'id')}] as never))`,
    };
  }
  return sqlEntity(store, entity, name);
}

/** Plain SQL through the service's own client. */
function sqlEntity(store: Store, entity: Entity, name: string): EntityView {
  const table = `"${entity.name.replace(/"/g, '""')}"`;
  const entry = text(entity.name);
  const isPrepared = ['libsql', 'better-sqlite3', 'node-sqlite'].includes(store.client);
  if (store.client === 'knex')
    return {
      name: entry,
      read: `${name}(${entry}).select()`,
      clear: `await ${name}(${entry}).delete()`,
      insert: `(await ${name}(${entry}).insert(values).returning('*'))[0]`,
      alter: `await ${name}(${entry}).where(by).update(values)`,
    };
  if (store.client === 'sqlite-wasm') {
    return {
      name: entry,
      read: `${name}.all(${text(`SELECT * FROM ${table}`)})`,
      clear: `${name}.run(${text(`DELETE FROM ${table}`)})`,
      insert: `${name}.get(insertSql(${text(table)}, values), Object.values(values) as never[])`,
      alter: `${name}.run(updateSql(${text(table)}, by, values), [...Object.values(values), ...Object.values(by)] as never[])`,
    };
  }
  if (isPrepared) {
    return {
      name: entry,
      read: `${name}.prepare(${text(`SELECT * FROM ${table}`)}).all()`,
      clear: `${name}.prepare(${text(`DELETE FROM ${table}`)}).run()`,
      insert: `${name}.prepare(insertSql(${text(table)}, values)).get(...Object.values(values))`,
      alter: `${name}.prepare(updateSql(${text(table)}, by, values)).run(...Object.values(values), ...Object.values(by))`,
    };
  }
  return {
    name: entry,
    read: `(await ${name}.query(${text(`SELECT * FROM ${table}`)})).rows`,
    clear: `await ${name}.query(${text(`DELETE FROM ${table}`)})`,
    insert: `(await ${name}.query(insertSql(${text(table)}, values), Object.values(values))).rows[0]`,
    alter: `await ${name}.query(updateSql(${text(table)}, by, values), [...Object.values(values), ...Object.values(by)])`,
  };
}

function jwtView(scheme: SecurityScheme, imports: Imports): JwtView {
  const { jwt } = scheme;
  const options = [`algorithm: ${text(jwt?.algorithm ?? 'HS256')}`];
  if (typeof jwt?.issuer === 'string') options.push(`issuer: ${text(jwt.issuer)}`);
  if (typeof jwt?.audience === 'string') options.push(`audience: ${text(jwt.audience)}`);
  return {
    key: imports.code(jwt?.key ?? { kind: 'const', value: '' }),
    header: text(scheme.name),
    prefix: scheme.prefix ? `${scheme.prefix} ` : '',
    algorithm: text(jwt?.algorithm ?? 'HS256'),
    options: options.join(', '),
    others: scheme.otherTokens.map((other) => ({
      name: keyLiteral(other.name),
      key: imports.code(other.key),
      claims: literal(other.claims).replace(/^\{ | \}$/g, ''),
    })),
  };
}
