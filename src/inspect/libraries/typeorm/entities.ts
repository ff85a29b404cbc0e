import type { Catalog } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { ClassValue, isCallable, nullValue, textOf, type Value } from '../../interpreter/values.js';
import { chainOf, type ChainStep } from '../chain.js';
import { type Model, newModel } from '../model.js';
import { uniqueViolation } from '../record.js';
import { field } from '../table.js';
import { described, isTrue } from './columns.js';
import { type DataSources, isOurs } from './data-sources.js';

const repositories = new Set([
  'getRepository',
  'getTreeRepository',
  'getMongoRepository',
  'getCustomRepository',
  'withRepository',
]);

/** Entities by what names them: a class, or a schema. */
export class Entities {
  private readonly models = new Map<Value, Model>();

  constructor(
    private readonly catalog: Catalog,
    private readonly sources: DataSources,
  ) {}

  named(entity: string): Model | undefined {
    return [...this.models.values()].find((model) => model.entity.name === entity);
  }

  /** The class is an entity known by now, or says so by what it extends. */
  ofInstance(cls: ClassValue, span: Span): Model | undefined {
    return this.models.get(cls) ?? (extendsBase(cls) ? this.modelOfClass(cls, span) : undefined);
  }

  /** The repository of an entity: `dataSource.getRepository(User)`, also extended. */
  repositoryOf(value: Value, interpreter?: Interpreter): { model: Model } | undefined {
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
    if (client?.origin.kind === 'call' && client.origin.isNew) this.sources.storeOf(client, undefined, span);
    const model = entity?.type === 'class' ? this.modelOfClass(entity, span) : entity && this.ofSchema(entity, span);
    return model && { model };
  }

  modelOfClass(cls: ClassValue, span: Span): Model | undefined {
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
    const store = this.sources.storeOf(undefined, undefined, span);
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
}

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

const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
