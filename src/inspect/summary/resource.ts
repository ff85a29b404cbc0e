/** The first fixed segment after `api` and version prefixes; `root` for `/`. */
export function resourceOf(path: string): string {
  const segments = path.split('/').filter((segment) => segment && !segment.startsWith('{'));
  const first = segments.find((segment) => !/^(api|rest|v\d+)$/i.test(segment)) ?? segments.at(-1) ?? 'root';
  return first.replace(/[^\w-]+/g, '-').toLowerCase() || 'root';
}
