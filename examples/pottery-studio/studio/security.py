from datetime import UTC, datetime, timedelta
from typing import Annotated

import bcrypt
import jwt
from fastapi import Depends, HTTPException, Security, status
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from sqlalchemy.ext.asyncio import AsyncSession

from studio.config import settings
from studio.db import get_session
from studio.models import User

ALGORITHM = "HS256"

oauth2 = OAuth2PasswordBearer(
    tokenUrl="/auth/token",
    scopes={"bookings": "Book places.", "workshops": "Plan workshops."},
)


def hash_password(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(settings.bcrypt_rounds)).decode()


def password_matches(password: str, stored: str) -> bool:
    return bcrypt.checkpw(password.encode(), stored.encode())


def issue_token(user: User) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=settings.token_minutes)
    claims = {"sub": str(user.id), "scopes": user.scopes.split(), "exp": expires}
    return jwt.encode(claims, settings.jwt_secret, algorithm=ALGORITHM)


async def current_user(
    required: SecurityScopes,
    token: Annotated[str, Depends(oauth2)],
    session: Annotated[AsyncSession, Depends(get_session)],
) -> User:
    try:
        claims = jwt.decode(token, settings.jwt_secret, algorithms=[ALGORITHM])
    except jwt.InvalidTokenError as error:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, "invalid_token", {"WWW-Authenticate": "Bearer"}
        ) from error
    user = await session.get(User, int(claims["sub"]))
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "unknown_user")
    for scope in required.scopes:
        if scope not in claims.get("scopes", []):
            raise HTTPException(status.HTTP_403_FORBIDDEN, "scope_missing")
    return user


Guest = Annotated[User, Security(current_user, scopes=["bookings"])]
Instructor = Annotated[User, Security(current_user, scopes=["workshops"])]
