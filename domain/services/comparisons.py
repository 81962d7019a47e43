"""Comparisons of two runs."""

import asyncio
import hashlib
from uuid import UUID

from pydantic import TypeAdapter

from domain.engine.engine import WorkerLost
from domain.errors import Conflict
from domain.models import ClusteringRun
from domain.services import runs, trainings
from domain.services.runtime import COMPARE_PROGRAM, Runtime
from domain.storage import artifacts
from domain.terms.comparisons import ComparedRun, ComparisonOrder, RunAgreement
from domain.terms.jobs import JobStatus, Lane

_ORDER = TypeAdapter(ComparisonOrder)


async def compare(runtime: Runtime, run_id: UUID | None, other_id: UUID | None) -> RunAgreement | None:
    """Tell who went where from one run to the other; None unless both are there and have succeeded.

    Counted once by a worker, and kept with the first run. Raises Conflict when no worker
    could count it.
    """
    run, other = await _succeeded(run_id), await _succeeded(other_id)
    if run is None or other is None:
        return None
    order = ComparisonOrder(_compared(run), _compared(other))
    # Named by all that decides it: the identifier of a dataset may change.
    seen = hashlib.sha256(_ORDER.dump_json(order)).hexdigest()[:16]
    folder = f"{run.folder}/comparisons/{other.id}-{seen}"
    try:
        return await asyncio.to_thread(_read, runtime, folder)
    except FileNotFoundError:
        pass
    try:
        await runtime.sharing.once(folder, lambda: _count(runtime, folder, order))
        return await asyncio.to_thread(_read, runtime, folder)
    except FileNotFoundError:
        # One of them was deleted meanwhile; what was written for it since is nobody's.
        if await runs.find(run.id) is None:
            await asyncio.to_thread(runtime.storage.delete, run.folder)
        return None


async def _count(runtime: Runtime, folder: str, order: ComparisonOrder) -> None:
    await asyncio.to_thread(artifacts.dump, runtime.storage, f"{folder}/order.json", order)
    try:
        await runtime.engine.run(COMPARE_PROGRAM, folder, lane=Lane.QUICK)
    except WorkerLost:
        raise Conflict("the comparison's worker died: ask again") from None


def _read(runtime: Runtime, folder: str) -> RunAgreement:
    return artifacts.load(runtime.storage, f"{folder}/outcome.json", RunAgreement)


async def _succeeded(run_id: UUID | None) -> ClusteringRun | None:
    run = await runs.find(run_id)
    if run is None or run.job.status is not JobStatus.SUCCEEDED:
        return None
    await run.fetch_related("dataset")
    return run


def _compared(run: ClusteringRun) -> ComparedRun:
    return ComparedRun(
        run.dataset.table_key,
        run.dataset.identifier,
        trainings.assignments_key(run),
        trainings.members_key(run),
    )
