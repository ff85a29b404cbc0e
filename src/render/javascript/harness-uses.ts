/** What of the harness the files around it ask for: the rest is not written. */
export interface HarnessUses {
  patterns: boolean;
  nullOr: boolean;
  failing: boolean;
  fromNow: boolean;
  insert: boolean;
  alter: boolean;
  remove: boolean;
  /** Conditions of SQL are put together. */
  places: boolean;
  answer: boolean;
  breakDown: boolean;
  presenting: boolean;
  visitor: boolean;
  made: boolean;
  added: boolean;
}

/** `code`: of the tests, factories and callers. `names`: what they import from the harness. */
export function harnessUses(code: string, names: Set<string>): HarnessUses {
  const calls = (member: string): boolean => code.includes(`service.${member}(`);
  return {
    patterns: names.has('patterns'),
    nullOr: names.has('nullOr'),
    failing: names.has('failing'),
    fromNow: names.has('fromNow'),
    insert: calls('insert'),
    alter: calls('alter'),
    remove: calls('remove'),
    places: calls('alter') || calls('remove'),
    answer: calls('answer'),
    breakDown: calls('breakDown'),
    presenting: code.includes('.presenting('),
    visitor: calls('visitor'),
    made: calls('made'),
    added: calls('added'),
  };
}

/** Is this table, a literal, written to behind the service's back? */
export const writesTo = (code: string, member: 'insert' | 'alter' | 'remove', table: string): boolean =>
  new RegExp(`\\bservice\\.${member}\\(\\s*${escaped(table)}`).test(code);

const escaped = (value: string): string => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
