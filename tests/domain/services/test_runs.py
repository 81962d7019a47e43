"""Runs: asked for, reused, watched, canceled and deleted."""

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import Conflict, DomainError, NotFound, Refused, UnsuitableData
from domain.models import ClusteringRun, Dataset, Job, Recommendation, Segment
from domain.services import datasets, runs
from domain.services.changes import Changes
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.services.supervision import supervised
from domain.terms.algorithms import (
    Algorithm,
    ClusterCountCriterion,
    ClusterCountRange,
    KMeansSettings,
    Linkage,
)
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.jobs import JobStatus
from domain.terms.preparation import (
    CategoryBalance,
    ColumnWeight,
    PreparationSettings,
    Scaling,
    Transform,
)
from domain.terms.training import AlgorithmChoice, PcaSettings, TrainingParameters, TrainingRequest
from tests.domain.services.rows import a_dataset, a_job, a_run, a_running_job
from tests.domain.services.working import asked, customers, ended, request, trained, under_way, uploaded

HIERARCHICAL = AlgorithmChoice(Algorithm.HIERARCHICAL, 2, linkage=Linkage.AVERAGE)


async def again(runtime: Runtime, wish: TrainingRequest) -> bool:
    """Ask, and tell whether there was an equal run."""
    _, reused = await runs.train(runtime, wish)
    return reused


def mistakes_in(refused: Refused) -> list[DomainError]:
    return [mistake for mistake in refused.exceptions if isinstance(mistake, DomainError)]


async def end_as(run: ClusteringRun, status: JobStatus) -> None:
    await Job.filter(id=run.job_id).update(status=status, finished_at=now())


async def test_two_equal_requests_at_once_make_one_run(runtime: Runtime) -> None:
    dataset = await a_dataset()
    # More than once: at first there is one connection, and who waits for another comes late.
    for seed in range(4):
        answers = await asyncio.gather(*(runs.train(runtime, request(dataset, seed=seed)) for _ in range(5)))
        assert len({run.id for run, _ in answers}) == 1
        assert sorted(reused for _, reused in answers) == [False, True, True, True, True]
    assert (await ClusteringRun.all().count(), await Job.all().count()) == (4, 4)


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SUCCEEDED])
async def test_an_equal_run_that_succeeded_or_is_under_way_is_reused(
    runtime: Runtime, status: JobStatus
) -> None:
    dataset = await a_dataset()
    await end_as(await asked(runtime, dataset), status)
    assert await again(runtime, request(dataset))
    assert not await again(runtime, request(dataset, reuse=False))


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELED])
async def test_a_run_that_came_to_nothing_is_not_reused(runtime: Runtime, status: JobStatus) -> None:
    dataset = await a_dataset()
    await end_as(await asked(runtime, dataset), status)
    assert not await again(runtime, request(dataset))


async def test_a_run_that_is_being_canceled_is_not_reused(runtime: Runtime) -> None:
    dataset = await a_dataset()
    run = await asked(runtime, dataset)
    await Job.filter(id=run.job_id).update(status=JobStatus.RUNNING, cancel_requested=True)
    assert not await again(runtime, request(dataset))


