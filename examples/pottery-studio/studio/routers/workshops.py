from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Query, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from studio import bookings
from studio.db import get_session
from studio.mail import send_mail
from studio.models import Booking, Workshop
from studio.schemas import BookingIn, BookingOut, Level, WorkshopChange, WorkshopIn, WorkshopOut
from studio.security import Guest, Instructor

router = APIRouter(prefix="/workshops", tags=["workshops"])
Session = Annotated[AsyncSession, Depends(get_session)]


@router.get("", response_model=list[WorkshopOut])
async def list_workshops(
    session: Session,
    level: Level | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> list[Workshop]:
    query = select(Workshop).order_by(Workshop.id).limit(limit)
    if level is not None:
        query = query.where(Workshop.level == level.value)
    return list(await session.scalars(query))


@router.post("", response_model=WorkshopOut, status_code=status.HTTP_201_CREATED)
async def plan_workshop(
    workshop_in: WorkshopIn, session: Session, instructor: Instructor
) -> Workshop:
    workshop = Workshop(
        title=workshop_in.title,
        level=workshop_in.level.value,
        day=workshop_in.day,
        places=workshop_in.places,
        price=workshop_in.price,
    )
    session.add(workshop)
    await session.commit()
    return workshop


@router.get("/{workshop_id}", response_model=WorkshopOut)
async def get_workshop(workshop_id: int, session: Session) -> Workshop:
    return await bookings.find_workshop(session, workshop_id)


@router.patch("/{workshop_id}", response_model=WorkshopOut)
async def change_workshop(
    workshop_id: int, change: WorkshopChange, session: Session, instructor: Instructor
) -> Workshop:
    workshop = await bookings.find_workshop(session, workshop_id)
    for field, value in change.model_dump(exclude_none=True).items():
        setattr(workshop, field, value)
    await session.commit()
    return workshop


@router.delete("/{workshop_id}", status_code=status.HTTP_204_NO_CONTENT)
async def drop_workshop(workshop_id: int, session: Session, instructor: Instructor) -> None:
    workshop = await bookings.find_workshop(session, workshop_id)
    booked = await session.scalar(select(Booking).where(Booking.workshop_id == workshop_id))
    if booked is not None:
        raise bookings.StudioError(409, "workshop_has_bookings")
    await session.delete(workshop)
    await session.commit()


@router.post(
    "/{workshop_id}/bookings", response_model=BookingOut, status_code=status.HTTP_201_CREATED
)
async def book_workshop(
    workshop_id: int,
    booking_in: BookingIn,
    session: Session,
    user: Guest,
    background: BackgroundTasks,
) -> Booking:
    booking = await bookings.book(session, workshop_id, user, booking_in.guests)
    background.add_task(
        send_mail, user.email, "Your place is booked", f"Booking {booking.id}: {booking.guests}"
    )
    return booking
