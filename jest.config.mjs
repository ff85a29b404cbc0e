const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/fixtures?/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/examples/', '<rootDir>/dist/'],
};

export default {
  // A hang is ended, slowness is not judged: machines are shared.
  testTimeout: 120_000,
  projects: [
    {
      ...common,
      displayName: 'quick',
      testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
      testPathIgnorePatterns: [...common.testPathIgnorePatterns, '/__tests__/generated/'],
    },
    { ...common, displayName: 'generated', testMatch: ['<rootDir>/__tests__/generated/**/*.test.ts'] },
  ],
};
