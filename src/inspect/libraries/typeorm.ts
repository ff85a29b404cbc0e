import type { Catalog, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter, Library } from '../interpreter/interpreter.js';
import { promised } from '../interpreter/promises.js';
import {
  ClassValue,
  isCallable,
  isNil,
  nullValue,
  ObjectValue,
  primitive,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { type ActiveRecords, activeRecords, saved } from './active-records.js';
import { chainOf, type ChainStep } from './chain.js';
import { connectionOf, dialectOf, textsIn } from './connection.js';
import {
  conditions,
  DocumentHost,
  type Model,
  newModel,
  perform,
  rowMethod,
  tableOf,
  valuesOf,
  type Verb,
} from './model.js';
import { transaction, uniqueViolation } from './record.js';
import { runStatement } from './statement.js';
import { field, listOf, objectOf } from './table.js';
import { described, isTrue } from './typeorm-columns.js';
import { arranged, assignTo, builtWhere, criteria, keyPart } from './typeorm-arguments.js';

const where = { arg: 0, at: 'where' };
const direct = { arg: 0 };
const options = { arg: 0 };
const affected = (_: Interpreter, count: Value): Value => objectOf({ affected: count, raw: unknown('raw') });
const missing = (interpreter: Interpreter): Value =>
  errorOf(interpreter, 'EntityNotFoundError', 'Could not find any entity');

const verbs: Record<string, Verb> = {
  find: { does: 'list', where, options },
  findBy: { does: 'list', where: direct },
  findOne: { does: 'one', where, options },
  findOneBy: { does: 'one', where: direct },
  findOneById: { does: 'one', where: { arg: 0, key: true } },
  findOneOrFail: { does: 'one', where, options, throws: missing },
  findOneByOrFail: { does: 'one', where: direct, throws: missing },
  count: { does: 'count', where },
  countBy: { does: 'count', where: direct },
  exist: { does: 'exists', where },
  exists: { does: 'exists', where },
  existsBy: { does: 'exists', where: direct },
  findAndCount: { does: 'page', where, options },
  findAndCountBy: { does: 'page', where: direct },
  insert: { does: 'insert', values: { arg: 0 } },
  update: { does: 'update', where: direct, values: { arg: 1 }, gives: affected },
  delete: { does: 'delete', where: direct, gives: affected },
};

const rowVerbs = {
  save: new Set(['save']),
  update: new Set<string>(),
  remove: new Set(['remove']),
  plain: new Set<string>(),
  reload: new Set(['reload']),
};

const repositories = new Set([
  'getRepository',
  'getTreeRepository',
  'getMongoRepository',
  'getCustomRepository',
  'withRepository',
]);

/** TypeORM 0.2 and 0.3: repositories, the entity manager, active records, its query builder. */
export function typeorm(catalog: Catalog): Library {
  return new TypeOrm(catalog).library();
}

class TypeOrm {
  private readonly models = new Map<Value, Model>();
  private readonly clients: Symbolic[] = [];
  private store: StoreEntry | undefined;

  constructor(private readonly catalog: Catalog) {}

  library(): Library {
    const records: ActiveRecords = {
      name: 'typeorm',
      verbs,
      rowVerbs,
      modelOf: (value) => this.repositoryOf(value)?.model,
      modelFor: (entity) => [...this.models.values()].find((model) => model.entity.name === entity),
    };
    const active = activeRecords(records);
    return {
      ...active,
      call: (callee, call) => {
        const { origin } = callee;
        const { interpreter, args, span } = call;
        this.notes(callee, args, call.isNew, interpreter, span);
        if (!interpreter.path) return undefined;
        if (
          origin.kind === 'external' &&
          origin.module === 'typeorm' &&
          call.self.type === 'class' &&
          origin.path[0] === 'BaseEntity'
        ) {
          const model = this.modelOfClass(call.self, span);
          return model && this.act(model, origin.path.at(-1) ?? '', args, interpreter, span);
        }
        if (origin.kind !== 'member') return active.call?.(callee, call);
        if (origin.key === 'transaction' && isOurs(origin.of)) return inTransaction(origin.of, interpreter, args, span);
        const found = this.repositoryOf(origin.of, interpreter);
        if (found) return this.act(found.model, origin.key, args, interpreter, span);
        const manager =
          isManager(origin.of) && args[0]?.type === 'class' ? this.modelOfClass(args[0], span) : undefined;
        if (manager) return this.act(manager, origin.key, args.slice(1), interpreter, span);
        return active.call?.(callee, call);
      },
      settle: (value, interpreter, span) => {
        if (!interpreter.path || value.origin.kind !== 'call') return undefined;
        return this.built(value, interpreter, value.origin.span ?? span);
      },
      method: (of, name, call) => {
        if (of.host instanceof DocumentHost && of.cls && name === 'save' && call.interpreter.path)
          return promised(call.interpreter, call.span, () =>
            this.save((of.host as DocumentHost).model, of, call.interpreter, call.span),
          );
        if (of.cls && name === 'save' && call.interpreter.path) {
          const model =
            this.models.get(of.cls) ?? (extendsBase(of.cls) ? this.modelOfClass(of.cls, call.span) : undefined);
          if (model)
            return promised(call.interpreter, call.span, () => this.save(model, of, call.interpreter, call.span));
        }
        return undefined;
      },
    };
  }

  /** Data sources, and where they are opened. */
  private notes(callee: Symbolic, args: Value[], isNew: boolean, interpreter: Interpreter, span: Span): void {
    const { origin } = callee;
    const name = origin.kind === 'external' && origin.module === 'typeorm' ? origin.path.at(-1) : undefined;
    if (name === 'createConnection' || name === 'createConnections') this.opens(undefined, args[0], interpreter, span);
    if (origin.kind === 'member' && origin.key === 'initialize' && isOurs(origin.of))
      this.opens(origin.of, undefined, interpreter, span);
    if (
      origin.kind === 'member' &&
      origin.key === 'runMigrations' &&
      isOurs(origin.of) &&
      this.store &&
      interpreter.loading
    )
      this.store.tables = { by: 'start-up' };
    void isNew;
  }

  private opens(client: Symbolic | undefined, given: Value | undefined, interpreter: Interpreter, span: Span): void {
    const store = this.storeOf(client, given, span);
    if (interpreter.loading)
      this.catalog.connects.push({ store: store.id, source: sourceRef(span), file: interpreter.running });
  }

  private storeOf(client: Symbolic | undefined, given: Value | undefined, span: Span): StoreEntry {
    const known = this.store;
    if (known && (!client || this.clients.includes(client))) return known;
    const base = client ?? [...this.clients][0];
    const settings = base?.origin.kind === 'call' ? base.origin.args[0] : given;
    const texts = base
      ? textsIn(base)
      : given?.type === 'object'
        ? [...given.fields.values()].flatMap((one) => textOf(one) ?? [])
        : [];
    const dialect = (base && dialectOf(base)) ?? (texts.some((text) => /sqlite/.test(text)) ? 'sqlite' : 'postgres');
    const driver = texts.includes('better-sqlite3') ? 'better-sqlite3' : 'sqlite3';
    const connection = texts.some((text) => /pglite/i.test(text)) ? undefined : connectionOf(dialect, driver);
    const url = base && symbolsIn(base).find((symbol) => symbol.origin.kind === 'environment');
    const makes = ['synchronize', 'migrationsRun'].some((name) => {
      const flag = field(settings, name);
      return flag?.type === 'primitive' && flag.value === true;
    });
    const described = {
      client: 'typeorm' as const,
      driver: 'typeorm',
      dialect,
      ...(connection ? { connection } : {}),
      ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
      tables: makes ? ({ by: 'start-up' } as const) : ({ by: 'sync' } as const),
      source: sourceRef(span),
    };
    if (known && client) {
      Object.assign(known, described, { value: client });
      this.clients.push(client);
      return known;
    }
    this.store = this.catalog.store(base ?? unknown('connection'), () => described);
    if (base) this.clients.push(base);
    return this.store;
  }

  /** The repository of an entity: `dataSource.getRepository(User)`, also extended. */
  private repositoryOf(value: Value, interpreter?: Interpreter): { model: Model } | undefined {
    if (value.type !== 'symbolic' || value.origin.kind !== 'call') return undefined;
    const { callee, args, span } = value.origin;
    const name =
      callee.origin.kind === 'member'
        ? callee.origin.key
        : callee.origin.kind === 'external'
          ? (callee.origin.path.at(-1) ?? '')
          : '';
    if (name === 'extend' && callee.origin.kind === 'member') return this.repositoryOf(callee.origin.of, interpreter);
    if (!repositories.has(name) || !isOurs(value)) return undefined;
    const [entity] = args;
    const client = callee.origin.kind === 'member' ? callee.origin.of : undefined;
    if (client?.origin.kind === 'call' && client.origin.isNew) this.storeOf(client, undefined, span);
    const model = entity?.type === 'class' ? this.modelOfClass(entity, span) : entity && this.ofSchema(entity, span);
    return model && { model };
  }

  private modelOfClass(cls: ClassValue, span: Span): Model | undefined {
    const known = this.models.get(cls);
    if (known) return known;
    const chain: ClassValue[] = [];
    for (let current: Value | undefined = cls; current?.type === 'class'; current = current.parent)
      chain.unshift(current);
    const entityStep = stepOf(cls, undefined, 'Entity');
    if (!entityStep && !stepOf(cls, undefined, 'ViewEntity')) return undefined;
    const given = entityStep?.args?.find((arg) => arg.type === 'object');
    const name = textOf(entityStep?.args?.[0]) ?? textOf(field(given, 'name')) ?? snake(cls.name);
    const model = this.newModel(cls, name, span);
    for (const one of chain) this.columns(model, one, span);
    for (const { value, member } of cls.decorations) {
      const step = value.type === 'symbolic' ? chainOf(value).steps.at(-1) : undefined;
      if (member === undefined && step?.name === 'Unique')
        for (const arg of step.args ?? [])
          if (arg.type === 'array') model.entity.unique.push(arg.items.flatMap((item) => textOf(item) ?? []));
    }
    return model;
  }

  private newModel(key: Value, name: string, span: Span): Model {
    const store = this.storeOf(undefined, undefined, span);
    const entity = this.catalog.entity(name, store.id, sourceRef(span));
    Object.assign(entity, { store: store.id, columns: {}, unique: [] });
    const model = newModel(this.catalog, store, entity, {
      absent: nullValue,
      unique: (interpreter) => uniqueViolation(interpreter, store.dialect),
    });
    this.models.set(key, model);
    return model;
  }

  private columns(model: Model, cls: ClassValue, span: Span): void {
    const members = new Map<string, ChainStep[]>();
    for (const { value, member } of cls.decorations) {
      const step = value.type === 'symbolic' ? chainOf(value).steps.at(-1) : undefined;
      if (member !== undefined && step) members.set(member, [...(members.get(member) ?? []), step]);
    }
    for (const [name, steps] of members) {
      const declared = cls.node?.members.find((one) => one.key.kind === 'literal' && one.key.value === name)?.type;
      for (const step of steps) this.column(model, name, step, steps, declared, span);
    }
  }

  private column(
    model: Model,
    name: string,
    step: ChainStep,
    all: ChainStep[],
    declared: string | undefined,
    span: Span,
  ): void {
    const { entity } = model;
    const given = step.args?.find((arg) => arg.type === 'object');
    if (step.name === 'ManyToOne' || step.name === 'OneToOne') {
      if (step.name === 'OneToOne' && !all.some((one) => one.name === 'JoinColumn')) return;
      const join = all.find((one) => one.name === 'JoinColumn')?.args?.[0];
      const column = textOf(field(join, 'name')) ?? `${name}Id`;
      const target =
        step.args?.[0] && isCallable(step.args[0]) && step.args[0].type === 'function'
          ? lazyClass(step.args[0])
          : undefined;
      const other =
        target && target !== [...this.models].find(([, one]) => one === model)?.[0]
          ? this.modelOfClass(target, span)
          : target
            ? model
            : undefined;
      if (!entity.columns[column]) {
        const optional = field(given, 'nullable');
        entity.columns[column] = {
          schema: { ...(other?.entity.columns[other.entity.key ?? 'id']?.schema ?? {}) },
          nullable: !(optional?.type === 'primitive' && optional.value === false),
          generated: false,
          ...(other ? { references: { entity: other.entity.name, column: other.entity.key ?? 'id' } } : {}),
        };
        model.hidden.add(column);
      }
      model.relations.set(name, column);
      return;
    }
    const column = described(step, given, declared);
    if (!column) return;
    entity.columns[name] = column;
    const dbName = textOf(field(given, 'name'));
    if (dbName !== undefined && dbName !== name) column.dbName = dbName;
    if (step.name.startsWith('Primary')) entity.key ??= name;
    if (
      isTrue(field(given, 'unique')) ||
      all.some((one) => one.name === 'Index' && isTrue(field(one.args?.at(-1), 'unique')))
    )
      entity.unique.push([name]);
    const select = field(given, 'select');
    if (select?.type === 'primitive' && select.value === false) model.hidden.add(name);
    if (step.name === 'DeleteDateColumn') model.softDeletes = name;
  }

  /** `new EntitySchema({ name, columns })`. */
  private ofSchema(value: Value, span: Span): Model | undefined {
    const known = this.models.get(value);
    if (known || value.type !== 'symbolic' || value.origin.kind !== 'call') return known;
    const definition = value.origin.args[0];
    const columns = field(definition, 'columns');
    const name = textOf(field(definition, 'tableName')) ?? snake(textOf(field(definition, 'name')) ?? '');
    if (columns?.type !== 'object' || !name) return undefined;
    const model = this.newModel(value, name, span);
    for (const [own, given] of columns.fields) {
      const kind = isTrue(field(given, 'generated'))
        ? 'PrimaryGeneratedColumn'
        : isTrue(field(given, 'createDate'))
          ? 'CreateDateColumn'
          : isTrue(field(given, 'primary'))
            ? 'PrimaryColumn'
            : 'Column';
      const step = { name: kind, args: [given], isNew: false };
      this.column(model, own, step, [step], textOf(field(given, 'type')), span);
    }
    return model;
  }

  private act(model: Model, name: string, args: Value[], interpreter: Interpreter, span: Span): Value | undefined {
    const own = model.statics.get(name);
    if (own) return undefined;
    const run = (body: () => Value): Value => promised(interpreter, span, body);
    switch (name) {
      case 'create':
        return args[0]?.type === 'array'
          ? listOf(...args[0].items.map((item) => this.created(model, item)))
          : this.created(model, args[0]);
      case 'merge':
        for (const source of args.slice(1)) assignTo(args[0], source);
        return args[0];
      case 'save':
        return run(() => {
          const [given] = args;
          if (given?.type === 'array')
            return listOf(...given.items.map((item) => this.save(model, item, interpreter, span)));
          return this.save(model, given ?? undefinedValue, interpreter, span);
        });
      case 'remove':
      case 'softRemove':
        return run(() => this.remove(model, args[0], interpreter, span));
      case 'preload':
        return run(() => {
          const found = perform(model, { does: 'one', where: direct }, [keyPart(model, args[0])], interpreter, span);
          if (!isNil(found)) assignTo(found, args[0]);
          return isNil(found) ? undefinedValue : found;
        });
      case 'softDelete':
        return run(() =>
          perform(model, { ...(verbs['delete'] as Verb) }, [criteria(model, args[0])], interpreter, span),
        );
      case 'query':
      case 'createQueryBuilder':
        return undefined;
      default: {
        const verb = verbs[name];
        if (!verb) return undefined;
        return run(() => {
          const found = perform(model, verb, arranged(model, name, args), interpreter, span);
          return verb.does === 'page' && found.type === 'object'
            ? listOf(found.fields.get('rows') ?? undefinedValue, found.fields.get('count') ?? undefinedValue)
            : verb.does === 'insert'
              ? objectOf({ identifiers: listOf(found), generatedMaps: listOf(found), raw: unknown('raw') })
              : found;
        });
      }
    }
  }

  private created(model: Model, given: Value | undefined): ObjectValue {
    const document = objectOf(given?.type === 'object' ? Object.fromEntries(given.fields) : {});
    document.open = given?.type === 'object' ? given.open : given?.type === 'symbolic' ? given : undefined;
    document.host = new DocumentHost(model);
    return document;
  }

  /** Inserts what is new, changes what was read: `save({ ...row, title })`, `row.title = …; save(row)`. */
  private save(model: Model, given: Value, interpreter: Interpreter, span: Span): Value {
    if (given.type === 'symbolic') {
      if (given.origin.kind === 'input') {
        const row = this.created(model, given);
        return saved(model, row, interpreter, span);
      }
      return rowMethod(model, rowVerbs, given, 'save', [], interpreter, span) ?? given;
    }
    if (given.type !== 'object') return given;
    const base = given.open;
    if (base?.type === 'symbolic' && base.origin.kind === 'row' && !base.origin.at.length) {
      base.changes = new Map([...(base.changes ?? []), ...valuesOf(model, objectOf(Object.fromEntries(given.fields)))]);
      return rowMethod(model, rowVerbs, base, 'save', [], interpreter, span) ?? base;
    }
    const kept = [...given.fields].filter(([name]) => model.relations.has(name));
    const row = saved(model, given, interpreter, span);
    for (const [name, value] of kept) given.fields.set(name, value);
    return kept.length ? given : row;
  }

  private remove(model: Model, given: Value | undefined, interpreter: Interpreter, span: Span): Value {
    if (given?.type === 'symbolic' && given.origin.kind === 'row')
      return rowMethod(model, rowVerbs, given, 'remove', [], interpreter, span) ?? given;
    tableOf(model, interpreter, span).change(
      'delete',
      conditions(model, keyPart(model, given), span),
      undefined,
      false,
    );
    return given ?? undefinedValue;
  }

  /** A chain that begins with `createQueryBuilder` and ends with `getOne`, `getMany`, `execute`. */
  private built(value: Symbolic, interpreter: Interpreter, span: Span): Value | undefined {
    const steps: ChainStep[] = [];
    let model: Model | undefined;
    for (let current: Value = value; current.type === 'symbolic' && current.origin.kind === 'call';) {
      const { callee, args } = current.origin as Extract<Symbolic['origin'], { kind: 'call' }>;
      if (callee.origin.kind !== 'member') break;
      steps.unshift({ name: callee.origin.key, args, isNew: false });
      model = this.repositoryOf(callee.origin.of, interpreter)?.model ?? model;
      current = callee.origin.of;
    }
    const [first] = steps;
    if (first?.name !== 'createQueryBuilder') return undefined;
    const named = steps.find(
      (step) => ['from', 'into', 'update', 'delete'].includes(step.name) && step.args?.[0]?.type === 'class',
    );
    const cls = named?.args?.[0] ?? first.args?.find((arg) => arg.type === 'class');
    model = cls?.type === 'class' ? this.modelOfClass(cls, span) : model;
    const last = steps.at(-1)?.name ?? '';
    if (!model || !/^(get|execute)/.test(last)) return undefined;
    const of = (name: string): ChainStep | undefined => steps.find((step) => step.name === name);
    const action = of('insert')
      ? 'insert'
      : of('update')
        ? 'update'
        : (of('delete') ?? of('softDelete'))
          ? 'delete'
          : last === 'getCount'
            ? 'count'
            : 'select';
    const values = of('values')?.args?.[0] ?? of('set')?.args?.[0];
    const statement = {
      action: action as 'select',
      where: builtWhere(steps),
      ...(values ? { values } : {}),
      joined: steps.some((step) => /Join/.test(step.name)),
      single: /One/.test(last),
      returning: false,
      ignores: !!of('orIgnore') || !!of('orUpdate'),
      outcome: (count: Value): Value => affected(interpreter, count),
    };
    const table = tableOf(model, interpreter, span);
    if (last === 'getManyAndCount') return listOf(runStatement(table, statement), table.count(statement.where));
    return last === 'getCount' ? table.count(statement.where) : runStatement(table, statement);
  }
}

const isOurs = (value: Value): boolean => value.type === 'symbolic' && /^typeorm/.test(chainOf(value).module ?? '');

const isManager = (value: Value): boolean => {
  if (value.type !== 'symbolic' || !isOurs(value)) return false;
  const { origin } = value;
  if (origin.kind === 'member') return origin.key === 'manager' || origin.key === 'EntityManager';
  return (
    origin.kind === 'call' &&
    origin.callee.origin.kind === 'external' &&
    origin.callee.origin.path.at(-1) === 'getManager'
  );
};

function extendsBase(cls: ClassValue): boolean {
  for (let current: Value | undefined = cls; current?.type === 'class'; current = current.parent)
    if (current.parent?.type === 'symbolic' && chainOf(current.parent).module === 'typeorm') return true;
  return false;
}

function stepOf(cls: ClassValue, member: string | undefined, name: string): ChainStep | undefined {
  for (const decoration of cls.decorations) {
    if (decoration.member !== member || decoration.value.type !== 'symbolic') continue;
    const chain = chainOf(decoration.value);
    const step = chain.steps.at(-1);
    if (chain.module === 'typeorm' && step?.name === name) return step;
  }
  return undefined;
}

/** `() => User`, read without running it: the class may be declared later. */
function lazyClass(fn: Extract<Value, { type: 'function' }>): ClassValue | undefined {
  const [statement] = fn.node.body;
  const value = statement?.kind === 'return' ? statement.value : undefined;
  if (value?.kind !== 'name') return undefined;
  const binding = fn.scope.find(value.name)?.binding;
  const found = binding?.get?.() ?? binding?.value;
  return found?.type === 'class' ? found : undefined;
}

function inTransaction(client: Symbolic, interpreter: Interpreter, args: Value[], span: Span): Value | undefined {
  const body = args.find(isCallable);
  if (!body) return undefined;
  const { origin } = client;
  const manager = origin.kind === 'member' && origin.key === 'manager' ? client : managerOf(client);
  return promised(interpreter, span, () =>
    transaction(interpreter, `${span.source.file}:${span.start}`, () =>
      interpreter.settle(interpreter.call(body, undefinedValue, [manager], span), span),
    ),
  );
}

const managerOf = (client: Symbolic): Value =>
  new (client.constructor as new (origin: Symbolic['origin']) => Symbolic)({
    kind: 'member',
    of: client,
    key: 'manager',
  });

function errorOf(interpreter: Interpreter, name: string, message: string): Value {
  const error = objectOf({ name: primitive(name), message: primitive(message) });
  const parent = interpreter.global.find('Error')?.binding.value;
  error.cls = new ClassValue(name, parent?.type === 'class' ? parent : undefined, undefined, undefined);
  return error;
}

const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
