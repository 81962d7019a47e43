"""What is done before a server serves."""

import asyncio
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from domain.errors import Unavailable
from domain.models import Installation
from domain.models.installations import ONLY
from domain.services import migrations, sweeping
from domain.services.runtime import Runtime, opened
from domain.settings import PREFIX, Settings

MARKER = "segmentgraph-installation"
"""The file in the storage that tells which database its files belong to."""


async def prepare(settings: Settings) -> None:
    """Bring the database up to date, see that the storage is its own, and clear away what a crash left.

    Raises Unavailable when the database is away, or the storage somebody else's.
    """
    await migrations.up(settings.database)
    async with opened(settings) as runtime:
        await recognise(runtime)
        await sweeping.sweep(runtime)


async def recognise(runtime: Runtime) -> None:
    """See that the storage belongs to this database: what no row of it speaks for will be deleted there.

    An empty storage becomes this database's. Raises Unavailable for one that is
    another's, or that was in use before for something else.
    """
    identity = await _identity()
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


async def _identity() -> UUID:
    try:
        return (await Installation.create(id=ONLY, identity=uuid4())).identity
    except IntegrityError:
        return (await Installation.get(id=ONLY)).identity


def _owner(runtime: Runtime) -> str | None:
    if not runtime.storage.exists(MARKER):
        return None
    return runtime.storage.read_bytes(MARKER).decode()


def _is_in_use(runtime: Runtime) -> bool:
    return any(runtime.storage.children(room) for room in sweeping.ROOMS)
