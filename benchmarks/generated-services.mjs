/** Services of any size: a resource has five operations with a validator, callers, roles, rows that are missing, and writes. */

const pad = (index) => String(index).padStart(4, '0');
const resources = (routes) => Array.from({ length: Math.ceil(routes / 5) }, (_, index) => `parcels${pad(index)}`);
const manifest = (dependencies) => JSON.stringify({ name: 'depot', version: '1.0.0', type: 'module', dependencies });

const javascriptAuth = `import jwt from 'jsonwebtoken';

export function callerOf(header) {
  if (!header?.startsWith('Bearer ')) return undefined;
  try {
    return jwt.verify(header.slice(7), process.env.TOKEN_SECRET);
  } catch {
    return undefined;
  }
}
`;

const expressGuards = `import { callerOf } from './callers.js';

export function signedIn(request, response, next) {
  request.caller = callerOf(request.headers.authorization);
  if (!request.caller) return response.status(401).json({ error: 'sign in first' });
  next();
}

export function staff(request, response, next) {
  if (request.caller.role !== 'staff') return response.status(403).json({ error: 'staff only' });
  next();
}
`;

const expressResource = (name) => `import { Router } from 'express';
import { z } from 'zod';
import { signedIn, staff } from '../guards.js';

const ${name} = new Map();
const shape = z.object({ label: z.string().min(2).max(40), weight: z.number().int().positive(), fragile: z.boolean() });

export const router = Router();

router.get('/', (request, response) => response.json([...${name}.values()]));

router.get('/:id', (request, response) => {
  const found = ${name}.get(request.params.id);
  if (!found) return response.status(404).json({ error: 'no such parcel' });
  response.json(found);
});

router.post('/', signedIn, (request, response) => {
  const parsed = shape.safeParse(request.body);
  if (!parsed.success) return response.status(400).json({ error: 'not a parcel' });
  const parcel = { id: crypto.randomUUID(), ...parsed.data, sender: request.caller.sub };
  ${name}.set(parcel.id, parcel);
  response.status(201).json(parcel);
});

router.put('/:id', signedIn, (request, response) => {
  const found = ${name}.get(request.params.id);
  if (!found) return response.status(404).json({ error: 'no such parcel' });
  if (found.sender !== request.caller.sub) return response.status(403).json({ error: 'not yours' });
  const parsed = shape.safeParse(request.body);
  if (!parsed.success) return response.status(400).json({ error: 'not a parcel' });
  ${name}.set(found.id, { ...found, ...parsed.data });
  response.json(${name}.get(found.id));
});

router.delete('/:id', signedIn, staff, (request, response) => {
  if (!${name}.delete(request.params.id)) return response.status(404).json({ error: 'no such parcel' });
  response.status(204).end();
});
`;

const express = (routes) => ({
  'package.json': manifest({ express: '5.1.0', zod: '4.1.0', jsonwebtoken: '9.0.2' }),
  'callers.js': javascriptAuth,
  'guards.js': expressGuards,
  'app.js': [
    "import express from 'express';",
    ...resources(routes).map((name) => `import { router as ${name} } from './routes/${name}.js';`),
    'export const app = express();',
    'app.use(express.json());',
    ...resources(routes).map((name) => `app.use('/${name}', ${name});`),
    'app.listen(process.env.PORT ?? 3000);',
    '',
  ].join('\n'),
  ...Object.fromEntries(resources(routes).map((name) => [`routes/${name}.js`, expressResource(name)])),
});

const fastifyResource = (name) => `import { callerOf } from '../callers.js';

const ${name} = new Map();
const body = {
  type: 'object',
  required: ['label', 'weight'],
  additionalProperties: false,
  properties: {
    label: { type: 'string', minLength: 2, maxLength: 40 },
    weight: { type: 'integer', minimum: 1 },
    fragile: { type: 'boolean' },
  },
};

async function signedIn(request, reply) {
  request.caller = callerOf(request.headers.authorization);
  if (!request.caller) return reply.code(401).send({ error: 'sign in first' });
}

async function staff(request, reply) {
  if (request.caller.role !== 'staff') return reply.code(403).send({ error: 'staff only' });
}

export async function routes(app) {
  app.get('/', async () => [...${name}.values()]);

  app.get('/:id', async (request, reply) => {
    const found = ${name}.get(request.params.id);
    if (!found) return reply.code(404).send({ error: 'no such parcel' });
    return found;
  });

  app.post('/', { schema: { body }, preHandler: signedIn }, async (request, reply) => {
    const parcel = { id: crypto.randomUUID(), ...request.body, sender: request.caller.sub };
    ${name}.set(parcel.id, parcel);
    return reply.code(201).send(parcel);
  });

  app.put('/:id', { schema: { body }, preHandler: signedIn }, async (request, reply) => {
    const found = ${name}.get(request.params.id);
    if (!found) return reply.code(404).send({ error: 'no such parcel' });
    if (found.sender !== request.caller.sub) return reply.code(403).send({ error: 'not yours' });
    ${name}.set(found.id, { ...found, ...request.body });
    return ${name}.get(found.id);
  });

  app.delete('/:id', { preHandler: [signedIn, staff] }, async (request, reply) => {
    if (!${name}.delete(request.params.id)) return reply.code(404).send({ error: 'no such parcel' });
    return reply.code(204).send();
  });
}
`;

