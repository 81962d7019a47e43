"""Datasets: upload, import, look up, delete."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.engine.engine import Unreachable, WorkerLost
from domain.errors import Conflict, DomainError, NotFound, TooLarge, UnreadableFile, refuse_if_any
from domain.models import ClusteringRun, Dataset, Job
from domain.models.datasets import NAME_LENGTH
from domain.services import arrivals, checks, records, runs
from domain.services.identities import new_id, now
from domain.services.runtime import IMPORT_PROGRAM, Runtime
from domain.storage import artifacts
from domain.terms.columns import RoleOverride
from domain.terms.imports import (
    ImportLimits,
    ImportOrder,
    ImportOutcome,
    RecordsRequest,
    TableFormat,
    UploadRequest,
)
from domain.terms.jobs import JobKind, JobStatus, Lane

log = structlog.get_logger(__name__)

GIVEN_UP = "the import was silent for too long and was given up: upload again"

TRIES = 2
"""How often an import is begun: a worker may die for another job's sake."""


def newest_first(name: str | None = None) -> QuerySet[Dataset]:
    """All datasets, or those of one name, the newest first."""
    if name is None:
        return Dataset.all().order_by("-id")
    # The databases refuse to look for a name that no dataset can have.
    impossible = any(checks.name_mistakes(name, NAME_LENGTH, []))
    return (Dataset.filter(id__in=[]) if impossible else Dataset.filter(name=name)).order_by("-id")


async def upload(runtime: Runtime, request: UploadRequest) -> Dataset:
    """Make a dataset of a file that has arrived; answers when it is ready.

    Raises Refused or a DomainError; then nothing is left of it.
    """
    refuse_if_any(await _request_mistakes(runtime, request.name, request.overrides))
    async with _importing(runtime) as job:
        outcome = await _to_its_end(runtime, job, _imported(runtime, job, request))
        return await _publish(runtime, job, request, outcome)


async def import_records(runtime: Runtime, request: RecordsRequest) -> Dataset:
    """Make a dataset of customers given as flat records, as if they had been uploaded as a table."""
    # In a thread: there may be many records, and others wait for the event loop.
    mistakes = await asyncio.to_thread(lambda: list(islice(records.mistakes(request.customers), 20)))
    if mistakes:
        refuse_if_any([*await _request_mistakes(runtime, request.name, request.overrides), *mistakes])
    folder = await asyncio.to_thread(arrivals.new_folder, runtime.settings)
    path = folder / "customers.json"
    try:
        size, checksum = await asyncio.to_thread(records.write, path, request.customers)
        return await upload(
            runtime,
            UploadRequest(
                path, request.name, size, checksum, TableFormat.JSON, request.overrides, source="customers"
            ),
        )
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def delete(runtime: Runtime, dataset_id: UUID | None) -> UUID:
    """Delete a dataset, its runs, which are canceled first, and all their files."""
    dataset = await Dataset.get_or_none(id=dataset_id) if dataset_id else None
    if dataset is None:
        raise NotFound("there is no such dataset: it may have been deleted already", ["input", "id"])
    async with in_transaction():
        # A write that changes nothing: it makes a training that is being queued wait.
        await Dataset.filter(id=dataset.id).update(name=dataset.name)
        theirs = await ClusteringRun.filter(dataset_id=dataset.id).select_related("job")
        await Job.filter(id__in=[run.job_id for run in theirs]).delete()
        await Dataset.filter(id=dataset.id).delete()
    for run in theirs:
        await runs.clear_away(runtime, run)
    await asyncio.to_thread(runtime.storage.delete, dataset.folder)
    return dataset.id


async def _request_mistakes(
    runtime: Runtime, name: str, overrides: tuple[RoleOverride, ...]
) -> list[DomainError]:
    mistakes = [
        *checks.name_mistakes(name, NAME_LENGTH, ["input", "name"]),
        *checks.override_mistakes(overrides),
    ]
    kept = await Dataset.all().count()
    if kept >= runtime.settings.max_datasets:
        message = f"{kept:,} datasets are kept already: delete one, or raise SEGMENTGRAPH_MAX_DATASETS"
        mistakes.append(TooLarge(message, ["input"]))
    return mistakes


