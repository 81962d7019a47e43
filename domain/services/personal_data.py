"""One person in everything that is kept: handed out, or erased.

A person is named by a key, and is in the datasets whose identifier has that value, in predictions
that were remembered of it, and in profiles. A dataset without an identifier knows its customers by
row numbers, which name nobody.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import structlog

from domain.errors import Conflict, NotFound
from domain.models import ClusteringRun, Dataset, Job, Segment
from domain.services import customers, forgetting, imports, indexes, runs, traces, trainings
from domain.services.runtime import ERASE_PROGRAM, Runtime
from domain.services.sweeping import DRAFT_SECONDS
from domain.services.traces import Traces
from domain.storage.assignments import AssignedRow, open_assignments
from domain.storage.indexes import find
from domain.storage.tables import open_current
from domain.terms.jobs import JobStatus
from domain.terms.personal_data import (
    ErasedRecord,
    Erasure,
    ErasureOrder,
    ErasureOutcome,
    KeptAssignment,
    KeptRecord,
    PersonalData,
)

PATH = ("input", "key")
ERASING = "ERASING"
"""The stage of the record of an erasure."""

LOOKED_AT = 16
"""So many datasets are looked at at once."""

LAPS = 5
"""How often the index is made anew where the identifier changes meanwhile."""

log = structlog.get_logger(__name__)


async def export(runtime: Runtime, key: str) -> tuple[PersonalData, Traces]:
    """Gather what datasets keep of a person, and what was kept of it besides.

    Raises NotFound where there is neither.
    """
    found = [each async for each in _holding(runtime, customers.row_of, key)]
    kept = [record for dataset, row in found if (record := await _record(runtime, dataset, row))]
    besides = await traces.of_key(key)
    if not kept and not besides:
        raise _nobody()
    return PersonalData(tuple(kept)), besides


async def erase(runtime: Runtime, key: str) -> Erasure:
    """Blank a person's rows, and have everything else forget what only this person had.

    Remembered predictions and profiles of this person go, and all exports, whoever is in them. Rows
    keep their numbers, so runs keep their segments. What a crash leaves half done is found again by
    the same key. Whoever hangs up, and whoever stops the server, waits for the end.
    Raises NotFound where nothing is kept of such a customer, and Conflict while another erasure is
    under way, or others change the same all the time.
    """
    return await runtime.finishing.to_its_end(_erase(runtime, key))


async def _erase(runtime: Runtime, key: str) -> Erasure:
    async with imports.passing(runtime) as job:
        await _be_alone(job)
        found = [each async for each in _holding(runtime, _row_left, key)]
        if not found and not await traces.any_of_key(key):
            raise _nobody()
        # The tables last: as long as the key is in one, an erasure that broke off can be repeated.
        for dataset, row in found:
            await forgetting.forget(runtime, dataset, row)
        predictions, profiles = await traces.erase(runtime, key)
        await _compact(runtime, repeatable=bool(found))
        # Before the tables, as long as it can be repeated, and after them: what is written meanwhile has
        # the person.
        await traces.clear_exports(runtime)
        erased = [dataset for dataset, row in found if await _blank(runtime, job, dataset, row)]
        await traces.clear_exports(runtime)
    log.info("somebody was erased", datasets=[str(dataset.id) for dataset in erased])
    records = tuple(ErasedRecord(dataset.id, rows=1) for dataset in erased)
    return Erasure(records, predictions, profiles)


async def _compact(runtime: Runtime, *, repeatable: bool) -> None:
    """Have the database keep no byte; who is not found again is not told to repeat it."""
    try:
        await forgetting.compact(runtime)
    except Conflict:
        if repeatable:
            raise
        log.warning("the database's file still has what was erased: others have been writing all the time")


async def _be_alone(job: Job) -> None:
    """Have no other erasure beside this one: each would put the other's person back into a table."""
    await Job.filter(id=job.id).update(stage=ERASING)
    # Written first, and looked at then: of two at least one sees the other.
    if await Job.filter(stage=ERASING).exclude(id=job.id).exists():
        raise Conflict("somebody else is being erased: send the request again in a while", ["input"])


