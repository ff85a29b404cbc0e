from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, EmailStr, Field


class Level(StrEnum):
    beginner = "beginner"
    advanced = "advanced"
    masters = "masters"


class Registration(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: EmailStr
    name: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=10, max_length=72)]


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class WorkshopIn(BaseModel):
    title: Annotated[str, Field(min_length=3, max_length=80)]
    level: Level
    day: date
    places: Annotated[int, Field(ge=1, le=12)]
    price: Annotated[int, Field(ge=0)]


class WorkshopChange(BaseModel):
    title: Annotated[str, Field(min_length=3, max_length=80)] | None = None
    places: Annotated[int, Field(ge=1, le=12)] | None = None
    cancelled: bool | None = None


class WorkshopOut(WorkshopIn):
    model_config = ConfigDict(from_attributes=True)

    id: int
    cancelled: bool


class BookingIn(BaseModel):
    guests: Annotated[int, Field(ge=1, le=4)] = 1


class BookingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    workshop_id: int
    user_id: int
    guests: int
    total: int
    status: str
    created_at: datetime
