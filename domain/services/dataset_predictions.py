"""Whole datasets placed in the segments of a run: asked for, watched, canceled, deleted, looked up."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, Invalid, NotFound, UnsuitableData, refuse_if_any
from domain.models import ClusteringRun, Dataset, DatasetPrediction, Job, ModelVersion
from domain.services import locks, queueing, resting, runs, scorers, segmentations, trainings
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.storage import artifacts
from domain.terms.access import Role, Viewer
from domain.terms.jobs import JobKind, JobStatus
from domain.terms.predictions import (
    DatasetPredictionOrder,
    DatasetPredictionOutcome,
    DatasetPredictionRequest,
)
from domain.terms.wording import quoted

VERSION_PATH = ("input", "modelVersionId")
RUN_PATH = ("input", "runId")
DATASET_PATH = ("input", "datasetId")
_NOUN = "dataset prediction"


@dataclass(frozen=True)
class _Wish:
    """What is asked for, found. `run` has its job with it."""

    run: ClusteringRun
    version: ModelVersion | None
    dataset: Dataset

    @property
    def path(self) -> tuple[str, ...]:
        """The field that named the run."""
        return VERSION_PATH if self.version else RUN_PATH


def newest_first(
    run_id: UUID | None = None,
    model_version_id: UUID | None = None,
    dataset_id: UUID | None = None,
    status: JobStatus | None = None,
) -> QuerySet[DatasetPrediction]:
    """All that fit, each with its job, the newest first."""
    filters = {
        "run_id": run_id,
        "model_version_id": model_version_id,
        "dataset_id": dataset_id,
        "job__status": status,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    return DatasetPrediction.filter(**given).select_related("job").order_by("-id")


async def find(prediction_id: UUID | None) -> DatasetPrediction | None:
    """Look one up, with its job."""
    return await newest_first().get_or_none(id=prediction_id) if prediction_id else None


async def predict(runtime: Runtime, request: DatasetPredictionRequest) -> tuple[DatasetPrediction, bool]:
    """Queue the placing of a dataset; answers it, and whether it is an equal one that was there already.

    Raises Refused with every mistake in the request, and TooLarge where an account has too much under way.
    """
    wish = await _settled(runtime, request)
    async with in_transaction():
        # In the order in which a registration and a deletion hold them.
        await _hold(wish)
        if request.reuse and (equal := await _equal(wish)):
            return equal, True
        await queueing.refuse_too_many(runtime, request.by)
        prediction = await _queue(wish, request.by)
    runtime.queued.set()
    return prediction, False


def watch(runtime: Runtime, prediction_id: UUID | None) -> AsyncIterator[DatasetPrediction | None]:
    """Yield it as it is, then each newer state of it, until it ends; None for one that is not there."""
    return queueing.watch(runtime, lambda: find(prediction_id))


async def cancel(runtime: Runtime, viewer: Viewer, prediction_id: UUID | None) -> DatasetPrediction:
    """Cancel one: a queued one at once, a running one as soon as its worker hears of it.

    Whoever asked for it may, and analysts.
    """
    _refuse_others(viewer, await find(prediction_id), "cancel")
    return await queueing.cancel(runtime, lambda: find(prediction_id), _NOUN)


async def delete(runtime: Runtime, viewer: Viewer, prediction_id: UUID | None) -> UUID:
    """Delete one, which is canceled first, with its files. Whoever asked for it may, and analysts.

    Raises NotFound, and Conflict where an audience rests on it.
    """
    prediction = await find(prediction_id)
    if prediction is None:
        raise NotFound(f"there is no such {_NOUN}: it may have been deleted already", ["input", "id"])
    _refuse_others(viewer, prediction, "delete")
    key = prediction.id
    derived = await resting.in_one_go(
        lambda: resting.delete_derived(
            f"the {_NOUN}", ClusteringRun.filter(id__in=[]), DatasetPrediction.filter(id=key)
        )
    )
    await resting.clear_away(runtime, derived)
    return key


def _refuse_others(viewer: Viewer, prediction: DatasetPrediction | None, what: str) -> None:
    if prediction is None or viewer.role.includes(Role.ANALYST):
        return
    if prediction.created_by != viewer.account_id:
        raise Conflict(f"somebody else asked for this {_NOUN}: an analyst can {what} it", ["input", "id"])


async def prepare(runtime: Runtime, job: Job) -> str:
    """Write the order into the folder, and answer the folder. Raises NotFound where it was deleted."""
    prediction = await DatasetPrediction.get_or_none(job_id=job.id).select_related("dataset", "run")
    if prediction is None:
        raise NotFound(f"the {_NOUN} was deleted before it began")
    # As it is now: since this was asked for, an erasure may have rewritten the scorer.
    run = prediction.run
    scorer_key = await asyncio.to_thread(trainings.present_scorer_key, runtime.storage, run)
    order = DatasetPredictionOrder(
        table_key=prediction.dataset.table_key,
        scorer_key=scorer_key,
        scorer_checksum=run.scorer_checksum,
        assignments_key=segmentations.assignments_key(prediction),
        members_key=segmentations.members_key(prediction),
        scores_key=segmentations.scores_key(prediction),
    )
    await asyncio.to_thread(artifacts.dump, runtime.storage, f"{prediction.folder}/order.json", order)
    return prediction.folder


async def publish(runtime: Runtime, job: Job) -> None:
    """Keep what the job brought back.

    Raises NotFound when the job was deleted, or taken over by another process.
    """
    prediction = await DatasetPrediction.get_or_none(job_id=job.id)
    if prediction is None:
        raise NotFound(f"the {_NOUN} was deleted while it was made")
    key = f"{prediction.folder}/outcome.json"
    outcome = await asyncio.to_thread(artifacts.load, runtime.storage, key, DatasetPredictionOutcome)
    async with in_transaction():
        await queueing.finish(runtime, job)
        await DatasetPrediction.filter(id=prediction.id).update(outcome=outcome)


async def _settled(runtime: Runtime, request: DatasetPredictionRequest) -> _Wish:
    """Find what is asked for. Raises Refused with all that is wrong at once."""
    mistakes: list[DomainError] = []
    if request.model_version_given == request.run_given:
        which = "both are given" if request.run_given else "neither is given"
        path = RUN_PATH if request.run_given else ("input",)
        mistakes.append(Invalid(f"give modelVersionId or runId: {which}", path))
    version = (
        await ModelVersion.get_or_none(id=request.model_version_id) if request.model_version_id else None
    )
    if request.model_version_given and version is None:
        mistakes.append(NotFound("there is no such version of a model", VERSION_PATH))
    run = await runs.find(version.run_id if version else request.run_id)
    if request.run_given and not request.model_version_given and run is None:
        mistakes.append(NotFound("there is no such run", RUN_PATH))
    dataset = await Dataset.get_or_none(id=request.dataset_id) if request.dataset_id else None
    if dataset is None:
        mistakes.append(NotFound("there is no such dataset", DATASET_PATH))
    if run is not None:
        path = VERSION_PATH if version else RUN_PATH
        mistakes += await _fit_mistakes(runtime, run, dataset, path)
    refuse_if_any(mistakes)
    assert run is not None  # noqa: S101  # its lack is a mistake
    assert dataset is not None  # noqa: S101  # the same
    return _Wish(run, version, dataset)


async def _fit_mistakes(
    runtime: Runtime, run: ClusteringRun, dataset: Dataset | None, path: tuple[str, ...]
) -> list[DomainError]:
    """Find that a run places nobody, or that the dataset lacks columns that it places customers by."""
    try:
        scorer = await scorers.of_run(runtime, run)
    except Conflict as conflict:
        return [Conflict(conflict.message, path)]
    there = {column.name for column in dataset.columns} if dataset else None
    lacking = [column.name for column in scorer.columns if there is not None and column.name not in there]
    if not lacking:
        return []
    return [
        UnsuitableData(
            f"the segments were made with columns that this dataset does not have: {quoted(lacking)}",
            DATASET_PATH,
        )
    ]


async def _hold(wish: _Wish) -> None:
    """Keep others from deleting what the prediction is about. Raises NotFound for what is gone."""
    version = wish.version
    if version is not None:
        await locks.held_model(version.model_id)
        if not await ModelVersion.exists(id=version.id):
            raise NotFound("the version has just been deleted", VERSION_PATH)
    if not await locks.hold(wish.dataset.id):
        raise NotFound("the dataset has just been deleted", DATASET_PATH)
    if not await locks.hold_run(wish.run.id):
        raise NotFound("the run has just been deleted", wish.path)


async def _equal(wish: _Wish) -> DatasetPrediction | None:
    """Find an equal one, of the same version, that has succeeded or is under way."""
    return (
        await newest_first(dataset_id=wish.dataset.id)
        .filter(
            Q(job__status=JobStatus.SUCCEEDED)
            | Q(job__status__in=queueing.LIVE, job__cancel_requested=False),
            fingerprint=_fingerprint(wish),
            model_version_id=wish.version and wish.version.id,
        )
        .first()
    )


async def _queue(wish: _Wish, by: UUID | None) -> DatasetPrediction:
    job = await queueing.new_job(JobKind.PREDICT)
    prediction = await DatasetPrediction.create(
        id=new_id(),
        job_id=job.id,
        run_id=wish.run.id,
        model_version_id=wish.version and wish.version.id,
        dataset_id=wish.dataset.id,
        fingerprint=_fingerprint(wish),
        created_at=now(),
        created_by=by,
    )
    prediction.job = job
    return prediction


def _fingerprint(wish: _Wish) -> str:
    parts = (wish.run.id, wish.run.scorer_checksum, wish.dataset.id, wish.dataset.identifier)
    return hashlib.sha256(repr(tuple(map(str, parts))).encode()).hexdigest()
