import type { Effect, Expr, Json, JsonSchema, Operation, Principal, Response, SecurityScheme } from '../model/index.js';
import { isOpen, literal, type PlanContext, successOf, effectOf, isInsert, writtenFields } from './context.js';
import { camel, verbOf } from './names.js';
import { sample } from './sample.js';
import { Scene } from './scene.js';
import { shownColumns } from './shown.js';
import { bare } from './terms.js';

/** The caller that the operation lets in: with a role that it asks for, else any. Undefined: it asks for none. */
export function principalFor(context: PlanContext, operation: Operation): string | undefined {
  const requirement = operation.security.find((one) => !one.optional) ?? operation.security[0];
  if (!requirement) return undefined;
  const scheme = context.scheme(requirement.scheme);
  if (!scheme) return undefined;
  return principalNamed(context, scheme, requirement.roles[0] ?? plainRole(context, scheme));
}

/** Another caller of the same kind, who owns nothing. */
export function otherPrincipal(context: PlanContext, operation: Operation): string | undefined {
  const requirement = operation.security[0];
  const scheme = requirement && context.scheme(requirement.scheme);
  if (!scheme) return undefined;
  const role = requirement.roles[0] ?? plainRole(context, scheme);
  return principalNamed(context, scheme, role, 'other');
}

/** A caller with this role, or with this scope; `isOther`: besides the usual one of that role. */
export function callerWithRole(
  context: PlanContext,
  operation: Operation,
  role: string | undefined,
  isOther = false,
): string | undefined {
  const requirement = operation.security[0];
  const scheme = requirement && context.scheme(requirement.scheme);
  return scheme && principalNamed(context, scheme, scheme.role ? role : undefined, isOther ? 'other' : '');
}

/** For an operation that asks nobody who they are: a caller with no particular role, by what its neighbours ask for. */
export function plainCaller(context: PlanContext, { resource }: Operation): string | undefined {
  const { operations } = context.model;
  const near = operations.filter((one) => one.resource === resource);
  const requirement = [...near, ...operations].flatMap(({ security }) => security)[0];
  const scheme = requirement && context.scheme(requirement.scheme);
  return scheme && principalNamed(context, scheme, plainRole(context, scheme));
}

/** Callers with a role that the operation does not let in. */
export function lesserPrincipals(context: PlanContext, operation: Operation): string[] {
  const requirement = operation.security[0];
  const scheme = requirement && context.scheme(requirement.scheme);
  if (!scheme || !requirement.roles.length) return [];
  const roles = [...new Set([plainRole(context, scheme), ...(scheme.role?.values ?? [])])];
  return roles
    .filter((role) => role === undefined || !requirement.roles.includes(role))
    .flatMap((role) => principalNamed(context, scheme, role) ?? []);
}

/** Callers besides the usual one who get in: other roles that the guard names, roles that pass an ownership check. */
export function permittedPrincipals(
  context: PlanContext,
  operation: Operation,
): { principal: string; role: string; owns: boolean }[] {
  const requirement = operation.security.find((one) => !one.optional);
  const scheme = requirement && context.scheme(requirement.scheme);
  if (!scheme) return [];
  const except = requirement.ownership?.except ?? [];
  const own = requirement.roles.filter((role) => !except.includes(role));
  const response = successOf(operation);
  const usual = response && principalOfResponse(context, operation, response);
  return [...own.map((role) => ({ role, owns: true })), ...except.map((role) => ({ role, owns: false }))].flatMap(
    ({ role, owns }) => {
      const principal = principalNamed(context, scheme, role);
      return principal === undefined || (owns && principal === usual) ? [] : [{ principal, role, owns }];
    },
  );
}

/** The caller to whom this very response is given: with the role that its guards ask for. */
export function principalOfResponse(
  context: PlanContext,
  operation: Operation,
  response: Response,
): string | undefined {
  const requirement = operation.security.find((one) => !one.optional);
  const scheme = requirement && context.scheme(requirement.scheme);
  const column = scheme?.role?.at.at(-1);
  if (!scheme || column === undefined) return principalFor(context, operation);
  for (const { predicate, holds } of response.guards) {
    if (!holds) continue;
    const [asked, role] =
      predicate.kind === 'eq'
        ? [predicate.left, predicate.right]
        : predicate.kind === 'in' && predicate.set.kind === 'array'
          ? [predicate.of, predicate.set.items[0]]
          : [];
    if (asked && role?.kind === 'const' && 'at' in asked && asked.at.at(-1) === column)
      return principalNamed(context, scheme, String(role.value));
  }
  return principalFor(context, operation);
}

