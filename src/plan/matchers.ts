import type { Effect, Entity, Expr, Json, JsonSchema, Lookup, Matcher, Term } from '../model/index.js';
import { effectOf, literal, lookupOf, schemaAt, writtenFields } from './context.js';
import type { Scene } from './scene.js';
import { bare } from './terms.js';
import { storedAs } from './stored.js';
import { answerValue } from './upstream.js';

const equals = (value: Expr): Matcher => ({ kind: 'equals', value });
const anything: Matcher = { kind: 'anything' };
const isText = (type: string | undefined): type is 'string' | 'number' | 'boolean' | 'object' | 'array' =>
  type !== undefined && ['string', 'number', 'boolean', 'object', 'array'].includes(type);

/** What a value of this schema must be, when nothing more is known. */
export function bySchema(schema: JsonSchema): Matcher {
  if (schema.const !== undefined) return equals(literal(schema.const));
  if (schema.format && ['uuid', 'date-time', 'date', 'email', 'jwt'].includes(schema.format))
    return { kind: 'format', format: schema.format };
  const type = [schema.type].flat().find((one) => one !== 'null');
  const name = type === 'integer' ? 'number' : type;
  return isText(name) ? { kind: 'type', type: name } : anything;
}

/** The value of a term before the run, where the plan fixes it. */
export function valueOf(scene: Scene, term: Term): Json | undefined {
  switch (term.kind) {
    case 'const':
      return term.value;
    case 'input':
      return scene.inputValue(term);
    case 'row':
      return scene.rows.get(term.lookup)?.value(term.at[0] ?? '');
    case 'upstream':
      return answerValue(scene, term);
    case 'op':
      if (isChoice(term.op)) return chosen(scene, term, valueOf);
      return computed(
        term.op,
        term.args.map((arg) => valueOf(scene, arg)),
      );
    default:
      return undefined;
  }
}

type Op = Extract<Term, { kind: 'op' }>;

/** `a ? b : c`, or a field that `...(a && { b })` may have given. */
const isChoice = (op: string): boolean => op === 'cond' || op === 'maybe';

/** What is made of the branch that is taken, where it is known which. */
function chosen<Made>(
  scene: Scene,
  { args: [condition, then, otherwise] }: Op,
  make: (scene: Scene, branch: Term) => Made,
): Made | undefined {
  const holds = condition && valueOf(scene, condition);
  const branch = holds === undefined ? undefined : holds ? then : otherwise;
  return branch && make(scene, branch);
}

function computed(op: string, args: (Json | undefined)[]): Json | undefined {
  if (args.some((arg) => arg === undefined)) return op === '??' || op === '||' ? args[0] : undefined;
  const numbers = args.map(Number);
  const [a = 0, b = 0] = numbers;
  const text = String(args[0]);
  const operations: Record<string, () => Json> = {
    '+': () => a + b,
    '-': () => (args.length === 1 ? -a : a - b),
    '*': () => a * b,
    '/': () => a / b,
    '%': () => a % b,
    round: () => Math.round(a),
    floor: () => Math.floor(a),
    ceil: () => Math.ceil(a),
    abs: () => Math.abs(a),
    min: () => Math.min(...numbers),
    max: () => Math.max(...numbers),
    number: () => a,
    integer: () => Math.trunc(a),
    string: () => text,
    trim: () => text.trim(),
    lowercase: () => text.toLowerCase(),
    uppercase: () => text.toUpperCase(),
    boolean: () => Boolean(args[0]),
    template: () => args.map(String).join(''),
    '===': () => args[0] === args[1],
    '!': () => !args[0],
    '<': () => a < b,
    '<=': () => a <= b,
    length: () => (Array.isArray(args[0]) ? args[0].length : text.length),
    '??': () => args[0] ?? args[1] ?? null,
    '||': () => args[0] || (args[1] ?? null),
  };
  return operations[op]?.();
}

