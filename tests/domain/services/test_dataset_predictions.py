"""Whole datasets placed in the segments of a run: asked for, watched, canceled, deleted, and looked up."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from domain.errors import Conflict, DomainError, NotFound, Refused, TooLarge, UserErrorCode
from domain.models import Audience, ClusteringRun, Dataset, DatasetPrediction, Job, ModelVersion
from domain.services import dataset_predictions, placed_customers, queueing, runs, segmentations, sweeping
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.services.supervision import Supervisor, supervised
from domain.storage.assignments import open_assignments
from domain.storage.scorers import dump_scorer
from domain.terms.access import Role, Viewer, ViewerKind
from domain.terms.jobs import FINAL_STATUSES, JobKind, JobStatus, Lane
from domain.terms.predictions import DatasetPredictionRequest
from domain.terms.scoring import EncodedFeature, OutlierRule
from tests.domain.engine.programs import MODULE
from tests.domain.services.rows import (
    LONG_AGO,
    a_dataset,
    a_dataset_prediction,
    a_job,
    a_model_version,
    a_run,
    a_segment,
    an_account,
    an_audience,
    viewer_of,
)
from tests.domain.services.versions import a_placing_version, by_age
from tests.domain.services.working import SOON, customers, trained, uploaded

ANALYST = Viewer(uuid4(), "ana", Role.ANALYST, ViewerKind.USER)
AGES = "id,age,plan\n" + "".join(f"C{row},{20 + row},{'ab'[row % 2]}\n" for row in range(50))


def wish(
    dataset: Dataset, version: ModelVersion | None = None, run: ClusteringRun | None = None, **values: Any
) -> DatasetPredictionRequest:
    return DatasetPredictionRequest(
        model_version_id=version.id if version else None,
        run_id=run.id if run else None,
        dataset_id=dataset.id,
        model_version_given=version is not None,
        run_given=run is not None,
        **values,
    )


async def asked(runtime: Runtime, request: DatasetPredictionRequest) -> DatasetPrediction:
    """Queue one that was not there before."""
    prediction, reused = await dataset_predictions.predict(runtime, request)
    assert not reused
    return prediction


async def ended(runtime: Runtime, prediction: DatasetPrediction) -> DatasetPrediction:
    """Watch one to its end."""
    last = None
    async with asyncio.timeout(SOON):
        async for last in dataset_predictions.watch(runtime, prediction.id):
            assert last is not None
    assert last is not None
    assert last.job.status in FINAL_STATUSES
    return last


async def placed(runtime: Runtime, request: DatasetPredictionRequest) -> DatasetPrediction:
    """Place a dataset to its good end."""
    prediction = await asked(runtime, request)
    async with supervised(runtime):
        last = await ended(runtime, prediction)
    assert last.job.status is JobStatus.SUCCEEDED, last.job.failure_message
    return last


@asynccontextmanager
async def nothing_queued() -> AsyncIterator[None]:
    before = await DatasetPrediction.all().count(), await Job.all().count()
    yield
    assert (await DatasetPrediction.all().count(), await Job.all().count()) == before


async def forever() -> None:
    await asyncio.Event().wait()


def told(refused: Refused) -> list[tuple[UserErrorCode, tuple[str, ...]]]:
    return [(each.code, each.path) for each in refused.exceptions if isinstance(each, DomainError)]


async def test_the_training_dataset_is_placed_where_the_training_put_it(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    run = await trained(runtime, dataset)
    version = await a_model_version(run)

    prediction = await placed(runtime, wish(dataset, version))

    assert (prediction.run_id, prediction.model_version_id) == (run.id, version.id)
    assert (prediction.job.stage, prediction.job.fraction, prediction.job.kind) == (
        "DONE",
        1.0,
        JobKind.PREDICT,
    )
    assert prediction.outcome is not None
    sizes = {each.index: each.count for each in prediction.outcome.counts}
    own, again = await segmentations.of_run(run.id), await segmentations.of_dataset_prediction(prediction.id)
    assert own is not None
    assert again is not None
    found = [
        open_assignments(runtime.storage, each.assignments_key, each.members_key) for each in (own, again)
    ]
    assert found[0].segments().tolist() == found[1].segments().tolist()
    assert sizes == {index: found[0].segment_size(index) for index in range(3)}
    page = await placed_customers.placed(runtime, again, 1, 2, 3)
    whole = await placed_customers.placed(runtime, again, None, 0, 200)
    assert page == [each for each in whole if each.segment == 1][2:5]
    assert all(each.distance is not None and each.runner_up in {0, 2} for each in page)
    assert [each.customer.key for each in whole[:2]] == ["C-000001", "C-000002"]


async def test_an_equal_one_is_answered_that_is_under_way_or_done(runtime: Runtime) -> None:
    version, dataset = await a_placing_version(runtime), await a_dataset()
    run = await ClusteringRun.get(id=version.run_id)
    first = await asked(runtime, wish(dataset, version))
    assert runtime.queued.is_set()

    again, reused = await dataset_predictions.predict(runtime, wish(dataset, version))
    assert (again.id, reused) == (first.id, True)
    # It is linked to its version; of the run itself there is none yet.
    by_run = await asked(runtime, wish(dataset, run=run))
    assert by_run.model_version_id is None
    anew = await asked(runtime, wish(dataset, version, reuse=False))
    await Job.filter(id=anew.job_id).update(status=JobStatus.SUCCEEDED)
    await Job.filter(id=first.job_id).update(status=JobStatus.FAILED)
    again, reused = await dataset_predictions.predict(runtime, wish(dataset, version))
    assert (again.id, reused) == (anew.id, True)


@pytest.mark.parametrize("change", ["identifier", "scorer", "canceled"])
async def test_one_that_is_not_equal_any_more_is_made_anew(runtime: Runtime, change: str) -> None:
    version, dataset = await a_placing_version(runtime), await a_dataset()
    first = await asked(runtime, wish(dataset, version))
    if change == "identifier":
        await Dataset.filter(id=dataset.id).update(identifier="age")
    elif change == "canceled":
        await Job.filter(id=first.job_id).update(status=JobStatus.RUNNING, cancel_requested=True)
    else:
        other = await ClusteringRun.get(id=(await a_placing_version(runtime, 30, 50)).run_id)
        content = runtime.storage.read_bytes(f"{other.folder}/scorer.npz")
        runtime.storage.write_bytes(f"runs/{version.run_id}/scorer.npz", content)
        await ClusteringRun.filter(id=version.run_id).update(scorer_checksum=other.scorer_checksum)
    assert (await asked(runtime, wish(dataset, version))).id != first.id


async def test_all_that_is_wrong_with_a_request_is_told_at_once(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    run = await ClusteringRun.get(id=version.run_id)
    nothing = replace(wish(await a_dataset(), version, run), model_version_id=uuid4(), dataset_id=None)
    async with nothing_queued():
        with pytest.raises(Refused) as refused:
            await dataset_predictions.predict(runtime, nothing)
        assert told(refused.value) == [
            (UserErrorCode.INVALID, ("input", "runId")),
            (UserErrorCode.NOT_FOUND, ("input", "modelVersionId")),
            (UserErrorCode.NOT_FOUND, ("input", "datasetId")),
        ]
        with pytest.raises(Refused) as refused:
            await dataset_predictions.predict(runtime, DatasetPredictionRequest(None, None, None))
        assert told(refused.value) == [
            (UserErrorCode.INVALID, ("input",)),
            (UserErrorCode.NOT_FOUND, ("input", "datasetId")),
        ]
        with pytest.raises(Refused) as refused:
            await dataset_predictions.predict(runtime, replace(wish(await a_dataset(), run=run), run_id=None))
        assert told(refused.value) == [(UserErrorCode.NOT_FOUND, ("input", "runId"))]


async def test_a_run_that_places_nobody_and_a_dataset_without_the_columns_are_refused(
    runtime: Runtime,
) -> None:
    version, dataset = await a_placing_version(runtime), await a_dataset()
    queued = await a_run(await a_job())
    of_old = await a_run(await a_job(status=JobStatus.SUCCEEDED))
    other = await a_dataset(columns=dataset.columns[1:])
    async with nothing_queued():
        for run, message in ((queued, "it is QUEUED"), (of_old, "of an earlier release")):
            with pytest.raises(Refused) as refused:
                await dataset_predictions.predict(runtime, wish(dataset, run=run))
            assert told(refused.value) == [(UserErrorCode.CONFLICT, ("input", "runId"))]
            assert message in str(refused.value.exceptions[0])
        with pytest.raises(Refused) as refused:
            await dataset_predictions.predict(runtime, wish(other, version))
        assert told(refused.value) == [(UserErrorCode.UNSUITABLE_DATA, ("input", "datasetId"))]
        assert '"age"' in str(refused.value.exceptions[0])


async def test_an_account_has_no_more_runs_and_predictions_under_way_than_it_may(runtime: Runtime) -> None:
    few = replace(runtime, settings=runtime.settings.model_copy(update={"max_concurrent_runs": 2}))
    version, account = await a_placing_version(runtime), await an_account()
    await a_run(await a_job(), created_by=account.id)
    await asked(few, wish(await a_dataset(), version, by=account.id))
    async with nothing_queued():
        with pytest.raises(TooLarge, match="you have 1 run and 1 dataset prediction under way"):
            await dataset_predictions.predict(few, wish(await a_dataset(), version, by=account.id))
        with pytest.raises(NotFound, match="account"):
            await dataset_predictions.predict(few, wish(await a_dataset(), version, by=uuid4()))
    with pytest.raises(TooLarge):
        await queueing.refuse_too_many(few, account.id)
    await asked(few, wish(await a_dataset(), version))


async def test_a_queued_one_is_canceled_at_once_and_only_once(runtime: Runtime) -> None:
    prediction = await asked(runtime, wish(await a_dataset(), await a_placing_version(runtime)))
    canceled = await dataset_predictions.cancel(runtime, ANALYST, prediction.id)
    assert (canceled.job.status, canceled.job.message) == (JobStatus.CANCELED, "Canceled before it began")
    with pytest.raises(Conflict, match="the dataset prediction can't be canceled: it is CANCELED already"):
        await dataset_predictions.cancel(runtime, ANALYST, prediction.id)
    for key in (None, uuid4()):
        with pytest.raises(NotFound, match="there is no such dataset prediction"):
            await dataset_predictions.cancel(runtime, ANALYST, key)


async def test_it_goes_with_its_files_unless_an_audience_rests_on_it(runtime: Runtime) -> None:
    run, dataset = await a_run(await a_job(status=JobStatus.SUCCEEDED)), await a_dataset()
    prediction = await a_dataset_prediction(run, dataset)
    runtime.storage.write_bytes(f"{prediction.folder}/order.json", b"{}")
    audience = await an_audience(
        await a_segment(run, 0, "Old"), dataset_prediction_id=prediction.id, name="Letter"
    )
    with pytest.raises(Conflict, match="Letter"):
        await dataset_predictions.delete(runtime, ANALYST, prediction.id)
    assert runtime.storage.exists(f"{prediction.folder}/order.json")
    await Audience.filter(id=audience.id).delete()
    assert await dataset_predictions.delete(runtime, ANALYST, prediction.id) == prediction.id
    assert runtime.storage.children(prediction.folder) == []
    assert await dataset_predictions.find(prediction.id) is None
    assert not await Job.exists(id=prediction.job_id)
    with pytest.raises(NotFound, match="deleted already"):
        await dataset_predictions.delete(runtime, ANALYST, prediction.id)


async def test_who_is_no_analyst_cancels_and_deletes_only_what_it_asked_for_itself(runtime: Runtime) -> None:
    own, other = await an_account(), await an_account()
    version = await a_placing_version(runtime)
    prediction = await asked(runtime, wish(await a_dataset(), version, by=own.id))
    for change, what in ((dataset_predictions.cancel, "cancel"), (dataset_predictions.delete, "delete")):
        with pytest.raises(Conflict, match=f"somebody else asked for this dataset prediction: .*{what} it"):
            await change(runtime, viewer_of(other), prediction.id)
    left = await dataset_predictions.find(prediction.id)
    assert left is not None
    assert left.job.status is JobStatus.QUEUED
    canceled = await dataset_predictions.cancel(runtime, viewer_of(own), prediction.id)
    assert canceled.job.status is JobStatus.CANCELED
    assert await dataset_predictions.delete(runtime, viewer_of(own), prediction.id) == prediction.id


async def test_it_goes_with_its_run(runtime: Runtime) -> None:
    run, dataset = await a_run(await a_job(status=JobStatus.SUCCEEDED)), await a_dataset()
    prediction = await a_dataset_prediction(run, dataset)
    runtime.storage.write_bytes(f"{prediction.folder}/order.json", b"{}")
    await runs.delete(runtime, run.id)
    assert runtime.storage.children(prediction.folder) == []
    assert not await Job.exists(id=prediction.job_id)


async def test_those_that_fit_are_listed_newest_first(runtime: Runtime) -> None:
    run, dataset, other = await a_run(await a_job()), await a_dataset(), await a_dataset()
    version = await a_model_version(run)
    first = await a_dataset_prediction(run, dataset, model_version_id=version.id)
    second, third = await a_dataset_prediction(run, dataset), await a_dataset_prediction(run, other)
    await Job.filter(id=second.job_id).update(status=JobStatus.SUCCEEDED)

    async def listed(**filters: Any) -> list[Any]:
        return [each.id for each in await dataset_predictions.newest_first(**filters)]

    assert await listed() == await listed(run_id=run.id) == [third.id, second.id, first.id]
    assert await listed(dataset_id=dataset.id) == [second.id, first.id]
    assert await listed(model_version_id=version.id) == [first.id]
    assert await listed(status=JobStatus.SUCCEEDED) == [second.id]


async def test_a_sweep_deletes_the_files_of_those_that_are_no_more(runtime: Runtime) -> None:
    kept = await a_dataset_prediction(await a_run(await a_job()), await a_dataset())
    gone = f"predictions/{uuid4()}"
    for folder in (kept.folder, gone):
        runtime.storage.write_bytes(f"{folder}/order.json", b"{}")
    await sweeping.sweep(runtime)
    assert runtime.storage.exists(f"{kept.folder}/order.json")
    assert runtime.storage.children(gone) == []


async def test_it_is_begun_although_all_training_workers_are_busy(runtime: Runtime) -> None:
    busy = await a_job()
    dataset = await uploaded(runtime, AGES.encode())
    prediction = await asked(runtime, wish(dataset, await a_placing_version(runtime)))
    supervisor = Supervisor(runtime)
    supervisor._drives[busy.id] = asyncio.create_task(forever())
    supervisor._lanes[busy.id] = Lane.HEAVY
    waiting = await a_job()
    await supervisor._round()
    assert set(supervisor._drives) == {busy.id, prediction.job_id}
    assert (await Job.get(id=waiting.id)).status is JobStatus.QUEUED
    assert (await ended(runtime, prediction)).job.status is JobStatus.SUCCEEDED
    await supervisor.let_go()


async def test_letting_go_queues_it_again_and_a_silent_one_is_begun_again(runtime: Runtime) -> None:
    dataset = await uploaded(runtime, AGES.encode())
    prediction = await asked(runtime, wish(dataset, await a_placing_version(runtime)))
    job = Job.filter(id=prediction.job_id)
    await job.update(status=JobStatus.RUNNING, owner=runtime.identity, attempt=1, beat_at=now())
    await Supervisor(runtime).let_go()
    assert (await job.get()).status is JobStatus.QUEUED
    assert (await job.get()).attempt == 0
    await job.update(
        status=JobStatus.RUNNING, owner=uuid4(), attempt=1, beat_at=now() - LONG_AGO, fraction=0.5
    )
    fractions = []
    async with supervised(runtime), asyncio.timeout(SOON):
        async for seen in dataset_predictions.watch(runtime, prediction.id):
            assert seen is not None
            fractions.append(seen.job.fraction)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.5
    done = await job.get()
    assert (done.status, done.attempt) == (JobStatus.SUCCEEDED, 2)


async def test_one_that_was_lost_at_its_last_attempt_says_so_in_its_own_words(runtime: Runtime) -> None:
    prediction = await a_dataset_prediction(await a_run(await a_job()), await a_dataset())
    await Job.filter(id=prediction.job_id).update(
        status=JobStatus.RUNNING, owner=uuid4(), attempt=3, beat_at=now() - LONG_AGO
    )
    await Supervisor(runtime)._take_over()
    failed = await Job.get(id=prediction.job_id)
    assert failed.failure_message is not None
    assert failed.failure_message.startswith("the dataset prediction was begun 3 times")


async def test_columns_of_another_kind_fail_it_and_are_named(runtime: Runtime) -> None:
    words = AGES.replace("2", "two").replace("3", "three").encode()
    dataset = await uploaded(runtime, words)
    prediction = await asked(runtime, wish(dataset, await a_placing_version(runtime)))
    async with supervised(runtime):
        last = await ended(runtime, prediction)
    assert last.job.failure_code == "UNSUITABLE_DATA"
    assert last.job.failure_message is not None
    assert '"age", which is of another kind' in last.job.failure_message
    assert last.outcome is None


# A new worker takes seconds, and the database has no part in it.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_whose_worker_is_killed_is_begun_again_and_succeeds(runtime: Runtime) -> None:
    dataset = await uploaded(runtime, customers(5_000))
    version = await a_placing_version(runtime)
    await take_time(runtime, version)
    await runtime.engine.run(MODULE, "writes", lane=Lane.QUICK)
    worker = int(runtime.storage.read_bytes("pid"))
    prediction = await asked(runtime, wish(dataset, version))
    async with supervised(runtime):
        async with asyncio.timeout(SOON):
            async for seen in dataset_predictions.watch(runtime, prediction.id):
                assert seen is not None
                if seen.job.stage == "LOADING":
                    break
        os.kill(worker, signal.SIGKILL)
        last = await ended(runtime, prediction)
    assert (last.job.status, last.job.attempt) == (JobStatus.SUCCEEDED, 2), last.job.failure_message
    assert last.outcome is not None
    assert last.outcome.row_count == 5_000


async def take_time(runtime: Runtime, version: ModelVersion) -> None:
    """Have a version compare each customer with so many others that somebody can step in."""
    many = np.linspace(0.0, 100.0, 20_000).reshape(-1, 1)
    nobody = OutlierRule((EncodedFeature("age"),), many, np.ones(len(many), np.bool_), 1e6, 1)
    scorer = replace(by_age(20, 60), outliers=nobody)
    checksum = dump_scorer(runtime.storage, f"runs/{version.run_id}/scorer.npz", scorer)
    await ClusteringRun.filter(id=version.run_id).update(scorer_checksum=checksum)