/** The claim is a list of what its holder may: callers have scopes rather than a role. */
const hasScopes = (scheme: SecurityScheme): boolean => scheme.role?.at.at(-1) === '[]';

/** How texts name a caller: `a caller with the role admin`. */
function described(scheme: SecurityScheme, role: string | undefined): string {
  if (role !== undefined) return `a caller with the ${hasScopes(scheme) ? 'scope' : 'role'} ${role}`;
  if (hasScopes(scheme)) return 'a caller without a scope';
  return scheme.type === 'api-key' ? 'a client with a key' : 'a caller who has signed in';
}

/** The role that nobody has to be given: the store's default, else one that no rule names. */
export function plainRole(context: PlanContext, scheme: SecurityScheme): string | undefined {
  if (!scheme.role) return undefined;
  const column = scheme.role.at.at(-1) ?? 'role';
  const asked = new Set(
    context.model.operations.flatMap((operation) =>
      operation.security.flatMap((one) => [...one.roles, ...(one.ownership?.except ?? [])]),
    ),
  );
  for (const entity of context.model.entities) {
    const found = entity.columns[column]?.default;
    if (typeof found === 'string') return found;
    const inserted = context.model.operations
      .flatMap((operation) => operation.effects)
      .find((effect) => isInsert(effect, entity.name) && effect.values?.[column]?.kind === 'const')?.values?.[column];
    if (
      inserted?.kind === 'const' &&
      typeof inserted.value === 'string' &&
      /user|account|member|customer/i.test(entity.name)
    )
      return inserted.value;
  }
  return scheme.role.values.find((value) => !asked.has(value)) ?? (hasScopes(scheme) ? undefined : 'member');
}

function principalNamed(
  context: PlanContext,
  scheme: SecurityScheme,
  role: string | undefined,
  prefix = '',
): string | undefined {
  const held = role !== undefined && hasScopes(scheme) ? `${role} holder` : role;
  const base = camel(held ?? (scheme.type === 'api-key' ? 'client' : 'user'));
  const name = prefix ? `${prefix}${base[0]?.toUpperCase() ?? ''}${base.slice(1)}` : base;
  if (context.principals.has(name)) return name;
  const principal: Principal = {
    name,
    scheme: scheme.id,
    described: described(scheme, role),
    ...(role ? { role } : {}),
    claims: {},
    arrange: [],
  };
  context.principals.set(name, principal);
  if (scheme.type === 'jwt') signedClaims(context, scheme, principal);
  else if (scheme.type === 'session') sessionPrincipal(context, scheme, principal);
  return name;
}

/** The entity whose rows are callers: looked up by the guard, or referenced from what callers own. */
function userEntity(context: PlanContext, scheme: SecurityScheme): string | undefined {
  if (scheme.user) return scheme.user.entity;
  for (const operation of context.model.operations) {
    for (const effect of operation.effects) {
      const entity = context.entity(effect.target);
      for (const [column, term] of Object.entries(effect.values ?? {})) {
        const inner = bare(term);
        const references = entity?.columns[column]?.references;
        if (references && inner.kind === 'principal' && inner.scheme === scheme.id) return references.entity;
      }
    }
    for (const lookup of operation.lookups)
      if (
        Object.values(lookup.by).some(
          (term) => bare(term).kind === 'principal' && (bare(term) as { scheme?: string }).scheme === scheme.id,
        ) &&
        /user|account|member|customer/i.test(lookup.entity)
      )
        return lookup.entity;
  }
  return undefined;
}

/** Claims as the service's own tokens have them; the subject is a row where rows must exist. */
function signedClaims(context: PlanContext, scheme: SecurityScheme, principal: Principal): void {
  const entity = userEntity(context, scheme);
  const subject = entity ? (registered(context, entity, principal) ?? inserted(context, entity, principal)) : undefined;
  if (entity && subject) storedRole(context, scheme, principal, entity, subject);
  for (const at of Object.keys(scheme.claims)) {
    if (at in (scheme.jwt?.required ?? {})) continue;
    if (scheme.role && at === scheme.role.at.join('.')) giveRole(principal, at);
    else if (/^(sub|id|_id|userId|user_id|uid)$/.test(at))
      principal.claims[at] =
        subject ??
        literal(
          at === 'sub'
            ? `${principal.name}-1`
            : numericClaim(context, scheme, at)
              ? idOf(principal)
              : `${principal.name}-1`,
        );
    else if (!at.includes('.'))
      principal.claims[at] = literal(/email/.test(at) ? `${principal.name.toLowerCase()}@example.com` : `sample ${at}`);
  }
  for (const [claim, value] of Object.entries(scheme.jwt?.required ?? {})) principal.claims[claim] = literal(value);
}