async def test_a_run_with_any_other_setting_is_another_run(runtime: Runtime) -> None:
    dataset = await a_dataset()
    await asked(runtime, dataset)
    changes: list[dict[str, Any]] = [
        {"seed": 1},
        {"columns": (RoleOverride("note", ColumnRole.CATEGORICAL),)},
        {"pca": PcaSettings(components=1)},
        {"algorithm": AlgorithmChoice(Algorithm.KMEANS, 4)},
        {"algorithm": AlgorithmChoice(Algorithm.HIERARCHICAL, 3)},
        {"algorithm": AlgorithmChoice(Algorithm.HIERARCHICAL, 3, linkage=Linkage.SINGLE)},
        {"algorithm": AlgorithmChoice(Algorithm.KMEANS)},
        {"algorithm": AlgorithmChoice(Algorithm.KMEANS, None, ClusterCountRange(2, 4))},
        {"algorithm": AlgorithmChoice(Algorithm.KMEANS, min_segment_share=0.1)},
        {"algorithm": AlgorithmChoice(Algorithm.KMEANS, criterion=ClusterCountCriterion.ELBOW)},
        {"algorithm": AlgorithmChoice(Algorithm.GAUSSIAN_MIXTURE, 3)},
        {"algorithm": AlgorithmChoice(Algorithm.DBSCAN)},
        {"algorithm": AlgorithmChoice(Algorithm.DBSCAN, epsilon=0.5)},
        {"algorithm": AlgorithmChoice(Algorithm.HDBSCAN)},
        {"preparation": PreparationSettings(scaling=Scaling.ROBUST)},
        {"preparation": PreparationSettings(weights=(ColumnWeight("age", 2.0),))},
    ]
    for change in changes:
        assert not await again(runtime, request(dataset, **change)), change
        assert await again(runtime, request(dataset, **change)), change


async def test_settings_that_are_in_force_anyway_make_no_other_run(runtime: Runtime) -> None:
    dataset = await a_dataset()
    await asked(runtime, dataset)
    await asked(runtime, dataset, algorithm=AlgorithmChoice(Algorithm.KMEANS))
    assert await again(runtime, request(dataset, columns=(RoleOverride("age", ColumnRole.NUMERIC),)))
    whole = AlgorithmChoice(Algorithm.KMEANS, None, ClusterCountRange(2, 10))
    assert await again(runtime, request(dataset, algorithm=whole))


def test_a_range_of_counts_and_a_criterion_have_no_say_in_the_fingerprint_where_the_count_is_given() -> None:
    parameters = TrainingParameters(KMeansSettings(2), (), None, 0)
    narrow = replace(
        parameters, algorithm=KMeansSettings(2, ClusterCountRange(2, 3), ClusterCountCriterion.ELBOW)
    )
    assert runs._fingerprint(narrow, None) == runs._fingerprint(parameters, None)


async def test_the_same_request_on_another_dataset_is_another_run(runtime: Runtime) -> None:
    await asked(runtime, await a_dataset())
    assert not await again(runtime, request(await a_dataset()))


async def test_every_mistake_of_a_request_is_told_at_once_with_its_path(runtime: Runtime) -> None:
    dataset = await a_dataset()
    unfinished = await asked(runtime, dataset)
    wish = TrainingRequest(
        dataset.id,
        AlgorithmChoice(Algorithm.KMEANS, 16, ClusterCountRange(9, 11)),
        columns=(
            RoleOverride("age", ColumnRole.IGNORED),
            RoleOverride("agee", ColumnRole.NUMERIC),
            RoleOverride("note", ColumnRole.DATETIME),
            RoleOverride("age", ColumnRole.TEXT),
        ),
        pca=PcaSettings(explained_variance=1.5),
        preparation=PreparationSettings(weights=(ColumnWeight("nobody", 2.0),)),
        seed=-1,
        match_to=unfinished.id,
        match_to_given=True,
    )
    before = await Job.all().count()
    with pytest.raises(Refused) as caught:
        await runs.train(runtime, wish)
    told = {".".join(mistake.path): mistake.message for mistake in mistakes_in(caught.value)}
    assert told == {
        "input.algorithm.kmeans.clusterCountRange": "give clusterCount or clusterCountRange, not both",
        "input.algorithm.kmeans.clusterCount": "16 clusters: from 2 to 15 can be asked for",
        "input.algorithm.kmeans.clusterCountRange.max": "11 clusters of 10 customers: ask for 10 at most",
        "input.columns.3.name": 'column "age" is given a role twice: here and at place 0',
        "input.columns.1.name": 'there is no column "agee"; the columns are "age", "note"',
        "input.columns.2.role": (
            'column "note" can\'t be DATETIME: not all of its values are dates. Upload the file again with '
            "this role: where at least half are, the others are taken as missing"
        ),
        "input.pca.explainedVariance": "1.5 is no share of the variance: above 0 and at most 1",
        "input.seed": "the seed is -1: 0 or above",
        "input.preparation.weights.0.name": 'no column called "nobody" is clustered by',
        "input.matchTo": "the run to match to has no segments: it is QUEUED",
    }
    assert await Job.all().count() == before


