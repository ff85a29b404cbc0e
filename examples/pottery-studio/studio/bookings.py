"""What may be booked, and by whom."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from studio.models import Booking, User, Workshop


class StudioError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


async def find_workshop(session: AsyncSession, workshop_id: int) -> Workshop:
    workshop = await session.get(Workshop, workshop_id)
    if workshop is None:
        raise StudioError(404, "workshop_not_found")
    return workshop


async def find_booking(session: AsyncSession, booking_id: int, user: User) -> Booking:
    booking = await session.get(Booking, booking_id)
    if booking is None:
        raise StudioError(404, "booking_not_found")
    if booking.user_id != user.id:
        raise StudioError(403, "not_your_booking")
    return booking


async def book(session: AsyncSession, workshop_id: int, user: User, guests: int) -> Booking:
    workshop = await find_workshop(session, workshop_id)
    if workshop.cancelled:
        raise StudioError(409, "workshop_cancelled")
    existing = await session.scalar(
        select(Booking).where(Booking.workshop_id == workshop_id, Booking.user_id == user.id)
    )
    if existing is not None:
        raise StudioError(409, "already_booked")
    taken = await session.scalar(
        select(func.coalesce(func.sum(Booking.guests), 0)).where(Booking.workshop_id == workshop_id)
    )
    if taken + guests > workshop.places:
        raise StudioError(409, "workshop_full")
    booking = Booking(
        workshop_id=workshop_id,
        user_id=user.id,
        guests=guests,
        total=workshop.price * guests,
    )
    session.add(booking)
    await session.commit()
    return booking


async def cancel(session: AsyncSession, booking: Booking) -> None:
    if booking.status != "booked":
        raise StudioError(409, "not_booked")
    booking.status = "cancelled"
    await session.commit()
