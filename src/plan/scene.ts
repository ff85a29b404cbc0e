import type { Expr, Json, Lookup, Operation, Response, Step, Term } from '../model/index.js';
import { effectOf, isInsert, literal, lookupOf, type PlanContext, successOf, writtenFields } from './context.js';
import { rowName } from './names.js';
import { principalFor, principalOfResponse } from './principals.js';
import { bystander, createStep, produceRow, strangersRow } from './produce.js';
import { tokenTerm } from './reach.js';
import { avoidConstant, settleComparison, settleEquality } from './settle.js';
import { alter, setColumn, setColumnOf } from './set-column.js';
import { pathSample, RequestDraft } from './request-draft.js';
import { sample } from './sample.js';
import { registeredSecret, settleSecret } from './secrets.js';
import { startedAs } from './started.js';
import { bare, isCallers } from './terms.js';

/** A row that exists when the act begins. */
export interface Row {
  entity: string;
  /** How a test names the value of a column; undefined: it can't. */
  expr(column: string): Expr | undefined;
  /** The value itself, where it is known before the run. */
  value(column: string): Json | undefined;
  /** Bound name of the body that showed the row, if it shows all of it. */
  whole?: string;
}

/**
 * The state and the request of one case, built backwards from what a response needs: each row that must be there is made by
 * the operation that produces it, arranged the same way.
 */
export class Scene extends RequestDraft {
  readonly steps: Step[] = [];
  readonly rows = new Map<string, Row>();
  /** What could not be arranged. */
  problem: string | undefined;

  constructor(
    context: PlanContext,
    operation: Operation,
    readonly response: Response,
    /** Names already bound in this test, shared with nested scenes. */
    readonly bound: Set<string> = new Set(),
    /** Operations that this scene makes a row for, the nearest last: none of them is asked for a row that itself needs. */
    private readonly making: Operation[] = [],
  ) {
    super(context, operation);
  }

  /** Makes the state in which the operation answers with `response`, as `principal` (or whoever may; null: as nobody). */
  arrange(principal?: string | null): this {
    this.principal =
      principal === null ? undefined : (principal ?? principalOfResponse(this.context, this.operation, this.response));
    if (this.principal) this.signIn(this.principal);
    for (const guard of this.response.guards)
      if (guard.predicate.kind === 'verified' && guard.holds && guard.predicate.scheme.startsWith('token:'))
        this.needToken(guard.predicate.scheme);
    for (const lookup of this.neededRows()) this.need(lookup);
    this.needListed();
    this.settleColumns();
    for (const parameter of this.operation.parameters)
      if (parameter.in === 'path' && !this.path[parameter.name])
        this.path[parameter.name] = literal(pathSample(parameter.schema));
    return this;
  }

  signIn(principal: string): void {
    const unmade = this.context.unmade.get(principal);
    if (unmade !== undefined) return void (this.problem ??= unmade);
    if (this.bound.has(principal)) return;
    this.bound.add(principal);
    this.steps.push({ kind: 'principal', bind: principal, principal });
  }

  /** Lookups that must find a row for this response, in order. */
  private neededRows(): Lookup[] {
    const ids = this.response.guards.flatMap((guard) => {
      const { predicate } = guard;
      if (predicate.kind === 'nil' && !guard.holds && predicate.of.kind === 'row' && !predicate.of.at.length)
        return [predicate.of.lookup];
      return [];
    });
    return [...new Set(ids)].flatMap((id) => {
      const lookup = lookupOf(this.operation, id);
      return lookup && !this.writes(lookup) ? [lookup] : [];
    });
  }

  /** It finds the row that the operation itself has just inserted. */
  private writes({ entity, by }: Lookup): boolean {
    const conditions = Object.entries(by);
    return this.response.effects.some((id) => {
      const effect = effectOf(this.operation, id);
      if (!effect || !isInsert(effect, entity) || !conditions.length) return false;
      const written = writtenFields(this.operation, effect);
      return conditions.every(([column, term]) => JSON.stringify(written[column]) === JSON.stringify(term));
    });
  }