async def test_a_request_that_leaves_no_column_to_cluster_by_is_refused(runtime: Runtime) -> None:
    dataset = await a_dataset()
    with pytest.raises(Refused) as caught:
        await runs.train(runtime, request(dataset, columns=(RoleOverride("age", ColumnRole.IGNORED),)))
    (mistake,) = mistakes_in(caught.value)
    assert (type(mistake), mistake.path) == (UnsuitableData, ("input", "columns"))
    assert mistake.message.startswith("no column is left to cluster by: give at least one the role NUMERIC")
    assert await Job.all().count() == 0


async def test_a_dataset_that_is_not_there_is_told_with_the_other_mistakes(runtime: Runtime) -> None:
    wish = TrainingRequest(uuid4(), AlgorithmChoice(Algorithm.KMEANS, 1), seed=-1)
    with pytest.raises(Refused) as caught:
        await runs.train(runtime, wish)
    assert sorted(mistake.path[-1] for mistake in mistakes_in(caught.value)) == [
        "clusterCount",
        "datasetId",
        "seed",
    ]
    assert await Job.all().count() == 0


async def test_hierarchical_clustering_is_refused_above_its_limit_with_the_way_out(runtime: Runtime) -> None:
    large = await a_dataset(row_count=20_001)
    with pytest.raises(Refused) as caught:
        await runs.train(runtime, request(large, algorithm=HIERARCHICAL))
    (mistake,) = caught.value.exceptions
    assert "takes 20,000 customers at most" in str(mistake)
    assert "SEGMENTGRAPH_MAX_HIERARCHICAL_ROWS" in str(mistake)
    assert not await again(runtime, request(large))


async def test_a_queued_run_is_canceled_at_once_and_never_begins(runtime: Runtime) -> None:
    run = await asked(runtime, await a_dataset())
    canceled = await runs.cancel(runtime, run.id)
    assert (canceled.job.status, canceled.job.message) == (JobStatus.CANCELED, "Canceled before it began")
    with pytest.raises(Conflict, match="it is CANCELED already"):
        await runs.cancel(runtime, run.id)
    async with supervised(runtime) as supervisor:
        await supervisor._round()
    assert (await Job.get(id=run.job_id)).attempt == 0


async def test_a_running_run_is_canceled_by_its_worker(runtime: Runtime) -> None:
    run = await asked(runtime, await uploaded(runtime, customers(3_000)), count=None)
    async with supervised(runtime):
        await under_way(runtime, run)
        await runs.cancel(runtime, run.id)
        last = await ended(runtime, run)
        assert (last.job.status, last.job.fraction < 1) == (JobStatus.CANCELED, True)
        # The worker is free again, and nothing was published.
        await trained(runtime, await uploaded(runtime))
    assert await Segment.filter(run_id=run.id).count() == 0


@pytest.mark.parametrize("status", [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED])
async def test_a_run_that_has_ended_can_not_be_canceled(runtime: Runtime, status: JobStatus) -> None:
    run = await asked(runtime, await a_dataset())
    await end_as(run, status)
    with pytest.raises(Conflict, match=f"the run can't be canceled: it is {status} already"):
        await runs.cancel(runtime, run.id)
    assert (await Job.get(id=run.job_id)).status is status


async def test_what_is_not_there_can_neither_be_canceled_nor_deleted(runtime: Runtime) -> None:
    for key in (None, uuid4()):
        for action in (runs.cancel, runs.delete, datasets.delete):
            with pytest.raises(NotFound):
                await action(runtime, key)


