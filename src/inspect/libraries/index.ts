import type { Catalog } from '../catalog.js';
import type { Library } from '../interpreter/library.js';
import { ajv } from './ajv.js';
import { celebrate } from './celebrate.js';
import { classValidator } from './class-validator.js';
import { drizzle } from './drizzle.js';
import { dotenv } from './dotenv.js';
import { envSchema } from './env-schema.js';
import { fileStore } from './file-store.js';
import { files } from './files.js';
import { fluentSchema } from './fluent-schema.js';
import { expressJwt } from './express-jwt.js';
import { expressOpenapiValidator } from './express-openapi-validator.js';
import { expressValidator } from './express-validator.js';
import { httpErrors } from './http-errors.js';
import { http } from './http.js';
import { injection } from './injection.js';
import { joi } from './joi.js';
import { jwt } from './jwt.js';
import { kysely } from './kysely.js';
import { lodash } from './lodash.js';
import { knex } from './knex/index.js';
import { memory } from './memory.js';
import { mongodb } from './mongodb.js';
import { mongoose } from './mongoose/index.js';
import { passport } from './passport.js';
import { prisma } from './prisma.js';
import { quietLibraries } from './quiet.js';
import { redis } from './redis.js';
import { requireFolder } from './require-folder.js';
import { secrets } from './secrets.js';
import { sequelize } from './sequelize/index.js';
import { session } from './session.js';
import { sinks } from './sinks.js';
import { sql } from './sql.js';
import { statuses } from './statuses.js';
import { typebox } from './typebox.js';
import { typeorm } from './typeorm/index.js';
import { superstruct } from './superstruct.js';
import { util } from './util.js';
import { valibot } from './valibot.js';
import { yup } from './yup.js';
import { zod } from './zod.js';

/** What the names of packages mean, first match wins: one line a library. */
export function libraries(catalog: Catalog): Library[] {
  return [
    dotenv,
    quietLibraries,
    fileStore(catalog),
    files,
    requireFolder,
    lodash,
    statuses,
    httpErrors,
    typebox,
    fluentSchema,
    envSchema,
    injection(),
    zod,
    joi,
    celebrate,
    yup,
    valibot,
    superstruct,
    classValidator(),
    ajv(),
    expressValidator,
    expressOpenapiValidator,
    jwt(catalog),
    passport(catalog),
    expressJwt(catalog),
    util,
    session(catalog),
    secrets,
    http(catalog),
    drizzle(catalog),
    sql(catalog),
    knex(catalog),
    kysely(catalog),
    typeorm(catalog),
    prisma(catalog),
    mongoose(catalog),
    mongodb(catalog),
    redis(catalog),
    sequelize(catalog),
    memory(catalog),
    sinks(catalog),
  ];
}
