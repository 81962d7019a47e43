"""Several trainings of one dataset, started together: a table of results, and a winner."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import DomainError, Invalid, NotFound, Refused, refuse_if_any
from domain.models import ClusteringRun, ComparedTraining, Dataset, TrainingComparison
from domain.services import locks, runs
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.services.winning import Result, results
from domain.terms.competitions import CompetitionRequest
from domain.terms.jobs import FINAL_STATUSES
from domain.terms.training import AlgorithmChoice, TrainingParameters, TrainingRequest
from domain.terms.wording import counted

FEWEST_ALGORITHMS, MOST_ALGORITHMS = 2, 20
PATH = ("input", "algorithms")
_SINGLE = ("input", "algorithm")


@dataclass(frozen=True, slots=True)
class Competition:
    """A comparison with its runs as they are, in the order in which they were asked for.

    `finished` tells that none is under way any more: only then there is a winner.
    """

    comparison: TrainingComparison
    results: tuple[Result, ...]
    finished: bool

    @property
    def winner(self) -> Result | None:
        """The best of all; None while one is under way, and where none has the figure."""
        return next((each for each in self.results if each.rank == 1), None) if self.finished else None


def newest_first(dataset_id: UUID | None = None) -> QuerySet[TrainingComparison]:
    """All comparisons, of one dataset where it is given, the newest first."""
    found = (
        TrainingComparison.all() if dataset_id is None else TrainingComparison.filter(dataset_id=dataset_id)
    )
    return found.order_by("-id")


async def start(runtime: Runtime, request: CompetitionRequest) -> TrainingComparison:
    """Queue a training for each of the algorithms, all or none; equal runs that are there take part.

    Raises Refused with every mistake in the request, and TooLarge where an account would have
    too many runs under way.
    """
    dataset, wishes = await _settled(runtime, request)
    async with in_transaction():
        if not await locks.hold(dataset.id):
            raise NotFound("the dataset has just been deleted", ["input", "datasetId"])
        comparison = await TrainingComparison.create(
            id=new_id(),
            dataset_id=dataset.id,
            criterion=request.criterion,
            created_at=now(),
            created_by=request.by,
        )
        for place, (wish, parameters) in enumerate(wishes):
            run, _ = await runs.equal_or_queued(runtime, wish, dataset, parameters)
            await ComparedTraining.create(
                id=new_id(), comparison_id=comparison.id, run_id=run.id, position=place
            )
    runtime.queued.set()
    return comparison


async def runs_of(comparison_ids: Sequence[UUID]) -> list[list[ClusteringRun]]:
    """Read the runs of several comparisons, each with its job, in the order in which they were asked for."""
    places = await ComparedTraining.filter(comparison_id__in=list(comparison_ids)).order_by("position")
    listed = runs.newest_first().filter(id__in=[each.run_id for each in places])
    found = {run.id: run for run in await listed}
    by_comparison = defaultdict(list)
    for each in places:
        # Between both reads a run may have been deleted.
        if each.run_id in found:
            by_comparison[each.comparison_id].append(found[each.run_id])
    return [by_comparison[key] for key in comparison_ids]


def judged(comparison: TrainingComparison, taking_part: Iterable[ClusteringRun]) -> Competition:
    """Rank the runs of a comparison, each of which has its job with it."""
    listed = tuple(taking_part)
    finished = all(run.job.status in FINAL_STATUSES for run in listed)
    return Competition(comparison, results(listed, comparison.criterion), finished)


async def watch(runtime: Runtime, comparison_id: UUID | None) -> AsyncIterator[TrainingComparison | None]:
    """Yield the comparison, again whenever one of its runs has news, and last when all have ended.

    Yields None for one that is not there, or not any more.
    """
    comparison = await newest_first().get_or_none(id=comparison_id) if comparison_id else None
    if comparison is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        watching = runtime.changes.watching
        of_runs = [watching(run.job_id) for run in (await runs_of([comparison.id]))[0]]
        of_all = [watching(comparison.id, of=TrainingComparison), *of_runs]
        news = [await stack.enter_async_context(each) for each in of_all]
        seen: list[tuple[UUID, int]] | None = None
        while True:
            for each in news:
                each.clear()
            if not await TrainingComparison.exists(id=comparison.id):
                yield None
                return
            present = (await runs_of([comparison.id]))[0]
            state = [(run.id, run.job.version) for run in present]
            if state != seen:
                seen = state
                yield comparison
            if all(run.job.status in FINAL_STATUSES for run in present):
                return
            await _first(news)


async def delete(runtime: Runtime, comparison_id: UUID | None) -> None:
    """Delete a comparison; its runs stay. Raises NotFound."""
    deleted = await TrainingComparison.filter(id=comparison_id).delete() if comparison_id else 0
    if not deleted:
        raise NotFound("there is no such comparison: it may have been deleted already", ["input", "id"])
    if comparison_id is not None:
        runtime.changes.tell(comparison_id)


async def _first(news: Iterable[asyncio.Event]) -> None:
    waiting = [asyncio.create_task(each.wait()) for each in news]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _settled(
    runtime: Runtime, request: CompetitionRequest
) -> tuple[Dataset, list[tuple[TrainingRequest, TrainingParameters]]]:
    """Settle every training. Raises Refused with all that is wrong, what all share told once."""
    if not FEWEST_ALGORITHMS <= len(request.algorithms) <= MOST_ALGORITHMS:
        raise Invalid(
            f"{counted(len(request.algorithms), 'algorithm')}: from {FEWEST_ALGORITHMS} to {MOST_ALGORITHMS} "
            "can be compared",
            PATH,
        )
    mistakes: dict[tuple[object, ...], DomainError] = {}
    found: list[tuple[Dataset, TrainingRequest, TrainingParameters]] = []
    for place, choice in enumerate(request.algorithms):
        wish = _wish(request, choice)
        try:
            dataset, parameters = await runs.settled(runtime, wish)
        except Refused as refused:
            for mistake in refused.exceptions:
                moved = _moved(mistake, place)
                mistakes.setdefault((type(moved), moved.path, str(moved)), moved)
            continue
        if any(parameters == earlier for _, _, earlier in found):
            mistakes[place,] = Invalid("these settings were given before", [*PATH, str(place)])
        found.append((dataset, wish, parameters))
    refuse_if_any(list(mistakes.values()))
    return found[0][0], [(wish, parameters) for _, wish, parameters in found]


def _wish(request: CompetitionRequest, choice: AlgorithmChoice) -> TrainingRequest:
    return TrainingRequest(
        dataset_id=request.dataset_id,
        algorithm=choice,
        columns=request.columns,
        pca=request.pca,
        preparation=request.preparation,
        seed=request.seed,
        reuse=request.reuse,
        by=request.by,
    )


def _moved(mistake: Exception, place: int) -> DomainError:
    """Have a mistake about the algorithm name the one it is about."""
    if not isinstance(mistake, DomainError):
        raise mistake
    if mistake.path[: len(_SINGLE)] != _SINGLE:
        return mistake
    return type(mistake)(mistake.message, [*PATH, str(place), *mistake.path[len(_SINGLE) :]])
