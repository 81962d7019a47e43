"""Clears away, at start, files that no row speaks for: what a crash between the two left behind."""

import asyncio
from uuid import UUID

import structlog

from domain.models import ClusteringRun, Dataset, Job
from domain.services import arrivals
from domain.services.runtime import Runtime

log = structlog.get_logger(__name__)


async def sweep(runtime: Runtime) -> int:
    """Delete orphaned folders and answer how many there were.

    A row is always there before its files, so files seen first and rows read after
    can't be of something that another process is just making.
    """
    swept = 0
    for room, owners in (("datasets", (Dataset, Job)), ("incoming", (Job,)), ("runs", (ClusteringRun,))):
        names = await asyncio.to_thread(runtime.storage.children, room)
        known: set[str] = set()
        for model in owners:
            ids = [UUID(name) for name in names if _is_id(name)]
            known |= {str(found) for found in await model.filter(id__in=ids).values_list("id", flat=True)}
        for orphan in set(names) - known:
            log.warning("deleting files that nothing speaks for", folder=f"{room}/{orphan}")
            await asyncio.to_thread(runtime.storage.delete, f"{room}/{orphan}")
            swept += 1
    await asyncio.to_thread(arrivals.sweep, runtime.settings)
    return swept


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
