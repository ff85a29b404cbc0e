import { describe, expect, test } from '@jest/globals';
import type { JsonSchema, Operation } from '../../src/model/index.js';
import { modelOfFiles } from './python-model.js';

const operationOf = async (text: string, version?: string): Promise<Operation> => {
  const { operations } = await modelOfFiles({ 'main.py': text }, version);
  const [operation] = operations;
  if (!operation) throw new Error('no operation');
  return operation;
};

/** A schema without places. */
const plain = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === 'x-source' ? undefined : value)));

const bodyOf = async (declarations: string): Promise<JsonSchema> =>
  plain(
    (
      await operationOf(`
from datetime import date
from enum import Enum
from typing import Annotated, Generic, Literal, Optional, TypeVar
from uuid import UUID
from dataclasses import dataclass
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, EmailStr, Field, conint, constr
from pydantic.alias_generators import to_camel
app = FastAPI()
${declarations}
@app.post("/fish")
def add(fish: Fish): ...
`)
    ).requestBody?.schema,
  ) as JsonSchema;

const string: JsonSchema = { type: 'string' };
const integer: JsonSchema = { type: 'integer', 'x-coerce': true };

describe('models as JSON Schema', () => {
  const cases: [string, string, JsonSchema][] = [
    [
      'constraints, whether in Field, in Annotated or in a call that makes a type',
      `class Fish(BaseModel):
    name: Annotated[str, Field(min_length=2)] = Field(max_length=20)
    age: conint(ge=0, lt=90)
    tag: constr(pattern=r"^[A-Z]{2}$") = "AB"`,
      {
        type: 'object',
        properties: {
          name: { type: 'string', minLength: 2, maxLength: 20 },
          age: { ...integer, minimum: 0, exclusiveMaximum: 90 },
          tag: { type: 'string', pattern: '^[A-Z]{2}$', default: 'AB' },
        },
        required: ['name', 'age'],
      },
    ],
    [
      'optional, literal, enum, nested and lists; unknown fields refused',
      `class Water(str, Enum):
    salt = "salt"
    fresh = "fresh"
class Tank(BaseModel):
    number: int
class Fish(BaseModel):
    model_config = ConfigDict(extra="forbid")
    water: Water
    mood: Literal["calm", "wild"]
    tank: Optional[Tank] = None
    friends: list["Tank"] = Field(default_factory=list, max_length=3)
    born: date | None
    id: UUID`,
      {
        type: 'object',
        properties: {
          water: { type: 'string', enum: ['salt', 'fresh'] },
          mood: { type: 'string', enum: ['calm', 'wild'] },
          tank: { type: ['object', 'null'], properties: { number: integer }, required: ['number'] },
          friends: {
            type: 'array',
            items: { type: 'object', properties: { number: integer }, required: ['number'] },
            maxItems: 3,
          },
          born: { type: ['string', 'null'], format: 'date', 'x-coerce': true },
          id: { type: 'string', format: 'uuid' },
        },
        required: ['water', 'mood', 'born', 'id'],
        additionalProperties: false,
      },
    ],
    [
      'inheritance with aliases that a base model generates',
      `class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
class Base(Camel):
    caught_at: str
class Fish(Base):
    keeper_mail: EmailStr = Field(alias="mail")
    caught_at: str | None = None`,
      {
        type: 'object',
        properties: {
          mail: { type: 'string', format: 'email' },
          caughtAt: { type: ['string', 'null'] },
        },
        required: ['mail'],
      },
    ],
    [
      'a dataclass',
      `@dataclass
class Fish:
    name: str
    fins: int = 2`,
      { type: 'object', properties: { name: string, fins: { ...integer, default: 2 } }, required: ['name'] },
    ],
  ];

  test.each(cases)('%s', async (_title, declarations, expected) => {
    expect(await bodyOf(declarations)).toEqual(expected);
  });
});

describe('parameters', () => {
  test('path, query, header, cookie and form, by their names in the request', async () => {
    const operation = await operationOf(`
from typing import Annotated
from fastapi import Cookie, Depends, FastAPI, Form, Header, Path, Query
app = FastAPI()

class Page:
    def __init__(self, limit: int = Query(20, le=100), after: str | None = None): ...

@app.put("/tanks/{tank}")
def change(
    tank: Annotated[int, Path(gt=0)],
    page: Annotated[Page, Depends()],
    x_keeper: Annotated[str, Header()],
    session: str | None = Cookie(None, alias="sid"),
    name: str = Form(min_length=1),
): ...
`);

    expect(operation.parameters.map((one) => [one.in, one.name, one.required, plain(one.schema)])).toEqual([
      ['path', 'tank', true, { ...integer, exclusiveMinimum: 0 }],
      ['query', 'limit', false, { ...integer, maximum: 100, default: 20 }],
      ['query', 'after', false, { type: ['string', 'null'] }],
      ['header', 'x-keeper', true, string],
      ['cookie', 'sid', false, { type: ['string', 'null'] }],
    ]);
    expect(operation.requestBody).toMatchObject({
      mediaType: 'application/x-www-form-urlencoded',
      schema: { properties: { name: { minLength: 1 } }, required: ['name'] },
    });
  });

  test('several bodies stand under their names', async () => {
    const operation = await operationOf(`
from fastapi import Body, FastAPI
from pydantic import BaseModel
app = FastAPI()
class Fish(BaseModel):
    name: str
@app.post("/fish")
def add(fish: Fish, note: str = Body()): ...
`);

    expect(plain(operation.requestBody?.schema)).toMatchObject({
      properties: { fish: { type: 'object', properties: { name: string } }, note: string },
      required: ['fish', 'note'],
    });
  });
});

