import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { blocksOf, isExcerpt } from '../excerpts.js';
import { pythonCopy, pythonEnvironment } from '../python-environment.js';
import { plant, regression, texts } from './suite.js';

const studio = (): string => pythonCopy('pottery-studio', pythonEnvironment('pottery-studio'));

// Two bugs of one service, from a log with its stack trace and from a HAR: locked red, mended, released. About 25 s.
describe('a bug is red for the stated reason, green after the mending, and released', () => {
  test('from a log line: a missing check that ends in an exception', () => {
    const root = studio();
    const mend = plant(root, {
      file: 'studio/bookings.py',
      find: '    if booking is None:\n        raise StudioError(404, "booking_not_found")\n',
      replace: '',
    });
    const log = `INFO: 127.0.0.1:51234 - "GET /bookings/77 HTTP/1.1" 500 Internal Server Error
Traceback (most recent call last):
  File "/srv/studio/bookings.py", line 25, in find_booking
AttributeError: 'NoneType' object has no attribute 'user_id'`;

    const locked = regression(root, '--log', log, '--expect', '404', '--issue', '77');
    mend();
    const released = regression(root, '--release', '--issue', '77');

    expect(locked.document.plan.cases).toEqual([
      expect.objectContaining({
        title: 'answers 404 when there is no booking_id 77 (#77)',
        state: 'failing',
        reason: '#77: answers 500 instead of 404',
      }),
    ]);
    expect(locked.code).toBe(0);
    expect(released.document.plan.cases.map(({ state }) => state)).toEqual(['active']);
    expect(released.code).toBe(0);
  }, 120_000);

  test('from a HAR: a lost bound, with what the user says of it', () => {
    const root = studio();
    const mend = plant(root, { file: 'studio/schemas.py', find: 'Field(ge=1, le=4)', replace: 'Field(le=4)' });
    const har = JSON.stringify({
      log: {
        entries: [
          {
            request: {
              method: 'POST',
              url: 'https://studio.example/workshops/1/bookings',
              headers: [{ name: 'Authorization', value: 'Bearer x' }],
              postData: { text: '{"guests":-1}' },
            },
            response: { status: 201 },
          },
        ],
      },
    });

    const locked = regression(
      root,
      ...['--har', har, '--says', 'guests must be at least 1', '--expect', '422', '--issue', '12'],
    );
    const written = Object.values(texts(path.join(root, 'tests')));
    mend();
    const released = regression(root, '--release', '--issue', '12');

    expect(locked.document.plan.cases.map(({ title, state }) => `${state}: ${title}`)).toEqual([
      'failing: answers 422 when guests is -1 (#12)',
      'failing: answers 422 when guests is 0 (#12)',
      'active: accepts guests of 1',
      'active: refuses guests above the maximum (5) with 422',
      'active: refuses guests with a fraction with 422',
    ]);
    const shown = blocksOf('references/regression-test.md').filter(({ language }) => language === 'python');
    expect(shown).not.toEqual([]);
    expect(shown.filter(({ text }) => !isExcerpt(text, written))).toEqual([]);
    expect(released.document.plan.cases.every(({ state }) => state === 'active')).toBe(true);
    expect(released.document.run.verdicts.every(({ verdict }) => verdict === 'pass')).toBe(true);
    expect(released.code).toBe(0);
  }, 120_000);
});
