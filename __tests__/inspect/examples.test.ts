import { describe, expect, test } from '@jest/globals';
import { copyOf, essence, modelOf } from '../example-model.js';

const table = (example: string): string[] =>
  modelOf(copyOf(example)).operations.map(
    (operation) =>
      `${operation.id}: ${[...new Set(operation.responses.map((response) => `${response.status} ${response.when}`))].join(', ')}`,
  );

describe('what is read of the examples, as a careful reader finds it by hand', () => {
  test('tool-rental: every operation with every way to be answered', () => {
    expect(table('tool-rental')).toEqual([
      'GET /health: 200 success',
      'POST /auth/register: 201 success, 400 invalid-input, 422 invalid-input, 409 conflict',
      'POST /auth/login: 200 success, 401 unauthenticated, 400 invalid-input, 422 invalid-input',
      'POST /auth/refresh: 200 success, 401 unauthenticated, 400 invalid-input, 422 invalid-input',
      'GET /tools: 200 success',
      'GET /tools/{id}: 200 success, 404 not-found',
      'POST /tools: 201 success, 401 unauthenticated, 403 forbidden, 400 invalid-input, 422 invalid-input, 409 conflict',
      'PATCH /tools/{id}: 200 success, 401 unauthenticated, 403 forbidden, 400 invalid-input, 422 invalid-input, 404 not-found',
      'DELETE /tools/{id}: 204 success, 401 unauthenticated, 403 forbidden, 404 not-found, 409 conflict',
      'GET /rentals: 200 success, 401 unauthenticated',
      'POST /rentals: 201 success, 401 unauthenticated, 400 invalid-input, 422 invalid-input, 404 not-found, 409 conflict, 402 rule, 502 upstream-failure',
      'GET /rentals/{id}: 200 success, 401 unauthenticated, 403 forbidden, 404 not-found',
      'POST /rentals/{id}/return: 200 success, 401 unauthenticated, 403 forbidden, 400 invalid-input, 404 not-found, 409 conflict',
      'DELETE /rentals/{id}: 204 success, 401 unauthenticated, 403 forbidden, 404 not-found, 409 conflict',
    ]);
  });

  test('library-loans: every operation with every way to be answered', () => {
    expect(table('library-loans')).toEqual([
      'POST /members: 201 success, 400 invalid-input, 409 conflict',
      'POST /login: 200 success, 401 unauthenticated, 400 invalid-input',
      'POST /logout: 204 success, 401 unauthenticated, 400 invalid-input',
      'GET /me: 200 success, 401 unauthenticated',
      'GET /books: 200 success',
      'GET /books/{id}: 200 success, 404 not-found',
      'POST /books: 201 success, 401 unauthenticated, 403 forbidden, 400 invalid-input, 409 conflict, 422 rule',
      'PUT /books/{id}/shelf: 200 success, 401 unauthenticated, 403 forbidden, 400 invalid-input, 404 not-found',
      'DELETE /books/{id}: 204 success, 401 unauthenticated, 403 forbidden, 404 not-found, 409 conflict',
      'GET /loans: 200 success, 401 unauthenticated',
      'POST /loans: 201 success, 401 unauthenticated, 400 invalid-input, 404 not-found, 409 conflict',
      'GET /loans/{id}: 200 success, 401 unauthenticated, 403 forbidden, 404 not-found',
      'POST /loans/{id}/return: 200 success, 401 unauthenticated, 403 forbidden, 400 invalid-input, 404 not-found, 409 conflict',
    ]);
  });
});

const service = 'src/rentals/service.ts';

describe('a refactoring that keeps behaviour leaves the model as it was', () => {
  test.each([
    {
      what: '! becomes === undefined',
      change: {
        file: service,
        find: "if (!rental) throw new HttpError(404, 'rental_not_found');",
        replace: "if (rental === undefined) throw new HttpError(404, 'rental_not_found');",
      },
    },
    {
      what: '! becomes == null',
      change: {
        file: service,
        find: "if (!rental) throw new HttpError(404, 'rental_not_found');",
        replace: "if (rental == null) throw new HttpError(404, 'rental_not_found');",
      },
    },
    {
      what: 'includes becomes some',
      change: {
        file: 'src/auth/guards.ts',
        find: '!roles.includes(request.caller.role)',
        replace: '!roles.some((role) => role === request.caller.role)',
      },
    },
    {
      what: 'a throw moves into a function',
      change: {
        file: service,
        find: "if (!tool) throw new HttpError(404, 'tool_not_found');",
        replace:
          "const missing = (): never => { throw new HttpError(404, 'tool_not_found'); };\n    if (!tool) missing();",
      },
    },
    {
      what: 'keys change places',
      change: {
        file: service,
        find: '{ rentalId: rental.id, customerId: caller.id }',
        replace: '{ customerId: caller.id, rentalId: rental.id }',
      },
    },
    {
      what: 'a condition is turned round',
      change: {
        file: service,
        find: "if (charge.status !== 'paid') throw new HttpError(402, 'payment_declined');",
        replace: "if (!(charge.status === 'paid')) throw new HttpError(402, 'payment_declined');",
      },
    },
    {
      what: 'operands change places',
      change: {
        file: service,
        find: "rental.customerId !== caller.id && caller.role !== 'staff'",
        replace: "caller.id !== rental.customerId && caller.role !== 'staff'",
      },
    },
    {
      what: 'a value gets a name',
      change: {
        file: service,
        find: "await this.queue.add('rental.confirmed'",
        replace: "const confirmed = 'rental.confirmed';\n    await this.queue.add(confirmed",
      },
    },
    {
      what: 'an arrow becomes a function',
      change: {
        file: 'src/http/validate.ts',
        find: '(request, _response, next) => {',
        replace: 'function (request, _response, next) {',
      },
    },
    {
      what: 'await becomes then',
      change: {
        file: 'src/rentals/router.ts',
        find: 'response.json(await service.bringBack(Number(request.params.id), request.caller));',
        replace:
          'await service.bringBack(Number(request.params.id), request.caller).then((rental) => response.json(rental));',
      },
    },
  ])('$what', ({ change }) => {
    expect(essence(modelOf(copyOf('tool-rental', [change])))).toEqual(essence(modelOf(copyOf('tool-rental'))));
  });
});
