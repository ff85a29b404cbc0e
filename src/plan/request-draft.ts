import type { Expr, Json, JsonSchema, Operation, RequestPlan, Term } from '../model/index.js';
import { inputSample, literal, type PlanContext, schemaAt } from './context.js';
import { verbOf } from './names.js';
import { withField } from './nested.js';
import { sample } from './sample.js';

type Input = Extract<Term, { kind: 'input' }>;

/** The request of one case while it is put together: what is fixed of it; the rest is the sample's. */
export class RequestDraft {
  readonly body: Record<string, Expr> = {};
  readonly path: Record<string, Expr> = {};
  readonly query: Record<string, Expr> = {};
  /** Fields inside fields of the body that were set, by their dotted path. */
  private readonly inner = new Map<string, Expr>();
  /** Who sends it. Undefined: nobody in particular. */
  principal: string | undefined;

  constructor(
    readonly context: PlanContext,
    readonly operation: Operation,
  ) {}

  inputFixed(term: Input): Expr | undefined {
    const [name = ''] = term.at;
    return term.part === 'path' ? this.path[name] : term.part === 'body' ? this.fieldSet(term.at) : undefined;
  }

  /** What a field of the body was set to. */
  fieldSet(at: string[]): Expr | undefined {
    return at.length > 1 ? this.inner.get(at.join('.')) : this.body[at[0] ?? ''];
  }

  /** Sets a field of the body; the fields around it stay those of the sample. */
  setField(at: string[], value: Expr): void {
    const [name, ...rest] = at;
    if (name === undefined) return;
    const usual = rest.length ? (inputSample(this.operation) as Record<string, Json>)[name] : undefined;
    this.body[name] = withField(this.body[name], usual, rest, value);
    if (rest.length) this.inner.set(at.join('.'), value);
  }

  setInput(target: Input, expr: Expr): void {
    const [name = ''] = target.at;
    if (target.part === 'path') this.path[name] = expr;
    else if (target.part === 'body') this.setField(target.at, expr);
    else if (target.part === 'query') this.query[name] = expr;
  }

  /** The request as arranged. */
  request(): RequestPlan {
    const { operation, context } = this;
    const query = this.requiredQuery();
    const factory = operation.requestBody ? context.factory(operation, false) : undefined;
    return {
      method: verbOf(operation),
      template: operation.path,
      ...(Object.keys(this.path).length ? { path: this.path } : {}),
      ...(Object.keys(query).length ? { query } : {}),
      ...(factory
        ? {
            body: {
              kind: 'sample',
              factory: factory.name,
              ...(Object.keys(this.body).length ? { overrides: this.body } : {}),
            },
          }
        : {}),
      as: this.principal ? { kind: 'principal', bind: this.principal } : { kind: 'anonymous' },
    };
  }

  private requiredQuery(): Record<string, Expr> {
    const required = this.operation.parameters.filter(
      (one) => one.in === 'query' && one.required && !this.query[one.name],
    );
    return {
      ...this.query,
      ...Object.fromEntries(required.map((one): [string, Expr] => [one.name, literal(sample(one.schema, one.name))])),
    };
  }

  /** The value of a request field, if it is a constant. */
  inputValue(term: Input): Json | undefined {
    const [name = '', ...rest] = term.at;
    const fixed = this.inputFixed(term);
    if (fixed) return fixed.kind === 'literal' ? fixed.value : undefined;
    if (term.part !== 'body') return undefined;
    const schema = schemaAt(this.operation.requestBody?.schema, [name]);
    if (!schema) return undefined;
    const whole = inputSample(this.operation) as Record<string, Json>;
    return rest.reduce<Json | undefined>(
      (value, key) => (value && typeof value === 'object' && !Array.isArray(value) ? value[key] : undefined),
      whole[name],
    );
  }

  inputSchema(term: Input): JsonSchema | undefined {
    if (term.part === 'body') return schemaAt(this.operation.requestBody?.schema, term.at);
    return this.operation.parameters.find((one) => one.in === term.part && one.name === term.at[0])?.schema;
  }
}

export const pathSample = (schema: JsonSchema): Json => {
  const value = sample(schema, 'id');
  return typeof value === 'object' ? '1' : value;
};
