"""A migrated database, and rows in it."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from domain.models import ClusteringRun, Dataset, Job, Segment, connection
from domain.services import migrations
from domain.services.identities import new_id, now
from domain.terms.algorithms import Algorithm, KMeansSettings
from domain.terms.imports import ImportReport, TableFormat
from domain.terms.jobs import JobKind
from domain.terms.training import TrainingParameters
from tests.servers.databases import Fill


@pytest.fixture(scope="session")
def fill_database() -> Fill:
    """Give every test a database that is up to date."""

    def fill(address: str) -> None:
        EXECUTOR_CACHE.clear()
        with ThreadPoolExecutor(1) as thread:  # the caller's thread may have an event loop that runs
            thread.submit(asyncio.run, migrations.up(address)).result()

    return fill


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[None]:
    """Have the models in this database for as long as the block lasts."""
    # Tortoise keeps SQL by table, whatever dialect it is in: a process has one database, a test two.
    EXECUTOR_CACHE.clear()
    async with TortoiseContext() as context:
        await context.init(config=connection.config(database_url))
        yield


async def make_dataset(name: str = "People") -> Dataset:
    """Make a dataset of nothing."""
    return await Dataset.create(
        id=new_id(),
        name=name,
        row_count=0,
        columns=(),
        import_report=ImportReport(TableFormat.CSV, "UTF-8", ",", 0, 0, ()),
        checksum="0" * 64,
        size_in_bytes=0,
        created_at=now(),
    )


async def make_run(dataset: Dataset, segments: int = 0) -> ClusteringRun:
    """Make a run with segments, the last of them first."""
    job = await Job.create(id=new_id(), kind=JobKind.TRAIN, stage="QUEUED", created_at=now())
    run = await ClusteringRun.create(
        id=new_id(),
        dataset=dataset,
        job=job,
        algorithm=Algorithm.KMEANS,
        parameters=TrainingParameters(KMeansSettings(), (), None, 0),
        fingerprint="0" * 64,
        created_at=now(),
    )
    for index in reversed(range(segments)):
        await Segment.create(
            id=new_id(),
            run=run,
            index=index,
            name=f"Segment {index}",
            generated_name=f"Segment {index}",
            color="#000000",
            size=1,
            share=0.5,
            centroid=(),
            characteristics=(),
        )
    return run
