import type { Credential, Expr, RequestPlan, TestCase, TestPlan } from '../../model/index.js';
import { presentedName, sharedOverrides } from '../tables.js';
import type { Expressions } from './expressions.js';
import { keywordArguments, text } from './literals.js';
import { inputName, mediaTypeOf, variable } from './names.js';

/** One row of a table: what differs, and the title that it has. */
export interface TableRow {
  value: string;
  title: string;
}

/** Writes the requests of one test; in a table, what its rows differ in comes from the row. */
export class RequestWriter {
  /** Who presents each row's credential. */
  presenter: string | undefined;
  /** The body changes from row to row. */
  private changing = false;
  private shared: Record<string, Expr> = {};
  /** Fields that some row changes. */
  private readonly changed = new Set<string>();

  constructor(
    readonly plan: TestPlan,
    readonly expressions: Expressions,
  ) {}

  /** The rows of a table, and the name of what differs in them. */
  table(group: TestCase[]): { rows: TableRow[]; field: string } {
    const isCredential = group[0]?.table === 'unauthenticated';
    this.shared = sharedOverrides(group);
    if (isCredential) this.presenter = group.map((one) => principalOf(one.act.as)).find(Boolean);
    else this.changing = true;
    const rows = group.map((one) => ({
      title: one.title,
      value: isCredential ? text(presentedName(one.act)) : this.changeOf(one),
    }));
    return { rows, field: isCredential ? 'presented' : 'change' };
  }

  /** Fields of the body that this row changes, beside those that all rows share. */
  private changeOf({ act: { body } }: TestCase): string {
    if (body?.kind !== 'sample') return '{}';
    const own = Object.entries(body.overrides ?? {}).filter(
      ([key, value]) => JSON.stringify(this.shared[key]) !== JSON.stringify(value),
    );
    const changes = this.expressions.changes({ ...body, overrides: Object.fromEntries(own) });
    for (const [key] of changes) this.changed.add(key);
    return `{${changes.map(([key, code]) => `${text(key)}: ${code}`).join(', ')}}`;
  }

  /** An expression that gives the response. */
  request(request: RequestPlan): string {
    const { expressions } = this;
    const verb = request.method.toLowerCase();
    const direct = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'].includes(verb);
    const hasBody = request.body !== undefined || request.rawBody !== undefined;
    // These methods of the client take no body: https://www.starlette.io/testclient/
    const viaRequest = !direct || (hasBody && ['get', 'delete', 'head', 'options'].includes(verb));
    const args = [...(viaRequest ? [`"${request.method}"`] : []), expressions.path(request)];
    if (request.query && Object.keys(request.query).length) args.push(`params=${expressions.object(request.query)}`);
    const headers = this.headers(request);
    if (headers !== undefined) args.push(`headers=${headers}`);
    args.push(...this.body(request));
    return `client.${viaRequest ? 'request' : verb}(${args.join(', ')})`;
  }

  private headers(request: RequestPlan): string | undefined {
    const own = Object.entries(request.headers ?? {}).map(
      ([name, value]) => `${text(name)}: ${this.expressions.code(value)}`,
    );
    if (request.rawBody !== undefined) own.push('"Content-Type": "application/json"');
    const credential = this.credential(request);
    if (!own.length) return credential;
    return `{${[...(credential === undefined ? [] : [`**${credential}`]), ...own].join(', ')}}`;
  }

  private credential(request: RequestPlan): string | undefined {
    const { as } = request;
    if (this.presenter !== undefined) return `${variable(this.presenter)}.presenting(presented)`;
    if (as.kind === 'anonymous') return undefined;
    if (as.kind === 'principal') return this.isVisitor(as.bind) ? undefined : `${variable(as.bind)}.headers`;
    return `${variable(as.principal)}.presenting(${text(presentedName(request))})`;
  }

  /** Keeps its cookies in the client itself. */
  private isVisitor(bind: string): boolean {
    return !this.expressions.callers.has(bind);
  }

  private body(request: RequestPlan): string[] {
    if (request.rawBody !== undefined) return [`content=${text(request.rawBody)}`];
    if (!request.body) return [];
    const mediaType = mediaTypeOf(this.plan, request.method, request.template);
    const keyword = /form/.test(mediaType) ? 'data' : 'json';
    return [`${keyword}=${this.bodyCode(request.body)}`];
  }

  private bodyCode(body: Expr): string {
    if (!this.changing || body.kind !== 'sample') return this.expressions.code(body);
    const input = inputName(body.factory);
    this.expressions.uses.factories.add(input);
    const shared = Object.entries(this.shared).map(([key, value]): [string, string] => [
      key,
      this.expressions.code(value),
    ]);
    // A row that changes what all share would name it twice.
    if (shared.some(([key]) => this.changed.has(key)))
      return `${input}(**{${shared.map(([key, code]) => `${text(key)}: ${code}`).join(', ')}, **change})`;
    return `${input}(${[...keywordArguments(shared), '**change'].join(', ')})`;
  }
}

const principalOf = (as: Credential): string | undefined =>
  as.kind === 'bad' ? as.principal : as.kind === 'principal' ? as.bind : undefined;
