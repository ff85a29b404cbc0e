import type { CaseKind, Fact, Report, Triage, Verdict } from '../model/index.js';
import { counted, Page, type PageStyle } from './page.js';
import { remarks } from './remarks.js';

/** The testing outcome for a terminal: suspected bugs first, then Test surface · Plan · Implementation · Run · Gaps. */
export function text(outcome: Report, style: PageStyle): string {
  const page = new Page(style);
  if (outcome.suspectedBugs.length > 0) suspectedBugs(page, outcome);
  surface(page, outcome);
  plan(page, outcome);
  implementation(page, outcome);
  run(page, outcome);
  remarks(page, outcome.gaps, outcome.diagnostics);
  return page.toString();
}

function suspectedBugs(page: Page, { suspectedBugs: bugs }: Report): void {
  page.section('Suspected bugs', `${String(bugs.length)}: the service contradicts its own code`);
  for (const { operation, title, message, curl } of bugs) {
    page.line(`${operation}: ${title}`, 'bad');
    for (const line of message
      .split('\n')
      .filter((each) => each.trim() !== '')
      .slice(0, 4))
      page.line(`  ${line}`);
    page.verbatim(curl);
  }
}

const SHOWN: [string, keyof Omit<Triage, 'root' | 'style' | 'python' | 'testPrefix' | 'compiled' | 'aliases'>][] = [
  ['Language', 'language'],
  ['Modules', 'moduleSystem'],
  ['Framework', 'framework'],
  ['Runner', 'runner'],
  ['Entry', 'entry'],
  ['Auth', 'auth'],
  ['Database', 'database'],
  ['Queue', 'queue'],
  ['Mail', 'mail'],
  ['Outbound HTTP', 'http'],
];

function surface(page: Page, { triage, model, subject }: Report): void {
  page.section(
    'Test surface',
    model.operations.length === 0
      ? counted(model.files.length, 'file')
      : `${counted(model.operations.length, 'operation')} in ${counted(model.files.length, 'file')}`,
  );
  for (const line of subject ?? []) page.line(line);
  for (const [name, key] of SHOWN) {
    const fact: Fact<unknown> = triage[key];
    const value = Array.isArray(fact.value) ? fact.value.join(', ') : fact.value;
    if (value === null || value === '') continue;
    page.line(`${name.padEnd(14)} ${String(value)}  (${fact.evidence})`);
  }
}

const COLUMNS: [CaseKind, string][] = [
  ['success', 'ok'],
  ['unauthenticated', 'unauth'],
  ['forbidden', 'forbid'],
  ['invalid-input', 'input'],
  ['not-found', '404'],
  ['conflict', 'confl'],
  ['rule', 'rule'],
  ['side-effect', 'effect'],
];

function plan(page: Page, { plan: { cases } }: Report): void {
  const todo = cases.filter(({ state }) => state === 'todo').length;
  page.section('Plan', counted(cases.length, 'case') + (todo > 0 ? `, ${String(todo)} of them todo` : ''));
  if (cases.length === 0) return;
  const kinds = COLUMNS.filter(([kind]) => cases.some((each) => each.kind === kind));
  const row = (name: string, of: typeof cases): string[] => {
    const counts = kinds.map(([kind]) => of.filter((each) => each.kind === kind).length);
    return [name, ...counts.map((count) => (count === 0 ? '·' : String(count))), String(of.length)];
  };
  const operations = [...new Set(cases.map(({ operation }) => operation))];
  const rows = operations.map((operation) =>
    row(
      operation,
      cases.filter((each) => each.operation === operation),
    ),
  );
  page.table(['operation', ...kinds.map(([, head]) => head), 'all'], [...rows, row('all', cases)]);
}

const MARKS = { create: '+', update: '~', keep: '=', conflict: '!' } as const;

function implementation(page: Page, { changes, model }: Report): void {
  const tally = Object.keys(MARKS).map(
    (kind) => [kind, changes.filter(({ change }) => change === kind).length] as const,
  );
  page.section(
    'Implementation',
    tally
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${String(count)} ${kind}`)
      .join(', '),
  );
  for (const { path, change, beside } of changes) {
    if (change === 'conflict')
      page.line(`! ${path}: changed by hand and kept; ours is ${beside ?? 'not written'}`, 'bad');
    else if (change !== 'keep') page.line(`${MARKS[change]} ${path}`);
  }
  const isGiven = changes.some(({ path, change }) => path === '.env.test' && change !== 'keep');
  const needed = (model.environment ?? []).filter(({ required }) => required).map(({ name }) => name);
  if (isGiven && needed.length)
    page.line(`The service needs ${needed.join(', ')}: test values of our own stand in .env.test.`);
}

function run(
  page: Page,
  { run: { command, install, problem, verdicts }, plan: { cases }, suspectedBugs: bugs }: Report,
): void {
  const states = new Map(cases.map(({ id, state }) => [id, state]));
  const ofTests = verdicts.filter((each) => states.get(each.case) !== 'todo');
  page.section('Run', tallyOf(ofTests, verdicts.length - ofTests.length));
  if (install !== undefined) page.verbatim(install);
  page.verbatim(command);
  if (problem !== undefined) for (const line of problem.split('\n')) page.line(line, 'bad');
  const green =
    problem === undefined &&
    bugs.length === 0 &&
    ofTests.length > 0 &&
    ofTests.every(({ verdict }) => verdict === 'pass');
  if (green) page.line('Green, twice, in two orders.', 'good');
  const byId = new Map(cases.map((each) => [each.id, each]));
  const red = verdicts.filter(({ verdict }) => verdict === 'fail' || verdict === 'error');
  for (const { case: id, verdict, message } of red.slice(0, 10)) {
    page.line(`${verdict} ${byId.get(id)?.operation ?? ''}: ${byId.get(id)?.title ?? id}`, 'bad');
    const first = message?.split('\n')[0];
    if (first !== undefined && first !== '') page.line(`  ${first}`);
  }
  if (red.length > 10) page.line(`and ${String(red.length - 10)} more: run the command above, or ask for --json.`);
}

function tallyOf(verdicts: Verdict[], todo: number): string {
  const count = (kind: Verdict['verdict']): number => verdicts.filter(({ verdict }) => verdict === kind).length;
  const parts = [`${String(count('pass'))} pass`, `${String(count('fail'))} fail`];
  if (count('error') > 0) parts.push(`${String(count('error'))} error`);
  if (count('not-run') > 0) parts.push(`${String(count('not-run'))} not run`);
  if (todo > 0) parts.push(`${String(todo)} todo`);
  return parts.join(', ');
}
