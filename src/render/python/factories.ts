import type { Json, TestPlan } from '../../model/index.js';
import { Expressions, Uses } from './expressions.js';
import { literal } from './literals.js';
import { hasFields } from '../inputs.js';
import { inputName, requestName, variable } from './names.js';
import { RequestWriter } from './requests.js';

export interface FactoryView {
  /** `whole`: a body without fields of its own, a list, as it is; else the fields. */
  input?: { name: string; value?: string; whole?: string; title: string };
  request?: {
    name: string;
    title: string;
    /** The whole request, as an expression. */
    code: string;
    /** Values of the path, as parameters. */
    places: string[];
    takesInput: boolean;
    /** Some tests send it as somebody. */
    takesCredential: boolean;
    status: number;
  };
}

/** Samples and the requests that send them; only what tests use. */
export function factoryViews(plan: TestPlan, used: Set<string>, signed: Set<string>): FactoryView[] {
  return plan.factories
    .map((factory): FactoryView => {
      const name = requestName(factory);
      const input = inputName(factory.name);
      const sends = used.has(name);
      const title = `${factory.method} ${factory.template}`;
      const hasInput = factory.input?.kind === 'literal' && (used.has(input) || sends);
      return {
        ...(hasInput && factory.input?.kind === 'literal'
          ? {
              input: {
                name: input,
                ...(hasFields(factory)
                  ? { value: fieldsOf(factory.input.value) }
                  : { whole: literal(factory.input.value) }),
                title,
              },
            }
          : {}),
        ...(sends ? { request: requestView(plan, factory, name, title, signed.has(name)) } : {}),
      };
    })
    .filter((view) => view.input ?? view.request);
}

function requestView(
  plan: TestPlan,
  factory: TestPlan['factories'][number],
  name: string,
  title: string,
  takesCredential: boolean,
): NonNullable<FactoryView['request']> {
  const keys = [...factory.template.matchAll(/\{([^}:]+)[^}]*\}/g)].map(([, key = '']) => key);
  const requests = new RequestWriter(plan, new Expressions(new Uses(), new Set(['caller'])));
  const code = requests.request({
    method: factory.method,
    template: factory.template,
    path: Object.fromEntries(keys.map((key) => [key, { kind: 'ref', name: key, at: [] }])),
    ...(factory.query ? { query: factory.query } : {}),
    ...(factory.headers ? { headers: factory.headers } : {}),
    ...(factory.input ? { body: { kind: 'sample', factory: factory.name } } : {}),
    as: takesCredential ? { kind: 'principal', bind: 'caller' } : { kind: 'anonymous' },
  });
  const input = inputName(factory.name);
  const sent = code.replace('caller.headers', 'headers');
  const takesInput = factory.input !== undefined && hasFields(factory);
  return {
    name,
    title,
    code: takesInput ? sent.replace(`=${input}()`, `=${input}(**changes)`) : sent,
    places: keys.map(variable),
    takesInput,
    takesCredential,
    status: factory.status,
  };
}

/** Inside a dict, with room for what follows. */
const fieldsOf = (value: Json): string => {
  const fields = literal(value).slice(1, -1);
  return fields && `${fields}, `;
};
