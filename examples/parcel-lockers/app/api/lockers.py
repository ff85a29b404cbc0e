from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from sqlmodel import Session, select

from ..database import get_db
from ..models import Locker, LockerCreate, LockerRead, LockerUpdate, Parcel, Size
from ..security import managers, operators

router = APIRouter()


def locker_or_404(locker_id: int, db: Annotated[Session, Depends(get_db)]) -> Locker:
    locker = db.get(Locker, locker_id)
    if locker is None:
        raise HTTPException(status_code=404, detail='Locker not found')
    return locker


@router.get('/', response_model=list[LockerRead])
def list_lockers(
    db: Annotated[Session, Depends(get_db)],
    size: Size | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
):
    query = select(Locker).order_by(Locker.id).offset(offset).limit(limit)
    if size is not None:
        query = query.where(Locker.size == size)
    return db.exec(query).all()


@router.post('/', response_model=LockerRead, status_code=201, dependencies=[Depends(operators)])
def add_locker(locker_in: LockerCreate, db: Annotated[Session, Depends(get_db)]):
    if db.exec(select(Locker).where(Locker.label == locker_in.label)).first():
        raise HTTPException(status_code=409, detail='Label is taken')
    locker = Locker.model_validate(locker_in)
    db.add(locker)
    db.commit()
    db.refresh(locker)
    return locker


@router.get('/{locker_id}', response_model=LockerRead)
def read_locker(locker: Annotated[Locker, Depends(locker_or_404)]):
    return locker


@router.patch('/{locker_id}', response_model=LockerRead, dependencies=[Depends(operators)])
def change_locker(
    change: LockerUpdate,
    locker: Annotated[Locker, Depends(locker_or_404)],
    db: Annotated[Session, Depends(get_db)],
):
    locker.sqlmodel_update(change.model_dump(exclude_unset=True))
    db.add(locker)
    db.commit()
    db.refresh(locker)
    return locker


@router.delete('/{locker_id}', status_code=204, dependencies=[Depends(managers)])
def remove_locker(
    locker: Annotated[Locker, Depends(locker_or_404)],
    db: Annotated[Session, Depends(get_db)],
):
    if db.exec(select(Parcel).where(Parcel.locker_id == locker.id)).first():
        raise HTTPException(status_code=409, detail='Locker has parcels')
    db.delete(locker)
    db.commit()
