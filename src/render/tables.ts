import type { Expr, RequestPlan, TestCase } from '../model/index.js';

/** Cases that differ only in one value are one table: each group is a test, or the rows of one. */
export function tablesOf(cases: TestCase[]): TestCase[][] {
  const result: TestCase[][] = [];
  const tables = new Map<string, TestCase[]>();
  for (const one of cases) {
    if (one.table === undefined || one.state !== 'active') {
      result.push([one]);
      continue;
    }
    const key = JSON.stringify([one.table, one.expect, one.arrange, sameIn(one)]);
    const known = tables.get(key);
    if (known) known.push(one);
    else {
      const group = [one];
      tables.set(key, group);
      result.push(group);
    }
  }
  return result;
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
