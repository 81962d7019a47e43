"""Comparisons of two segmentations: how far they agree, and who moved from one to the other."""

import asyncio
import hashlib
from dataclasses import dataclass
from uuid import UUID

from pydantic import TypeAdapter

from domain.engine.engine import WorkerLost
from domain.errors import Conflict
from domain.services import customers, dataset_predictions, runs, segmentations
from domain.services.runtime import COMPARE_PROGRAM, Runtime
from domain.services.segmentations import Segmentation
from domain.storage import artifacts
from domain.storage.moved import StoredMoved, open_moved
from domain.terms.comparisons import MOVED_FILE, ComparedRun, ComparisonOrder, MovedCustomer, RunAgreement
from domain.terms.jobs import Lane

_ORDER = TypeAdapter(ComparisonOrder)
_LAYOUT = b"2"
"""The layout of what a comparison leaves. One of another layout is not found, and counted again."""


@dataclass(frozen=True)
class Comparison:
    """How far two segmentations agree; `folder` has what was counted."""

    agreement: RunAgreement
    folder: str


async def compare(runtime: Runtime, run_id: UUID | None, other_id: UUID | None) -> RunAgreement | None:
    """Tell who went where from one run to the other; None unless both are there and have succeeded.

    Raises Conflict when no worker could count it.
    """
    run, other = await segmentations.of_run(run_id), await segmentations.of_run(other_id)
    if run is None or other is None:
        return None
    found = await counted(runtime, run, other)
    return found.agreement if found else None


async def counted(runtime: Runtime, origin: Segmentation, target: Segmentation) -> Comparison | None:
    """Compare two segmentations; None where one of them has just been deleted.

    Counted once by a worker, and kept with the first one. Raises Conflict when no worker
    could count it.
    """
    order = ComparisonOrder(_compared(origin), _compared(target))
    # Named by all that decides it: the identifier of a dataset may change.
    seen = hashlib.sha256(_ORDER.dump_json(order) + _LAYOUT).hexdigest()[:16]
    other = target.prediction or target.run
    folder = f"{_folder(origin)}/comparisons/{other.id}-{seen}"
    try:
        return await asyncio.to_thread(_read, runtime, folder)
    except FileNotFoundError:
        pass
    try:
        await runtime.sharing.once(folder, lambda: _count(runtime, folder, order))
        return await asyncio.to_thread(_read, runtime, folder)
    except FileNotFoundError:
        # One of them was deleted meanwhile; what was written for it since is nobody's.
        if not await _is_there(origin):
            await asyncio.to_thread(runtime.storage.delete, _folder(origin))
        return None


async def count_moved(
    runtime: Runtime, comparison: Comparison, origin: int | None, target: int | None
) -> int:
    """Count who moved, of all or only from and to segments, by index. Costs a look at the file."""
    if origin is None and target is None:
        return comparison.agreement.moved_count
    return await asyncio.to_thread(lambda: _moved(runtime, comparison).count(origin, target))


async def moved(
    runtime: Runtime,
    comparison: Comparison,
    of: Segmentation,
    origin: int | None,
    target: int | None,
    offset: int,
    limit: int,
) -> list[MovedCustomer]:
    """Read a page of those who moved, in the order of the first dataset, which is that of `of`.

    Costs the row groups of the dataset that have one of them.
    """

    def read() -> list[MovedCustomer]:
        rows = _moved(runtime, comparison).slice(offset, limit, origin, target)
        people = customers.at(runtime, of.dataset, [row.row for row in rows])
        return [
            MovedCustomer(customer, row.origin, row.target)
            for customer, row in zip(people, rows, strict=True)
        ]

    return await asyncio.to_thread(read)


async def _count(runtime: Runtime, folder: str, order: ComparisonOrder) -> None:
    await asyncio.to_thread(artifacts.dump, runtime.storage, f"{folder}/order.json", order)
    try:
        await runtime.engine.run(COMPARE_PROGRAM, folder, lane=Lane.QUICK)
    except WorkerLost:
        raise Conflict("the comparison's worker died: ask again") from None


def _read(runtime: Runtime, folder: str) -> Comparison:
    return Comparison(artifacts.load(runtime.storage, f"{folder}/outcome.json", RunAgreement), folder)


def _moved(runtime: Runtime, comparison: Comparison) -> StoredMoved:
    return open_moved(runtime.storage, f"{comparison.folder}/{MOVED_FILE}")


async def _is_there(segmentation: Segmentation) -> bool:
    prediction = segmentation.prediction
    if prediction is not None:
        return await dataset_predictions.find(prediction.id) is not None
    return await runs.find(segmentation.run.id) is not None


def _folder(segmentation: Segmentation) -> str:
    return (segmentation.prediction or segmentation.run).folder


def _compared(segmentation: Segmentation) -> ComparedRun:
    return ComparedRun(
        segmentation.dataset.table_key,
        segmentation.dataset.identifier,
        segmentation.assignments_key,
        segmentation.members_key,
    )
