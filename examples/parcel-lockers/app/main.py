from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlmodel import SQLModel

from .api import lockers, parcels
from .database import engine


@asynccontextmanager
async def lifespan(app: FastAPI):
    SQLModel.metadata.create_all(engine)
    yield


def create_app() -> FastAPI:
    app = FastAPI(title='Parcel lockers', lifespan=lifespan)
    app.include_router(lockers.router, prefix='/lockers', tags=['lockers'])
    app.include_router(parcels.router, prefix='/parcels', tags=['parcels'])

    @app.get('/health')
    def health() -> dict[str, str]:
        return {'status': 'ok'}

    return app


app = create_app()
