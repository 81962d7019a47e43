"""Deletions: what people named keeps what it rests on, what was only derived goes along."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias, TypeVar

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F, Q, Subquery
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict
from domain.models import Audience, ClusteringRun, CustomerProfile, DatasetPrediction, Job, ModelVersion
from domain.services.runtime import Runtime
from domain.terms.wording import counted, shorten

Derived: TypeAlias = ClusteringRun | DatasetPrediction
Result = TypeVar("Result")

MOST_NAMED = 10
"""So much of what rests on something is named, of each kind."""

PATH = ("input", "id")
_NAME_SHOWN = 100
_ATTEMPTS = 5


async def in_one_go(delete: Callable[[], Awaitable[Result]]) -> Result:
    """Look and delete in one transaction, again where something came to rest on it in between.

    The database refuses the deletion then, and the next look finds what it was.
    """
    for _ in range(_ATTEMPTS):
        try:
            async with in_transaction():
                return await delete()
        except IntegrityError:
            continue
    raise Conflict("something has just been made that rests on this: ask again", PATH)


async def delete_derived(
    what: str, runs: QuerySet[ClusteringRun], predictions: QuerySet[DatasetPrediction]
) -> list[Derived]:
    """Delete runs, and datasets that were placed, with their jobs and all their rows; answer which.

    Belongs into `in_one_go`, with `clear_away` after it. Raises Conflict where something rests
    on them that people have named; `what` is to be deleted.
    """
    derived = await look_over(what, runs, predictions)
    await drop(derived)
    return derived


async def look_over(
    what: str, runs: QuerySet[ClusteringRun], predictions: QuerySet[DatasetPrediction]
) -> list[Derived]:
    """Hold what `delete_derived` would delete, and answer what that is; raises Conflict as it would.

    Belongs into `in_one_go` as well. What was remembered of customers is deleted after it and before
    the deletion, a batch at a time: there may be so much that one transaction keeps all others waiting.
    """
    # First the jobs: who publishes a run holds its job before any run.
    await Job.filter(id__in=Subquery(runs.values("job_id"))).update(stage=F("stage"))
    await runs.update(fingerprint=F("fingerprint"))
    trained, placed = list(await runs), list(await predictions)
    keys = [run.id for run in trained]
    of_these = Q(segment__run_id__in=keys) | Q(dataset_prediction_id__in=[each.id for each in placed])
    await refuse_if_rested_on(what, ModelVersion.filter(run_id__in=keys), Audience.filter(of_these))
    return [*trained, *placed]


async def drop(derived: Iterable[Derived]) -> None:
    """Delete what `look_over` answered, in the same transaction."""
    await Job.filter(id__in=[each.job_id for each in derived]).delete()


async def refuse_if_rested_on(
    what: str,
    versions: QuerySet[ModelVersion],
    audiences: QuerySet[Audience],
    profiles: QuerySet[CustomerProfile] | None = None,
) -> None:
    """Raise Conflict, naming what rests on something, where anything does; profiles are only counted."""
    found = [
        f'version {each.version} of the model "{shorten(each.model.name, _NAME_SHOWN)}"'
        for each in await versions.select_related("model").order_by("id").limit(MOST_NAMED)
    ]
    found += [
        f'the audience "{shorten(each.name, _NAME_SHOWN)}"'
        for each in await audiences.order_by("id").limit(MOST_NAMED)
    ]
    if more := await versions.count() + await audiences.count() - len(found):
        found.append(f"{more:,} more")
    if profiles is not None and (kept := await profiles.count()):
        found.append(counted(kept, "customer profile"))
    if found:
        listed = " and ".join(filter(None, [", ".join(found[:-1]), found[-1]]))
        raise Conflict(f"{what} can't be deleted as long as this rests on it: {listed}", PATH)


async def clear_away(runtime: Runtime, derived: Iterable[Derived]) -> None:
    """Stop what still works on runs and placed datasets whose rows are gone, and delete their files."""
    for each in derived:
        runtime.changes.tell(each.job_id)
        await runtime.engine.cancel(str(each.job_id))
        await asyncio.to_thread(runtime.storage.delete, each.folder)