  /** Brings the row about that a lookup must find. */
  need(lookup: Lookup): void {
    if (this.rows.has(lookup.id)) return;
    const same = [...this.rows].find(([id]) => this.sameConditions(id, lookup));
    if (same) return void this.rows.set(lookup.id, same[1]);
    const owner = this.principalRow(lookup);
    if (owner) return void this.rows.set(lookup.id, owner);
    const row = this.produce(lookup);
    if (!row) return;
    this.rows.set(lookup.id, row);
    this.aim(lookup, row);
  }

  /** A list is tested with something in it: one row of the caller's, and one of somebody else's where lists are the caller's own. */
  private needListed(): void {
    for (const lookup of this.operation.lookups) {
      if (!lookup.many || this.rows.has(lookup.id) || !listed(this.response.body, lookup.id)) continue;
      const owned = Object.values(lookup.by).some((term) => isCallers(this.operation, term));
      const producer = this.context.producer(lookup.entity);
      if (owned && producer) strangersRow(this, producer);
      this.need(lookup);
      this.problem = undefined;
      this.leaveOut(lookup);
    }
  }

  /** A list with a fixed condition (`retired = false`) leaves out a row that does not meet it. */
  private leaveOut(lookup: Lookup): void {
    for (const [column, term] of Object.entries(lookup.by)) {
      if (term.kind !== 'const' || !this.rows.has(lookup.id) || !this.context.readable(lookup.entity)) continue;
      const before = this.steps.length;
      const row = bystander(this, lookup.entity);
      const problem = row && setColumnOf(this, row, column, undefined, [term.value]);
      if (!row || problem !== undefined) this.steps.length = before;
    }
  }

  /** Columns that the guards of this response ask for: `status` must be `paid`. */
  private settleColumns(): void {
    this.response.guards.forEach((guard, index) => {
      if (index === this.response.decidedBy) return;
      const { predicate, holds } = guard;
      if (predicate.kind === 'cmp') return settleComparison(this, guard);
      if (predicate.kind === 'secret' && holds) settleSecret(this, predicate.input, predicate.stored);
      if (predicate.kind === 'eq') (holds ? settleEquality : avoidConstant)(this, predicate.left, predicate.right);
      const of =
        predicate.kind === 'eq'
          ? bare(predicate.left)
          : predicate.kind === 'falsy' || predicate.kind === 'nil'
            ? predicate.of
            : undefined;
      if (of?.kind !== 'row' || !of.at.length || !this.rows.has(of.lookup)) return;
      if (predicate.kind === 'eq' && predicate.right.kind === 'const' && !this.isCallers(of))
        this.problem ??= setColumn(
          this,
          of,
          holds ? [predicate.right.value] : undefined,
          holds ? [] : [predicate.right.value],
        );
      if (predicate.kind === 'falsy' && this.rows.get(of.lookup)?.value(of.at[0] ?? '') !== undefined)
        this.problem ??= this.settleFlag(of, holds ? [null, false, 0, ''] : [true, 1, 'set']);
    });
  }

  /** What callers may not give themselves (`is_superuser`) is given to them in the store. */
  private settleFlag(of: Extract<Term, { kind: 'row' }>, wanted: Json[]): string | undefined {
    const row = this.rows.get(of.lookup);
    const [column = ''] = of.at;
    const current = row?.value(column);
    // Whatever it is, it is there (or not) already: a hash, a role by default.
    if (current !== undefined && !!current === !!wanted[0]) return undefined;
    if (!row || !this.isCallers(of)) return setColumn(this, of, wanted);
    return alter(this, row, column, wanted, []);
  }

  /** The caller's own row: its role is settled at sign-in. */
  private isCallers(of: Extract<Term, { kind: 'row' }>): boolean {
    const by = Object.values(lookupOf(this.operation, of.lookup)?.by ?? {}).map(bare);
    return by.length > 0 && by.every((term) => term.kind === 'principal' || term.kind === 'session');
  }