/** The claim is the role, or (`scopes.[]`) a list that has it. */
function giveRole(principal: Principal, at: string): void {
  const list = /^(.*)\.\[\]$/.exec(at)?.[1];
  if (list === undefined) principal.claims[at] = literal(principal.role ?? 'member');
  else principal.claims[list] = { kind: 'array', items: principal.role === undefined ? [] : [literal(principal.role)] };
}

const idOf = (principal: Principal): number =>
  [...principal.name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);

const numericClaim = (context: PlanContext, scheme: SecurityScheme, at: string): boolean => {
  void scheme;
  return context.model.entities.some(
    (entity) =>
      entity.key !== undefined &&
      entity.columns[entity.key]?.schema.type === 'integer' &&
      /user/i.test(entity.name) &&
      at !== 'sub',
  );
};

/** No operation that is open to all makes callers: the row is put into the store. Gives its key. */
function inserted(context: PlanContext, entity: string, principal: Principal): Expr | undefined {
  const found = context.entity(entity);
  if (!found?.key || !context.reachable(entity)) return undefined;
  const values: Record<string, Expr> = {};
  for (const [name, column] of Object.entries(found.columns)) {
    const isOwn = found.unique.some((columns) => columns.includes(name)) || /e-?mail|user_?name|login/i.test(name);
    const isOptional = column.generated || column.default !== undefined || column.nullable;
    if (name === found.key ? !column.generated : !isOptional || (isOwn && !column.generated))
      values[name] = literal(ownValue(column.schema, name, principal));
  }
  principal.arrange.push({ kind: 'insert', bind: 'row', entity, values });
  return { kind: 'ref', name: 'row', at: [found.key] };
}

/** Unique columns hold something of the caller's own. */
const ownValue = (schema: JsonSchema, name: string, principal: Principal): Json =>
  schema.format === 'email' || /e-?mail/i.test(name)
    ? `${slugOf(principal)}@example.com`
    : /user_?name|login|handle/i.test(name)
      ? slugOf(principal).replace(/-/g, '')
      : sample(schema, name);

const slugOf = (principal: Principal): string =>
  principal.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The role stands in the caller's row, not in the token: the store is told where nothing else gives it. */
function storedRole(
  context: PlanContext,
  scheme: SecurityScheme,
  principal: Principal,
  entity: string,
  subject: Expr,
): void {
  const { role } = principal;
  const at = scheme.role?.at ?? [];
  const [column = ''] = at;
  const { key = 'id', columns = {} } = context.entity(entity) ?? {};
  if (role === undefined || at.length !== 1 || at.join('.') in scheme.claims) return;
  if (columns[column]?.default === role || role === plainRole(context, scheme) || givenAtSignUp(principal, column))
    return;
  if (!context.reachable(entity))
    return void context.unmade.set(
      principal.name,
      `no operation gives the ${column} ${role}, and tests cannot reach the store of ${entity}`,
    );
  if (!(column in columns)) return;
  principal.arrange.push({ kind: 'alter', entity, by: { [key]: subject }, set: { [column]: literal(role) } });
}

