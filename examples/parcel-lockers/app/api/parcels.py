import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from sqlmodel import Session, select

from .. import carrier
from ..database import get_db
from ..models import Arrival, Collection, Locker, Parcel, ParcelCreate, ParcelRead
from ..security import Staff, any_staff, operators, require_device

router = APIRouter()


def parcel_or_404(parcel_id: int, db: Annotated[Session, Depends(get_db)]) -> Parcel:
    parcel = db.get(Parcel, parcel_id)
    if not parcel:
        raise HTTPException(status_code=404, detail='Parcel not found')
    return parcel


@router.post('/', response_model=Arrival, status_code=201, dependencies=[Depends(require_device)])
def drop_off(parcel_in: ParcelCreate, db: Annotated[Session, Depends(get_db)]):
    locker = db.get(Locker, parcel_in.locker_id)
    if locker is None:
        raise HTTPException(status_code=404, detail='Locker not found')
    if locker.out_of_order:
        raise HTTPException(status_code=409, detail='Locker is out of order')
    if db.exec(select(Parcel).where(Parcel.tracking == parcel_in.tracking)).first():
        raise HTTPException(status_code=409, detail='Parcel has arrived already')
    try:
        carrier.announce_arrival(parcel_in.tracking, locker.label)
    except carrier.CarrierRefused:
        raise HTTPException(status_code=422, detail='Carrier does not know the parcel')
    parcel = Parcel(
        locker_id=parcel_in.locker_id,
        tracking=parcel_in.tracking,
        weight_grams=parcel_in.weight_grams,
        recipient=parcel_in.recipient,
        pickup_code=f'{secrets.randbelow(1_000_000):06}',
    )
    db.add(parcel)
    db.commit()
    db.refresh(parcel)
    return parcel


@router.get('/', response_model=list[ParcelRead], dependencies=[Depends(any_staff)])
def list_parcels(db: Annotated[Session, Depends(get_db)]):
    return db.exec(select(Parcel).order_by(Parcel.id)).all()


@router.get('/{parcel_id}', response_model=ParcelRead)
def read_parcel(
    parcel: Annotated[Parcel, Depends(parcel_or_404)], staff: Annotated[Staff, Depends(any_staff)]
):
    return parcel


@router.post('/{parcel_id}/collect', response_model=ParcelRead)
def collect(
    collection: Collection,
    parcel: Annotated[Parcel, Depends(parcel_or_404)],
    db: Annotated[Session, Depends(get_db)],
):
    if parcel.pickup_code != collection.pickup_code:
        raise HTTPException(status_code=403, detail='Wrong pickup code')
    if parcel.status != 'waiting':
        raise HTTPException(status_code=409, detail='Parcel is not waiting')
    parcel.status = 'collected'
    parcel.collected_by = collection.collected_by
    db.add(parcel)
    db.commit()
    db.refresh(parcel)
    return parcel


@router.post('/{parcel_id}/return', response_model=ParcelRead, dependencies=[Depends(operators)])
def send_back(
    parcel: Annotated[Parcel, Depends(parcel_or_404)], db: Annotated[Session, Depends(get_db)]
):
    if parcel.status != 'waiting':
        raise HTTPException(status_code=409, detail='Parcel is not waiting')
    carrier.announce_return(parcel.tracking)
    parcel.status = 'returned'
    db.add(parcel)
    db.commit()
    db.refresh(parcel)
    return parcel
