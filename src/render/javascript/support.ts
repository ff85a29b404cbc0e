import type { Expr, Factory, Principal, Step, TestPlan } from '../../model/index.js';
import { literal, text, keyLiteral } from './literals.js';
import { exprCode, templateText, Uses } from './expressions.js';
import type { Client } from './target.js';
import { hasFields } from '../inputs.js';
import { factoryOf, inputName, requestName } from './names.js';

export interface FactoryView {
  /** `whole`: a body without fields of its own, a list, as it is; else the fields. */
  input?: { name: string; value?: string; whole?: string };
  request?: {
    name: string;
    /** The whole request, as an expression. */
    code: string;
    parameters: string;
    hasPath: boolean;
    takesInput: boolean;
    status: number;
  };
}

/** Samples and the requests that send them; only what tests use. */
export function factoryViews(plan: TestPlan, used: Set<string>, client: Client): FactoryView[] {
  return plan.factories
    .map((factory): FactoryView => {
      const name = requestName(factory, plan);
      const input = inputName(factory.name);
      const sends = used.has(name);
      return {
        ...(factory.input?.kind === 'literal' && (used.has(input) || sends)
          ? {
              input: {
                name: input,
                ...(hasFields(factory)
                  ? {
                      value: literal(factory.input.value)
                        .replace(/^\{ | \}$/g, '')
                        .trim(),
                    }
                  : { whole: literal(factory.input.value) }),
              },
            }
          : {}),
        ...(sends ? { request: requestView(factory, name, input, client) } : {}),
      };
    })
    .filter((view) => view.input ?? view.request);
}

function requestView(
  factory: Factory,
  name: string,
  input: string,
  client: Client,
): NonNullable<FactoryView['request']> {
  const hasPath = factory.template.includes('{');
  const pieces = factory.template
    .split(/(\{\w+\})/)
    .map((piece) => (/^\{\w+\}$/.test(piece) ? `\${path.${piece.slice(1, -1)}}` : templateText(piece)));
  const code = client.request({
    caller: 'caller',
    verb: factory.method.toLowerCase(),
    path: hasPath ? `\`${pieces.join('')}\`` : text(factory.template),
    headers: [],
    ...(factory.query ? { query: exprCode({ kind: 'object', fields: factory.query }, new Uses(client)) } : {}),
    ...(factory.input ? { body: hasFields(factory) ? `${input}(overrides)` : `${input}()` } : {}),
  });
  return {
    name,
    code,
    parameters: hasPath
      ? [...factory.template.matchAll(/\{(\w+)\}/g)].map(([, key = '']) => `${key}: unknown`).join('; ')
      : '',
    hasPath,
    takesInput: factory.input !== undefined && hasFields(factory),
    status: factory.status,
  };
}

export interface CallerView {
  name: string;
  steps: string[];
  id: string;
  /** JWT. */
  claims?: string;
  /** Session: the request that signs in. */
  signIn?: { path: string; body: string; status: number };
}

/** How each kind of caller comes to exist and signs in. */
export function callerViews(plan: TestPlan, used: Set<string>, uses: Uses): CallerView[] {
  return plan.harness.principals
    .filter((principal) => used.has(principal.name))
    .map((principal) => callerView(plan, principal, uses));
}

function callerView(plan: TestPlan, principal: Principal, uses: Uses): CallerView {
  const scheme = plan.harness.schemes.find((one) => one.id === principal.scheme);
  const hasRow = principal.arrange.some(
    (step) =>
      (step.kind === 'create' && (step.bind === 'row' || step.row?.bind === 'row')) ||
      (step.kind === 'insert' && step.bind === 'row'),
  );
  const steps = principal.arrange.map((step) => stepCode(plan, step, uses));
  const subject = Object.entries(principal.claims).find(([name]) =>
    /^(sub|id|_id|userId|user_id|uid)$/.test(name),
  )?.[1];
  const id =
    hasRow && subject?.kind === 'ref'
      ? exprCode(subject, uses)
      : hasRow
        ? 'row.id'
        : subject
          ? exprCode(subject, uses)
          : keysAreNumbers(plan)
            ? '0'
            : text(principal.name);
  const claims = Object.entries(principal.claims).map(
    ([name, value]) => `${keyLiteral(name)}: ${claimCode(name, value, uses)}`,
  );
  const { signIn } = principal;
  return {
    name: principal.name,
    steps,
    id,
    ...(scheme?.type === 'jwt' ? { claims: `{ ${claims.join(', ')} }` } : {}),
    ...(signIn
      ? {
          signIn: {
            path: text(signIn.template),
            body: signIn.body ? exprCode(signIn.body, uses) : '{}',
            status:
              plan.factories.find((factory) => factory.operation === `${signIn.method} ${signIn.template}`)?.status ??
              200,
          },
        }
      : {}),
  };
}

/** Callers have numbers for ids where rows do. */
export const keysAreNumbers = ({ harness }: TestPlan): boolean =>
  harness.entities.some(({ key, columns }) => key !== undefined && columns[key]?.schema.type === 'integer');

/** A token's subject is text. */
const claimCode = (name: string, value: Expr, uses: Uses): string =>
  name === 'sub' && value.kind === 'ref' ? `String(${exprCode(value, uses)})` : exprCode(value, uses);

function stepCode(plan: TestPlan, step: Step, uses: Uses): string {
  if (step.kind === 'alter')
    return `await service.alter(${text(step.entity)}, ${exprCode({ kind: 'object', fields: step.by }, uses)}, ${exprCode({ kind: 'object', fields: step.set }, uses)});`;
  if (step.kind === 'insert') {
    const insert = `await service.insert(${text(step.entity)}, ${exprCode({ kind: 'object', fields: step.values }, uses)});`;
    return `${step.bind ? `const ${step.bind} = ` : ''}${insert}`;
  }
  if (step.kind !== 'create') return '';
  const factory = factoryOf(plan, step.factory);
  if (!factory) return '';
  const name = requestName(factory, plan);
  uses.factories.add(name);
  const overrides =
    step.overrides && Object.keys(step.overrides).length
      ? `, ${exprCode({ kind: 'object', fields: step.overrides }, uses)}`
      : '';
  const request = `${name}(service.anonymous${overrides})`;
  if (step.row) return `const { row } = await service.made(${text(step.row.entity)}, () => ${request});`;
  return `${step.bind ? `const ${step.bind} = ` : ''}await ${request};`;
}