async def test_deleting_a_run_removes_its_rows_and_files_and_nothing_else(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    doomed, kept = await trained(runtime, dataset), await trained(runtime, dataset, seed=1)
    assert await runs.delete(runtime, doomed.id) == doomed.id
    assert await runs.find(doomed.id) is None
    assert [job.id for job in await Job.all()] == [kept.job_id]
    assert {segment.run_id for segment in await Segment.all()} == {kept.id}
    of_kept = await Segment.filter(run_id=kept.id).values_list("id", flat=True)
    assert {advice.segment_id for advice in await Recommendation.all()} <= set(of_kept)
    rooms = runtime.storage.children("runs")
    assert (str(doomed.id) in rooms, str(kept.id) in rooms) == (False, True)
    # The one that continued it goes on without it.
    assert (await ClusteringRun.get(id=kept.id)).match_to_id is None


async def test_deleting_a_dataset_while_a_run_trains_stops_the_run_and_leaves_nothing(
    runtime: Runtime,
) -> None:
    dataset, other = await uploaded(runtime, customers(3_000)), await uploaded(runtime)
    run = await asked(runtime, dataset, count=None)
    async with supervised(runtime):
        await under_way(runtime, run)
        await datasets.delete(runtime, dataset.id)
        assert [each async for each in runs.watch(runtime, run.id)] == [None]
        # Its worker is free for the next one, and what it wrote meanwhile is gone.
        last = await trained(runtime, other)
    assert [each.id for each in await ClusteringRun.all()] == [last.id]
    assert [each.id for each in await Dataset.all()] == [other.id]
    assert str(run.id) not in runtime.storage.children("runs")
    assert str(dataset.id) not in runtime.storage.children("datasets")


async def test_no_run_is_queued_on_a_dataset_that_is_deleted_meanwhile(runtime: Runtime) -> None:
    for _ in range(4):
        dataset = await a_dataset()
        deleted, *asked_for = await asyncio.gather(
            datasets.delete(runtime, dataset.id),
            *(runs.train(runtime, request(dataset, seed=seed)) for seed in range(3)),
            return_exceptions=True,
        )
        assert deleted == dataset.id
        # Each refused, or queued before the deletion, which then took it along.
        refused = [each for each in asked_for if isinstance(each, BaseException)]
        assert all(isinstance(each, NotFound | Refused) for each in refused)
        assert (await ClusteringRun.all().count(), await Job.all().count()) == (0, 0)


async def test_no_run_is_queued_that_continues_one_that_is_deleted_meanwhile(runtime: Runtime) -> None:
    dataset = await a_dataset()
    for seed in range(4):
        earlier = await a_run(await a_job(status=JobStatus.SUCCEEDED), dataset)
        wish = request(dataset, seed=seed, match_to=earlier.id, match_to_given=True)
        deleted, *asked_for = await asyncio.gather(
            runs.delete(runtime, earlier.id),
            *(runs.train(runtime, replace(wish, reuse=False)) for _ in range(3)),
            return_exceptions=True,
        )
        assert deleted == earlier.id
        # Each refused, or queued before the deletion, after which it is to continue nothing.
        refused = [each for each in asked_for if isinstance(each, BaseException)]
        assert all(isinstance(each, NotFound | Refused) for each in refused)
        assert await ClusteringRun.filter(match_to_id__isnull=False).count() == 0
        assert await ClusteringRun.all().count() == 3 - len(refused)
        await Job.all().delete()


async def test_no_run_is_queued_for_an_account_that_is_deleted_meanwhile(runtime: Runtime) -> None:
    dataset = await a_dataset()
    with pytest.raises(NotFound, match="the account has just been deleted"):
        await runs.train(runtime, request(dataset, by=uuid4()))
    assert (await ClusteringRun.all().count(), await Job.all().count()) == (0, 0)


async def test_of_many_mistakes_the_first_are_told_in_short(runtime: Runtime) -> None:
    """A request has room for half a million of them, with names of megabytes."""
    dataset = await a_dataset()
    columns = tuple(RoleOverride(f"no {number}", ColumnRole.NUMERIC) for number in range(5_000))
    weights = tuple(ColumnWeight(f"{number} " + "x" * 10_000, 1.0) for number in range(5_000))
    wish = request(dataset, columns=columns, preparation=PreparationSettings(weights=weights))
    with pytest.raises(Refused) as caught:
        await runs.train(runtime, wish)
    told = mistakes_in(caught.value)
    assert [mistake.path[1] for mistake in told] == ["columns"] * 100 + ["preparation"] * 100
    assert max(len(mistake.message) for mistake in told) < 200
    assert await Job.all().count() == 0


def test_a_run_of_before_there_was_a_choice_has_the_preparation_of_then() -> None:
    stored = json.loads(runs._PARAMETERS.dump_json(TrainingParameters(KMeansSettings(2), (), None, 0)))
    del stored["preparation"]
    then = PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT)
    assert runs._PARAMETERS.validate_json(json.dumps(stored)).preparation == then


