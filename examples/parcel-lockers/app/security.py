from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from .settings import Settings, get_settings

device_key = APIKeyHeader(name='X-Device-Key', auto_error=False)
bearer = HTTPBearer()


class Staff(BaseModel):
    sub: str
    role: str


def require_device(
    key: Annotated[str | None, Security(device_key)],
    settings: Annotated[Settings, Depends(get_settings)],
) -> None:
    if key is None:
        raise HTTPException(status_code=401, detail='Device key is missing')
    if key != settings.device_key:
        raise HTTPException(status_code=401, detail='Device key is unknown')


def current_staff(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    settings: Annotated[Settings, Depends(get_settings)],
) -> Staff:
    try:
        claims = jwt.decode(
            credentials.credentials,
            settings.token_secret,
            algorithms=['HS256'],
            audience='lockers',
        )
    except jwt.PyJWTError:
        raise HTTPException(status_code=401, detail='Token is not valid')
    return Staff(sub=claims['sub'], role=claims['role'])


class RequireRole:
    """Lets the given roles pass."""

    def __init__(self, *roles: str) -> None:
        self.roles = roles

    def __call__(self, staff: Annotated[Staff, Depends(current_staff)]) -> Staff:
        if staff.role not in self.roles:
            raise HTTPException(status_code=403, detail='Role is not sufficient')
        return staff


any_staff = RequireRole('support', 'operator', 'manager')
operators = RequireRole('operator', 'manager')
managers = RequireRole('manager')
