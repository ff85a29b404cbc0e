import type { Exchange } from '../../model/index.js';
import { type Expression, type FunctionNode, sourceRef, spanText, type Statement } from '../core/language.js';
import { boundNames, walkFunction } from '../core/walk.js';
import { dotted } from './file-table.js';
import type { Origins, OwnFunction } from './origins.js';
import type { Roles } from './roles.js';

const requestNames = /^_?(req|request|ctx|context)$/;
const responseNames = /^_?(res|response|reply)$/;
const nextNames = /^_?(next|done|resolve)$/;
const errorNames = /^_?(err|error|e|exception)$/;
const answering =
  /\.(status|json|send|sendStatus|end|render|redirect|code|sendFile|download|write|writeHead|type|location)(\(\)|$|\.)/;
const registering = /\.(get|post|put|patch|delete|del|all|use|route|register|include_router)$/;
const mounting = /\.(get|post|put|patch|delete|head|options|api_route|route|websocket|middleware|exception_handler)$/;
/** Errors and statuses that say who may not: by number, or by the name of a class or constant. */
const denial =
  /\b(401|403)\b|unauthori[sz]ed|unauthenticated|forbidden|access.?denied|permission.?denied|auth\w*(Failure)?Error|not.?allowed/i;

/** What a function does with a request: the function itself, or the one that it returns. */
export function exchangeOf(
  own: OwnFunction,
  origins: Origins,
  roles: Roles,
  decorators: Expression[] = [],
  depth = 0,
): Exchange {
  const [fn, outer] = handlerIn(own.fn);
  const names = parameterNames(fn);
  const request =
    names.find((name) => requestNames.test(name)) ??
    typed(fn, /\bRequest\b|FastifyRequest|\b(Header|Cookie|Security|Depends|SecurityScopes)\b|Credentials/);
  const given = request ?? injected(fn, own.file, origins);
  const response = names.find((name) => responseNames.test(name)) ?? typed(fn, /\bResponse\b|FastifyReply/);
  const next = new Set([...names, ...innerNames(fn)].filter((name) => nextNames.test(name)));
  const exchange: Exchange = {
    ...(given === undefined ? {} : { request: given }),
    ...(response === undefined ? {} : { response }),
    isErrorHandler: names.length >= 3 && errorNames.test(names[0] ?? '') && request !== undefined,
  };
  const see = new Seen(exchange, request, response, next);
  walkFunction(fn, { expression: (one) => see.expression(one), statement: (one) => see.statement(one) });
  if (!exchange.refuses && depth < 2) {
    const refuses = handedTo(fn, own, response, origins)
      .map((other) => exchangeOf(other, origins, roles, [], depth + 1))
      .find((one) => one.refuses && !one.answers)?.refuses;
    if (refuses) exchange.refuses = refuses;
  }
  for (const decorator of decorators) see.mounted(decorator, own, origins, roles);
  if (outer !== fn) walkFunction(outer, { expression: (one) => see.registration(one, own, origins, roles) });
  else walkFunction(fn, { expression: (one) => see.registration(one, own, origins, roles) });
  return exchange;
}

/** `(schema) => (req, res, next) => …`: the innermost function that is returned, if it takes more than the outer one does. */
function handlerIn(fn: FunctionNode): [FunctionNode, FunctionNode] {
  let inner = fn;
  for (let depth = 0; depth < 3; depth++) {
    const returned = inner.body.at(-1);
    const value = returned?.kind === 'return' ? returned.value : undefined;
    if (value?.kind !== 'function') break;
    inner = value.fn;
  }
  return [inner, fn];
}

const parameterNames = (fn: FunctionNode): string[] =>
  fn.params.map(({ target }) => (target.kind === 'name' ? target.name : (boundNames(target)[0]?.name ?? '')));

function innerNames(fn: FunctionNode): string[] {
  const names: string[] = [];
  walkFunction(fn, { function: (inner) => names.push(...parameterNames(inner)) });
  return names;
}

function typed(fn: FunctionNode, pattern: RegExp): string | undefined {
  const index = fn.params.findIndex(({ type, annotation, fallback }) =>
    pattern.test([type, annotation && spanText(annotation.span), fallback && spanText(fallback.span)].join(' ')),
  );
  return index < 0 ? undefined : parameterNames(fn)[index];
}

const injecting = /\b(Header|Cookie|Security|Depends|SecurityScopes)\b/;

/** The first parameter whose type is a name for an injected one: `TokenDep = Annotated[str, Depends(bearer)]`. */
function injected(fn: FunctionNode, file: string, origins: Origins): string | undefined {
  const index = fn.params.findIndex(({ type }) => {
    if (type === undefined || !/^\w+$/.test(type)) return false;
    const own = origins.table(file);
    const imported = own.imports.get(type);
    const target = imported && origins.host.resolve(imported.specifier, file);
    const table = target && 'file' in target ? origins.table(target.file) : own;
    const alias = table.values.get(imported?.imported ?? type)?.value;
    return alias !== undefined && injecting.test(spanText(alias.span));
  });
  return index < 0 ? undefined : parameterNames(fn)[index];
}