async def test_a_run_of_now_has_the_preparation_asked_for_or_the_usual_one(runtime: Runtime) -> None:
    run = await asked(runtime, await a_dataset())
    assert (await ClusteringRun.get(id=run.id)).parameters.preparation == PreparationSettings()


async def test_a_watcher_sees_the_present_state_at_once_then_changes_and_then_the_end(
    runtime: Runtime,
) -> None:
    run = await a_run(await a_running_job(runtime.identity, beat_at=now()))
    watching = runs.watch(runtime, run.id)
    first = await anext(watching)
    assert first is not None
    assert first.job.status is JobStatus.RUNNING
    await Job.filter(id=run.job_id).update(fraction=0.5, version=1)
    runtime.changes.tell(run.job_id)
    second = await anext(watching)
    assert second is not None
    assert second.job.fraction == 0.5
    await Job.filter(id=run.job_id).update(status=JobStatus.SUCCEEDED, fraction=1.0, version=2)
    runtime.changes.tell(run.job_id)
    assert [each.job.status if each else None async for each in watching] == [JobStatus.SUCCEEDED]


async def test_a_watcher_learns_of_what_another_process_did(runtime: Runtime) -> None:
    run = await a_run(await a_running_job(beat_at=now()))
    here = replace(runtime, changes=Changes())
    watching = runs.watch(here, run.id)
    assert await anext(watching) is not None
    # Written by somebody else: nobody tells this process.
    await Job.filter(id=run.job_id).update(status=JobStatus.FAILED, version=1)
    async with asyncio.timeout(30):
        assert [each.job.status if each else None async for each in watching] == [JobStatus.FAILED]
    await here.changes.close()


async def test_a_watcher_of_a_run_that_is_deleted_is_told_so(runtime: Runtime) -> None:
    run = await a_run(await a_running_job(beat_at=now()))
    watching = runs.watch(runtime, run.id)
    assert await anext(watching) is not None
    await runs.delete(runtime, run.id)
    assert [each async for each in watching] == [None]
    assert [each async for each in runs.watch(runtime, None)] == [None]


async def test_nobody_is_remembered_who_has_stopped_watching(runtime: Runtime) -> None:
    run = await a_run(await a_running_job(beat_at=now()))
    watching = runs.watch(runtime, run.id)
    await anext(watching)
    assert list(runtime.changes._watchers) == [run.job_id]
    await watching.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert not runtime.changes._watchers


async def test_runs_are_listed_newest_first_and_by_what_they_are(runtime: Runtime) -> None:
    dataset, other = await a_dataset(), await a_dataset()
    kmeans = await asked(runtime, dataset)
    tree = await asked(runtime, dataset, algorithm=HIERARCHICAL)
    elsewhere = await asked(runtime, other)
    await end_as(tree, JobStatus.FAILED)
    assert [run.id for run in await runs.newest_first()] == [elsewhere.id, tree.id, kmeans.id]
    assert [run.id for run in await runs.newest_first(dataset.id)] == [tree.id, kmeans.id]
    assert [run.id for run in await runs.newest_first(status=JobStatus.FAILED)] == [tree.id]
    assert [run.id for run in await runs.newest_first(algorithm=Algorithm.HIERARCHICAL)] == [tree.id]
    assert [run.id for run in await runs.newest_first(dataset.id, JobStatus.QUEUED)] == [kmeans.id]
