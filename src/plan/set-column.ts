import type { Expr, Json, Operation, Response, Term } from '../model/index.js';
import { effectOf, inputSample, literal, schemaAt, successOf, writtenFields } from './context.js';
import type { Row, Scene } from './scene.js';
import { bare } from './terms.js';
import { verbOf } from './names.js';

/** Gives a row's column one of these values (or any other than `not`): by an operation that does so, else in the store. */
export function setColumn(
  scene: Scene,
  term: Extract<Term, { kind: 'row' }>,
  wanted: Json[] | undefined,
  not: Json[] = [],
): string | undefined {
  const row = scene.rows.get(term.lookup);
  return row ? setColumnOf(scene, row, term.at[0] ?? '', wanted, not) : 'the row that it needs could not be made';
}

export function setColumnOf(
  scene: Scene,
  row: Row,
  column: string,
  wanted: Json[] | undefined,
  not: Json[] = [],
): string | undefined {
  const current = row.value(column);
  if (current !== undefined && (wanted ? wanted.includes(current) : !not.includes(current))) return undefined;
  const found = scene.context.model.operations.flatMap((operation) =>
    updaterOf(operation, row.entity, column, (value) => (wanted ? wanted.includes(value) : !not.includes(value))),
  );
  for (const { operation, response, body } of found)
    if (operation.id !== scene.operation.id || !response.decidedBy)
      if (requestOn(scene, operation, response, row, body)) return undefined;
  return alter(scene, row, column, wanted, not);
}

interface Updater {
  operation: Operation;
  response: Response;
  /** Fields of its body that give the column the wanted value. */
  body: Record<string, Expr>;
}

function updaterOf(operation: Operation, entity: string, column: string, fits: (value: Json) => boolean): Updater[] {
  const response = successOf(operation);
  if (!response) return [];
  for (const id of response.effects) {
    const effect = effectOf(operation, id);
    const term =
      effect?.verb === 'update' && effect.target === entity ? writtenFields(operation, effect)[column] : undefined;
    if (term?.kind === 'const' && fits(term.value)) return [{ operation, response, body: {} }];
    if (term?.kind !== 'input' || term.part !== 'body' || term.at.length !== 1) continue;
    const schema = schemaAt(operation.requestBody?.schema, term.at);
    const usual = (inputSample(operation) as Record<string, Json>)[term.at[0] ?? ''];
    const value = [...(schema?.enum ?? []), ...(usual === undefined ? [] : [usual])].find((one) => fits(one as Json));
    if (value !== undefined) return [{ operation, response, body: { [term.at[0] ?? '']: literal(value as Json) } }];
  }
  return [];
}

/** Sends the request of another operation on the same row, as its creator or whoever may. */
function requestOn(
  scene: Scene,
  operation: Operation,
  response: Response,
  row: { expr(column: string): Expr | undefined; entity: string },
  overrides: Record<string, Expr>,
): boolean {
  const [parameter, ...others] = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (parameter === undefined || others.length) return false;
  if (operation.requestBody && !Object.keys(overrides).length) return false;
  const lookup = operation.lookups.find((one) => one.entity === row.entity);
  const column =
    Object.entries(lookup?.by ?? {}).find(([, term]) => bare(term).kind === 'input')?.[0] ??
    scene.context.entity(row.entity)?.key ??
    'id';
  const id = row.expr(column);
  if (!id) return false;
  const roles = operation.security[0]?.roles ?? [];
  const mine = scene.principal ? scene.context.principals.get(scene.principal) : undefined;
  const as =
    operation.security.length === 0
      ? undefined
      : mine && (!roles.length || roles.includes(mine.role ?? ''))
        ? mine.name
        : scene.principalOf(operation);
  if (operation.security.length && (!as || scene.context.unmade.has(as))) return false;
  if (as) scene.signIn(as);
  scene.steps.push({
    kind: 'request',
    status: response.status,
    request: {
      method: verbOf(operation),
      template: operation.path,
      path: { [parameter]: id },
      ...(operation.requestBody
        ? { body: { kind: 'sample' as const, factory: scene.context.factory(operation, false).name, overrides } }
        : {}),
      as: as ? { kind: 'principal', bind: as } : { kind: 'anonymous' },
    },
  });
  return true;
}

export function alter(
  scene: Scene,
  row: { entity: string; expr(column: string): Expr | undefined },
  column: string,
  wanted: Json[] | undefined,
  not: Json[],
): string | undefined {
  const entity = scene.context.entity(row.entity);
  const key = entity?.key ?? 'id';
  const id = row.expr(key);
  if (!scene.context.reachable(row.entity) || !id)
    return `no operation sets ${row.entity}.${column}, and tests cannot reach the store`;
  const schema = entity?.columns[column]?.schema;
  const takesNull = entity?.columns[column]?.nullable !== false;
  const fitting =
    wanted?.find((value) =>
      value === null ? takesNull : schema?.type === undefined || typeof value === jsType(schema.type),
    ) ?? wanted?.[0];
  const value = wanted
    ? fitting
    : typeof not[0] === 'boolean'
      ? !not[0]
      : typeof not[0] === 'number'
        ? not[0] + 1
        : 'other';
  scene.steps.push({ kind: 'alter', entity: row.entity, by: { [key]: id }, set: { [column]: literal(value ?? null) } });
  return undefined;
}

const jsType = (type: unknown): string => (type === 'integer' ? 'number' : String([type].flat()[0]));
