import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/errors.js';
import { prepareParser } from '../../src/inspect/python/parser.js';
import { layers, targetOf } from '../../src/layers.js';
import { layerJson, layerText } from '../../src/report/index.js';
import { copyOf } from '../example-model.js';

const depot = path.resolve('__tests__/fixtures/parcel-depot');
const choice = (root: string, target: string): string => {
  const { lead } = layers(targetOf(target, root));
  return `${lead.kind}: ${lead.layer}`;
};

/** Labelled by hand before the picker was written. */
const labelled: [string, string, string][] = [
  ['tool-rental', 'src/payments.ts#PaymentClient.charge', 'thin adapter: unit'],
  ['tool-rental', 'src/auth/tokens.ts#signAccess', 'pure: unit'],
  ['tool-rental', 'src/auth/tokens.ts#verifyToken', 'pure: unit'],
  ['tool-rental', 'src/auth/guards.ts#authenticate', 'guard: auth'],
  ['tool-rental', 'src/auth/guards.ts#requireRole', 'guard: auth'],
  ['tool-rental', 'src/rentals/service.ts#RentalService.list', 'persistence: integration'],
  ['tool-rental', 'src/rentals/service.ts#RentalService.reserve', 'persistence: integration'],
  ['tool-rental', 'src/rentals/service.ts#RentalService.cancel', 'persistence: integration'],
  ['tool-rental', 'src/rentals/router.ts#rentalsRouter', 'HTTP handler: integration'],
  ['tool-rental', 'src/http/validate.ts#validateBody', 'HTTP handler: integration'],
  ['tool-rental', 'src/http/error-handler.ts#errorHandler', 'HTTP handler: integration'],
  ['tool-rental', 'src/http/errors.ts#HttpError', 'pure: unit'],
  ['tool-rental', 'src/db.ts#openDatabase', 'persistence: integration'],
  ['tool-rental', 'src/jobs.ts#JobQueue.add', 'pure: unit'],
  ['tool-rental', 'src/tools/router.ts#toolsRouter', 'HTTP handler: integration'],
  ['tool-rental', 'src/app.ts#createApp', 'HTTP handler: integration'],
  ['library-loans', 'src/middleware/auth.js#requireMember', 'guard: auth'],
  ['library-loans', 'src/middleware/auth.js#requireLibrarian', 'guard: auth'],
  ['library-loans', 'src/middleware/validate.js', 'HTTP handler: integration'],
  ['library-loans', 'src/middleware/async-handler.js', 'thin adapter: unit'],
  ['library-loans', 'src/services/catalogue.js#lookUp', 'thin adapter: unit'],
  ['library-loans', 'src/services/mailer.js#sendLoanReceipt', 'thin adapter: unit'],
  ['library-loans', 'src/repositories/loans.js#findOpenOfBook', 'persistence: integration'],
  ['library-loans', 'src/repositories/books.js#insert', 'persistence: integration'],
  ['library-loans', 'src/routes/loans.js#ownLoan', 'guard: auth'],
  ['library-loans', 'src/services/errors.js#ApiError', 'pure: unit'],
];

test.each(labelled)('%s: %s is %s', (example, target, expected) => {
  expect(choice(path.resolve('examples', example), target)).toBe(expected);
});

describe('shapes', () => {
  test.each([
    ['src/pricing.ts#postage', 'pure: unit'],
    ['src/pricing.ts#Tariff.of', 'pure: unit'],
    ['src/store.ts#findParcel', 'persistence: integration'],
    ['src/store.ts#ParcelRepository', 'persistence: integration'],
    ['src/desk.ts#Desk.handOver', 'thin adapter: unit'],
    ['src/desk.ts#Desk.quote', 'pure: unit'],
    ['src/tracking.ts#track', 'thin adapter: unit'],
    ['src/routes.ts#requireClerk', 'guard: auth'],
    ['src/routes.ts#showParcel', 'HTTP handler: integration'],
    ['src/routes.ts#parcelRoutes', 'HTTP handler: integration'],
    ['src/workers.ts#announce', 'queue consumer: integration'],
    ['src/workers.ts#sweep', 'scheduled job: integration'],
    ['src/pricing.ts', 'pure: unit'],
    ['src', 'HTTP handler: integration'],
  ])('%s is %s', (target, expected) => {
    expect(choice(depot, target)).toBe(expected);
  });
});

