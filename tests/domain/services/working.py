"""Datasets and runs that are really made, by a runtime with workers."""

import asyncio
import hashlib
import io
from functools import cache
from typing import Any

from domain.models import ClusteringRun, Dataset, Job
from domain.services import arrivals, datasets, runs
from domain.services.runtime import Runtime
from domain.services.supervision import supervised
from domain.tables import planted
from domain.terms.algorithms import Algorithm
from domain.terms.imports import TableFormat, UploadRequest
from domain.terms.jobs import FINAL_STATUSES, JobStatus
from domain.terms.training import AlgorithmChoice, TrainingRequest

SOON = 90
"""Seconds in which a run has to end, however busy the machine."""


@cache
def customers(rows: int = 200, seed: int = 0) -> bytes:
    """Generated customers as CSV."""
    file = io.BytesIO()
    planted.write_csv(planted.generate(rows, seed), file)
    return file.getvalue()


async def uploaded(runtime: Runtime, content: bytes = b"", **values: Any) -> Dataset:
    """Upload a file; a small table of customers by default."""
    content = content or customers()
    path = arrivals.new_folder(runtime.settings) / "0"
    await asyncio.to_thread(path.write_bytes, content)
    given: dict[str, Any] = {"name": "Customers", "format": TableFormat.CSV, **values}
    checksum = hashlib.sha256(content).hexdigest()
    return await datasets.upload(runtime, UploadRequest(path, size=len(content), checksum=checksum, **given))


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