/** Functions of the service that are given the response: what they do with it is done here. */
function handedTo(fn: FunctionNode, own: OwnFunction, response: string | undefined, origins: Origins): OwnFunction[] {
  const found: OwnFunction[] = [];
  walkFunction(fn, {
    expression: (one) => {
      if (one.kind !== 'call' || !one.args.some(({ value }) => dotted(value) === response)) return;
      const origin = origins.resolve(one.callee, origins.namesIn(own));
      if (origin.kind === 'function' && origin.own.fn !== own.fn) found.push(origin.own);
    },
  });
  return response === undefined ? [] : found;
}

class Seen {
  /** The last status that was set on its own says that what follows is a failure. */
  private isFailing = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly request: string | undefined,
    private readonly response: string | undefined,
    private readonly next: Set<string>,
  ) {}

  expression(expression: Expression): void {
    const { exchange } = this;
    if (expression.kind === 'member' && this.request !== undefined && dotted(expression.of) === this.request)
      exchange.touches ??= place(expression, dotted(expression));
    if (expression.kind === 'assign' && this.request !== undefined && expression.target.kind === 'place')
      if (dotted(expression.target.place).startsWith(`${this.request}.`))
        exchange.touches ??= place(expression, dotted(expression.target.place));
    if (expression.kind !== 'call') return;
    const callee = dotted(expression.callee);
    if (this.response !== undefined && callee.startsWith(`${this.response}.`)) {
      exchange.touches ??= place(expression, callee);
      if (answering.test(callee)) {
        // A refusal is no answer: who only refuses lets the others pass.
        const isFailure = this.belongsToFailure(expression, callee);
        if (denial.test(spanText(expression.span))) this.refusal(expression);
        else if (!isFailure) exchange.answers ??= place(expression, callee);
      }
    }
    this.readBy(expression, callee);
    if (!this.next.has(callee)) return this.refusedBy(expression, callee);
    const [first] = expression.args;
    if (!first || (first.value.kind === 'literal' && first.value.value == null && expression.args.length > 1))
      exchange.passes ??= place(expression, callee);
    else this.refusal(expression);
  }

  /** `res.status(401)` and then, in a statement of its own, `res.send(…)`. */
  private belongsToFailure(expression: Extract<Expression, { kind: 'call' }>, callee: string): boolean {
    const [first] = expression.args;
    if (/\.(status|code)$/.test(callee) && first?.value.kind === 'literal') {
      this.isFailing = Number(first.value.value) >= 400;
      return this.isFailing;
    }
    return this.isFailing && /^\w+\.(send|json|end)$/.test(callee);
  }

  statement(statement: Statement): void {
    if (statement.kind === 'throw') this.refusal(statement.value);
    if (statement.kind !== 'return' || statement.value?.kind !== 'call' || this.request === undefined) return;
    const callee = dotted(statement.value.callee);
    if (/(^|\.)[A-Z]\w*Response$/.test(callee)) this.exchange.answers ??= place(statement.value, callee);
  }

  /** The request alone is given to a function; handing it on together with the response is no reading. */
  private readBy(expression: Extract<Expression, { kind: 'call' }>, callee: string): void {
    const names = expression.args.map(({ value }) => dotted(value));
    const handsOn = this.response !== undefined && names.includes(this.response);
    if (this.request !== undefined && names.includes(this.request) && !handsOn)
      this.exchange.touches ??= place(expression, callee);
  }

  /** `reject(new ApiError(401, …))`, `done(null, false)`: other ways to hand an error on. */
  private refusedBy(expression: Extract<Expression, { kind: 'call' }>, callee: string): void {
    if (/^(reject|fail)$/.test(callee)) this.refusal(expression);
  }

  private refusal(expression: Expression): void {
    const text = spanText(expression.span);
    if (denial.test(text)) this.exchange.refuses ??= place(expression, text.replace(/\s+/g, ' ').slice(0, 60));
  }

  /** `@router.get('/parcels')` makes a handler of the function under it. */
  mounted(decorator: Expression, own: OwnFunction, origins: Origins, roles: Roles): void {
    const callee = decorator.kind === 'call' ? decorator.callee : decorator;
    if (!mounting.test(dotted(callee))) return;
    const origin = origins.resolve(callee, { file: own.file, locals: new Map() });
    if (roles.of(origin)?.role === 'framework') this.exchange.registers ??= place(decorator, `@${dotted(callee)}`);
  }

  /** Routes registered on something that a framework gave, or that is called as an app is. */
  registration(expression: Expression, own: OwnFunction, origins: Origins, roles: Roles): void {
    if (expression.kind !== 'call' || expression.callee.kind !== 'member') return;
    const callee = dotted(expression.callee);
    if (!registering.test(callee)) return;
    const origin = origins.resolve(expression.callee, origins.namesIn(own));
    const isApp = origin.kind === 'parameter' && /^(app|router|server|fastify|instance|api)$/i.test(origin.name);
    if (isApp || roles.of(origin)?.role === 'framework') this.exchange.registers ??= place(expression, callee);
  }
}

const place = (expression: Expression, call: string): { call: string; source: ReturnType<typeof sourceRef> } => ({
  call,
  source: sourceRef(expression.span),
});
