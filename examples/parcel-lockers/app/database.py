from collections.abc import Iterator

from sqlmodel import Session, create_engine

from .settings import get_settings

engine = create_engine(get_settings().database_url, connect_args={'check_same_thread': False})


def get_db() -> Iterator[Session]:
    with Session(engine) as session:
        yield session