const fastify = (routes) => ({
  'package.json': manifest({ fastify: '5.6.0', jsonwebtoken: '9.0.2' }),
  'callers.js': javascriptAuth,
  'app.js': [
    "import Fastify from 'fastify';",
    ...resources(routes).map((name) => `import { routes as ${name} } from './routes/${name}.js';`),
    'export const app = Fastify();',
    ...resources(routes).map((name) => `app.register(${name}, { prefix: '/${name}' });`),
    'await app.listen({ port: Number(process.env.PORT ?? 3000) });',
    '',
  ].join('\n'),
  ...Object.fromEntries(resources(routes).map((name) => [`routes/${name}.js`, fastifyResource(name)])),
});

const pythonCallers = `import os

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

scheme = OAuth2PasswordBearer(tokenUrl="token")


def signed_in(token: str = Depends(scheme)) -> dict:
    try:
        return jwt.decode(token, os.environ["TOKEN_SECRET"], algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(status_code=401, detail="sign in first")


def staff(caller: dict = Depends(signed_in)) -> dict:
    if caller["role"] != "staff":
        raise HTTPException(status_code=403, detail="staff only")
    return caller
`;

const pythonResource = (name) => `from uuid import uuid4

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from ..callers import signed_in, staff

router = APIRouter(prefix="/${name}")
${name}: dict[str, dict] = {}


class Parcel(BaseModel):
    label: str = Field(min_length=2, max_length=40)
    weight: int = Field(gt=0)
    fragile: bool = False


@router.get("/")
def every() -> list[dict]:
    return list(${name}.values())


@router.get("/{id}")
def one(id: str) -> dict:
    if id not in ${name}:
        raise HTTPException(status_code=404, detail="no such parcel")
    return ${name}[id]


@router.post("/", status_code=201)
def add(parcel: Parcel, caller: dict = Depends(signed_in)) -> dict:
    made = {"id": str(uuid4()), "sender": caller["sub"], **parcel.model_dump()}
    ${name}[made["id"]] = made
    return made


@router.put("/{id}")
def change(id: str, parcel: Parcel, caller: dict = Depends(signed_in)) -> dict:
    if id not in ${name}:
        raise HTTPException(status_code=404, detail="no such parcel")
    if ${name}[id]["sender"] != caller["sub"]:
        raise HTTPException(status_code=403, detail="not yours")
    ${name}[id] = {**${name}[id], **parcel.model_dump()}
    return ${name}[id]


@router.delete("/{id}", status_code=204)
def remove(id: str, caller: dict = Depends(staff)) -> None:
    if id not in ${name}:
        raise HTTPException(status_code=404, detail="no such parcel")
    del ${name}[id]
`;

const fastapi = (routes) => ({
  'pyproject.toml':
    '[project]\nname = "depot"\nversion = "1.0.0"\ndependencies = ["fastapi==0.122.0", "pyjwt==2.10.0"]\n',
  'app/__init__.py': '',
  'app/callers.py': pythonCallers,
  'app/routes/__init__.py': '',
  'app/main.py': [
    'from fastapi import FastAPI',
    '',
    ...resources(routes).map((name) => `from .routes import ${name}`),
    '',
    'app = FastAPI()',
    ...resources(routes).map((name) => `app.include_router(${name}.router)`),
    '',
  ].join('\n'),
  ...Object.fromEntries(resources(routes).map((name) => [`app/routes/${name}.py`, pythonResource(name)])),
});

/** Each gives the files of a service with so many operations: path → text. */
export const services = { express, fastify, fastapi };