/** Registers the caller through the API; gives the key of the row. */
function registered(context: PlanContext, entity: string, principal: Principal): Expr | undefined {
  const producer = context.producer(entity);
  const success = producer && successOf(producer);
  if (!producer || !success || !isOpen(producer)) return undefined;
  const scene = new Scene(context, producer, success).arrange(null);
  // What a caller is registered after must stand by itself: it has no names for what else was made.
  if (scene.problem || scene.steps.some((step) => step.kind !== 'create' || step.row || step.as || step.overrides))
    return undefined;
  distinguish(producer, scene, principal);
  const factory = context.factory(producer, true);
  const effect = success.effects.map((id) => effectOf(producer, id)).find((one) => isInsert(one, entity));
  const column = context.scheme(principal.scheme)?.role?.at.at(-1) ?? '';
  const role = effect && writtenFields(producer, effect)[column];
  if (role?.kind === 'input' && role.part === 'body' && role.at.length === 1 && principal.role !== undefined)
    scene.body[role.at[0] ?? ''] = literal(principal.role);
  const key = context.entity(entity)?.key ?? 'id';
  const at = effect && keyAt(producer, success, effect, key);
  const inStore = !at && context.reachable(entity);
  principal.arrange.push(...scene.steps, {
    kind: 'create',
    ...(inStore ? { row: { bind: 'row', entity } } : { bind: 'row' }),
    factory: factory.name,
    overrides: scene.body,
  });
  return inStore ? { kind: 'ref', name: 'row', at: [key] } : at && { kind: 'ref', name: 'row', at };
}

/** The request that registered the caller says the role. */
const givenAtSignUp = (principal: Principal, column: string): boolean =>
  principal.arrange.some((step) => step.kind === 'create' && step.overrides?.[column] !== undefined);

/** Where an answer shows the key of the row that its request has stored. */
function keyAt(producer: Operation, success: Response, effect: Effect, key: string): string[] | undefined {
  const shown = shownColumns(success.body, effect.id, writtenFields(producer, effect));
  return shown === '*' ? [key] : shown.get(key);
}

/** Unique columns get values of the caller's own. */
function distinguish(producer: Operation, scene: Scene, principal: Principal): void {
  const slug = slugOf(principal);
  const visit = (schema: JsonSchema | undefined, at: string[]): void => {
    for (const [name, field] of Object.entries(schema?.properties ?? {})) {
      if (field.format === 'email' || /e-?mail/i.test(name))
        scene.setField([...at, name], literal(`${slug}@example.com`));
      else if (/user_?name|login|handle/i.test(name)) scene.setField([...at, name], literal(slug.replace(/-/g, '')));
      else if (schema?.required?.includes(name)) visit(field, [...at, name]);
    }
  };
  visit(producer.requestBody?.schema, []);
}

/** Registers, gives the role, signs in. */
function sessionPrincipal(context: PlanContext, scheme: SecurityScheme, principal: Principal): void {
  const signIn = context.model.operations.find((operation) => operation.id === scheme.signIn);
  const success = signIn && successOf(signIn);
  if (!signIn || !success)
    return context.gap(
      'no-session',
      undefined,
      'No operation was found that signs a session in: cases that need a caller are left out.',
      scheme.source,
    );
  const lookup = signIn.lookups[0];
  const producer = lookup && context.producer(lookup.entity);
  if (lookup && producer && isOpen(producer)) registered(context, lookup.entity, principal);
  const step = principal.arrange.findLast((one) => one.kind === 'create');
  const overrides = step?.kind === 'create' ? (step.overrides ?? {}) : {};
  const body: Record<string, Expr> = {};
  for (const name of Object.keys(signIn.requestBody?.schema.properties ?? {}))
    if (overrides[name]) body[name] = overrides[name];
  if (lookup && principal.role && principal.role !== plainRole(context, scheme) && context.reachable(lookup.entity))
    raise(context, scheme, principal, lookup.entity, overrides, producer);
  principal.signIn = {
    method: verbOf(signIn),
    template: signIn.path,
    body: {
      kind: 'sample',
      factory: context.factory(signIn, false).name,
      ...(Object.keys(body).length ? { overrides: body } : {}),
    },
    as: { kind: 'anonymous' },
  };
}

/** No operation gives the role: it is set in the store. */
function raise(
  context: PlanContext,
  scheme: SecurityScheme,
  principal: Principal,
  entity: string,
  overrides: Record<string, Expr>,
  producer: Operation | undefined,
): void {
  const effect = producer?.effects.find((one) => isInsert(one, entity));
  const written = producer && effect ? writtenFields(producer, effect) : {};
  const by: Record<string, Expr> = {};
  for (const [column, term] of Object.entries(written)) {
    const inner = bare(term);
    if (inner.kind === 'input' && inner.at[0] && overrides[inner.at[0]])
      by[column] = overrides[inner.at[0]] ?? literal('');
  }
  const column = scheme.role?.at.at(-1) ?? 'role';
  void context;
  principal.arrange.push({ kind: 'alter', entity, by, set: { [column]: literal(principal.role ?? '') } });
}
