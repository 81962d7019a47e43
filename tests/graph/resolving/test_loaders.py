"""What a list's items refer to is read in one query a relation."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.errors import Conflict
from domain.models import Dataset, Job, Segment
from domain.services.identities import new_id
from graph.resolving.loaders import Loaders
from tests.graph.resolving.conftest import make_dataset, make_run, opened


@contextmanager
def queries(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Collect the SQL that is sent."""
    sent: list[str] = []
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        yield sent
    sent += [record.getMessage() for record in caplog.records if "SELECT" in record.getMessage()]


async def test_many_look_ups_at_once_are_one_query(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database_url):
        datasets = [await make_dataset(f"People {number}") for number in range(3)]
        loaders, unknown = Loaders(), new_id()
        with queries(caplog) as sent:
            found = await asyncio.gather(
                *(loaders.dataset.load(row.id) for row in reversed(datasets)), loaders.dataset.load(unknown)
            )

    assert [row and row.name for row in found] == ["People 2", "People 1", "People 0", None]
    assert len(sent) == 1


async def test_segments_of_many_runs_are_one_query_and_come_by_index(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database_url):
        dataset = await make_dataset()
        runs = [await make_run(dataset, segments) for segments in (3, 0, 2)]
        loaders = Loaders()
        with queries(caplog) as sent:
            found = await loaders.segments_of_run.load_many([run.id for run in runs])

    assert [[segment.index for segment in each] for each in found] == [[0, 1, 2], [], [0, 1]]
    assert len(sent) == 1


async def test_runs_come_with_their_jobs(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(database_url):
        dataset = await make_dataset()
        key = (await make_run(dataset)).id
        with queries(caplog) as sent:
            run = await Loaders().the_run(key)

    assert run.job.id == run.job_id
    assert len(sent) == 1


async def test_what_was_loaded_is_not_asked_for_again_within_an_operation(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database_url):
        dataset = await make_dataset("before")
        loaders = Loaders()
        await loaders.dataset.load(dataset.id)
        await Dataset.filter(id=dataset.id).update(name="after")
        with queries(caplog) as sent:
            same = await loaders.the_dataset(dataset.id)
        anew = await Loaders().the_dataset(dataset.id)

    assert (same.name, anew.name, sent) == ("before", "after", [])


async def test_what_was_deleted_between_two_reads_is_a_conflict(database_url: str) -> None:
    async with opened(database_url):
        run = await make_run(await make_dataset(), segments=1)
        segment = await Segment.get(run_id=run.id)
        await Job.filter(id=run.job_id).delete()
        loaders = Loaders()
        for look_up, key in ((loaders.the_run, run.id), (loaders.the_segment, segment.id)):
            with pytest.raises(Conflict, match="has just been deleted: ask again"):
                await look_up(key)
