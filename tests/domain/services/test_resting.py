"""What rests on a run or a dataset keeps it from being deleted; what was derived of it goes along."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError
from domain.models import (
    Audience,
    ClusteringRun,
    Dataset,
    DatasetPrediction,
    Job,
    ModelVersion,
    RememberedPrediction,
    Segment,
)
from domain.models.connection import Dialect, dialect_of
from domain.services import datasets, models, remembering, runs
from domain.services.runtime import Runtime
from domain.terms.registering import Registration
from tests.domain.services.rows import (
    a_dataset,
    a_dataset_prediction,
    a_job,
    a_model,
    a_model_version,
    a_remembered_prediction,
    a_run,
    a_segment,
    an_audience,
)

WAITING = "SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted"


async def a_scoring_run(dataset: Dataset | None = None) -> ClusteringRun:
    """A run that succeeded and can place customers, as far as its row tells."""
    return await a_run(await a_job(status="SUCCEEDED"), dataset, scorer_checksum="a" * 64)


async def refusal(deletion: Awaitable[Any]) -> str:
    """Try to delete, and answer why nothing was."""
    with pytest.raises(Conflict) as caught:
        await deletion
    assert caught.value.path == ("input", "id")
    return caught.value.message


async def refused(deletion: Awaitable[Any]) -> str:
    """Try to delete, see that nothing was, and answer why."""
    before = await counts()
    message = await refusal(deletion)
    assert await counts() == before
    return message


async def counts() -> list[int]:
    named = (ModelVersion, Audience)
    kinds = (Dataset, ClusteringRun, Segment, Job, DatasetPrediction, RememberedPrediction, *named)
    return [await kind.all().count() for kind in kinds]


async def test_a_run_and_its_dataset_stay_as_long_as_a_version_of_a_model_rests_on_the_run(
    runtime: Runtime,
) -> None:
    run = await a_scoring_run()
    await a_remembered_prediction(run)
    await a_model_version(run, model_id=(await a_model(name="churn")).id, version=2)
    rests = 'can\'t be deleted as long as this rests on it: version 2 of the model "churn"'
    assert await refused(runs.delete(runtime, run.id)) == f"the run {rests}"
    assert await refused(datasets.delete(runtime, run.dataset_id)) == f"the dataset {rests}"
    await ModelVersion.all().delete()
    await datasets.delete(runtime, run.dataset_id)
    assert await counts() == [0] * 8


async def test_a_run_stays_as_long_as_an_audience_rests_on_a_segment_of_it(runtime: Runtime) -> None:
    run = await a_scoring_run()
    await an_audience(await a_segment(run, 0, "Young"), name="Mailing")
    await a_model_version(run, model_id=(await a_model(name="x" * 200)).id)
    shown = f'version 1 of the model "{"x" * 99}…" and the audience "Mailing"'
    assert (await refused(runs.delete(runtime, run.id))).endswith(f"rests on it: {shown}")
    assert (await refused(datasets.delete(runtime, run.dataset_id))).endswith(f"rests on it: {shown}")


async def test_a_dataset_and_a_run_stay_as_long_as_an_audience_rests_on_what_was_placed(
    runtime: Runtime,
) -> None:
    run, placed_dataset = await a_scoring_run(), await a_dataset()
    placed = await a_dataset_prediction(run, placed_dataset)
    # Of the segment of another run, so that only what was placed is rested on.
    await an_audience(
        await a_segment(await a_scoring_run(), 0, "Young"), name="Mailing", dataset_prediction_id=placed.id
    )
    for deletion in (
        runs.delete(runtime, run.id),
        datasets.delete(runtime, run.dataset_id),
        datasets.delete(runtime, placed_dataset.id),
    ):
        assert (await refused(deletion)).endswith('rests on it: the audience "Mailing"')


async def test_ten_of_each_kind_that_rests_on_a_run_are_named_and_the_others_counted(
    runtime: Runtime,
) -> None:
    run = await a_scoring_run()
    segment = await a_segment(run, 0, "Young")
    for number in range(13):
        await a_model_version(run, model_id=(await a_model(name=f"model {number}")).id)
        await an_audience(segment, name=f"audience {number}")
    message = await refused(runs.delete(runtime, run.id))
    assert message.count("the model") == message.count("the audience") == 10
    assert '"model 9", the audience "audience 0"' in message
    assert message.endswith(', the audience "audience 9" and 6 more')


async def test_what_a_run_placed_goes_with_it_and_with_either_dataset(runtime: Runtime) -> None:
    deletions: tuple[Callable[[ClusteringRun, Dataset], Awaitable[UUID]], ...] = (
        lambda run, _: runs.delete(runtime, run.id),
        lambda run, _: datasets.delete(runtime, run.dataset_id),
        lambda _, dataset: datasets.delete(runtime, dataset.id),
    )
    for delete in deletions:
        run, dataset = await a_scoring_run(), await a_dataset()
        placed = await a_dataset_prediction(run, dataset)
        other = await a_dataset_prediction(await a_scoring_run(), await a_dataset())
        await a_remembered_prediction(run)
        for each in (placed, other):
            await asyncio.to_thread(runtime.storage.write_bytes, f"{each.folder}/scores.parquet", b"scores")
        await delete(run, dataset)
        assert not await DatasetPrediction.exists(id=placed.id)
        assert not await Job.exists(id=placed.job_id)
        assert not runtime.storage.exists(f"{placed.folder}/scores.parquet")
        assert await DatasetPrediction.exists(id=other.id)
        assert runtime.storage.exists(f"{other.folder}/scores.parquet")


async def test_others_read_and_write_while_what_was_remembered_of_many_customers_is_deleted(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_BATCH", 2)
    kept = await a_remembered_prediction(await a_scoring_run())
    deletions: tuple[Callable[[ModelVersion, ClusteringRun], Awaitable[UUID]], ...] = (
        lambda version, _: models.delete_version(runtime, version.id),
        lambda version, _: models.delete(runtime, version.model_id),
        lambda _, run: runs.delete(runtime, run.id),
        lambda _, run: datasets.delete(runtime, run.dataset_id),
    )
    for number, delete in enumerate(deletions):
        run, model = await a_scoring_run(), await a_model()
        version = await a_model_version(run, model_id=model.id)
        await a_model_version(await a_scoring_run(), model_id=model.id, version=2)
        of_version = {"model_version_id": version.id} if number < 2 else {}
        if number >= 2:
            await version.delete()
        for _ in range(60):
            await a_remembered_prediction(run, **of_version)
        deletion, seen = asyncio.ensure_future(delete(version, run)), set()
        while not deletion.done():
            seen.add(await RememberedPrediction.filter(run_id=run.id).count())
        await deletion
        # In one transaction they go all at once.
        assert seen - {0, 60}
        assert [each.id for each in await RememberedPrediction.all()] == [kept.id]


async def test_of_a_registration_and_a_deletion_at_once_one_is_refused(runtime: Runtime) -> None:
    for number in range(6):
        run = await a_scoring_run()
        delete = runs.delete(runtime, run.id) if number % 2 else datasets.delete(runtime, run.dataset_id)
        wish = Registration(run.id, f"model {number}")
        registered, deleted = await asyncio.gather(
            models.register(runtime, wish), delete, return_exceptions=True
        )
        there = await ClusteringRun.exists(id=run.id)
        assert await ModelVersion.filter(run_id=run.id).count() == int(there)
        assert isinstance(deleted if there else registered, DomainError | ExceptionGroup)
        assert isinstance(registered, ModelVersion) == there


async def test_what_comes_to_rest_on_a_run_while_it_is_deleted_is_named_too(runtime: Runtime) -> None:
    run = await a_scoring_run()
    model = await a_model(name="churn")
    made = asyncio.Event()

    async def register() -> None:
        async with in_transaction():
            # Without holding the run: only the database knows of it.
            await a_model_version(run, model_id=model.id)
            made.set()
            if dialect_of(runtime.settings.database) is Dialect.POSTGRES:
                await a_lock_is_waited_for()

    registration = asyncio.create_task(register())
    await made.wait()
    assert (await refusal(runs.delete(runtime, run.id))).endswith('it: version 1 of the model "churn"')
    await registration


async def a_lock_is_waited_for() -> None:
    connection = Tortoise.get_connection("default")
    async with asyncio.timeout(30):
        while not (await connection.execute_query_dict(WAITING))[0]["waiting"]:
            pass
