const nameOf = (line: string): string | undefined => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1];

/** Adds the variables that are missing in `before`; what stands there stays as it is. */
export function addVariables(before: string, after: string): string {
  const known = new Set(before.split(/\r?\n/).map(nameOf));
  const missing = after.split('\n').filter((line) => {
    const name = nameOf(line);
    return name !== undefined && !known.has(name);
  });
  if (!missing.length) return before;
  const lineEnd = before.includes('\r\n') ? '\r\n' : '\n';
  const start = before === '' || before.endsWith('\n') ? before : before + lineEnd;
  return start + missing.map((line) => line + lineEnd).join('');
}
