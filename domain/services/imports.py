"""What upload, preview and update share: work on one table, in a worker, that somebody waits for.

It leaves nothing behind when it fails, and when its client hangs up.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import structlog

from domain.engine.engine import Unreachable, WorkerLost
from domain.errors import Conflict, UnreadableFile
from domain.models import Dataset, Job
from domain.models.datasets import folder_of as dataset_folder
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.settings import Settings
from domain.storage import artifacts
from domain.terms.imports import ImportLimits
from domain.terms.jobs import JobKind, JobStatus, Lane

log = structlog.get_logger(__name__)

Outcome = TypeVar("Outcome")

GIVEN_UP = "the work on the table was silent for too long and was given up: send the request again"

TRIES = 2
"""How often the work is begun: a worker may die for another job's sake."""


@asynccontextmanager
async def recorded(runtime: Runtime) -> AsyncIterator[Job]:
    """Hold the record of the work, and leave no trace of it when it fails.

    The record tells a sweep that the files are somebody's. A dataset and its import share their id.
    """
    job_id = new_id()
    runtime.importing.add(job_id)
    try:
        yield await Job.create(
            id=job_id,
            kind=JobKind.IMPORT,
            status=JobStatus.RUNNING,
            attempt=1,
            owner=runtime.identity,
            beat_at=now(),
            stage="RECEIVED",
            created_at=now(),
            started_at=now(),
        )
    except BaseException:
        # Also when the request is canceled, be it while the record was made: what undoes the
        # work may not be.
        await asyncio.shield(asyncio.create_task(abandon(runtime, job_id)))
        raise
    finally:
        runtime.importing.discard(job_id)
    await asyncio.to_thread(runtime.storage.delete, folder_of(job_id))


@asynccontextmanager
async def passing(runtime: Runtime) -> AsyncIterator[Job]:
    """Hold the record of work whose answer is all that is wanted: nothing stays when it succeeds either."""
    async with recorded(runtime) as job:
        yield job
        await abandon(runtime, job.id)


async def abandon(runtime: Runtime, job_id: UUID) -> None:
    """Clear away work that came to nothing: its files, then its record."""
    await asyncio.to_thread(runtime.storage.delete, folder_of(job_id))
    if not await Dataset.exists(id=job_id):
        await asyncio.to_thread(runtime.storage.delete, dataset_folder(job_id))
    await Job.filter(id=job_id).delete()


async def work(
    runtime: Runtime,
    job: Job,
    program: str,
    order: object,
    kind: type[Outcome],
    blamed: Sequence[str],
    file: Path | None = None,
) -> Outcome:
    """Have a program carry out an order, and answer its outcome; a file is put to its `source_key`.

    `blamed` is the path of the input that may be too much for a worker. Raises what the
    program raises, UnreadableFile when its worker dies, and Conflict when none is there.
    When the client hangs up, the program is stopped, and nothing of it writes any more.
    """

    async def carry_out() -> Outcome:
        folder = folder_of(job.id)
        try:
            if file is not None:
                await asyncio.to_thread(runtime.storage.put_file, file, source_key(job))
            await asyncio.to_thread(artifacts.dump, runtime.storage, f"{folder}/order.json", order)
            await _in_worker(runtime, job, program, blamed)
            return await asyncio.to_thread(artifacts.load, runtime.storage, f"{folder}/outcome.json", kind)
        except FileNotFoundError:
            # Another process that took this one for dead has cleared away.
            if await Job.exists(id=job.id, owner=runtime.identity):
                raise
            raise Conflict(GIVEN_UP, ["input"]) from None

    return await _to_its_end(runtime, job, carry_out())


def folder_of(job_id: UUID) -> str:
    """Where the order, the outcome and the file of the work are."""
    return f"incoming/{job_id}"


def source_key(job: Job) -> str:
    """Where the file is that the work is about."""
    return f"{folder_of(job.id)}/original"


def limits(settings: Settings) -> ImportLimits:
    """Gather what the settings allow a table."""
    return ImportLimits(
        max_rows=settings.max_rows,
        max_columns=settings.max_columns,
        max_cell_length=settings.max_cell_length,
        max_rejected_share=settings.max_rejected_share,
        max_sheets=settings.max_sheets,
        max_decompressed_bytes=settings.max_decompressed_bytes,
    )


async def _to_its_end(runtime: Runtime, job: Job, carrying: Coroutine[Any, Any, Outcome]) -> Outcome:
    task = asyncio.create_task(carrying)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            # Again and again: it may not be with the engine yet.
            await runtime.engine.cancel(str(job.id))
            await asyncio.wait([task], timeout=0.1)
        # Looked at, so that asyncio does not report it as overlooked.
        task.exception()
        raise


async def _in_worker(runtime: Runtime, job: Job, program: str, blamed: Sequence[str]) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            await runtime.engine.run(program, folder_of(job.id), lane=Lane.QUICK, ticket=str(job.id))
        except Unreachable as away:
            raise Conflict("no worker can be reached: send the request again in a while", ["input"]) from away
        except WorkerLost as lost:
            log.warning("work on a table lost its worker", job=str(job.id), program=program, attempt=attempt)
            if attempt == TRIES:
                raise UnreadableFile(
                    "the worker that read this table died, twice: it may need more memory than there is; "
                    "split the table, or drop columns that are not needed",
                    blamed,
                ) from lost
        else:
            return
