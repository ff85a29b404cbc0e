import { describe, expect, test } from '@jest/globals';
import { readTap } from '../../src/verify/tap-results.js';
import { temporaryFolder } from '../temporary-folder.js';

const tap = `TAP version 14
# Subtest: test/kilns.test.js
    # Subtest: POST /kilns
        # Subtest: answers 201 to a valid request
            1..0
        ok 1 - answers 201 to a valid request
        # Subtest: refuses without heat with 400
            1..0
        not ok 2 - refuses without heat with 400
          ---
          error: expected 201 to be 400
          ...
        ok 3 - fires twice # TODO
        1..3
    not ok 1 - POST /kilns
    1..1
not ok 1 - test/kilns.test.js
not ok 2 - test/glazes.test.js
1..2
`;

describe('readTap', () => {
  const { tests, brokenFiles } = readTap(tap, temporaryFolder('pottery'));

  test('names each test with its file and its describe', () => {
    expect(tests.map(({ file, ancestors, title, status }) => [file, ancestors, title, status])).toEqual([
      ['test/kilns.test.js', ['POST /kilns'], 'answers 201 to a valid request', 'passed'],
      ['test/kilns.test.js', ['POST /kilns'], 'refuses without heat with 400', 'failed'],
      ['test/kilns.test.js', ['POST /kilns'], 'fires twice', 'todo'],
    ]);
  });

  test('says why a test failed', () => {
    expect(tests[1]?.message).toBe('expected 201 to be 400');
  });

  test('a file that failed without a failing test could not be run', () => {
    expect([...brokenFiles.keys()]).toEqual(['test/glazes.test.js']);
  });
});
