from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from studio.bookings import StudioError
from studio.db import engine
from studio.models import Base
from studio.routers import auth, bookings, workshops


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="Pottery studio", lifespan=lifespan)
app.include_router(auth.router)
app.include_router(workshops.router)
app.include_router(bookings.router)


@app.exception_handler(StudioError)
async def refuse(_request: Request, error: StudioError) -> JSONResponse:
    return JSONResponse({"error": error.code}, error.status)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