/** How a test names the value, or writes it. */
export function exprOf(scene: Scene, term: Term): Expr | undefined {
  const inner = bare(term);
  if (inner.kind === 'row') {
    const row = scene.rows.get(inner.lookup);
    return inner.at.length
      ? row?.expr(inner.at[0] ?? '')
      : row?.whole
        ? { kind: 'ref', name: row.whole, at: [] }
        : undefined;
  }
  if (inner.kind === 'principal' || inner.kind === 'session') return principalExpr(scene, term, inner.at);
  if (inner.kind === 'input') {
    const fixed =
      inner.part === 'path'
        ? scene.path[inner.at[0] ?? '']
        : inner.part === 'body'
          ? scene.fieldSet(inner.at)
          : undefined;
    if (fixed) return fixed.kind === 'literal' ? literal(valueOf(scene, term) ?? fixed.value) : fixed;
  }
  if (inner.kind === 'written') return writtenRef(scene, inner);
  if (inner.kind === 'op' && isChoice(inner.op)) return chosen(scene, inner, exprOf);
  if (inner.kind === 'object') return objectExpr(scene, inner);
  const value = valueOf(scene, term);
  if (value !== undefined) return literal(value);
  return term.kind === 'op' && term.op === 'template' ? textExpr(scene, term.args) : undefined;
}

function textExpr(scene: Scene, args: Term[]): Expr | undefined {
  const parts = args.map((arg) => exprOf(scene, arg));
  return parts.every((part) => part !== undefined) ? { kind: 'text', parts } : undefined;
}

function objectExpr(scene: Scene, term: Extract<Term, { kind: 'object' }>): Expr | undefined {
  if (term.rest || term.open) return undefined;
  const fields: Record<string, Expr> = {};
  for (const [name, field] of Object.entries(term.fields)) {
    const expr = exprOf(scene, field);
    if (!expr) return undefined;
    fields[name] = expr;
  }
  return { kind: 'object', fields };
}

/** The caller's id is what sign-in gave; other claims are known. */
function principalExpr(scene: Scene, term: Term, at: string[]): Expr | undefined {
  const name = scene.principal;
  if (!name) return undefined;
  const principal = scene.context.principals.get(name);
  const claim = principal?.claims[at.join('.')];
  if (claim?.kind === 'literal') return claim;
  const isId = /^(sub|id|_id|userId|user_id|uid)$/.test(at.at(-1) ?? '');
  if (!isId) return undefined;
  const ref: Expr = { kind: 'ref', name, at: ['id'] };
  return at[0] === 'sub' &&
    !(term.kind === 'op' && (term.op === 'number' || term.op === 'integer')) &&
    claim?.kind === 'ref'
    ? { kind: 'text', parts: [ref] }
    : ref;
}

/** A column of the row just written, as the answer shows it. */
function writtenRef(scene: Scene, term: Extract<Term, { kind: 'written' }>): Expr | undefined {
  const at = placeIn(scene.response.body, term.effect, term.at[0] ?? '');
  return at ? { kind: 'ref', name: 'response', at } : undefined;
}

export function placeIn(
  body: Term | undefined,
  effect: string,
  column: string,
  at: string[] = [],
): string[] | undefined {
  if (!body) return undefined;
  if (body.kind === 'written' && body.effect === effect)
    return !body.at.length ? [...at, column] : body.at[0] === column ? at : undefined;
  if (body.kind === 'array')
    for (const [index, item] of body.items.entries()) {
      const found = placeIn(item, effect, column, [...at, String(index)]);
      if (found) return found;
    }
  if (body.kind !== 'object') return undefined;
  for (const [name, field] of Object.entries(body.fields)) {
    const found = placeIn(field, effect, column, [...at, name]);
    if (found) return found;
  }
  return body.rest && !(column in body.fields) ? placeIn(body.rest, effect, column, at) : undefined;
}

export function matcher(scene: Scene, term: Term): Matcher {
  switch (term.kind) {
    case 'object':
      return objectMatcher(scene, term);
    case 'array':
      return { kind: 'array', items: term.items.map((item) => matcher(scene, item)) };
    case 'written':
      return writtenMatcher(scene, term);
    case 'row':
      return rowMatcher(scene, term);
    case 'rows':
      return rowsMatcher(scene, term);
    case 'generated':
      return bySchema(term.schema);
    case 'count':
      return { kind: 'type', type: 'number' };
    case 'unknown':
      return bySchema(term.schema);
    case 'op':
      return opMatcher(scene, term);
    default: {
      const expr = exprOf(scene, term);
      if (expr) return equals(expr);
      return term.kind === 'input' ? bySchema(scene.inputSchema(term) ?? {}) : anything;
    }
  }
}

