"""Fresh databases for single tests: empty ones, or such as were filled once and have nothing else in them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

T = TypeVar("T")

Fill: TypeAlias = Callable[[str], None]
"""Fills the empty database at an address, and lets go of it."""


class Templates:
    """What fresh databases are copied from, filled when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Fill, Path] = {}
        self._names: dict[tuple[str, Fill], str] = {}
        self._idle: dict[tuple[str, Fill], list[_Lendable]] = {}

    def file(self, fill: Fill) -> Path:
        """Give the SQLite file that `fill` has filled."""
        if fill not in self._files:
            path = self._folder / f"{uuid4().hex}.sqlite3"
            fill(f"sqlite://{path}")
            self._files[fill] = path
        return self._files[fill]

    def name(self, admin: str, fill: Fill) -> str:
        """Name the PostgreSQL database that `fill` has filled."""
        if (admin, fill) not in self._names:
            name = _new_name()
            execute(admin, f"CREATE DATABASE {name}")
            fill(address_of(admin, name))
            self._names[admin, fill] = name
        return self._names[admin, fill]

    @contextmanager
    def lent(self, admin: str, fill: Fill) -> Iterator[str]:
        """Give the address of a PostgreSQL database in which is what `fill` fills in, and nothing else.

        The next one gets the same database, emptied: a hundred times quicker than to copy it. Where
        that cannot be, since somebody changed more than rows, the next one gets a copy.
        """
        idle = self._idle.setdefault((admin, fill), [])
        lendable = idle.pop() if idle else _lendable(admin, self.name(admin, fill))
        kept = False
        try:
            yield lendable.address
            kept = in_thread(lendable.empty())
        finally:
            if kept:
                idle.append(lendable)
            else:
                execute(admin, f"DROP DATABASE {lendable.name} WITH (FORCE)")

    def drop(self) -> None:
        """Remove the filled databases from servers that outlive the tests."""
        for (admin, _), idle in self._idle.items():
            for lendable in idle:
                execute(admin, f"DROP DATABASE {lendable.name} WITH (FORCE)")
        for (admin, _), name in self._names.items():
            execute(admin, f"DROP DATABASE {name} WITH (FORCE)")


@dataclass(frozen=True)
class _Lendable:
    """A copy of a filled database.

    `emptied` are the tables that have no rows in it, `filled` those that have; `shape` tells what it
    was like before anybody had it.
    """

    name: str
    address: str
    emptied: tuple[str, ...]
    filled: tuple[str, ...]
    shape: str

    async def empty(self) -> bool:
        """Take out the rows that were put in; false where that does not make it what it was."""
        async with _connected(self.address) as connection:
            if await connection.fetchval("SHOW is_superuser") != "on":
                return False
            await connection.execute(ALONE)
            if await _shape(connection, self.filled) != self.shape:
                return False
            deletes = "; ".join(f"DELETE FROM {table}" for table in self.emptied)  # noqa: S608  # ours
            # As a replica does it: no references are looked at, since no row stays to refer to any.
            await connection.execute(
                f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT"
            )
            return True


ALONE = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""

# Whatever changes a table writes rows of these anew.
SHAPE = " UNION ALL ".join(
    f"SELECT '{catalog}', count(*), max(xmin::text::bigint) FROM {catalog}"  # noqa: S608  # ours
    for catalog in ("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_trigger", "pg_type")
)


async def _shape(connection: asyncpg.Connection, filled: tuple[str, ...]) -> str:
    """Tell what a database is like, but for the rows of tables that were empty at first."""
    rows = [await connection.fetch(f"SELECT t::text FROM {table} t ORDER BY 1") for table in filled]  # noqa: S608  # ours
    return str([await connection.fetch(SHAPE), rows])


def _lendable(admin: str, template: str) -> _Lendable:
    name = _new_name()
    execute(admin, f"CREATE DATABASE {name} TEMPLATE {template}")
    return in_thread(_looked_at(name, address_of(admin, name)))


async def _looked_at(name: str, address: str) -> _Lendable:
    async with _connected(address) as connection:
        tables = await connection.fetch(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        )
        filled: list[str] = []
        emptied: list[str] = []
        for (table,) in tables:
            some = await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608  # ours
            (filled if some else emptied).append(table)
        shape = await _shape(connection, tuple(filled))
        return _Lendable(name, address, tuple(emptied), tuple(filled), shape)


def fresh_sqlite(folder: Path, template: Path | None = None) -> str:
    """Give the address of a fresh SQLite database in `folder`."""
    path = folder / "segmentgraph.sqlite3"
    if template:
        shutil.copy(template, path)
    return f"sqlite://{path}"


@contextmanager
def fresh_postgres(admin: str, template: str | None = None) -> Iterator[str]:
    """Make a PostgreSQL database, give its address, and drop it with whatever still holds it."""
    name = _new_name()
    execute(admin, f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
    try:
        yield address_of(admin, name)
    finally:
        execute(admin, f"DROP DATABASE {name} WITH (FORCE)")


def address_of(admin: str, name: str) -> str:
    """Address another database of the same server."""
    return urlsplit(admin)._replace(path=f"/{name}").geturl()


def execute(address: str, statement: str) -> None:
    """Run one SQL statement."""
    in_thread(_execute(address, statement))


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Wait for a coroutine in a thread of its own: the caller's may have an event loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _execute(address: str, statement: str) -> None:
    async with _connected(address) as connection:
        await connection.execute(statement)


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(address)
    try:
        yield connection
    finally:
        await connection.close()


def _new_name() -> str:
    return f"segmentgraph_test_{uuid4().hex}"
