import type { Target } from '../target.js';

export const vitestSupertest: Target = {
  name: 'vitest-supertest',
  templates: 'vitest-supertest',
  runnerModule: 'vitest',
  failing: 'fails',
  matches: (triage) => triage.runner.value === 'vitest',
  dependencies: () => ({ vitest: '^4.0.0' }),
  configFile: () => 'vitest.config.mjs',
  command: () => 'npx vitest run',
};
