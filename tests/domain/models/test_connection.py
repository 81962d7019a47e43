"""The two databases are reached as they should be, and terms come back as what they were."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError

from domain.models import ClusteringRun, Dataset, Job, Segment, connection
from domain.models.connection import Dialect
from domain.services.identities import new_id
from domain.terms.algorithms import (
    AlgorithmSettings,
    ClusterCountRange,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.training import PcaSettings, TrainingParameters
from tests.domain.services.rows import a_dataset, a_job, a_run, a_segment


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Any]:
    """A database made from the models, on a connection of its own."""
    EXECUTOR_CACHE.clear()  # Tortoise keeps the queries it wrote for the other database
    async with TortoiseContext() as context:
        await context.init(config=connection.config(url))
        await context.generate_schemas(safe=True)
        yield context.db()
    EXECUTOR_CACHE.clear()


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("sqlite://customers.sqlite3", Dialect.SQLITE),
        ("sqlite://:memory:", Dialect.SQLITE),
        ("postgres://user@host:5432/name", Dialect.POSTGRES),
    ],
)
def test_the_database_is_told_by_its_address(url: str, dialect: Dialect) -> None:
    assert connection.dialect_of(url) is dialect


async def test_sqlite_writes_ahead_waits_for_others_and_keeps_its_references(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "customers.sqlite3"
    async with database(f"sqlite://{path}") as client:
        told = [
            (await client.execute_query_dict(f"PRAGMA {name}"))[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert [value for row in told for value in row.values()] == ["wal", 1, 1, 15_000]
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_parameters_come_back_as_what_they_were(database_url: str) -> None:
    columns = (RoleOverride('a "column", ünïcode \\ 🎉', ColumnRole.DATETIME),)
    algorithms: list[AlgorithmSettings] = [
        KMeansSettings(),
        KMeansSettings(3, ClusterCountRange(4, 5)),
        HierarchicalSettings(),
        HierarchicalSettings(Linkage.SINGLE, 15),
    ]
    async with database(database_url):
        for algorithm in algorithms:
            pca = PcaSettings(explained_variance=0.1 + 0.2)
            given = TrainingParameters(algorithm, columns, pca, seed=2**31 - 1)
            run = await a_run(await a_job(), parameters=given)
            assert (await ClusteringRun.get(id=run.id)).parameters == given


async def test_whatever_belongs_to_a_dataset_goes_with_it(database_url: str) -> None:
    async with database(database_url):
        dataset, other = await a_dataset(), await a_dataset()
        runs = [await a_run(await a_job(), owner) for owner in (dataset, other)]
        first = await a_segment(runs[0], 0, "High income")
        second = await a_segment(runs[1], 0, "High income", previous_id=first.id)
        await Dataset.filter(id=dataset.id).delete()
        assert [run.id for run in await ClusteringRun.all()] == [runs[1].id]
        (left,) = await Segment.all()
        assert (left.id, left.previous_id) == (second.id, None)


async def test_a_job_takes_its_run_along(database_url: str) -> None:
    async with database(database_url):
        job = await a_job()
        await a_run(job)
        await Job.filter(id=job.id).delete()
        assert await ClusteringRun.all().count() == 0


@pytest.mark.parametrize("same", [{"index": 0}, {"name": "High income"}])
async def test_no_two_segments_of_a_run_have_one_index_or_one_name(
    database_url: str, same: dict[str, Any]
) -> None:
    async with database(database_url):
        run, other = await a_run(await a_job()), await a_run(await a_job())
        await a_segment(run, 0, "High income")
        given = {"index": 1, "name": "Low income", **same}
        with pytest.raises(IntegrityError):
            await a_segment(run, **given)
        await a_segment(other, **given)
        assert await Segment.all().count() == 2


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(1_000)]
    assert made == sorted(made)
    assert len(set(made)) == 1_000
