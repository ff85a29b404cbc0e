import { describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../temporary-folder.js';
import { fastapiModel, modelOfFiles } from './python-model.js';

const operationsOf = async (files: Record<string, string>): Promise<string[]> =>
  (await modelOfFiles(files)).operations.map((operation) => operation.id);

const tanks = `
from fastapi import APIRouter
router = APIRouter(prefix="/tanks", tags=["tanks"])

@router.get("")
def list_tanks(): ...

@router.get("/{tank_id:int}")
def read_tank(tank_id: int): ...
`;

describe('operations however they are registered', () => {
  const cases: [string, Record<string, string>, string[]][] = [
    [
      'routers of a package, by relative imports and aliases',
      {
        'main.py': 'from aquarium import app\n',
        'aquarium/__init__.py':
          'from fastapi import FastAPI\nfrom .routes import tanks as tank_routes\napp = FastAPI()\napp.include_router(tank_routes.router, prefix="/v1")\n',
        'aquarium/routes/__init__.py': '',
        'aquarium/routes/tanks.py': tanks,
      },
      ['GET /v1/tanks', 'GET /v1/tanks/{tank_id}'],
    ],
    [
      'routers that a package hands on, in a loop, from packages without __init__',
      {
        'main.py':
          'import fastapi\nfrom zoo.routes import all_routers\napp = fastapi.FastAPI()\nfor prefix, router in all_routers.items():\n    app.include_router(router, prefix=prefix)\n',
        'zoo/routes/__init__.py': 'from zoo.routes.tanks import router\nall_routers = {"/a": router, "/b": router}\n',
        'zoo/routes/tanks.py': tanks,
      },
      ['GET /a/tanks', 'GET /a/tanks/{tank_id}', 'GET /b/tanks', 'GET /b/tanks/{tank_id}'],
    ],
    [
      'a factory with settings, a router as a parameter and one that a function gives',
      {
        'main.py': `
from fastapi import APIRouter, FastAPI
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    api_prefix: str = "/api"

    @property
    def v2(self) -> str:
        return f"{self.api_prefix}/v2"

settings = Settings()

def add_fish(router: APIRouter, *, kind: str = "fish") -> None:
    @router.post(f"/{kind}", status_code=201)
    async def add(): ...

def plants(prefix="/plants"):
    router = APIRouter(prefix=prefix)
    router.add_api_route("/{name}", lambda name: name, methods=["PUT", "DELETE"])
    return router

def create_app():
    app = FastAPI()
    router = APIRouter()
    add_fish(router)
    add_fish(router, kind="snails")
    app.include_router(router, prefix=settings.api_prefix)
    app.include_router(plants(), prefix=settings.v2)
    return app

app = create_app()
`,
      },
      ['POST /api/fish', 'POST /api/snails', 'PUT /api/v2/plants/{name}', 'DELETE /api/v2/plants/{name}'],
    ],
    [
      'a controller with a base class, a subclass of APIRouter, and methods that are handlers',
      {
        'main.py': `
from typing import Generic, TypeVar
from fastapi import APIRouter, FastAPI

T = TypeVar("T")

class AuditedRouter(APIRouter):
    def __init__(self, *args, audit: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.audit = audit

    def add_api_route(self, path, endpoint, **kwargs):
        super().add_api_route("/audited" + path, endpoint, **kwargs)

class Controller(Generic[T]):
    prefix = "/things"

    def __init__(self):
        self.router = AuditedRouter(prefix=self.prefix)
        self.router.add_api_route("", self.all, methods=["GET"])
        self.router.get("/{id}")(self.one)

    def all(self): ...
    def one(self, id: int): ...

class Filters(Controller[int]):
    prefix = "/filters"

app = FastAPI()
app.include_router(Filters().router)
`,
      },
      ['GET /filters/audited', 'GET /filters/audited/{id}'],
    ],
    [
      'class-based views, whose methods are decorated in the class body',
      {
        'main.py': `
from fastapi import APIRouter, Depends, FastAPI
from fastapi_utils.cbv import cbv

router = APIRouter(prefix="/feedings")

@cbv(router)
class Feedings:
    keeper: str = Depends(lambda: "ann")

    @router.get("/")
    def all(self): ...

    @router.delete("/{id}", status_code=204)
    def cancel(self, id: int): ...

app = FastAPI()
app.include_router(router)
`,
      },
      ['GET /feedings/', 'DELETE /feedings/{id}'],
    ],
    [
      'mounted apps, lifespan, Starlette routes and several methods at once',
      {
        'main.py': `
from contextlib import asynccontextmanager
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount, Route

late = APIRouter()

@late.api_route("/pumps", methods=["GET", "POST"])
async def pumps(): ...

@asynccontextmanager
async def lifespan(app: FastAPI):
    app.include_router(late)
    yield

async def ping(request): ...

admin = FastAPI(routes=[Route("/ping", ping), Mount("/deep", routes=[Route("/pong", ping, methods=["POST"])])])
app = FastAPI(lifespan=lifespan)
app.mount("/admin", admin)
`,
      },
      ['GET /admin/ping', 'POST /admin/deep/pong', 'GET /pumps', 'POST /pumps'],
    ],
    [
      'modules that are found at run time, each with a router',
      {
        'main.py': `
import importlib
from fastapi import FastAPI
app = FastAPI()
for name in ("tanks", "keepers"):
    module = importlib.import_module(f"rooms.{name}")
    app.include_router(getattr(module, "router"))
`,
        'rooms/tanks.py': tanks,
        'rooms/keepers.py': tanks.replaceAll('tank', 'keeper'),
      },
      ['GET /tanks', 'GET /tanks/{tank_id}', 'GET /keepers', 'GET /keepers/{keeper_id}'],
    ],
    [
      'syntax newer than most, unquoted names of what comes later, and a cycle of imports',
      {
        'main.py': 'from fastapi import FastAPI\napp = FastAPI()\nimport corals  # noqa\n',
        'corals.py': `
from main import app
type Colour = str | None

class Reef[T]:
    def add(self, part: Coral) -> T: ...

class Coral: ...

@app.get("/corals")
def corals(colour: Colour = None):
    try:
        match colour:
            case "red" | "blue" as found if found:
                return [found]
            case _:
                pass
    except ValueError, KeyError:
        return []
`,
      },
      ['GET /corals'],
    ],
  ];

  test.each(cases)('%s', async (_title, files, expected) => {
    expect(await operationsOf(files)).toEqual(expected);
  });

  test('a condition of the environment goes with the operations under it', async () => {
    const model = await modelOfFiles({
      'main.py': `
import os
from fastapi import FastAPI
app = FastAPI()

@app.get("/tanks")
def tanks(): ...

if os.getenv("WITH_ADMIN"):
    @app.delete("/tanks")
    def drain(): ...
`,
    });

    expect(model.operations.map(({ id, condition }) => ({ id, condition }))).toEqual([
      { id: 'GET /tanks', condition: undefined },
      { id: 'DELETE /tanks', condition: 'os.getenv("WITH_ADMIN")' },
    ]);
  });

  test('a variable is needed where the code fails without it; what it is converted to is its shape', async () => {
    const { environment } = await modelOfFiles({
      'main.py': `
import os
from fastapi import FastAPI
app = FastAPI()
KEEPER = os.environ["KEEPER"]
DEPTH = int(os.environ["TANK_DEPTH"])
WIDTH = float(os.getenv("TANK_WIDTH"))
LIMIT = int(os.getenv("TANK_LIMIT", "9"))
os.environ["FEEDER"] = "sea"
FEEDER = os.environ["FEEDER"]
if os.getenv("PUMPS"):
    PUMPS = int(os.environ["PUMPS"])
`,
    });

    expect(environment.filter(({ required }) => required).map(({ name, schema }) => ({ name, schema }))).toEqual([
      { name: 'KEEPER', schema: undefined },
      { name: 'TANK_DEPTH', schema: { type: 'integer' } },
      { name: 'TANK_WIDTH', schema: { type: 'number' } },
    ]);
  });

  test('a syntax error in one module is a gap with its line, and the others are read', async () => {
    const model = await modelOfFiles({
      'main.py':
        'from fastapi import FastAPI\nimport broken\nfrom tanks import router\napp = FastAPI()\napp.include_router(router)\n',
      'broken.py': 'def feed(:\n    pass\n',
      'tanks.py': tanks,
    });

    expect(model.operations.map((operation) => operation.id)).toEqual(['GET /tanks', 'GET /tanks/{tank_id}']);
    expect(model.gaps.map((gap) => `${gap.source?.file ?? ''}:${gap.source?.line ?? 0}`)).toEqual(['broken.py:1']);
  });
});

test('the entry says which of several apps is served', async () => {
  const root = temporaryFolder('fastapi');
  writeFileSync(
    path.join(root, 'main.py'),
    `
from fastapi import FastAPI
metrics = FastAPI()

@metrics.get("/metrics")
def read(): ...

def create():
    app = FastAPI()

    @app.get("/tanks")
    def tanks(): ...

    return app
`,
  );

  expect((await fastapiModel(root, 'main.py#create')).operations.map((operation) => operation.id)).toEqual([
    'GET /tanks',
  ]);
  expect((await fastapiModel(root, 'main.py#metrics')).operations.map((operation) => operation.id)).toEqual([
    'GET /metrics',
  ]);
});

test('settings of settings are variables of their own, and a secret is its text', async () => {
  const model = await modelOfFiles({
    'main.py': `
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

class Security(BaseModel):
    issuer: str = "aquarium"
    key: SecretStr = SecretStr("not-so-secret")

class Settings(BaseSettings):
    security: Security = Field(default_factory=Security)
    model_config = SettingsConfigDict(env_nested_delimiter="__")

def settings() -> Settings:
    return Settings()

app = FastAPI()

def keeper(token: str = Depends(OAuth2PasswordBearer(tokenUrl="login"))):
    security = settings().security
    try:
        return jwt.decode(token, security.key.get_secret_value(), algorithms=["HS256"], issuer=security.issuer)
    except jwt.InvalidTokenError:
        raise HTTPException(401)

@app.post("/login")
def login():
    security = settings().security
    return jwt.encode({"sub": "1", "iss": security.issuer}, security.key.get_secret_value(), algorithm="HS256")

@app.get("/tanks")
def tanks(keeper=Depends(keeper)):
    return []
`,
  });

  const [scheme] = model.schemes;
  expect(scheme?.jwt).toMatchObject({
    issuer: 'aquarium',
    key: { kind: 'env', name: 'SECURITY__KEY', fallback: 'not-so-secret' },
  });
  expect(scheme?.otherTokens).toEqual([]);
});