async def _holding(
    runtime: Runtime, find_row: Callable[[Runtime, Dataset, str], int | None], key: str
) -> AsyncIterator[tuple[Dataset, int]]:
    """Find the datasets that have a person, the newest first, and the row that each has of it."""

    async def look(dataset: Dataset) -> int | None:
        try:
            return await asyncio.to_thread(find_row, runtime, dataset, key)
        except FileNotFoundError:
            # The dataset is being deleted.
            return None

    ids = await Dataset.filter(identifier__not_isnull=True).order_by("-id").values_list("id", flat=True)
    for start in range(0, len(ids), LOOKED_AT):
        # A few at a time: each has the figures of all its columns, and takes a look at the storage.
        some = await Dataset.filter(id__in=ids[start : start + LOOKED_AT]).order_by("-id")
        rows = await asyncio.gather(*(look(dataset) for dataset in some))
        for dataset, row in zip(some, rows, strict=True):
            if row is not None:
                yield dataset, row


def _row_left(runtime: Runtime, dataset: Dataset, key: str) -> int | None:
    """Find the row of a person, also where it is blank and only the index still has the key."""
    row = customers.row_of(runtime, dataset, key)
    if row is not None or dataset.index_key is None:
        return row
    blank = open_current(runtime.storage, dataset.table_key).blank_rows
    found = find(runtime.storage, dataset.index_key, key) if len(blank) else []
    return next((each for each in found if each in blank), None)


async def _blank(runtime: Runtime, job: Job, dataset: Dataset, row: int) -> bool:
    """Have the row blanked and the index made anew; answer whether the dataset is still there."""
    try:
        for _ in range(LAPS):
            current = await Dataset.get_or_none(id=dataset.id)
            # One that has no identifier any more has no use for the index: it is cleared away.
            identifier = current.identifier or dataset.identifier if current else None
            if current is None or identifier is None:
                return False
            index_key = current.index_key_of(identifier)
            order = ErasureOrder(dataset.table_key, index_key, identifier, row)
            await imports.work(runtime, job, ERASE_PROGRAM, order, ErasureOutcome, PATH)
            # An update that was under way may have made its index of the table before.
            if await Dataset.exists(id=dataset.id, identifier=current.identifier):
                await asyncio.to_thread(_clear_drafts, runtime, dataset)
                return True
    except FileNotFoundError:
        if await Dataset.exists(id=dataset.id):
            raise
        return False
    finally:
        await indexes.clear(runtime, dataset.id)
    raise Conflict("others change this dataset all the time: send the request again", ["input"])


def _clear_drafts(runtime: Runtime, dataset: Dataset) -> None:
    """Delete what workers that were killed had begun of the table, with everybody's rows. Blocks."""
    # An import has ended where there is a dataset, and there is one erasure at a time. What an index
    # is written to meanwhile has no cells, and stays unless it is old.
    runtime.storage.delete_drafts(dataset.table_key)
    runtime.storage.delete_old_drafts(dataset.folder, seconds=DRAFT_SECONDS)


async def _record(runtime: Runtime, dataset: Dataset, row: int) -> KeptRecord | None:
    try:
        customer = (await customers.of_found(runtime, dataset, np.array([row], np.uint32), 0, 1))[0]
    except FileNotFoundError:
        return None
    # What else a run has is much, and says nothing of anybody.
    finished = await runs.newest_first(dataset.id, JobStatus.SUCCEEDED).only("id")
    places = [await _place(runtime, run, row) for run in finished]
    return KeptRecord(dataset.id, customer.attributes, tuple(place for place in places if place))


async def _place(runtime: Runtime, run: ClusteringRun, row: int) -> KeptAssignment | None:
    def read() -> AssignedRow:
        kept = open_assignments(runtime.storage, trainings.assignments_key(run), trainings.members_key(run))
        return kept.take(np.array([row], np.int64))[0]

    try:
        found = await asyncio.to_thread(read)
    except FileNotFoundError:
        # The run is being deleted.
        return None
    segment = None if found.segment is None else await Segment.get_or_none(run_id=run.id, index=found.segment)
    return KeptAssignment(run.id, segment.id if segment else None, found.unassigned, found.confidence)


def _nobody() -> NotFound:
    return NotFound(
        "no dataset has a customer with this key as its identifier, and no prediction or profile has it", PATH
    )
