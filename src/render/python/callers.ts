import type { Expr, Principal, SecurityScheme, TestPlan } from '../../model/index.js';
import { Expressions, type Uses } from './expressions.js';
import type { Imports } from './imports.js';
import { literal, text } from './literals.js';
import { variable } from './names.js';
import { RequestWriter } from './requests.js';
import { StepWriter } from './steps.js';

/** One kind of caller: a fixture. */
export interface CallerView {
  name: string;
  steps: string[];
  /** The `Caller`, as an expression. */
  value: string;
  usesState: boolean;
  description: string;
}

/** How each kind of caller comes to exist and signs in. */
export function callerViews(plan: TestPlan, used: Set<string>, uses: Uses, imports: Imports): CallerView[] {
  return plan.harness.principals
    .filter((principal) => used.has(principal.name))
    .map((principal) => callerView(plan, principal, uses, imports));
}

function callerView(plan: TestPlan, principal: Principal, uses: Uses, imports: Imports): CallerView {
  const scheme = plan.harness.schemes.find((one) => one.id === principal.scheme);
  const expressions = new Expressions(uses);
  const requests = new RequestWriter(plan, expressions);
  const writer = new StepWriter(requests);
  const steps = principal.arrange.map((step) => {
    if (step.kind !== 'create') return writer.lines(step, [])[0] ?? '';
    if (step.row) return writer.stored(step, step.row, step.bind !== undefined && step.bind !== step.row.bind);
    return `${step.bind === undefined ? '' : `${variable(step.bind)} = `}${writer.create(step)}`;
  });
  const id = identity(principal, expressions);
  const { signIn } = principal;
  if (signIn) {
    const status = plan.factories.find(
      (one) => one.method === signIn.method && one.template === signIn.template,
    )?.status;
    steps.push(`signed_in = ${requests.request(signIn)}`, `succeeded(signed_in, ${status ?? 200})`);
    uses.harness.add('succeeded');
  }
  const credential = credentialOf(scheme, principal, expressions, imports);
  uses.harness.add('Caller');
  if (credential.helper) uses.harness.add(credential.helper);
  return {
    name: variable(principal.name),
    steps: steps.filter(Boolean),
    value: credential.code(id),
    usesState: steps.some((step) => /\bstate\./.test(step)),
    description: `${principal.described.replace(/^a/, 'A')}.`,
  };
}

function identity(principal: Principal, expressions: Expressions): string {
  const subject = Object.entries(principal.claims).find(([name]) =>
    /^(sub|id|_id|userId|user_id|uid)$/.test(name),
  )?.[1];
  if (subject) return expressions.code(subject);
  const hasRow = principal.arrange.some(
    (step) => ('bind' in step && step.bind === 'row') || (step.kind === 'create' && step.row?.bind === 'row'),
  );
  return hasRow ? 'row["id"]' : text(principal.name);
}

interface CredentialCode {
  /** Name of the harness that it calls. */
  helper?: string;
  code(id: string): string;
}

function credentialOf(
  scheme: SecurityScheme | undefined,
  principal: Principal,
  expressions: Expressions,
  imports: Imports,
): CredentialCode {
  if (scheme?.jwt && !principal.tokenAt) {
    const claims = Object.entries(principal.claims).map(
      ([name, value]) => `${text(name)}: ${claimCode(name, value, expressions)}`,
    );
    // A token names its subject, also where nothing is decided by it.
    if (!('sub' in principal.claims)) claims.unshift(`"sub": ${text(principal.name)}`);
    return { helper: 'token_holder', code: (id) => `token_holder(${id}, {${claims.join(', ')}})` };
  }
  if (principal.signIn && principal.tokenAt) {
    const token = principal.tokenAt.reduce((of, key) => `${of}[${text(key)}]`, 'signed_in.json()');
    return { helper: 'bearer', code: (id) => `Caller(${id}, bearer(${token}))` };
  }
  if (scheme?.type === 'session') return { helper: 'session_of', code: (id) => `Caller(${id}, session_of(client))` };
  if (scheme?.type === 'basic') {
    const accepted = scheme.accepted ? imports.code(scheme.accepted) : literal('');
    return { helper: 'basic', code: (id) => `Caller(${id}, basic(${accepted}))` };
  }
  if (!scheme?.accepted) return { code: (id) => `Caller(${id}, {})` };
  return { helper: 'key_holder', code: () => 'key_holder()' };
}

/** A token's subject is text. */
const claimCode = (name: string, value: Expr, expressions: Expressions): string =>
  name === 'sub' && value.kind === 'ref' ? `str(${expressions.code(value)})` : expressions.code(value);
