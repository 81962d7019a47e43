"""Clustering runs: train, watch, cancel, delete, look up."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import islice
from uuid import UUID

from pydantic import TypeAdapter
from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import MOST_MISTAKES, Conflict, DomainError, NotFound, Refused, refuse_if_any
from domain.models import ClusteringRun, Dataset, DatasetPrediction
from domain.services import checks, locks, queueing, remembering, resting, training_checks
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.terms.algorithms import Algorithm, is_counted
from domain.terms.columns import RoleOverride
from domain.terms.jobs import JobKind, JobStatus
from domain.terms.training import TrainingParameters, TrainingRequest

_PARAMETERS = TypeAdapter(TrainingParameters)
PATH = ("input", "datasetId")
MATCH_PATH = ("input", "matchTo")


def newest_first(
    dataset_id: UUID | None = None, status: JobStatus | None = None, algorithm: Algorithm | None = None
) -> QuerySet[ClusteringRun]:
    """All runs that fit, each with its job, the newest first."""
    filters = {"dataset_id": dataset_id, "job__status": status, "algorithm": algorithm}
    given = {name: value for name, value in filters.items() if value is not None}
    return ClusteringRun.filter(**given).select_related("job").order_by("-id")


async def find(run_id: UUID | None) -> ClusteringRun | None:
    """Look a run up, with its job."""
    return await newest_first().get_or_none(id=run_id) if run_id else None


async def train(runtime: Runtime, request: TrainingRequest) -> tuple[ClusteringRun, bool]:
    """Queue a training; answers the run, and whether it is an equal one that was there already.

    Raises Refused with every mistake in the request.
    """
    dataset, parameters = await settled(runtime, request)
    async with in_transaction():
        # Two equal requests at once make one run, and none is queued on a dataset that is
        # being deleted.
        if not await locks.hold(dataset.id):
            raise NotFound("the dataset has just been deleted", PATH)
        if request.match_to and not await locks.hold_run(request.match_to):
            raise NotFound("the run to match to has just been deleted", MATCH_PATH)
        run, reused = await equal_or_queued(runtime, request, dataset, parameters)
    runtime.queued.set()
    return run, reused


async def equal_or_queued(
    runtime: Runtime, request: TrainingRequest, dataset: Dataset, parameters: TrainingParameters
) -> tuple[ClusteringRun, bool]:
    """Find an equal run, or queue one; answers whether it was found. In a transaction that holds the dataset.

    Who queues sets `runtime.queued` when the transaction has ended.
    """
    if request.reuse and (equal := await _equal_run(dataset, parameters, request.match_to)):
        return equal, True
    await queueing.refuse_too_many(runtime, request.by)
    return await _queue(dataset, parameters, request.match_to, request.by), False


def watch(runtime: Runtime, run_id: UUID | None) -> AsyncIterator[ClusteringRun | None]:
    """Yield the run as it is, then each newer state of it, until it ends.

    A reader slower than the run gets the newest state only, and always the last.
    Yields None for a run that is not there, or not any more.
    """
    return queueing.watch(runtime, lambda: find(run_id))


async def cancel(runtime: Runtime, run_id: UUID | None) -> ClusteringRun:
    """Cancel a run: a queued one at once, a running one as soon as its worker hears of it."""
    return await queueing.cancel(runtime, lambda: find(run_id), "run")


async def delete(runtime: Runtime, run_id: UUID | None) -> UUID:
    """Delete a run, which is canceled first, with its segments, files, and datasets that it placed.

    Raises NotFound, and Conflict where a model or an audience rests on it.
    """
    run = await find(run_id)
    if run is None:
        raise NotFound("there is no such run: it may have been deleted already", ["input", "id"])
    key = run.id
    await resting.in_one_go(lambda: resting.look_over(*_derived(key)))
    await remembering.forget_runs([key])
    derived = await resting.in_one_go(lambda: resting.delete_derived(*_derived(key)))
    await resting.clear_away(runtime, derived)
    return key


def _derived(run_id: UUID) -> tuple[str, QuerySet[ClusteringRun], QuerySet[DatasetPrediction]]:
    # Made anew for each transaction: a query keeps to the connection that it was first asked on.
    return "the run", ClusteringRun.filter(id=run_id), DatasetPrediction.filter(run_id=run_id)


async def settled(runtime: Runtime, request: TrainingRequest) -> tuple[Dataset, TrainingParameters]:
    """Find the dataset and settle every setting. Raises Refused with all that is wrong at once."""
    dataset = await Dataset.get_or_none(id=request.dataset_id) if request.dataset_id else None
    row_count = dataset.row_count if dataset else None
    algorithm, mistakes = training_checks.algorithm_settings(request.algorithm, row_count)
    mistakes += checks.override_mistakes(request.columns)
    mistakes += training_checks.pca_mistakes(request.pca)
    mistakes += training_checks.seed_mistakes(request.seed)
    mistakes += await _match_mistakes(request)
    if dataset is None:
        raise Refused("the request was refused", [NotFound("there is no such dataset", PATH), *mistakes])
    roles = _roles_in_force(dataset, request.columns)
    mistakes += checks.role_mistakes(request.columns, dataset.columns)
    mistakes += checks.usable_columns_mistakes(roles)
    mistakes += islice(training_checks.weight_mistakes(request.preparation, roles), MOST_MISTAKES)
    mistakes += training_checks.size_mistakes(runtime.settings, algorithm, roles, dataset.row_count)
    refuse_if_any(mistakes)
    return dataset, TrainingParameters(algorithm, roles, request.pca, request.seed, request.preparation)


def _roles_in_force(dataset: Dataset, overrides: tuple[RoleOverride, ...]) -> tuple[RoleOverride, ...]:
    given = {override.name: override.role for override in overrides}
    return tuple(RoleOverride(column.name, given.get(column.name, column.role)) for column in dataset.columns)


async def _match_mistakes(request: TrainingRequest) -> list[DomainError]:
    if not request.match_to_given:
        return []
    earlier = await find(request.match_to)
    if earlier is None:
        return [NotFound("there is no such run to match to", MATCH_PATH)]
    if earlier.job.status is not JobStatus.SUCCEEDED:
        return [Conflict(f"the run to match to has no segments: it is {earlier.job.status}", MATCH_PATH)]
    return []


def _fingerprint(parameters: TrainingParameters, match_to: UUID | None) -> str:
    # A range of cluster counts, and how to choose from it, have no say where the count is given.
    algorithm = parameters.algorithm
    if is_counted(algorithm) and algorithm.cluster_count is not None:
        usual = type(algorithm)()
        algorithm = replace(
            algorithm,
            cluster_count_range=usual.cluster_count_range,
            criterion=usual.criterion,
            min_segment_share=usual.min_segment_share,
        )
    essence = _PARAMETERS.dump_json(replace(parameters, algorithm=algorithm))
    return hashlib.sha256(essence + str(match_to).encode()).hexdigest()


async def _equal_run(
    dataset: Dataset, parameters: TrainingParameters, match_to: UUID | None
) -> ClusteringRun | None:
    equal = Q(fingerprint=_fingerprint(parameters, match_to))
    if match_to is not None:
        # One that was left to find by itself what it continues, and found the same.
        equal |= Q(fingerprint=_fingerprint(parameters, None), match_to_id=match_to)
    return (
        await newest_first(dataset.id)
        .filter(
            equal,
            # A cancel that came too late took nothing away.
            Q(job__status=JobStatus.SUCCEEDED)
            | Q(job__status__in=queueing.LIVE, job__cancel_requested=False),
        )
        .first()
    )


async def _queue(
    dataset: Dataset, parameters: TrainingParameters, match_to: UUID | None, by: UUID | None
) -> ClusteringRun:
    job = await queueing.new_job(JobKind.TRAIN)
    run = await ClusteringRun.create(
        id=new_id(),
        dataset_id=dataset.id,
        job_id=job.id,
        algorithm=parameters.algorithm.algorithm,
        parameters=parameters,
        fingerprint=_fingerprint(parameters, match_to),
        match_to_id=match_to,
        created_at=now(),
        created_by=by,
    )
    run.job = job
    return run
