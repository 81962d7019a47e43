"""Datasets: upload, import, look up, delete."""

import asyncio
import shutil
from itertools import islice
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, NotFound, TooLarge, refuse_if_any
from domain.models import ClusteringRun, Dataset, DatasetPrediction, Job
from domain.models.datasets import NAME_LENGTH, first_index_key_of, table_key_of
from domain.services import arrivals, checks, imports, locks, records, remembering, resting
from domain.services.runtime import IMPORT_PROGRAM, Runtime
from domain.tables.files.options import check_options
from domain.terms.columns import RoleOverride
from domain.terms.imports import ImportOrder, ImportOutcome, RecordsRequest, TableOptions, UploadRequest
from domain.terms.wording import counted

RECORDS = "customers"
"""The input field that holds records, where others hold a file."""


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
    refuse_if_any(await _request_mistakes(runtime, request.name, request.overrides, request.options))
    async with imports.recorded(runtime) as job:
        order = ImportOrder(
            source_key=imports.source_key(job),
            table_key=table_key_of(job.id),
            index_key=first_index_key_of(job.id),
            overrides=request.overrides,
            options=request.options,
            limits=imports.limits(runtime.settings),
            records=request.source == RECORDS,
        )
        outcome = await imports.work(
            runtime, job, IMPORT_PROGRAM, order, ImportOutcome, ["input", request.source], request.path
        )
        return await _publish(runtime, job, request, outcome)


async def import_records(runtime: Runtime, request: RecordsRequest) -> Dataset:
    """Make a dataset of customers given as flat records, as if they had been uploaded as a table."""
    # In a thread: there may be many records, and others wait for the event loop.
    mistakes = await asyncio.to_thread(lambda: list(islice(records.mistakes(request.customers), 20)))
    if mistakes:
        others = await _request_mistakes(runtime, request.name, request.overrides, TableOptions())
        refuse_if_any([*others, *mistakes])
    folder = await asyncio.to_thread(arrivals.new_folder, runtime.settings)
    path = folder / "customers.json"
    try:
        size, checksum = await asyncio.to_thread(records.write, path, request.customers)
        return await upload(
            runtime,
            UploadRequest(
                path, request.name, size, checksum, request.overrides, source=RECORDS, by=request.by
            ),
        )
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def delete(runtime: Runtime, dataset_id: UUID | None) -> UUID:
    """Delete a dataset, its runs, which are canceled first, what was placed by or of it, and all files.

    Raises NotFound, and Conflict where a model or an audience rests on it.
    """
    dataset = await Dataset.get_or_none(id=dataset_id) if dataset_id else None
    if dataset is None:
        raise NotFound("there is no such dataset: it may have been deleted already", ["input", "id"])
    doomed = await resting.in_one_go(lambda: resting.look_over(*_derived(dataset.id)))
    await remembering.forget_runs(each.id for each in doomed if isinstance(each, ClusteringRun))
    derived = await resting.in_one_go(lambda: _delete(dataset.id))
    await resting.clear_away(runtime, derived)
    await asyncio.to_thread(runtime.storage.delete, dataset.folder)
    return dataset.id


async def _delete(dataset_id: UUID) -> list[resting.Derived]:
    # A training that is being queued waits, and then finds no dataset.
    await locks.hold(dataset_id)
    derived = await resting.delete_derived(*_derived(dataset_id))
    await Dataset.filter(id=dataset_id).delete()
    return derived


def _derived(dataset_id: UUID) -> tuple[str, QuerySet[ClusteringRun], QuerySet[DatasetPrediction]]:
    # Made anew for each transaction: a query keeps to the connection that it was first asked on.
    return (
        "the dataset",
        ClusteringRun.filter(dataset_id=dataset_id),
        DatasetPrediction.filter(Q(dataset_id=dataset_id) | Q(run__dataset_id=dataset_id)),
    )


async def _request_mistakes(
    runtime: Runtime, name: str, overrides: tuple[RoleOverride, ...], options: TableOptions
) -> list[DomainError]:
    mistakes = [
        *checks.name_mistakes(name, NAME_LENGTH, ["input", "name"]),
        *checks.override_mistakes(overrides),
        *check_options(options),
    ]
    kept = await Dataset.all().count()
    if kept >= runtime.settings.max_datasets:
        full = f"there is room for no more than {counted(kept, 'dataset')}"
        message = f"{full}: delete one, or raise SEGMENTGRAPH_MAX_DATASETS"
        mistakes.append(TooLarge(message, ["input"]))
    return mistakes


async def _publish(runtime: Runtime, job: Job, request: UploadRequest, outcome: ImportOutcome) -> Dataset:
    async with in_transaction():
        if not await Job.filter(id=job.id, owner=runtime.identity).delete():
            raise Conflict(imports.GIVEN_UP, ["input"])
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
            created_by=request.by,
        )
