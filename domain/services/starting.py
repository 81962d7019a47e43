"""What is done before a server serves, and before a command works on what servers keep."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import Unavailable
from domain.services import installations, migrations, operators, sweeping
from domain.services.operators import FirstAdministrator
from domain.services.runtime import Runtime, opened
from domain.settings import PREFIX, Settings

MARKER = "segmentgraph-installation"
"""The file in the storage that tells which database its files belong to."""


async def prepare(settings: Settings) -> FirstAdministrator | None:
    """Bring the database up to date, see that the storage is its own, and clear away what a crash left.

    Answers the administrator that it made, where nobody could sign in yet. Raises
    Unavailable when the database is away, or the storage somebody else's; WrongSetting
    when the administrator's password in the settings is too weak.
    """
    async with at_hand(settings) as runtime:
        await recognise(runtime)
        await sweeping.sweep(runtime)
        return await operators.make_first_administrator(runtime)


@asynccontextmanager
async def at_hand(settings: Settings) -> AsyncIterator[Runtime]:
    """Open the database, brought up to date, beside servers that run or without one.

    Raises Unavailable when it is away.
    """
    await migrations.up(settings.database)
    async with opened(settings) as runtime:
        yield runtime


async def recognise(runtime: Runtime) -> None:
    """See that the storage belongs to this database: what no row of it speaks for will be deleted there.

    An empty storage becomes this database's. Raises Unavailable for one that is
    another's, or that was in use before for something else.
    """
    identity = await installations.identity()
    owner = await asyncio.to_thread(_owner, runtime)
    if owner == str(identity):
        return
    if owner is not None:
        raise Unavailable(
            f"the files in {runtime.settings.storage} belong to another database than {PREFIX}DATABASE_URL: "
            f"go back to that one, or name a {PREFIX}STORAGE_URL of its own for this one"
        )
    if await asyncio.to_thread(_is_in_use, runtime):
        raise Unavailable(
            f"{runtime.settings.storage} has files already that are not SegmentGraph's: "
            f"name an empty folder in {PREFIX}STORAGE_URL"
        )
    await asyncio.to_thread(runtime.storage.write_bytes, MARKER, str(identity).encode())


def _owner(runtime: Runtime) -> str | None:
    if not runtime.storage.exists(MARKER):
        return None
    return runtime.storage.read_bytes(MARKER).decode()


def _is_in_use(runtime: Runtime) -> bool:
    return any(runtime.storage.children(room) for room in sweeping.ROOMS)