describe('Python', () => {
  beforeAll(prepareParser);

  test.each([
    ['pottery-studio', 'studio/bookings.py::book', 'persistence: integration'],
    ['pottery-studio', 'studio/bookings.py::StudioError', 'pure: unit'],
    ['pottery-studio', 'studio/routers/workshops.py::book_workshop', 'HTTP handler: integration'],
    ['pottery-studio', 'studio/security.py::current_user', 'guard: auth'],
    ['pottery-studio', 'studio/security.py::issue_token', 'pure: unit'],
    ['pottery-studio', 'studio/mail.py::send_mail', 'thin adapter: unit'],
    ['parcel-lockers', 'app/carrier.py::announce_arrival', 'thin adapter: unit'],
    ['parcel-lockers', 'app/api/lockers.py::locker_or_404', 'persistence: integration'],
    ['parcel-lockers', 'app/api/lockers.py::remove_locker', 'HTTP handler: integration'],
    ['parcel-lockers', 'app/security.py::require_device', 'guard: auth'],
    ['parcel-lockers', 'app/security.py::RequireRole', 'guard: auth'],
  ])('%s: %s is %s', (example, target, expected) => {
    expect(choice(path.resolve('examples', example), target)).toBe(expected);
  });
});

test('says what decided it with its line, and what was refused', () => {
  const { lead, choices } = layers(targetOf('src/desk.ts#Desk.handOver', depot));

  expect(layerJson(lead, choices)).toEqual({
    unit: 'src/desk.ts#Desk.handOver',
    kind: 'thin adapter',
    layer: 'unit',
    why: ['this.parcels.markDelivered is handed in (injected: ParcelRepository) (src/desk.ts:8)'],
    refused: 'An integration test would be slower and could not make what is handed in fail at will.',
  });
  expect(layerText(choices, { colour: false, width: 100 })).toBe(
    `src/desk.ts#Desk.handOver  thin adapter: a unit test
  this.parcels.markDelivered is handed in (injected: ParcelRepository) (src/desk.ts:8).
  An integration test would be slower and could not make what is handed in fail at will.
`,
  );
});

test('a folder lists each of its units', () => {
  const { lead, choices } = layers(targetOf('src', depot));

  expect(layerJson(lead, choices).units?.map(({ unit }) => unit)).toContain('src/workers.ts#sweep');
});

describe('what cannot be found is named', () => {
  test.each([
    ['src/nowhere.ts#postage', 'no-file'],
    ['src/pricing.ts#price', 'no-unit'],
  ])('%s', (target, code) => {
    const attempt = (): unknown => {
      try {
        return layers(targetOf(target, depot));
      } catch (error) {
        return error;
      }
    };

    expect(attempt()).toBeInstanceOf(UserError);
    expect(attempt()).toMatchObject({ code, exitCode: 2 });
  });

  test('a file that exports nothing', () => {
    const root = copyOf('tool-rental');
    writeFileSync(path.join(root, 'src/empty.ts'), 'console.log(1);\n');

    expect(() => layers(targetOf('src/empty.ts', root))).toThrow('has no function');
  });
});

describe('what a name or a shape alone would get wrong', () => {
  beforeAll(prepareParser);

  const written = (file: string, text: string): string => {
    const root = copyOf(file.endsWith('.py') ? 'parcel-lockers' : 'library-loans');
    writeFileSync(path.join(root, file), text);
    return root;
  };

  test.each([
    ['a text that is called email', 'a.js#domain', "exports.domain = (email) => email.split('@').pop();", 'pure: unit'],
    [
      'a hook that sets the status first, and lets others pass by ending',
      'a.js#hook',
      'exports.hook = async (req, res) => {\n  if (!req.cookies.id) {\n    res.status(401);\n    return res.send({});\n  }\n  req.caller = 1;\n};',
      'guard: auth',
    ],
    [
      'a middleware whose helper refuses',
      'a.js#middleware',
      'const check = (req, res) => {\n  if (req.headers.key) return true;\n  res.status(401).send();\n  return false;\n};\nexports.middleware = (req, res, next) => {\n  if (check(req, res)) next();\n};',
      'guard: auth',
    ],
    [
      'a dependency behind an alias',
      'a.py::caller',
      'from typing import Annotated\nfrom fastapi import Depends, HTTPException\nToken = Annotated[str, Depends(print)]\ndef caller(token: Token):\n    if not token:\n        raise HTTPException(status_code=403)\n    return token\n',
      'guard: auth',
    ],
    [
      'an exception handler',
      'a.py::refuse',
      'from fastapi import Request\nfrom fastapi.responses import JSONResponse\nasync def refuse(request: Request, exc: Exception):\n    return JSONResponse(status_code=429, content={})\n',
      'HTTP handler: integration',
    ],
  ])('%s', (_name, target, text, expected) => {
    const [file = ''] = target.split(/#|::/);

    expect(choice(written(file, text), target)).toBe(expected);
  });

  test('a folder of Python', () => {
    const { choices } = layers(targetOf('app', path.resolve('examples/parcel-lockers')));

    expect(choices.map(({ unit }) => unit)).toContain('app/carrier.py::announce_arrival');
  });
});
