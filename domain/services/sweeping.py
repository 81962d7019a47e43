"""Clears away, at start, what crashes left behind: files that no row speaks for, and half-written ones."""

import asyncio
from uuid import UUID

import structlog
from tortoise.models import Model

from domain.models import ClusteringRun, Dataset, DatasetPrediction, Job
from domain.services import arrivals
from domain.services.runtime import Runtime

BATCH = 1_000
"""Ids asked for in one query: databases take so many parameters and no more."""

ROOMS: dict[str, tuple[type[Model], ...]] = {
    # Of an import the record is looked for first: it ends in the moment in which the dataset's begins.
    "datasets": (Job, Dataset),
    "incoming": (Job,),
    "runs": (ClusteringRun,),
    "predictions": (DatasetPrediction,),
}
"""The folders of the storage, and whose rows speak for what is in them."""

DRAFT_SECONDS = 3600
"""What is not published by now, and was not written to for so long, is nobody's: its worker was killed."""

log = structlog.get_logger(__name__)


async def sweep(runtime: Runtime) -> int:
    """Delete orphaned folders and answer how many there were; and the old drafts in all others.

    A row is always there before its files, so files seen first and rows read after
    can't be of something that another process is just making.
    """
    swept = 0
    for room, owners in ROOMS.items():
        children = await asyncio.to_thread(runtime.storage.children, room)
        names = [name for name in children if _is_id(name)]
        for start in range(0, len(names), BATCH):
            for orphan in await _orphans(names[start : start + BATCH], owners):
                log.warning("deleting files that nothing speaks for", folder=f"{room}/{orphan}")
                await asyncio.to_thread(runtime.storage.delete, f"{room}/{orphan}")
                swept += 1
        drafts = await asyncio.to_thread(runtime.storage.delete_old_drafts, room, seconds=DRAFT_SECONDS)
        if drafts:
            log.warning("deleted files that were never written to their end", folder=room, files=drafts)
    await asyncio.to_thread(arrivals.sweep, runtime.settings)
    return swept


async def _orphans(names: list[str], owners: tuple[type[Model], ...]) -> set[str]:
    orphans = set(names)
    for model in owners:
        ids = [UUID(name) for name in orphans]
        found = await model.filter(id__in=ids).values_list("id", flat=True)
        orphans -= {str(each) for each in found}
    return orphans


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