  /** Whoever an operation lets in. */
  principalOf(operation: Operation): string | undefined {
    return principalFor(this.context, operation);
  }

  private sameConditions(id: string, lookup: Lookup): boolean {
    const other = lookupOf(this.operation, id);
    return other?.entity === lookup.entity && JSON.stringify(other.by) === JSON.stringify(lookup.by);
  }

  /** The caller's own row, if the lookup is for it: it is there since sign-in. */
  principalRow(lookup: Lookup): Row | undefined {
    const terms = Object.values(lookup.by).map(bare);
    if (
      !terms.length ||
      !this.principal ||
      !terms.every(
        (term) => (term.kind === 'principal' && !term.scheme.startsWith('token:')) || term.kind === 'session',
      )
    )
      return undefined;
    const bind = this.principal;
    const key = this.context.entity(lookup.entity)?.key ?? 'id';
    if (lookup.many || !(key in lookup.by)) return undefined;
    const given = this.context.principals.get(bind)?.arrange.find((step) => step.kind === 'create');
    const own = given?.kind === 'create' ? given.overrides : undefined;
    return {
      entity: lookup.entity,
      expr: (column) => (column === key ? { kind: 'ref', name: bind, at: ['id'] } : own?.[column]),
      value: (column) =>
        registeredSecret(this.context, bind, lookup.entity, column) ??
        this.context.entity(lookup.entity)?.columns[column]?.default,
    };
  }

  /** The scene of an operation that makes something for this one. */
  nested(producer: Operation, success: Response): Scene {
    return new Scene(this.context, producer, success, this.bound, [...this.making, producer]);
  }

  private produce(lookup: Lookup): Row | undefined {
    const there = this.startedRow(lookup);
    if (there) return there;
    const producer = this.context.producer(lookup.entity);
    if (producer && !this.making.includes(producer)) return produceRow(this, producer, lookup);
    return this.insert(lookup);
  }

  /** The path names a row that exists already. */
  aimAtPath(input: Extract<Term, { kind: 'input' }>, value: Expr): void {
    const [name = ''] = input.at;
    const names = (term: Term): boolean => {
      const inner = bare(term);
      return inner.kind === 'input' && inner.part === 'path' && inner.at[0] === name;
    };
    for (const lookup of this.operation.lookups) {
      const column = Object.keys(lookup.by).find((key) => names(lookup.by[key] as Term));
      if (column !== undefined && !lookup.many && Object.keys(lookup.by).length === 1)
        return this.aimAtRow(lookup.id, column, value);
    }
    this.path[name] = value;
  }

  /** The row of `lookupId` is one that exists already: its conditions become the request's values. */
  aimAtRow(lookupId: string, column: string, value: Expr): void {
    const lookup = lookupOf(this.operation, lookupId);
    if (!lookup) return;
    const by = lookup.by[column] && bare(lookup.by[column]);
    if (by?.kind === 'input') this.setInput(by, value);
    this.rows.set(lookupId, {
      entity: lookup.entity,
      expr: (name) => (name === column ? value : undefined),
      value: () => undefined,
    });
  }

  /** What a term is in this scene, if something fixed it: an earlier row, the caller, a constant. Plain inputs are free. */
  known(term: Term): Expr | undefined {
    const inner = bare(term);
    if (inner.kind === 'const') return literal(inner.value);
    if (inner.kind === 'row')
      return (this.rows.get(inner.lookup) ?? this.callersRow(inner.lookup))?.expr(inner.at[0] ?? 'id');
    if (inner.kind === 'input') return this.inputFixed(inner);
    return undefined;
  }

  /** The caller's own row, which no condition asks for. */
  private callersRow(id: string): Row | undefined {
    const lookup = lookupOf(this.operation, id);
    return lookup && this.principalRow(lookup);
  }

