"""Several trainings of one dataset: all are queued, or none."""

import asyncio
from dataclasses import replace

import pytest

from domain.errors import TooLarge
from domain.models import ClusteringRun, ComparedTraining, Job, TrainingComparison
from domain.services import competitions, runs
from domain.services.runtime import Runtime
from domain.terms.algorithms import Algorithm
from domain.terms.competitions import CompetitionRequest
from domain.terms.jobs import JobStatus
from domain.terms.training import AlgorithmChoice
from tests.domain.services.rows import a_dataset, an_account

THREE = tuple(AlgorithmChoice(Algorithm.KMEANS, cluster_count=count) for count in (2, 3, 4))


async def test_all_are_queued_in_their_order(runtime: Runtime) -> None:
    dataset = await a_dataset()

    comparison = await competitions.start(runtime, CompetitionRequest(dataset.id, THREE))

    (taking_part,) = await competitions.runs_of([comparison.id])
    assert [run.parameters.algorithm.cluster_count for run in taking_part] == [2, 3, 4]  # type: ignore[union-attr]  # of k-means
    assert {run.job.status for run in taking_part} == {JobStatus.QUEUED}
    assert runtime.queued.is_set()


async def test_one_run_too_many_queues_none(runtime: Runtime) -> None:
    dataset, account = await a_dataset(), await an_account()
    few = replace(runtime, settings=runtime.settings.model_copy(update={"max_concurrent_runs": 2}))

    with pytest.raises(TooLarge, match="wait for one to end"):
        await competitions.start(few, CompetitionRequest(dataset.id, THREE, by=account.id))

    for model in (TrainingComparison, ComparedTraining, ClusteringRun, Job):
        assert await model.all().count() == 0
    assert not runtime.queued.is_set()


async def test_watching_ends_with_the_last_run_and_tells_of_a_run_that_was_deleted(runtime: Runtime) -> None:
    dataset = await a_dataset()
    comparison = await competitions.start(runtime, CompetitionRequest(dataset.id, THREE))
    (first, second, third), seen = (await competitions.runs_of([comparison.id]))[0], asyncio.Event()
    states: list[tuple[int, bool]] = []

    async def watch() -> None:
        async for row in competitions.watch(runtime, comparison.id):
            assert row is not None
            (present,) = await competitions.runs_of([row.id])
            states.append((len(present), competitions.judged(row, present).finished))
            seen.set()

    watching = asyncio.create_task(watch())
    await seen.wait()
    await runs.delete(runtime, first.id)
    await runs.cancel(runtime, second.id)
    await runs.cancel(runtime, third.id)
    await watching
    assert states[0] == (3, False)
    assert states[-1] == (2, True)


async def test_watching_hears_of_a_deletion_by_another_process(runtime: Runtime) -> None:
    comparison = await competitions.start(runtime, CompetitionRequest((await a_dataset()).id, THREE))
    watching = competitions.watch(runtime, comparison.id)
    assert await anext(watching) is not None
    await TrainingComparison.filter(id=comparison.id).delete()
    assert await anext(watching) is None


async def test_watching_ends_when_the_comparison_is_deleted(runtime: Runtime) -> None:
    comparison = await competitions.start(runtime, CompetitionRequest((await a_dataset()).id, THREE))
    watching = competitions.watch(runtime, comparison.id)
    assert await anext(watching) is not None
    # Its runs have no news meanwhile.
    told, _ = await asyncio.gather(anext(watching), competitions.delete(runtime, comparison.id))
    assert told is None
    assert [row async for row in watching] == []