@asynccontextmanager
async def _importing(runtime: Runtime) -> AsyncIterator[Job]:
    """Hold the record of an import, and leave no trace of one that fails.

    The record tells a sweep that the files are somebody's. Dataset and import share their id.
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
        # import may not be.
        await asyncio.shield(asyncio.create_task(abandon(runtime, job_id)))
        raise
    finally:
        runtime.importing.discard(job_id)
    await asyncio.to_thread(runtime.storage.delete, _arrival(job_id))


async def abandon(runtime: Runtime, job_id: UUID) -> None:
    """Clear away an import that came to nothing: its files, then its record."""
    await asyncio.to_thread(runtime.storage.delete, _arrival(job_id))
    if not await Dataset.exists(id=job_id):
        await asyncio.to_thread(runtime.storage.delete, f"datasets/{job_id}")
    await Job.filter(id=job_id).delete()


async def _to_its_end(runtime: Runtime, job: Job, work: Coroutine[Any, Any, ImportOutcome]) -> ImportOutcome:
    """Wait for an import; when the client hangs up, stop it, and leave when nothing of it writes any more."""
    task = asyncio.create_task(work)
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


async def _imported(runtime: Runtime, job: Job, request: UploadRequest) -> ImportOutcome:
    folder = _arrival(job.id)
    order = ImportOrder(
        source_key=f"{folder}/original",
        table_key=f"datasets/{job.id}/customers.parquet",
        format=request.format,
        overrides=request.overrides,
        limits=_limits(runtime),
    )
    try:
        await asyncio.to_thread(runtime.storage.put_file, request.path, order.source_key)
        await asyncio.to_thread(artifacts.dump, runtime.storage, f"{folder}/order.json", order)
        await _in_worker(runtime, job, request)
        return await asyncio.to_thread(
            artifacts.load, runtime.storage, f"{folder}/outcome.json", ImportOutcome
        )
    except FileNotFoundError:
        # Another process that took this one for dead has cleared away.
        if await Job.exists(id=job.id, owner=runtime.identity):
            raise
        raise Conflict(GIVEN_UP, ["input"]) from None


async def _in_worker(runtime: Runtime, job: Job, request: UploadRequest) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            await runtime.engine.run(IMPORT_PROGRAM, _arrival(job.id), lane=Lane.QUICK, ticket=str(job.id))
        except Unreachable as away:
            raise Conflict("no worker can be reached: upload again in a while", ["input"]) from away
        except WorkerLost as lost:
            log.warning("import lost its worker", job=str(job.id), attempt=attempt)
            if attempt == TRIES:
                raise UnreadableFile(
                    "the worker that read this table died, twice: it may need more memory than there is; "
                    "split the table, or drop columns that are not needed",
                    ["input", request.source],
                ) from lost
        else:
            return


async def _publish(runtime: Runtime, job: Job, request: UploadRequest, outcome: ImportOutcome) -> Dataset:
    async with in_transaction():
        if not await Job.filter(id=job.id, owner=runtime.identity).delete():
            raise Conflict(GIVEN_UP, ["input"])
        return await Dataset.create(
            id=job.id,
            name=request.name.strip(),
            row_count=outcome.row_count,
            columns=outcome.columns,
            identifier=outcome.identifier,
            import_report=outcome.report,
            checksum=request.checksum,
            size_in_bytes=request.size,
            # Its id is of that moment too: newest first by either is the same order.
            created_at=job.created_at,
        )


def _arrival(job_id: UUID) -> str:
    return f"incoming/{job_id}"


def _limits(runtime: Runtime) -> ImportLimits:
    settings = runtime.settings
    return ImportLimits(settings.max_rows, settings.max_columns, settings.max_cell_length)