  /** The request points at the row. */
  private aim(lookup: Lookup, row: Row): void {
    for (const [column, term] of Object.entries(lookup.by)) {
      const target = bare(term);
      if (target.kind !== 'input' || this.inputFixed(target)) continue;
      const expr = row.expr(column);
      if (expr) this.setInput(target, expr);
      else this.problem ??= `No answer shows the ${column} of ${lookup.entity}, which this request needs`;
    }
  }

  private insert(lookup: Lookup): Row | undefined {
    const entity = this.context.entity(lookup.entity);
    const seeded = entity?.seed && startedAs(entity.name, entity.seed[0]);
    if (seeded && this.fits(seeded, lookup)) return seeded;
    if (!entity || !this.context.reachable(lookup.entity)) {
      this.problem ??= `No operation creates ${lookup.entity}, and tests cannot reach its store`;
      return undefined;
    }
    const values: Record<string, Expr> = {};
    for (const [name, column] of Object.entries(entity.columns)) {
      const wanted = lookup.by[name] && this.known(lookup.by[name]);
      if (wanted) values[name] = wanted;
      else if ((!column.generated || column.byClient) && column.default === undefined && !column.nullable)
        values[name] = literal(sample(column.schema, name));
    }
    const name = this.uniqueName(rowName(lookup.entity));
    this.steps.push({ kind: 'insert', bind: name, entity: entity.name, values });
    return {
      entity: entity.name,
      whole: name,
      expr: (column) => ({ kind: 'ref', name, at: [column] }),
      value: (column) => (values[column]?.kind === 'literal' ? values[column].value : undefined),
    };
  }

  /** A row that is there since the start, where the lookup asks for just that one: `{ name: 'user' }`. */
  private startedRow({ entity, by }: Lookup): Row | undefined {
    const wanted = Object.entries(by);
    const rows = this.context.entity(entity)?.seed ?? [];
    if (!wanted.length || !wanted.every(([, term]) => term.kind === 'const')) return undefined;
    return rows
      .flatMap((row) => startedAs(entity, row) ?? [])
      .find((row) => wanted.every(([column, term]) => term.kind === 'const' && row.value(column) === term.value));
  }

  /** The request can point at the row; one in memory has to do, since tests cannot make another. */
  private fits(row: Row, { entity, by }: Lookup): boolean {
    return !this.context.reachable(entity) || Object.keys(by).every((column) => row.expr(column) !== undefined);
  }

  /** A token in the body (`refreshToken`) comes from an operation that answers with one. */
  private needToken(scheme: string): void {
    const field = scheme.split('.').at(-1) ?? '';
    const source = this.context.model.operations.find(
      (operation) => operation.id !== this.operation.id && tokenField(successOf(operation), field),
    );
    const success = source && successOf(source);
    if (!source || !success) return void (this.problem ??= `No operation answers with a ${field}`);
    const nested = this.nested(source, success).arrange();
    this.problem ??= nested.problem;
    this.steps.push(...nested.steps);
    const name = this.uniqueName('session');
    this.steps.push(createStep(nested, name));
    this.setInput(tokenTerm(scheme), { kind: 'ref', name, at: [field] });
    for (const lookup of this.operation.lookups) {
      const terms = Object.values(lookup.by).map(bare);
      const row = [...nested.rows.values()].find((one) => one.entity === lookup.entity);
      if (row && terms.every((term) => term.kind === 'principal' && term.scheme === scheme))
        this.rows.set(lookup.id, row);
    }
  }

  uniqueName(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.bound.has(name) || this.context.principals.has(name); number++)
      name = `${wanted}${number}`;
    this.bound.add(name);
    return name;
  }
}

const tokenField = (response: Response | undefined, field: string): boolean =>
  response?.body?.kind === 'object' && response.body.fields[field]?.kind === 'generated';

const listed = (term: Term | undefined, lookup: string): boolean => {
  if (!term) return false;
  if (term.kind === 'rows') return term.lookup === lookup;
  if (term.kind === 'object') return Object.values(term.fields).some((field) => listed(field, lookup));
  return (term.kind === 'op' || term.kind === 'generated') && term.args.some((arg) => listed(arg, lookup));
};
