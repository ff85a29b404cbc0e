import type { TestCase, TestPlan } from '../../model/index.js';
import { tablesOf } from '../tables.js';
import { expectationLines } from './expectations.js';
import { Expressions, Uses } from './expressions.js';
import { text } from './literals.js';
import { className, complete, testName, unique, variable } from './names.js';
import { RequestWriter, type TableRow } from './requests.js';
import { StepWriter } from './steps.js';

export interface TestView {
  decorators: string[];
  name: string;
  /** Parameters after `self`, typed. */
  parameters: string;
  arrange: string[];
  act: string[];
  expect: string[];
  todo: boolean;
}

export interface FileView {
  path: string;
  operations: { name: string; title: string; tests: TestView[] }[];
  uses: Uses;
  cases: string[];
  /** Case → what pytest calls it: `TestClass::test_name[row]`. */
  reportedAs: Record<string, string>;
}

/** One file a resource, one class an operation. */
export function testFiles(plan: TestPlan): FileView[] {
  const paths = [...new Set(plan.cases.map((one) => one.file))];
  return paths.map((path) => {
    const cases = plan.cases.filter((one) => one.file === path);
    const file: FileView = {
      path,
      operations: [],
      uses: new Uses(),
      cases: cases.map((one) => one.id),
      reportedAs: {},
    };
    const classes = new Set<string>();
    for (const operation of new Set(cases.map((one) => one.operation))) {
      const name = unique(className(operation), classes);
      const writer = new TestWriter(plan, file, name);
      const groups = tablesOf(cases.filter((one) => one.operation === operation));
      file.operations.push({ name, title: operation, tests: groups.map((group) => writer.write(group)) });
    }
    return file;
  });
}

class TestWriter {
  private readonly names = new Set<string>();

  constructor(
    private readonly plan: TestPlan,
    private readonly file: FileView,
    private readonly className: string,
  ) {}

  write(group: TestCase[]): TestView {
    const [first] = group as [TestCase, ...TestCase[]];
    const { uses } = this.file;
    const callers = new Set(first.arrange.flatMap((step) => (step.kind === 'principal' ? [step.bind] : [])));
    const requests = new RequestWriter(this.plan, new Expressions(uses, callers));
    const table = group.length > 1 ? requests.table(group) : undefined;
    const name = unique(testName(table ? tableTitle(group) : first.title), this.names);
    const decorators = this.decorators(group, name, table);
    if (first.state === 'todo')
      return { decorators, name, parameters: '', arrange: [], act: [], expect: [], todo: true };
    const steps = new StepWriter(requests);
    const arrange = first.arrange.flatMap((step) => steps.lines(step, group));
    const needsBefore = first.expect.some((one) => ['unchanged', 'count', 'calls', 'added'].includes(one.kind));
    if (needsBefore) arrange.push('before = state.snapshot()');
    const act = [`response = ${requests.request(first.act)}`];
    const expect = expectationLines(first.expect, requests);
    const parameters = this.parameters([...arrange, ...act, ...expect].join('\n'), first, table?.field);
    return { decorators, name, parameters, arrange, act, expect, todo: false };
  }

  private decorators(group: TestCase[], name: string, table: { rows: TableRow[]; field: string } | undefined) {
    const [first] = group as [TestCase, ...TestCase[]];
    const { uses, reportedAs } = this.file;
    if (!table) reportedAs[first.id] = `${this.className}::${name}`;
    else {
      uses.pytest.add('pytest');
      const used = new Set<string>();
      const rows = table.rows.map(({ value, title }, index) => {
        const id = unique(rowId(title), used);
        const one = group[index];
        if (one) reportedAs[one.id] = `${this.className}::${name}[${id}]`;
        return `pytest.param(${value}, id=${text(id)})`;
      });
      return [`@pytest.mark.parametrize("${table.field}", [${rows.join(', ')},])`];
    }
    if (first.state === 'active') return [];
    uses.pytest.add('pytest');
    const reason = text(first.reason?.split('\n')[0] ?? first.title);
    return first.state === 'todo'
      ? [`@pytest.mark.skip(reason=${reason})`]
      : [`@pytest.mark.xfail(strict=True, reason=${reason})`];
  }

  /** Fixtures, in the order of use, then what the table gives. */
  private parameters(code: string, one: TestCase, field: string | undefined): string {
    const fixtures = one.arrange.flatMap((step) =>
      step.kind === 'principal' && this.file.uses.callers.has(step.principal) && mentions(code, variable(step.bind))
        ? [variable(step.principal)]
        : [],
    );
    const { harness } = this.file.uses;
    if (fixtures.length) harness.add('Caller');
    if (mentions(code, 'state')) harness.add('State');
    return [
      'client: TestClient',
      ...(mentions(code, 'state') ? ['state: State'] : []),
      ...[...new Set(fixtures)].map((fixture) => `${fixture}: Caller`),
      ...(field === 'presented' ? ['presented: str'] : field === 'change' ? ['change: dict[str, Any]'] : []),
    ].join(', ');
  }
}

const mentions = (code: string, name: string): boolean => new RegExp(`(?<![\\w."'/-])${name}\\b`).test(code);

/** What the rows of a table have in common: the words of their titles until they differ. */
function tableTitle(group: TestCase[]): string {
  if (group[0]?.table === 'unauthenticated') return 'refuses a bad credential';
  const [first = [], ...others] = group.map((one) => one.title.split(' '));
  let shared = 0;
  while (shared < first.length && others.every((words) => words[shared] === first[shared])) shared++;
  const words = complete(first.slice(0, shared));
  if (words.length > 1) return words.join(' ');
  const kind = group[0]?.kind ?? 'case';
  return `${words[0] ?? ''} ${kind === 'success' ? 'valid input' : kind.replace('-', ' ')}`;
}

/** Readable, and in letters that pytest does not escape. */
const rowId = (title: string): string =>
  title
    .normalize('NFKD')
    .replace(/[^ -~]/g, '')
    .replace(/[[\]]|::/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 60)
    .trim() || 'row';
