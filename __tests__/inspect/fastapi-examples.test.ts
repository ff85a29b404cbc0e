import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fastapiModel } from './python-model.js';

const table = async (example: string, entry: string, version: string): Promise<string[]> =>
  (await fastapiModel(path.resolve('examples', example), entry, version)).operations.map(
    (operation) =>
      `${operation.id}: ${[...new Set(operation.responses.map((response) => `${response.status} ${response.when}`))].join(', ')}`,
  );

describe('what is read of the FastAPI examples, as a careful reader finds it by hand', () => {
  test('pottery-studio: every operation with every way to be answered', async () => {
    expect(await table('pottery-studio', 'studio/main.py', '0.122.0')).toEqual([
      'POST /auth/register: 201 success, 422 invalid-input, 409 conflict',
      'POST /auth/token: 200 success, 401 unauthenticated, 422 invalid-input',
      'GET /auth/me: 200 success, 401 unauthenticated, 403 forbidden',
      'GET /workshops: 200 success, 422 invalid-input',
      'POST /workshops: 201 success, 401 unauthenticated, 403 forbidden, 422 invalid-input',
      'GET /workshops/{workshop_id}: 200 success, 422 invalid-input, 404 not-found',
      'PATCH /workshops/{workshop_id}: 200 success, 401 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found',
      'DELETE /workshops/{workshop_id}: 204 success, 401 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found, 409 conflict',
      'POST /workshops/{workshop_id}/bookings: 201 success, 401 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found, 409 conflict',
      'GET /bookings: 200 success, 401 unauthenticated, 403 forbidden',
      'GET /bookings/{booking_id}: 200 success, 401 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found',
      'DELETE /bookings/{booking_id}: 204 success, 401 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found, 409 conflict',
      'GET /health: 200 success',
    ]);
  });

  test('parcel-lockers: every operation with every way to be answered; no credential is a 403 before FastAPI 0.122', async () => {
    expect(await table('parcel-lockers', 'app/main.py', '0.115.12')).toEqual([
      'GET /lockers/: 200 success, 422 invalid-input',
      'POST /lockers/: 201 success, 401 unauthenticated, 403 unauthenticated, 403 forbidden, 422 invalid-input, 409 conflict',
      'GET /lockers/{locker_id}: 200 success, 422 invalid-input, 404 not-found',
      'PATCH /lockers/{locker_id}: 200 success, 401 unauthenticated, 403 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found',
      'DELETE /lockers/{locker_id}: 204 success, 401 unauthenticated, 403 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found, 409 conflict',
      'POST /parcels/: 201 success, 401 unauthenticated, 422 invalid-input, 404 not-found, 409 conflict, 422 rule, 500 rule, 500 upstream-failure',
      'GET /parcels/: 200 success, 401 unauthenticated, 403 unauthenticated, 403 forbidden',
      'GET /parcels/{parcel_id}: 200 success, 401 unauthenticated, 403 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found',
      'POST /parcels/{parcel_id}/collect: 200 success, 403 forbidden, 422 invalid-input, 404 not-found, 409 conflict',
      'POST /parcels/{parcel_id}/return: 200 success, 401 unauthenticated, 403 unauthenticated, 403 forbidden, 422 invalid-input, 404 not-found, 409 conflict, 500 rule',
      'GET /health: 200 success',
    ]);
  });

  test('what they write, send and ask of their stores', async () => {
    const pottery = await fastapiModel(path.resolve('examples/pottery-studio'), 'studio/main.py');
    const lockers = await fastapiModel(path.resolve('examples/parcel-lockers'), 'app/main.py');
    const effects = [pottery, lockers].flatMap((model) =>
      model.operations.flatMap((operation) =>
        operation.effects.map(
          (effect) =>
            `${operation.id}: ${effect.verb} ${effect.target} ${Object.keys(effect.values ?? effect.by ?? {}).join(' ')}`,
        ),
      ),
    );

    expect(effects).toEqual([
      'POST /auth/register: insert users email name password_hash scopes',
      'POST /workshops: insert workshops title level day places price cancelled',
      'PATCH /workshops/{workshop_id}: update workshops *',
      'DELETE /workshops/{workshop_id}: delete workshops id',
      'POST /workshops/{workshop_id}/bookings: insert bookings workshop_id user_id guests total status created_at',
      'POST /workshops/{workshop_id}/bookings: call mail:SMTP ',
      'DELETE /bookings/{booking_id}: update bookings status',
      'DELETE /bookings/{booking_id}: call mail:SMTP ',
      'POST /lockers/: insert locker label size street out_of_order',
      'PATCH /lockers/{locker_id}: update locker *',
      'DELETE /lockers/{locker_id}: delete locker id',
      'POST /parcels/: call http:CARRIER_URL ',
      'POST /parcels/: insert parcel locker_id tracking weight_grams recipient pickup_code status collected_by arrived_at',
      'POST /parcels/{parcel_id}/collect: update parcel status collected_by',
      'POST /parcels/{parcel_id}/return: call http:CARRIER_URL ',
      'POST /parcels/{parcel_id}/return: update parcel status',
    ]);
    expect(pottery.stores).toMatchObject([
      {
        id: 'store1',
        client: 'sqlalchemy',
        dialect: 'sqlite',
        urlVariable: 'DATABASE_URL',
        handle: { kind: 'import', file: 'studio/db.py', name: 'engine' },
        sessions: {
          isAsync: true,
          factory: { kind: 'import', file: 'studio/db.py', name: 'SessionLocal' },
          dependency: { kind: 'import', file: 'studio/db.py', name: 'get_session' },
        },
        metadata: { kind: 'member', of: { kind: 'import', file: 'studio/models.py', name: 'Base' }, name: 'metadata' },
      },
    ]);
  });
});
