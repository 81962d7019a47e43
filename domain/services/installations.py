"""Which database this is, and what only one may do in it at a time."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from tortoise.expressions import F

from domain.models import Installation
from domain.models.installations import ONLY


@dataclass
class Identity:
    """The identity of the database, read once: it stays as it is for as long as the database is there."""

    _known: UUID | None = None

    async def read(self) -> UUID:
        """Tell which database this is; one that has no identity yet is given one."""
        if self._known is None:
            self._known = await identity()
        return self._known


async def identity() -> UUID:
    """Read the identity of the database; one that has none yet is given one."""
    only = await Installation.get_or_none(id=ONLY)
    if only is None:
        await _make()
        only = await Installation.get(id=ONLY)
    return only.identity


async def hold() -> None:
    """Keep every other that holds the installation waiting, until the transaction ends."""
    # A write that changes nothing, for its lock: SQLite knows no other.
    if not await Installation.filter(id=ONLY).update(identity=F("identity")):
        await _make()
        await Installation.filter(id=ONLY).update(identity=F("identity"))


async def _make() -> None:
    # Of several that make it at once, one does; the others wait for it, and then find it.
    await Installation.bulk_create([Installation(id=ONLY, identity=uuid4())], ignore_conflicts=True)
