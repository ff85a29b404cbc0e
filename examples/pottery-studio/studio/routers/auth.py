from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from studio.db import get_session
from studio.models import User
from studio.schemas import Registration, Token, UserOut
from studio.security import Guest, hash_password, issue_token, password_matches

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/register", response_model=UserOut, status_code=status.HTTP_201_CREATED)
async def register(
    registration: Registration, session: Annotated[AsyncSession, Depends(get_session)]
) -> User:
    known = await session.scalar(select(User).where(User.email == registration.email))
    if known is not None:
        raise HTTPException(status.HTTP_409_CONFLICT, "email_taken")
    user = User(
        email=registration.email,
        name=registration.name,
        password_hash=hash_password(registration.password),
    )
    session.add(user)
    await session.commit()
    return user


@router.post("/token")
async def token(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    session: Annotated[AsyncSession, Depends(get_session)],
) -> Token:
    user = await session.scalar(select(User).where(User.email == form.username))
    if user is None or not password_matches(form.password, user.password_hash):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "wrong_credentials")
    return Token(access_token=issue_token(user))


@router.get("/me", response_model=UserOut)
async def me(user: Guest) -> User:
    return user
