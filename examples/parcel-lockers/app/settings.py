from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file='.env')

    device_key: str
    token_secret: str
    carrier_url: str = 'https://carrier.example/v2'
    database_url: str = 'sqlite:///lockers.db'
    storage_days: int = 7


@lru_cache
def get_settings() -> Settings:
    return Settings()
