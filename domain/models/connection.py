"""How to reach the database: SQLite in WAL mode, or PostgreSQL through asyncpg."""

from enum import StrEnum
from pathlib import Path
from typing import Any


class Dialect(StrEnum):
    """The two databases that are supported."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


def dialect_of(url: str) -> Dialect:
    """Tell the database by its address."""
    return Dialect.SQLITE if url.startswith("sqlite://") else Dialect.POSTGRES


def config(url: str) -> dict[str, Any]:
    """Build Tortoise's configuration for a database address."""
    return {
        "connections": {"default": _connection(url)},
        "apps": {"models": {"models": ["domain.models", "aerich.models"], "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def _connection(url: str) -> dict[str, Any] | str:
    if dialect_of(url) is Dialect.POSTGRES:
        # Tortoise hands parameters on by their names in Python, not by those of a PostgreSQL URL.
        return url.replace("postgres://", "asyncpg://", 1).replace("sslmode=", "ssl=")
    path = Path(url.removeprefix("sqlite://"))
    if str(path) != ":memory:":
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {
        "engine": "tortoise.backends.sqlite",
        "credentials": {
            "file_path": str(path),
            # First: the pragmas after it may have to wait for another process.
            "busy_timeout": 15_000,
            "journal_mode": "WAL",
            # In WAL mode a crash of the process loses nothing at NORMAL; a power cut
            # may lose the last transactions but never the file.
            "synchronous": "NORMAL",
            "foreign_keys": "ON",
        },
    }
