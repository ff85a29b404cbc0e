from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    jwt_secret: str
    database_url: str = "sqlite+aiosqlite:///./pottery.db"
    token_minutes: int = 30
    bcrypt_rounds: int = 12
    smtp_host: str = "localhost"
    mail_from: str = "studio@pottery.example"


settings = Settings()
