// What a generated suite must pass without a finding: eslint-plugin-jest's recommended and style rules, nothing unused.
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.{js,ts}'];

export default [
  { settings: { jest: { version: 30 } } },
  { files: tests, ...jest.configs['flat/recommended'] },
  { files: tests, ...jest.configs['flat/style'] },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: { '@typescript-eslint/no-unused-vars': 'error' },
  },
  { files: ['**/*.js'], languageOptions: { sourceType: 'commonjs' }, rules: { 'no-unused-vars': 'error' } },
];