describe('what refuses a request', () => {
  const answers = (operation: Operation): string[] =>
    operation.responses.map((response) => `${response.status} ${response.when}`);

  test('validators, with the condition that they ask for', async () => {
    const operation = await operationOf(`
from fastapi import FastAPI
from pydantic import BaseModel, field_validator, model_validator
app = FastAPI()
class Stay(BaseModel):
    guests: int
    first: int
    last: int

    @field_validator("guests")
    @classmethod
    def few(cls, value: int) -> int:
        if value > 4:
            raise ValueError("too many")
        return value

    @model_validator(mode="after")
    def ordered(self):
        if self.last < self.first:
            raise ValueError("backwards")
        return self

@app.post("/stays", status_code=201)
def book(stay: Stay) -> Stay:
    return stay
`);

    expect(
      operation.responses
        .filter((response) => response.status === 422)
        .map((response) => response.guards[response.decidedBy ?? -1]?.predicate.kind),
    ).toEqual(['valid', 'cmp', 'cmp']);
  });

  test.each([
    ['0.121.3', ['200 success', '403 unauthenticated']],
    ['0.122.0', ['200 success', '401 unauthenticated']],
  ])('no API key, in FastAPI %s', async (version, expected) => {
    const operation = await operationOf(
      `
from fastapi import Depends, FastAPI
from fastapi.security import APIKeyHeader
app = FastAPI(dependencies=[Depends(APIKeyHeader(name="X-Key"))])
@app.get("/tanks")
def tanks(): return []
`,
      version,
    );

    expect(answers(operation)).toEqual(expected);
  });

  test('dependencies of app, router and include, middleware and handlers of exceptions, each with its place', async () => {
    const operation = await operationOf(`
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse

class Closed(Exception):
    def __init__(self, until): self.until = until

def opened(x_hour: int = Header()):
    if x_hour < 8:
        raise Closed(8)

def member(x_card: str = Header()):
    if x_card != "gold":
        raise HTTPException(403, "members only")

async def yielding():
    try:
        yield "net"
    finally:
        pass

router = APIRouter(dependencies=[Depends(member)])

@router.delete("/tanks/{tank}", status_code=204)
def drain(tank: int, net=Depends(yielding)):
    if tank == 1:
        raise HTTPException(status_code=409, detail="the first stays")

app = FastAPI(dependencies=[Depends(opened)])
app.include_router(router)

@app.exception_handler(Closed)
def closed(request: Request, error: Closed):
    return JSONResponse(status_code=423, content={"until": error.until})

@app.middleware("http")
async def agents(request, call_next):
    if request.headers.get("user-agent") == "bot":
        return JSONResponse({"error": "no bots"}, status_code=418)
    return await call_next(request)
`);

    expect([...new Set(answers(operation))].sort()).toEqual([
      '204 success',
      '403 forbidden',
      '409 conflict',
      '418 invalid-input',
      '422 invalid-input',
      '423 invalid-input',
    ]);
    expect(operation.responses.find((response) => response.status === 423)?.body).toMatchObject({
      fields: { until: { kind: 'const', value: 8 } },
    });
  });

  test('a write that is not committed is not one', async () => {
    const operation = await operationOf(`
from fastapi import Depends, FastAPI
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base, sessionmaker
engine = create_engine("sqlite://")
make = sessionmaker(engine)
Base = declarative_base()
class Fish(Base):
    __tablename__ = "fish"
    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False, unique=True)
def db():
    session = make()
    try:
        yield session
    finally:
        session.close()
app = FastAPI()
@app.post("/fish")
def add(name: str, keep: bool = False, session: Session = Depends(db)):
    fish = Fish(name=name)
    session.add(fish)
    if keep:
        session.commit()
    return {"name": fish.name}
`);

    const writes = operation.responses.filter((one) => one.status === 200).map((one) => one.effects.length);

    expect(writes.sort()).toEqual([0, 1]);
  });
});
