import { describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../../src/inspect/index.js';
import type { JsonSchema } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

interface Read {
  schema: unknown;
  /** Status and why, of each answer. */
  answers: string[];
}

/** `POST /bookings` of a ferry office whose module has this text. */
async function booking(text: string): Promise<Read> {
  const root = temporaryFolder('ferry');
  writeFileSync(
    path.join(root, 'package.json'),
    JSON.stringify({ name: 'ferry', type: 'module', main: 'index.ts', dependencies: { express: '^5.0.0' } }),
  );
  writeFileSync(
    path.join(root, 'index.ts'),
    `import express from 'express';
     const app = express();
     app.use(express.json());
     ${text}
     app.listen(3000);`,
  );
  const model = await inspect(triage(root));
  const operation = model.operations.find(({ id }) => id === 'POST /bookings');
  const answers = new Set(operation?.responses.map(({ status, when }) => `${status} ${when}`));
  return { schema: plain(operation?.requestBody?.schema), answers: [...answers].sort() };
}

/** Without the places in the source. */
const plain = (schema: JsonSchema | undefined): unknown =>
  JSON.parse(JSON.stringify(schema ?? {}, (key, value: unknown) => (key === 'x-source' ? undefined : value)));

const answers = ['201 success', '400 invalid-input'];
const route = (body: string): string => `app.post('/bookings', (req, res) => { ${body} });`;

describe('validators become JSON Schema, and their refusals answers', () => {
  test('zod: fields that are compared, and what a transform makes of the request', async () => {
    const { schema, answers: found } = await booking(`
      import { z } from 'zod';
      const Booking = z.object({ mail: z.string(), again: z.string(), from: z.number(), until: z.number() })
        .superRefine(({ mail, again }, context) => {
          if (again !== mail) context.addIssue({ code: 'custom', message: 'other', path: ['again'] });
        })
        .refine((given) => given.from < given.until);
      const ships = [{ port: 1 }];
      const Port = z.object({ query: z.object({ port: z.string() }) }).transform(({ query }) => ({ port: Number(query.port) }));
      app.post('/bookings', (req, res) => {
        const ship = ships.find(({ port }) => port === Port.parse(req).port);
        if (!ship) return res.status(404).json({});
        const given = Booking.safeParse(req.body);
        if (!given.success) return res.status(400).json({});
        res.status(201).json({});
      });`);

    expect((schema as JsonSchema)['x-compare']).toEqual([
      expect.objectContaining({ left: ['again'], op: '==', right: ['mail'] }),
      expect.objectContaining({ left: ['from'], op: '<', right: ['until'] }),
    ]);
    expect((schema as JsonSchema)['x-unread']).toBeUndefined();
    expect(found).toEqual(expect.arrayContaining(['201 success', '400 invalid-input', '404 not-found']));
  });

  test('celebrate', async () => {
    expect(
      await booking(`
        import { celebrate, errors, Joi, Segments } from 'celebrate';
        app.post('/bookings',
          celebrate({
            [Segments.BODY]: Joi.object({
              port: Joi.string().valid('Kiel', 'Oslo').required(),
              cars: Joi.number().integer().min(0).max(3),
            }),
          }),
          (req, res) => res.status(201).json({}));
        app.use(errors());`),
    ).toEqual({
      answers,
      schema: {
        type: 'object',
        required: ['port'],
        additionalProperties: false,
        properties: {
          port: { type: 'string', enum: ['Kiel', 'Oslo'] },
          cars: { type: 'integer', 'x-coerce': true, minimum: 0, maximum: 3 },
        },
      },
    });
  });

  test('class-validator and class-transformer', async () => {
    expect(
      await booking(`
        import { plainToInstance, Type } from 'class-transformer';
        import { IsArray, IsEmail, IsInt, IsNotEmpty, IsOptional, IsString, Max, Min, ValidateNested, validate } from 'class-validator';
        class Passenger {
          @IsString() @IsNotEmpty() name: string;
        }
        class Booking {
          @IsEmail() email: string;
          @Min(1) @Max(9) @IsInt() seats: number;
          @IsOptional() @IsString({ each: true }) @IsArray() notes?: string[];
          @ValidateNested({ each: true }) @Type(() => Passenger) passengers: Passenger[];
        }
        const valid = (type) => async (req, res, next) => {
          const errors = await validate(plainToInstance(type, req.body), { whitelist: true, forbidNonWhitelisted: true });
          if (errors.length > 0) return res.status(400).json({});
          next();
        };
        app.post('/bookings', valid(Booking), (req, res) => res.status(201).json({}));`),
    ).toEqual({
      answers,
      schema: {
        type: 'object',
        required: ['email', 'seats', 'passengers'],
        additionalProperties: false,
        properties: {
          email: { type: 'string', format: 'email' },
          seats: { type: 'integer', minimum: 1, maximum: 9 },
          notes: { type: 'array', items: { type: 'string' } },
          passengers: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name'],
              additionalProperties: false,
              properties: { name: { type: 'string', minLength: 1 } },
            },
          },
        },
      },
    });
  });

  test('yup', async () => {
    expect(
      await booking(`
        import * as yup from 'yup';
        const booking = yup.object({
          port: yup.string().oneOf(['Kiel', 'Oslo']).required(),
          seats: yup.number().integer().min(1).required(),
          dogs: yup.array().of(yup.string().max(20)),
        }).noUnknown();
        app.post('/bookings', async (req, res) => {
          try { await booking.validate(req.body); } catch (error) { return res.status(400).json({}); }
          res.status(201).json({});
        });`),
    ).toEqual({
      answers,
      schema: {
        type: 'object',
        required: ['port', 'seats'],
        additionalProperties: false,
        properties: {
          port: { type: 'string', enum: ['Kiel', 'Oslo'] },
          seats: { type: 'integer', 'x-coerce': true, minimum: 1 },
          dogs: { type: 'array', items: { type: 'string', maxLength: 20 } },
        },
      },
    });
  });

  test('Ajv', async () => {
    expect(
      await booking(`
        import Ajv from 'ajv';
        import addFormats from 'ajv-formats';
        const ajv = new Ajv({ coerceTypes: true });
        addFormats(ajv);
        ajv.addSchema({ $id: 'port', type: 'string', enum: ['Kiel', 'Oslo'] });
        const check = ajv.compile({
          type: 'object',
          required: ['port'],
          properties: { port: { $ref: 'port#' }, seats: { type: 'integer', minimum: 1 }, on: { type: 'string', format: 'date' } },
        });
        ${route('if (!check(req.body)) return res.status(400).json({ errors: check.errors }); res.status(201).json({});')}`),
    ).toEqual({
      answers,
      schema: {
        type: 'object',
        required: ['port'],
        properties: {
          port: { type: 'string', enum: ['Kiel', 'Oslo'] },
          seats: { type: 'integer', 'x-coerce': true, minimum: 1 },
          on: { type: 'string', format: 'date' },
        },
      },
    });
  });

  test('valibot', async () => {
    expect(
      await booking(`
        import * as v from 'valibot';
        const booking = v.strictObject({
          port: v.picklist(['Kiel', 'Oslo']),
          seats: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9)),
          email: v.optional(v.pipe(v.string(), v.email())),
        });
        ${route('const read = v.safeParse(booking, req.body); if (!read.success) return res.status(400).json(read.issues); res.status(201).json({});')}`),
    ).toEqual({
      answers,
      schema: {
        type: 'object',
        required: ['port', 'seats'],
        additionalProperties: false,
        properties: {
          port: { type: 'string', enum: ['Kiel', 'Oslo'] },
          seats: { type: 'integer', minimum: 1, maximum: 9 },
          email: { type: 'string', format: 'email' },
        },
      },
    });
  });

  test('superstruct', async () => {
    expect(
      await booking(`
        import { enums, integer, max, min, object, optional, size, string, validate } from 'superstruct';
        const Booking = object({
          port: enums(['Kiel', 'Oslo']),
          seats: max(min(integer(), 1), 9),
          note: optional(size(string(), 1, 80)),
        });
        ${route('const [error] = validate(req.body, Booking); if (error) return res.status(400).json({}); res.status(201).json({});')}`),
    ).toEqual({
      answers,
      schema: {
        type: 'object',
        required: ['port', 'seats'],
        additionalProperties: false,
        properties: {
          port: { type: 'string', enum: ['Kiel', 'Oslo'] },
          seats: { type: 'integer', minimum: 1, maximum: 9 },
          note: { type: 'string', minLength: 1, maxLength: 80 },
        },
      },
    });
  });

  test('routing-controllers checks a parameter that is declared with such a class', async () => {
    expect(
      await booking(`
        import { Body, HttpCode, JsonController, Post, useExpressServer } from 'routing-controllers';
        import { IsIn } from 'class-validator';
        class Booking { @IsIn(['Kiel', 'Oslo']) port: string; }
        @JsonController('/bookings')
        class Bookings {
          @Post() @HttpCode(201) create(@Body() booking: Booking) { return { port: booking.port }; }
        }
        useExpressServer(app, { controllers: [Bookings] });`),
    ).toEqual({
      answers,
      schema: { type: 'object', required: ['port'], properties: { port: { enum: ['Kiel', 'Oslo'] } } },
    });
  });
});
