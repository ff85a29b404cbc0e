import type { CallMatcher, Expectation } from '../../model/index.js';
import type { Expressions } from './expressions.js';
import { keywordArguments, text } from './literals.js';
import { sinkName } from './names.js';
import type { RequestWriter } from './requests.js';

/** What is seen of the answer first, then of what the act changed, then what is read back. */
export function expectationLines(expectations: Expectation[], requests: RequestWriter): string[] {
  const { expressions } = requests;
  const lines: string[] = [];
  const counts = expectations.filter((one) => one.kind === 'count');
  const calls = expectations.filter((one) => one.kind === 'calls');
  for (const one of expectations) {
    if (one.kind === 'status') lines.push(`assert response.status_code == ${one.equals}`);
    else if (one.kind === 'body' && one.matches.kind !== 'anything')
      lines.push(expressions.assertion('response.json()', one.matches));
    else if (one.kind === 'no-body') lines.push('assert response.text == ""');
    else if (one.kind === 'header')
      lines.push(expressions.assertion(`response.headers[${text(one.name)}]`, one.matches));
    else if (one.kind === 'unchanged') lines.push('assert state.snapshot() == before');
  }
  if (counts.length || calls.length) lines.push(changesLine(counts, calls, requests));
  for (const one of expectations) if (one.kind === 'row') lines.push(rowLine(one, expressions));
  for (const one of expectations) if (one.kind === 'added') lines.push(addedLine(one, expressions));
  for (const one of expectations) if (one.kind === 'read') lines.push(...readLines(one, requests));
  return lines;
}

function changesLine(
  counts: Extract<Expectation, { kind: 'count' }>[],
  calls: Extract<Expectation, { kind: 'calls' }>[],
  { plan, expressions }: RequestWriter,
): string {
  const sinkOf = (id: string): string =>
    sinkName(plan.harness.sinks.find((one) => one.sink.id === id)?.sink.name ?? id);
  const rows = counts.filter((one) => one.change !== 0).map((one) => `${text(one.entity)}: ${one.change}`);
  const sinks = calls
    .filter((one) => one.calls.length)
    .map((one) => `${text(sinkOf(one.sink))}: [${one.calls.map((call) => callCode(call, expressions)).join(', ')}]`);
  return `assert state.changes_since(before) == {"rows": {${rows.join(', ')}}, "calls": {${sinks.join(', ')}}}`;
}

function callCode(call: CallMatcher, expressions: Expressions): string {
  if (call.args)
    return `{"method": ${text(call.method)}, "args": [${call.args.map((arg) => expressions.matcher(arg)).join(', ')}]}`;
  const path = call.path === undefined ? expressions.matcher({ kind: 'type', type: 'string' }) : text(call.path);
  const body = call.body ? expressions.matcher(call.body) : 'None';
  return `{"method": ${text(call.method)}, "path": ${path}, "body": ${body}}`;
}

function rowLine(one: Extract<Expectation, { kind: 'row' }>, expressions: Expressions): string {
  const by = Object.entries(one.by).map(([key, value]): [string, string] => [key, expressions.code(value)]);
  const read = `state.row(${[text(one.entity), ...keywordArguments(by, ['self', 'table'])].join(', ')})`;
  if (one.matches === 'absent') return `assert ${read} is None`;
  const matches = one.matches.kind === 'object' ? { ...one.matches, exact: false } : one.matches;
  return `assert ${read} == ${expressions.matcher(matches)}`;
}

function addedLine(one: Extract<Expectation, { kind: 'added' }>, expressions: Expressions): string {
  return `assert state.added(${text(one.entity)}, before) == [${expressions.matcher(one.matches)}]`;
}

function readLines(one: Extract<Expectation, { kind: 'read' }>, requests: RequestWriter): string[] {
  const lines = [`read_back = ${requests.request(one.request)}`, `assert read_back.status_code == ${one.status}`];
  if (one.body && one.body.kind !== 'anything')
    lines.push(requests.expressions.assertion('read_back.json()', one.body));
  return lines;
}
