from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from studio import bookings
from studio.db import get_session
from studio.mail import send_mail
from studio.models import Booking
from studio.schemas import BookingOut
from studio.security import Guest

router = APIRouter(prefix="/bookings", tags=["bookings"])
Session = Annotated[AsyncSession, Depends(get_session)]


@router.get("", response_model=list[BookingOut])
async def list_bookings(session: Session, user: Guest) -> list[Booking]:
    query = select(Booking).where(Booking.user_id == user.id).order_by(Booking.id)
    return list(await session.scalars(query))


@router.get("/{booking_id}", response_model=BookingOut)
async def get_booking(booking_id: int, session: Session, user: Guest) -> Booking:
    return await bookings.find_booking(session, booking_id, user)


@router.delete("/{booking_id}", status_code=status.HTTP_204_NO_CONTENT)
async def cancel_booking(
    booking_id: int, session: Session, user: Guest, background: BackgroundTasks
) -> None:
    booking = await bookings.find_booking(session, booking_id, user)
    await bookings.cancel(session, booking)
    background.add_task(send_mail, user.email, "Your booking is cancelled", f"Booking {booking.id}")
