"""What places new customers, and what came of placing datasets: they forget what only an erased person had.

A category that nobody else had keeps its place in a scorer, and with it everybody's segment; its name goes.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from domain.models import ClusteringRun, DatasetPrediction
from domain.services import locks, trainings
from domain.services.runtime import Runtime
from domain.services.unsaying import Gone
from domain.storage.scorers import Damaged, load_scorer, scorer_bytes
from domain.terms.jobs import JobStatus
from domain.terms.personal_data import ERASED
from domain.terms.scoring import EncodedFeature, ScoredColumn, Scorer

log = structlog.get_logger(__name__)


async def forget_in_scorer(runtime: Runtime, run_id: UUID, gone: Gone) -> None:
    """Have a run's scorer name no category that is gone.

    Its file and the checksum that the run has of it can't change in one step: the new one is a file
    beside it, which is in use as soon as the run has its checksum. Then the old one goes; where an
    erasure broke off before that, the next one deletes what is not in use.
    """
    run = await ClusteringRun.get_or_none(id=run_id)
    if run is None or run.scorer_checksum is None:
        return
    before = run.scorer_checksum
    try:
        run.scorer_checksum = await asyncio.to_thread(_write_without, runtime, run, gone)
    except (Damaged, FileNotFoundError):
        # It places nobody, and nobody can tell what is in it.
        log.warning("deleting a scorer that can't be read: somebody is being erased", run=str(run.id))
        await asyncio.to_thread(_clear, runtime, run, None)
        return
    if run.scorer_checksum != before:
        async with in_transaction():
            await locks.hold_run(run.id)
            is_there = await ClusteringRun.filter(id=run.id).update(scorer_checksum=run.scorer_checksum)
        runtime.scorers.drop(before)
        if not is_there:
            await asyncio.to_thread(_clear, runtime, run, None)
            return
    used = await asyncio.to_thread(trainings.present_scorer_key, runtime.storage, run)
    await asyncio.to_thread(_clear, runtime, run, used)


async def forget_in_placed(runtime: Runtime, dataset_id: UUID, own: Mapping[str, str]) -> None:
    """Have what came of placing a dataset name no category that only this person had, as `own` has them."""
    for placed in await DatasetPrediction.filter(dataset_id=dataset_id).select_related("job"):
        if placed.outcome is not None:
            unseen = tuple(each for each in placed.outcome.unseen if own.get(each.column) != each.category)
            placed.outcome = replace(placed.outcome, unseen=unseen)
            await placed.save(update_fields=["outcome"])
        # What came to nothing is not read again, nor what became a row.
        name = {JobStatus.SUCCEEDED: "/outcome.json", JobStatus.FAILED: "", JobStatus.CANCELED: ""}
        if placed.job.status in name:
            await asyncio.to_thread(runtime.storage.delete, f"{placed.folder}{name[placed.job.status]}")


def without(scorer: Scorer, gone: Gone) -> Scorer:
    """Give a scorer that places everybody as before, and does not name what is gone."""
    names = {
        column.name: _nameless(column)
        for column in scorer.columns
        if gone.get(column.name) in column.categories
    }
    told = {name: gone[name] for name in names}
    outliers = scorer.outliers
    return replace(
        scorer,
        columns=tuple(_column(column, told, names) for column in scorer.columns),
        features=_features(scorer.features, told, names),
        outliers=outliers and replace(outliers, features=_features(outliers.features, told, names)),
    )


def _column(column: ScoredColumn, gone: Gone, names: Mapping[str, str]) -> ScoredColumn:
    if column.name not in names:
        return column
    kept = (names[column.name] if each == gone[column.name] else each for each in column.categories)
    return replace(column, categories=tuple(kept))


def _features(
    features: Sequence[EncodedFeature], gone: Gone, names: Mapping[str, str]
) -> tuple[EncodedFeature, ...]:
    return tuple(
        replace(each, category=names[each.column])
        if each.column in names and each.category == gone[each.column]
        else each
        for each in features
    )


def _nameless(column: ScoredColumn) -> str:
    """Name what has no name any more, otherwise than every category of its column."""
    numbered = (f"{ERASED} {number}" for number in count(2))
    return next(name for name in chain([ERASED], numbered) if name not in column.categories)


def _write_without(runtime: Runtime, run: ClusteringRun, gone: Gone) -> str:
    """Write a scorer that does not name what is gone, and give the checksum to be used. Blocks."""
    storage, checksum = runtime.storage, run.scorer_checksum or ""
    scorer = load_scorer(storage, trainings.present_scorer_key(storage, run), checksum)
    if not any(gone.get(column.name) in column.categories for column in scorer.columns):
        return checksum
    content = scorer_bytes(without(scorer, gone))
    checksum = hashlib.sha256(content).hexdigest()
    storage.write_bytes(trainings.rewritten_scorer_key(run, checksum), content)
    return checksum


def _clear(runtime: Runtime, run: ClusteringRun, used: str | None) -> None:
    """Delete the run's scorers but the one that is in use, and what was begun of them. Blocks."""
    storage, trained = runtime.storage, trainings.scorer_key(run)
    others = {
        f"{run.folder}/{name}"
        for name in storage.children(run.folder)
        if name.startswith(trainings.REWRITTEN_SCORER)
    }
    for key in {trained, *others} - {used}:
        storage.delete(key)
    for key in {trained, *others}:
        storage.delete_drafts(key)
