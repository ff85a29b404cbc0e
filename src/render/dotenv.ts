import type { RenderedFile } from '../model/index.js';

/** The variables of the test environment; the user's from then on. */
export function dotenv(environment: Record<string, string>): RenderedFile {
  const lines = Object.entries(environment).map(
    ([name, value]) => `${name}=${/[\s#"'\\]/.test(value) ? JSON.stringify(value) : value}`,
  );
  return { path: '.env.test', text: `${lines.join('\n')}\n`, ownership: 'seeded', cases: [] };
}
