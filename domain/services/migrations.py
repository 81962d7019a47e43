"""Brings the database's schema up to date, and back."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aerich import Command
from aerich.exceptions import DowngradeError, NotSupportError
from aerich.models import Aerich
from filelock import AsyncFileLock
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, OperationalError

import migrations
from domain.errors import Conflict, Unavailable
from domain.models import connection
from domain.models.connection import Dialect

# Any number will do, as long as every process takes the same.
_LOCK = 7_305_410_923


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """The migrations that are in the database, and those that are not yet."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]


async def up(url: str) -> list[str]:
    """Apply what is pending, under a lock that keeps other processes waiting; answers their names."""
    async with _locked(url), _command(url) as command:
        return list(await command.upgrade())


async def down(url: str) -> str:
    """Take back the newest migration and what it holds; answers its name.

    Raises Conflict when there is none.
    """
    async with _locked(url), _command(url) as command:
        try:
            return (await command.downgrade(-1, delete=False))[0]
        except DowngradeError:
            raise Conflict("there is no migration to take back") from None


async def status(url: str) -> MigrationStatus:
    """Tell what is applied and what is pending."""
    async with _command(url):
        waiting = await pending(url)
    return MigrationStatus(tuple(name for name in _files(url) if name not in waiting), waiting)


async def drifted() -> list[str]:
    """Name the databases whose newest migration does not say what the models say; asks no database."""
    urls = {Dialect.SQLITE: "sqlite://:memory:", Dialect.POSTGRES: "postgres://nobody@localhost/nowhere"}
    return [dialect for dialect, url in urls.items() if await _has_drifted(url)]


async def _has_drifted(url: str) -> bool:
    before = _files(url)
    async with _command(url, offline=True) as command:
        try:
            await command.migrate("drift", no_input=True, offline=True)
        except NotSupportError:
            # SQLite can't alter a column: aerich leaves such a migration to be written by hand.
            return True
    made = [name for name in _files(url) if name not in before]
    for name in made:
        (location(url) / "models" / name).unlink()
    return bool(made)


async def pending(url: str) -> tuple[str, ...]:
    """Tell what is pending, over the connection that is open already."""
    try:
        applied: set[object] = set(await Aerich.all().values_list("version", flat=True))
    except OperationalError:
        # No table of applied migrations yet: all are pending.
        applied = set()
    return tuple(name for name in _files(url) if name not in applied)


def location(url: str) -> Path:
    """The folder of the migrations for this kind of database, as aerich wants it."""
    return Path(migrations.__path__[0]) / connection.dialect_of(url)


def _files(url: str) -> list[str]:
    names = [path.name for path in (location(url) / "models").glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.partition("_")[0]))


@asynccontextmanager
async def _command(url: str, *, offline: bool = False) -> AsyncIterator[Command]:
    config = connection.config(url)
    # A context of its own: aerich would reuse one that is open, even when it is closed by now.
    async with TortoiseContext() as context:
        await context.init(config=config)
        command = Command(config, app="models", location=str(location(url)))
        try:
            await command.init(offline=offline)
        except (BaseORMException, sqlite3.Error, OSError) as error:
            raise Unavailable(f"the database can't be used: {error}") from error
        yield command


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[None]:
    """Hold a lock that every process on this database asks for before it migrates."""
    if connection.dialect_of(url) is Dialect.POSTGRES:
        raw = await _connected(url)
        try:
            await raw.execute("SELECT pg_advisory_lock($1)", _LOCK)
            yield
        finally:
            # The lock ends with its connection.
            await raw.close()
    else:
        path = Path(url.removeprefix("sqlite://"))
        lock = AsyncFileLock(path.with_name(f"{path.name}.lock"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            await lock.acquire()
        except OSError as error:
            raise Unavailable(f"the database's folder can't be used: {error}") from error
        try:
            yield
        finally:
            await lock.release()


async def _connected(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"the database can't be reached: {error}") from error
