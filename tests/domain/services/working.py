"""Datasets and runs that are really made, by a runtime with workers."""

import asyncio
import hashlib
import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from domain.errors import Canceled
from domain.models import ClusteringRun, Dataset, Job
from domain.services import arrivals, datasets, runs
from domain.services.runtime import Runtime
from domain.services.supervision import supervised
from domain.tables import planted
from domain.terms.algorithms import Algorithm
from domain.terms.imports import UploadRequest
from domain.terms.jobs import FINAL_STATUSES, JobKind, JobStatus, Lane
from domain.terms.training import AlgorithmChoice, TrainingRequest
from tests.domain.engine.programs import MODULE

SOON = 90
"""Seconds in which a run has to end, however busy the machine."""


@cache
def customers(rows: int = 200, seed: int = 0) -> bytes:
    """Generated customers as CSV."""
    file = io.BytesIO()
    planted.write_csv(planted.generate(rows, seed), file)
    return file.getvalue()


@asynccontextmanager
async def arrived(runtime: Runtime, content: bytes) -> AsyncIterator[Path]:
    """Have a file where those of a request arrive, until that is answered."""
    path = arrivals.new_folder(runtime.settings) / "0"
    await asyncio.to_thread(path.write_bytes, content)
    try:
        yield path
    finally:
        await asyncio.to_thread(shutil.rmtree, path.parent)


async def uploaded(runtime: Runtime, content: bytes = b"", **values: Any) -> Dataset:
    """Upload a file; a small table of customers by default."""
    content = content or customers()
    given: dict[str, Any] = {"name": "Customers", **values}
    checksum = hashlib.sha256(content).hexdigest()
    async with arrived(runtime, content) as path:
        request = UploadRequest(path, size=len(content), checksum=checksum, **given)
        return await datasets.upload(runtime, request)


def request(dataset: Dataset, count: int | None = 3, **values: Any) -> TrainingRequest:
    """A wish for a k-means run of three segments."""
    given = {"algorithm": AlgorithmChoice(Algorithm.KMEANS, count), **values}
    return TrainingRequest(dataset.id, **given)


async def asked(runtime: Runtime, dataset: Dataset, count: int | None = 3, **values: Any) -> ClusteringRun:
    """Queue a run that was not there before."""
    run, reused = await runs.train(runtime, request(dataset, count, **values))
    assert not reused
    return run


async def ended(runtime: Runtime, run: ClusteringRun) -> ClusteringRun:
    """Watch a run to its end."""
    last = None
    async with asyncio.timeout(SOON):
        async for last in runs.watch(runtime, run.id):
            assert last is not None, "the run is gone"
    assert last is not None
    assert last.job.status in FINAL_STATUSES
    return last


async def trained(runtime: Runtime, dataset: Dataset, count: int | None = 3, **values: Any) -> ClusteringRun:
    """Train a run to its good end."""
    run = await asked(runtime, dataset, count, **values)
    async with supervised(runtime):
        last = await ended(runtime, run)
    assert last.job.status is JobStatus.SUCCEEDED, last.job.failure_message
    return last


async def under_way(runtime: Runtime, run: ClusteringRun, fraction: float = 0.1) -> Job:
    """Wait until a run is so far."""
    async with asyncio.timeout(SOON):
        async for seen in runs.watch(runtime, run.id):
            assert seen is not None
            assert seen.job.status not in FINAL_STATUSES, "the run has ended before"
            if seen.job.status is JobStatus.RUNNING and seen.job.fraction >= fraction:
                return seen.job
    raise AssertionError("never")


async def left(runtime: Runtime) -> tuple[int, int, list[str], list[str]]:
    """Count the rows, and list the files that an import makes."""
    storage = runtime.storage
    arriving = runtime.settings.data_dir / "uploads"
    return (
        await Dataset.all().count(),
        await Job.all().count(),
        [*storage.children("datasets"), *storage.children("incoming")],
        [str(path) for path in arriving.glob("*/*")],
    )


async def begun() -> Job:
    """Wait until work on a table is recorded."""
    async with asyncio.timeout(30):
        while True:
            if job := await Job.filter(kind=JobKind.IMPORT).first():
                return job


@asynccontextmanager
async def held_up(runtime: Runtime) -> AsyncIterator[None]:
    """Keep the worker busy, so that what needs it waits until the block ends."""
    busy = asyncio.create_task(runtime.engine.run(MODULE, "listens", lane=Lane.QUICK, ticket="busy"))
    try:
        yield
    finally:
        await runtime.engine.cancel("busy")
        with suppress(Canceled):
            await busy