/** `{ ...row, status: 'paid' }`: what is spread comes first, unless it is not known. */
function objectMatcher(scene: Scene, term: Extract<Term, { kind: 'object' }>): Matcher {
  const own = Object.fromEntries(Object.entries(term.fields).map(([name, field]) => [name, matcher(scene, field)]));
  if (!term.rest) return { kind: 'object', exact: !term.open, fields: own };
  const { rest } = term;
  if (rest.kind === 'input' && rest.part === 'body') {
    const names = Object.keys(schemaAt(scene.operation.requestBody?.schema, rest.at)?.properties ?? {});
    const given = names.map((name): [string, Matcher] => [name, matcher(scene, { ...rest, at: [...rest.at, name] })]);
    return { kind: 'object', exact: names.length > 0, fields: { ...Object.fromEntries(given), ...own } };
  }
  const spread = rest.kind === 'row' && exprOf(scene, rest);
  if (spread) return { kind: 'object', exact: true, spread, fields: own };
  const base = matcher(scene, rest);
  if (base.kind !== 'object') return { kind: 'object', exact: false, fields: own };
  return { ...base, fields: { ...base.fields, ...own } };
}

function opMatcher(scene: Scene, term: Extract<Term, { kind: 'op' }>): Matcher {
  const expr = exprOf(scene, term);
  if (expr) return equals(expr);
  if (isChoice(term.op)) return chosen(scene, term, matcher) ?? anything;
  if (['+', '-', '*', '/', 'round', 'floor', 'ceil', 'number', 'integer', 'length', 'time'].includes(term.op))
    return { kind: 'type', type: 'number' };
  if (['template', 'string', 'lowercase', 'uppercase', 'trim', 'iso', 'slice'].includes(term.op))
    return { kind: 'type', type: 'string' };
  if (['===', '!', '<', '<=', 'in', 'boolean', 'matches'].includes(term.op)) return { kind: 'type', type: 'boolean' };
  if (term.op === 'map') return { kind: 'type', type: 'array' };
  if ((term.op === '??' || term.op === '||') && term.args[0]) return matcher(scene, term.args[0]);
  if (term.op === 'omit' && term.args[0]) return without(matcher(scene, term.args[0]), term.args.slice(1));
  return anything;
}

/** `const { passwordHash, ...rest } = user`: the field must be gone. */
function without(whole: Matcher, names: Term[]): Matcher {
  if (whole.kind !== 'object') return anything;
  const fields = { ...whole.fields };
  for (const name of names) if (name.kind === 'const') delete fields[String(name.value)];
  return { ...whole, fields };
}

function rowMatcher(scene: Scene, term: Extract<Term, { kind: 'row' }>): Matcher {
  const row = scene.rows.get(term.lookup);
  const expr = exprOf(scene, term);
  if (expr) return equals(expr);
  const entity = scene.context.entity(lookupOf(scene.operation, term.lookup)?.entity ?? '');
  const [column] = term.at;
  if (column !== undefined) return column === 'length' ? { kind: 'type', type: 'number' } : columnType(entity, column);
  if (!entity || !Object.keys(entity.columns).length) return { kind: 'type', type: 'object' };
  const unsure = (name: string): boolean => !!entity.columns[name]?.omitted && !row?.expr(name);
  const fields = Object.fromEntries(
    Object.keys(entity.columns)
      .filter((name) => !unsure(name))
      .map((name): [string, Matcher] => {
        const known = row?.expr(name);
        return [name, known ? equals(known) : columnType(entity, name)];
      }),
  );
  return { kind: 'object', exact: !Object.keys(entity.columns).some(unsure), fields };
}

function columnType(entity: Entity | undefined, name: string): Matcher {
  const column = entity?.columns[name];
  // Of another table, or computed by the store: it may well be null.
  if (!column) return { kind: 'nullable', of: anything };
  const plain = bySchema(column.schema);
  return column.nullable && plain.kind !== 'anything' ? { kind: 'nullable', of: plain } : plain;
}

