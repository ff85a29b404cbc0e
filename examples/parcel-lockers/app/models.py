from datetime import datetime, timezone
from enum import Enum

from sqlmodel import Field, SQLModel


class Size(str, Enum):
    small = 'small'
    medium = 'medium'
    large = 'large'


class LockerBase(SQLModel):
    label: str = Field(min_length=2, max_length=12, unique=True)
    size: Size
    street: str = Field(min_length=3, max_length=120)


class Locker(LockerBase, table=True):
    id: int | None = Field(default=None, primary_key=True)
    out_of_order: bool = False


class LockerCreate(LockerBase):
    pass


class LockerUpdate(SQLModel):
    street: str | None = Field(default=None, min_length=3, max_length=120)
    out_of_order: bool | None = None


class LockerRead(LockerBase):
    id: int
    out_of_order: bool


class ParcelCreate(SQLModel):
    locker_id: int
    tracking: str = Field(min_length=8, max_length=20)
    weight_grams: int = Field(gt=0, le=20_000)
    recipient: str = Field(min_length=2, max_length=80)


class Parcel(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    locker_id: int = Field(foreign_key='locker.id', index=True)
    tracking: str = Field(unique=True)
    weight_grams: int
    recipient: str
    pickup_code: str
    status: str = 'waiting'
    collected_by: str | None = None
    arrived_at: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))


class ParcelRead(SQLModel):
    id: int
    locker_id: int
    tracking: str
    weight_grams: int
    recipient: str
    status: str
    collected_by: str | None


class Arrival(ParcelRead):
    """What the courier's device prints: the code is told once."""

    pickup_code: str


class Collection(SQLModel):
    pickup_code: str = Field(min_length=6, max_length=6)
    collected_by: str = Field(min_length=2, max_length=80)
