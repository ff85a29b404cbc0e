import type { CallMatcher, Expectation } from '../../model/index.js';
import { assertion, exprCode, matcherCode, type Uses } from './expressions.js';
import { access, keyLiteral, text } from './literals.js';
import { sinkName } from './names.js';
import type { RequestWriter } from './requests.js';

/** What is seen of the answer first, then of what the act changed, then what is read back. */
export function expectationLines(expectations: Expectation[], requests: RequestWriter): string[] {
  const { uses } = requests;
  const { client } = uses;
  const lines: string[] = [];
  const counts = expectations.filter((one) => one.kind === 'count');
  const calls = expectations.filter((one) => one.kind === 'calls');
  for (const one of expectations) {
    if (one.kind === 'status') lines.push(`expect(${client.status('response')}).toBe(${one.equals});`);
    else if (one.kind === 'body') lines.push(...bodyLine(one.matches, uses));
    else if (one.kind === 'no-body') lines.push(`expect(${client.text('response')}).toBe('');`);
    else if (one.kind === 'header')
      lines.push(assertion(access(client.headers('response'), one.name), one.matches, uses));
    else if (one.kind === 'unchanged') lines.push('expect(await service.snapshot()).toEqual(before);');
  }
  if (counts.length || calls.length) lines.push(changesLine(counts, calls, requests));
  for (const one of expectations) if (one.kind === 'row') lines.push(rowLine(one, uses));
  for (const one of expectations) if (one.kind === 'added') lines.push(addedLine(one, uses));
  for (const one of expectations) if (one.kind === 'read') lines.push(...readLines(one, requests));
  return lines;
}

function changesLine(
  counts: Extract<Expectation, { kind: 'count' }>[],
  calls: Extract<Expectation, { kind: 'calls' }>[],
  { plan, uses }: RequestWriter,
): string {
  const sinkOf = (id: string): string =>
    sinkName(plan.harness.sinks.find((one) => one.sink.id === id)?.sink.name ?? id);
  const rows = counts.filter((one) => one.change !== 0).map((one) => `${keyLiteral(one.entity)}: ${one.change}`);
  const sinks = calls
    .filter((one) => one.calls.length)
    .map((one) => `${keyLiteral(sinkOf(one.sink))}: [${one.calls.map((call) => callCode(call, uses)).join(', ')}]`);
  return `expect(await service.changesSince(before)).toEqual({ rows: { ${rows.join(', ')} }, calls: { ${sinks.join(', ')} } });`;
}

function callCode(call: CallMatcher, uses: Uses): string {
  if (call.args)
    return `{ method: ${text(call.method)}, args: [${call.args.map((arg) => matcherCode(arg, uses)).join(', ')}] }`;
  const path = call.path === undefined ? 'expect.any(String)' : text(call.path);
  return `{ method: ${text(call.method)}, path: ${path}, body: ${call.body ? matcherCode(call.body, uses) : "''"} }`;
}

function rowLine(one: Extract<Expectation, { kind: 'row' }>, uses: Uses): string {
  const read = `await service.row(${text(one.entity)}, ${exprCode({ kind: 'object', fields: one.by }, uses)})`;
  if (one.matches === 'absent') return `expect(${read}).toBeUndefined();`;
  const fields = one.matches.kind === 'object' ? { ...one.matches, exact: true } : one.matches;
  return `expect(${read}).toMatchObject(${matcherCode(fields, uses)});`;
}

function addedLine(one: Extract<Expectation, { kind: 'added' }>, uses: Uses): string {
  const matches = one.matches.kind === 'object' ? { ...one.matches, exact: true } : one.matches;
  return `expect(await service.added(${text(one.entity)}, before)).toMatchObject([${matcherCode(matches, uses)}]);`;
}

function readLines(one: Extract<Expectation, { kind: 'read' }>, requests: RequestWriter): string[] {
  const { client } = requests.uses;
  const lines = [
    `const readBack = await ${requests.request(one.request)};`,
    `expect(${client.status('readBack')}).toBe(${one.status});`,
  ];
  if (one.body && one.body.kind !== 'anything') lines.push(assertion(client.body('readBack'), one.body, requests.uses));
  return lines;
}

function bodyLine(matches: Extract<Expectation, { kind: 'body' }>['matches'], uses: Uses): string[] {
  if (matches.kind === 'anything') return [];
  return [assertion(uses.client.body('response'), matches, uses)];
}