/** What was created is in the list, and nothing else: unless conditions were not all read. */
function rowsMatcher(scene: Scene, term: Extract<Term, { kind: 'rows' }>): Matcher {
  const lookup = lookupOf(scene.operation, term.lookup);
  const row = scene.rows.get(term.lookup);
  if (!lookup || !row) return { kind: 'type', type: 'array' };
  const item = matcher(scene, term.each ?? { kind: 'row', lookup: term.lookup, at: [] });
  if (item.kind === 'anything') return { kind: 'type', type: 'array' };
  const alone = !lookup.other.length && scene.context.isolated(lookup.entity) && !isAmongCallers(scene, lookup);
  return alone ? { kind: 'array', items: [item] } : { kind: 'contains', items: [item] };
}

/** A list of all rows of the table in which the caller has one too. */
const isAmongCallers = (scene: Scene, { entity, by }: Lookup): boolean =>
  !Object.keys(by).length &&
  scene.operation.lookups.some(
    (one) =>
      one.entity === entity &&
      !one.many &&
      Object.keys(one.by).length > 0 &&
      Object.values(one.by).every((term) => ['principal', 'session'].includes(bare(term).kind)),
  );

function writtenMatcher(scene: Scene, term: Extract<Term, { kind: 'written' }>): Matcher {
  const effect = effectOf(scene.operation, term.effect);
  const entity = effect && scene.context.entity(effect.target);
  if (!effect) return anything;
  const [column] = term.at;
  if (column !== undefined) return writtenColumn(scene, effect, entity, column);
  if (!entity || !Object.keys(entity.columns).length) return { kind: 'type', type: 'object' };
  return {
    kind: 'object',
    exact: true,
    fields: Object.fromEntries(
      Object.keys(entity.columns)
        .filter((name) => !isLeftOut(scene, effect, entity, name))
        .map((name) => [name, writtenColumn(scene, effect, entity, name)]),
    ),
  };
}

/** A document lacks what nobody gave it. */
const isLeftOut = (scene: Scene, effect: Effect, entity: Entity, name: string): boolean =>
  !!(entity.columns[name]?.omitted ?? entity.columns[name]?.unanswered) &&
  !(name in writtenFields(scene.operation, effect)) &&
  effect.verb === 'insert';

export function writtenColumn(scene: Scene, effect: Effect, entity: Entity | undefined, name: string): Matcher {
  const given = writtenFields(scene.operation, effect)[name];
  if (given) return given.kind === 'written' ? columnType(entity, name) : withType(matcher(scene, given), entity, name);
  const column = entity?.columns[name];
  if (effect.verb === 'update') {
    const before = rowBefore(scene, effect)?.expr(name);
    if (before) return equals(before);
  } else if (column?.default !== undefined) return equals(literal(column.default));
  else if (column?.nullable && !column.generated && entity?.key !== name) return equals(literal(null));
  const plain = column ? bySchema(column.schema) : anything;
  return column?.nullable && effect.verb === 'update' && plain.kind !== 'anything'
    ? { kind: 'nullable', of: plain }
    : plain;
}

/** The same as the store shows it: in the column's own type. */
export function storedColumn(scene: Scene, effect: Effect, entity: Entity | undefined, name: string): Matcher {
  const found = writtenColumn(scene, effect, entity, name);
  if (found.kind === 'equals' && found.value.kind === 'literal')
    return equals(literal(storedAs(entity, name, found.value.value)));
  return found.kind === 'type' && entity?.columns[name] ? columnType(entity, name) : found;
}

const withType = (found: Matcher, entity: Entity | undefined, name: string): Matcher =>
  found.kind === 'anything' ? columnType(entity, name) : found;

/** The row that an update changes, as it was. */
export function rowBefore(scene: Scene, effect: Effect): import('./scene.js').Row | undefined {
  const conditions = JSON.stringify(effect.by);
  for (const [id, row] of scene.rows)
    if (row.entity === effect.target && JSON.stringify(lookupOf(scene.operation, id)?.by) === conditions) return row;
  return [...scene.rows.values()].find((row) => row.entity === effect.target);
}
