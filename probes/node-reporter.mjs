// Writes what node:test reports as the JSON that Jest and Vitest write.
export default async function* (events) {
  const files = new Map();
  const open = new Map();
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      const path = open.get(data.file) ?? [];
      path.length = data.nesting;
      path[data.nesting] = data.name;
      open.set(data.file, path);
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const file = data.file ?? '';
    const results = files.get(file) ?? [];
    files.set(file, results);
    const isSuite = data.details?.type === 'suite' || data.name === file || file.endsWith(`/${data.name}`);
    if (isSuite && (type === 'test:pass' || data.details?.error?.failureType === 'subtestsFailed')) continue;
    const error = data.details?.error;
    const cause = error?.cause ?? error;
    results.push({
      ancestorTitles: (open.get(file) ?? []).slice(0, data.nesting),
      title: data.name,
      status:
        data.skip !== undefined && data.skip !== false
          ? 'pending'
          : data.todo !== undefined && data.todo !== false
            ? 'todo'
            : type === 'test:pass'
              ? 'passed'
              : 'failed',
      failureMessages: type === 'test:fail' ? [String(cause?.stack ?? cause?.message ?? cause ?? error)] : [],
    });
  }
  const testResults = [...files].map(([name, assertionResults]) => ({
    name,
    assertionResults,
    status: assertionResults.some(({ status }) => status === 'failed') ? 'failed' : 'passed',
    message: '',
  }));
  yield JSON.stringify({ testResults });
}
