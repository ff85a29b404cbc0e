import type { Expr, RequestPlan, TestCase, TestPlan } from '../../model/index.js';
import { presentedName, sharedOverrides } from '../tables.js';
import { exprCode, pathCode, type Uses } from './expressions.js';
import { keyLiteral, text } from './literals.js';
import { inputName } from './names.js';
import type { TableRow } from './target.js';

/** Writes the requests of one test; in a table, what its rows differ in comes from the row. */
export class RequestWriter {
  /** Who presents each row's credential. */
  presenter: string | undefined;
  /** The body changes from row to row. */
  private changing = false;
  /** Fields of the body that refer to what was arranged: the same in all rows of a table. */
  private shared: Record<string, Expr> = {};

  constructor(
    readonly plan: TestPlan,
    readonly uses: Uses,
  ) {}

  /** The rows of a table, and the name of what differs in them. */
  table(group: TestCase[]): { rows: TableRow[]; field: string } {
    const isCredential = group[0]?.table === 'unauthenticated';
    if (isCredential) this.presenter = group.map((one) => principalOf(one.act)).find(Boolean) ?? 'service.anonymous';
    else this.changing = true;
    this.shared = sharedOverrides(group);
    const rows = group.map((one) => ({
      title: text(one.title),
      fields: isCredential ? `presented: ${text(presentedName(one.act))}` : `change: ${this.changeOf(one)}`,
    }));
    return { rows, field: isCredential ? 'presented' : 'change' };
  }

  /** Fields of the body that this row changes, beside those that all rows share. */
  private changeOf(one: TestCase): string {
    const body = one.act.body;
    if (body?.kind !== 'sample') return '{}';
    const fields = Object.entries(body.overrides ?? {}).filter(
      ([key, value]) => JSON.stringify(this.shared[key]) !== JSON.stringify(value),
    );
    const parts = fields.map(([key, value]) => `${keyLiteral(key)}: ${exprCode(value, this.uses)}`);
    for (const key of body.omit ?? []) parts.push(`${keyLiteral(key)}: undefined`);
    return `{ ${parts.join(', ')} }`;
  }

  request(request: RequestPlan): string {
    const { uses } = this;
    const hasQuery = request.query && Object.keys(request.query).length;
    return uses.client.request({
      caller: this.caller(request),
      verb: request.method.toLowerCase(),
      path: pathCode(request, uses),
      headers: Object.entries(request.headers ?? {}).map(([name, value]) => [text(name), exprCode(value, uses)]),
      ...(hasQuery ? { query: exprCode({ kind: 'object', fields: request.query ?? {} }, uses) } : {}),
      ...(request.rawBody !== undefined
        ? { rawBody: text(request.rawBody) }
        : request.body
          ? { body: this.body(request.body) }
          : {}),
    });
  }

  private body(body: Expr): string {
    if (!this.changing || body.kind !== 'sample') return exprCode(body, this.uses);
    const input = inputName(body.factory);
    this.uses.factories.add(input);
    const shared = Object.entries(this.shared).map(
      ([key, value]) => `${keyLiteral(key)}: ${exprCode(value, this.uses)}`,
    );
    return shared.length ? `${input}({ ${[...shared, '...change'].join(', ')} })` : `${input}(change)`;
  }

  private caller(request: RequestPlan): string {
    const { as } = request;
    if (this.presenter) return `${this.presenter}.presenting(presented)`;
    if (as.kind === 'anonymous') return 'service.anonymous';
    if (as.kind === 'principal') return as.bind;
    return `${as.principal}.presenting(${text(presentedName(request))})`;
  }
}

const principalOf = (request: RequestPlan): string | undefined =>
  request.as.kind === 'bad' ? request.as.principal : request.as.kind === 'principal' ? request.as.bind : undefined;
