import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../../src/inspect/index.js';
import type { ServiceModel } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A lending library whose `index.js` has this body before it listens. */
async function modelOf(body: string, files: Record<string, string> = {}): Promise<ServiceModel> {
  const root = temporaryFolder('callers');
  const service = {
    'package.json': JSON.stringify({ name: 'lending', dependencies: { express: '^5.0.0' } }),
    'index.js': `const express = require('express');\nconst app = express();\napp.use(express.json());\n${body}\napp.listen(3000);\n`,
    ...files,
  };
  for (const [name, text] of Object.entries(service)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return await inspect(triage(root));
}

/** Per operation: who is let in, and the statuses it gives. */
async function callers(body: string): Promise<Record<string, string>> {
  const model = await modelOf(body);
  return Object.fromEntries(
    model.operations.map((operation) => {
      const who = operation.security.map(({ scheme, roles, optional, ownership }) =>
        [scheme, ...roles, ownership && `own ${ownership.field}`, optional && 'or nobody'].filter(Boolean).join(' '),
      );
      const statuses = [...new Set(operation.responses.map((response) => response.status))].sort();
      return [operation.id, `${who.join(', ') || 'anybody'}: ${statuses.join(' ')}`];
    }),
  );
}

const passport = `
  const passport = require('passport');
  const { Strategy, ExtractJwt } = require('passport-jwt');
  passport.use(new Strategy(
    { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: process.env.JWT_SECRET },
    (payload, done) => done(null, payload),
  ));`;

describe('passport', () => {
  test('a JWT strategy refuses with 401', async () => {
    expect(
      await callers(`${passport}
        app.get('/loans', passport.authenticate('jwt', { session: false }), (req, res) => res.json(req.user.sub));
        app.get('/books', (req, res) => res.json([]));`),
    ).toEqual({ 'GET /loans': 'bearer: 200 401', 'GET /books': 'anybody: 200' });
  });

  test('rights that a table gives to roles', async () => {
    expect(
      await callers(`${passport}
        const rights = new Map(Object.entries({ reader: [], librarian: ['shelve'], director: ['shelve', 'buy'] }));
        const may = (right) => (req, res, next) =>
          passport.authenticate('jwt', (error, user) => {
            if (error || !user) return res.status(401).json({});
            if (!rights.get(user.role).includes(right)) return res.status(403).json({});
            next();
          })(req, res, next);
        app.put('/shelves/:id', may('shelve'), (req, res) => res.json({}));
        app.post('/orders', may('buy'), (req, res) => res.status(201).json({}));`),
    ).toEqual({
      'PUT /shelves/{id}': 'bearer director librarian: 200 400 401 403',
      'POST /orders': 'bearer director: 201 400 401 403',
    });
  });

  test('a local strategy asks for what its fields name', async () => {
    expect(
      await callers(`
        const passport = require('passport');
        const { Strategy } = require('passport-local');
        passport.use(new Strategy({ usernameField: 'card' }, (card, password, done) =>
          password === 'open sesame' ? done(null, { card }) : done(null, false)));
        app.post('/sessions', passport.authenticate('local'), (req, res) => res.json({}));`),
    ).toEqual({ 'POST /sessions': 'anybody: 200 400 401' });
  });

  test('who has signed in stays so by the session, and is looked up where somebody asks', async () => {
    const model = await modelOf(`
      const passport = require('passport');
      const { Strategy } = require('passport-local');
      const readers = new Map();
      passport.use(new Strategy({ usernameField: 'card' }, (card, pin, done) => {
        const reader = readers.get(card);
        return reader && reader.pin === pin ? done(null, reader) : done(null, false);
      }));
      passport.serializeUser((reader, done) => done(null, reader.card));
      passport.deserializeUser((card, done) => done(null, readers.get(card)));
      app.use(require('express-session')({ secret: process.env.SESSION_SECRET }));
      app.use(passport.initialize());
      app.use(passport.session());
      app.post('/readers', (req, res) => { readers.set(req.body.card, req.body); res.status(201).end(); });
      app.post('/sessions', passport.authenticate('local', { failureRedirect: '/sign-in' }), (req, res) => res.json({}));
      app.delete('/sessions', (req, res, next) => req.logout((error) => (error ? next(error) : res.status(204).end())));
      app.get('/hours', (req, res) => res.json({}));
      app.get('/loans', (req, res) => (req.isAuthenticated() ? res.json([]) : res.status(401).end()));`);
    const security = Object.fromEntries(
      model.operations.map(({ id, security }) => [id, security.map((one) => one.scheme)]),
    );
    const statuses = (id: string): unknown =>
      [...new Set(model.operations.find((one) => one.id === id)?.responses.map(({ status }) => status))].sort();

    expect(security).toMatchObject({ 'GET /hours': [], 'GET /loans': ['session'] });
    expect(statuses('GET /loans')).toEqual([200, 401]);
    expect(statuses('POST /sessions')).toEqual([200, 302, 400]);
    expect(model.schemes).toMatchObject([{ id: 'session', signIn: 'POST /sessions' }]);
    expect(model.operations.find(({ id }) => id === 'DELETE /sessions')?.effects).toMatchObject([
      { kind: 'session', verb: 'delete' },
    ]);
  });

  test('strategies are tried in turn; anonymous lets everybody in', async () => {
    expect(
      await callers(`${passport}
        const Anonymous = require('passport-anonymous');
        passport.use(new Anonymous.Strategy());
        app.get('/loans', passport.authenticate(['jwt', 'anonymous'], { session: false }), (req, res) => res.json(req.user ? [1] : []));
        app.get('/books', passport.authenticate('anonymous'), (req, res) => res.json([]));`),
    ).toEqual({ 'GET /loans': 'bearer or nobody: 200', 'GET /books': 'anybody: 200' });
  });

  test('a strategy that is not read is a gap', async () => {
    const model = await modelOf(`
      const passport = require('passport');
      app.get('/loans', passport.authenticate('saml'), (req, res) => res.json({}));`);
    expect(model.gaps.map((gap) => gap.reason)).toEqual([
      'The passport strategy saml was not read: what it refuses has no case.',
    ]);
  });
});

describe('express-jwt', () => {
  test('required, optional, and paths that need none', async () => {
    expect(
      await callers(`
        const { expressjwt } = require('express-jwt');
        const guard = (options) => expressjwt({ secret: process.env.SECRET, algorithms: ['HS256'], ...options });
        app.get('/books', guard({ credentialsRequired: false }), (req, res) => res.json({ mine: req.auth?.sub }));
        app.use(guard({}).unless({ path: ['/opening-hours', /^\\/public/] }));
        app.get('/opening-hours', (req, res) => res.json({}));
        app.get('/public/map', (req, res) => res.json({}));
        app.delete('/loans/:id', (req, res) => res.status(204).end());`),
    ).toEqual({
      'GET /books': 'bearer or nobody: 200 401',
      'GET /opening-hours': 'anybody: 200',
      'GET /public/map': 'anybody: 200',
      'DELETE /loans/{id}': 'bearer: 204 401',
    });
  });
});

describe('other guards', () => {
  test('util.promisify of a verification', async () => {
    expect(
      await callers(`
        const verify = require('util').promisify(require('jsonwebtoken').verify);
        app.get('/loans', async (req, res) => {
          try {
            const claims = await verify(req.headers.authorization.split(' ')[1], process.env.SECRET);
            res.json({ of: claims.sub });
          } catch { res.status(401).json({}); }
        });`),
    ).toEqual({ 'GET /loans': 'bearer: 200 401' });
  });

  test('a handler that a package wraps passes its rejection on', async () => {
    expect(
      await callers(`
        const asyncHandler = require('express-async-handler');
        app.get('/books/:id', asyncHandler(async (req, res) => {
          if (req.params.id === 'none') throw Object.assign(new Error('gone'), { status: 404 });
          res.json({});
        }));`),
    ).toEqual({ 'GET /books/{id}': 'anybody: 200 404' });
  });

  test('the path names the caller, and a name that the path does not have is never there', async () => {
    expect(
      await callers(`${passport}
        const signedIn = passport.authenticate('jwt');
        const own = (req, res, next) => (req.params.cardId !== req.user.sub ? res.status(403).json({}) : next());
        app.get('/cards/:cardId', signedIn, own, (req, res) => res.json({}));
        app.get('/cards', signedIn, (req, res) => res.json({ given: req.params.cardId === undefined }));`),
    ).toEqual({ 'GET /cards/{cardId}': 'bearer own cardId: 200 401 403', 'GET /cards': 'bearer: 200 401' });
  });

  test('what the logger of the service does with its files is no part of any answer', async () => {
    const model = await modelOf(`
      const fs = require('fs');
      class Logger {
        info(text) { for (const file of fs.readdirSync('/logs')) if (file > text) fs.unlinkSync(file); }
      }
      const logger = new Logger();
      app.get('/books', (req, res) => { logger.info(req.query.title); res.json([]); });`);
    expect(model.operations.map(({ responses }) => responses.length)).toEqual([1]);
  });
});
