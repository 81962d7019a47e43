"""Fresh databases for single tests: empty ones, or copies of one that was filled once."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

Fill: TypeAlias = Callable[[str], None]
"""Fills the empty database at an address, and lets go of it."""


class Templates:
    """What fresh databases are copied from, filled when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Fill, Path] = {}
        self._names: dict[tuple[str, Fill], str] = {}

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

    def drop(self) -> None:
        """Remove the filled databases from servers that outlive the tests."""
        for (admin, _), name in self._names.items():
            execute(admin, f"DROP DATABASE {name} WITH (FORCE)")


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
    """Run one SQL statement. In a thread of its own: the caller's may have an event loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _execute(address, statement)).result()


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _new_name() -> str:
    return f"segmentgraph_test_{uuid4().hex}"
