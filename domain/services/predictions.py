"""Predictions: where customers belong who were in no training, asked for one by one or by the thousand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.errors import Conflict, DomainError, Invalid, NotFound, TooLarge, refuse_if_any
from domain.models import ClusteringRun, ModelVersion, Segment
from domain.services import placing, remembering, runs, scorers
from domain.services.remembering import Said
from domain.services.runtime import Runtime
from domain.settings import PREFIX, Settings
from domain.terms.jobs import JobStatus
from domain.terms.predictions import Placement, PredictionRequest

VERSION_PATH = ("input", "modelVersionId")
RUN_PATH = ("input", "runId")
CUSTOMERS_PATH = ("input", "customers")
EXPLAIN_PATH = ("input", "explain")
MOVE_PATH = ("input", "moveTo")


@dataclass(frozen=True, slots=True)
class Predicted:
    """Where customers belong, one placement a record, in order. `segments` are the run's, by index."""

    run: ClusteringRun
    version: ModelVersion | None
    segments: Mapping[int, Segment]
    placements: list[Placement]


async def predict(runtime: Runtime, request: PredictionRequest) -> Predicted:
    """Say where customers belong, and remember it where that is asked for.

    A record that can't be placed has mistakes of its own, and the others are answered. Raises
    Refused with all that is wrong with the request as a whole, and then nothing is remembered.
    """
    mistakes = [*_mistakes(runtime.settings, request)]
    version = await _version(request)
    run = await runs.find(version.run_id if version else request.run_id)
    mistakes += _run_mistakes(request, version, run)
    segments = await _segments(run)
    toward = next((each.index for each in segments.values() if each.id == request.move_to), None)
    if request.move_to_given and toward is None and segments:
        mistakes.append(NotFound("the run has no such segment", MOVE_PATH))
    refuse_if_any(mistakes)
    # One that has succeeded has segments, until it is deleted.
    if run is None or not segments:
        raise NotFound("the run has just been deleted", _path(request))
    try:
        placements = await placing.place(
            runtime, run, request.customers, explain=request.explain, toward=toward
        )
    except Conflict as conflict:
        raise Conflict(conflict.message, _path(request)) from conflict
    if request.remember:
        columns = [column.name for column in (await scorers.of_run(runtime, run)).columns]
        await remembering.remember(
            Said(run, version, segments, columns, request.customers, placements, request.by)
        )
    return Predicted(run, version, segments, placements)


def _mistakes(settings: Settings, request: PredictionRequest) -> Iterator[DomainError]:
    if request.model_version_given == request.run_given:
        which = "both are given" if request.run_given else "neither is given"
        yield Invalid(f"give modelVersionId or runId: {which}", RUN_PATH if request.run_given else ("input",))
    count = len(request.customers)
    if not count:
        yield Invalid("give at least one customer", CUSTOMERS_PATH)
    if count > settings.max_predicted_rows:
        yield TooLarge(
            f"{count:,} customers are more than {settings.max_predicted_rows:,} "
            f"({PREFIX}MAX_PREDICTED_ROWS): upload them as a dataset, and use predictDataset",
            CUSTOMERS_PATH,
        )
    elif request.explain and count > settings.max_explained_rows:
        yield TooLarge(
            f"{count:,} customers are more than {settings.max_explained_rows:,}, the most that are "
            f"explained at once ({PREFIX}MAX_EXPLAINED_ROWS): send fewer, or leave explain out",
            EXPLAIN_PATH,
        )
    if request.move_to_given and not request.explain:
        yield Invalid("moveTo is part of an explanation: give explain: true, or leave it out", MOVE_PATH)


async def _version(request: PredictionRequest) -> ModelVersion | None:
    key = request.model_version_id
    return None if key is None else await ModelVersion.get_or_none(id=key)


def _run_mistakes(
    request: PredictionRequest, version: ModelVersion | None, run: ClusteringRun | None
) -> Iterator[DomainError]:
    if request.model_version_given and version is None:
        yield NotFound("there is no such version of a model", VERSION_PATH)
    elif request.run_given and not request.model_version_given and run is None:
        yield NotFound("there is no such run", RUN_PATH)
    elif run is not None and run.job.status is not JobStatus.SUCCEEDED:
        yield Conflict(f"the run has no segments: it is {run.job.status}", _path(request))


async def _segments(run: ClusteringRun | None) -> dict[int, Segment]:
    if run is None:
        return {}
    return {segment.index: segment for segment in await Segment.filter(run_id=run.id).order_by("index")}


def _path(request: PredictionRequest) -> tuple[str, ...]:
    return VERSION_PATH if request.model_version_given else RUN_PATH
