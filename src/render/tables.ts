import type { Expr, RequestPlan, Step, TestCase } from '../model/index.js';

/** Cases that differ only in one value are one table: each group is a test, or the rows of one. */
export function tablesOf(cases: TestCase[]): TestCase[][] {
  const arranged = arrangements(cases.filter((one) => one.table !== undefined && one.state === 'active'));
  const result: TestCase[][] = [];
  const tables = new Map<string, TestCase[]>();
  for (const one of cases) {
    const arrange = arranged.get(one);
    if (!arrange) {
      result.push([one]);
      continue;
    }
    const key = JSON.stringify([alike(one), arrange]);
    const known = tables.get(key);
    if (known) known.push({ ...one, arrange });
    else {
      const group = [{ ...one, arrange }];
      tables.set(key, group);
      result.push(group);
    }
  }
  return result;
}

const alike = (one: TestCase): string => JSON.stringify([one.table, one.expect, sameIn(one)]);

/** A row that breaks a reference needs less than the others: it is arranged as they are, so that it stands among them. */
function arrangements(rows: TestCase[]): Map<TestCase, Step[]> {
  const groups = new Map<string, { row: TestCase; texts: string[] }[]>();
  for (const row of rows) {
    const key = alike(row);
    const texts = row.arrange.map((step) => JSON.stringify(step));
    groups.set(key, [...(groups.get(key) ?? []), { row, texts }]);
  }
  return new Map(
    [...groups.values()].flatMap((group) =>
      group.map(({ row, texts }): [TestCase, Step[]] => {
        const larger = group.filter((other) => isWithin(texts, other.texts)).map((other) => other.row.arrange);
        return [row, larger.reduce((most, next) => (next.length > most.length ? next : most))];
      }),
    ),
  );
}

/** Are these steps among the others, in this order? */
function isWithin(steps: string[], others: string[]): boolean {
  let met = 0;
  for (const other of others) if (other === steps[met]) met++;
  return met === steps.length;
}

/** What the rows of a table share besides: all of the request but the presented credential, or but fields of the body. */
function sameIn(one: TestCase): unknown {
  if (one.table === 'unauthenticated') return { ...one.act, as: 'presented' };
  return one.act.body?.kind === 'sample' ? { ...one.act, body: 'change' } : one.id;
}

/** What a caller presents instead of a good credential. */
export const presentedName = (request: RequestPlan): string =>
  request.as.kind === 'bad'
    ? request.as.variant === 'other-token'
      ? (request.as.other ?? 'other')
      : request.as.variant
    : 'nothing';

/** Overrides that refer to what was arranged are shared by the rows of a table; the broken field is the row's own. */
export function sharedOverrides(group: TestCase[]): Record<string, Expr> {
  const shared = group.map(({ act }) =>
    act.body?.kind === 'sample'
      ? Object.fromEntries(Object.entries(act.body.overrides ?? {}).filter(([, value]) => value.kind === 'ref'))
      : {},
  );
  return Object.assign({}, ...shared) as Record<string, Expr>;
}

/** Is the bound name read anywhere later? */
export function isUsed(name: string, group: TestCase[]): boolean {
  const code = JSON.stringify(
    group.map((one) => [
      one.arrange.map((step) => ('bind' in step && step.bind === name ? { ...step, bind: '', principal: '' } : step)),
      one.act,
      one.expect,
    ]),
  );
  return (
    code.includes(`"name":${JSON.stringify(name)}`) ||
    code.includes(`"bind":${JSON.stringify(name)}`) ||
    code.includes(`"as":${JSON.stringify(name)}`) ||
    code.includes(`"principal":${JSON.stringify(name)}`)
  );
}
