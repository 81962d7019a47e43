"""What a training takes into the worker, and what it brings back."""

import asyncio
from collections.abc import Iterable
from itertools import chain, count

from tortoise.transactions import in_transaction

from domain.errors import NotFound
from domain.models import ClusteringRun, Dataset, Job, Recommendation, Segment
from domain.services import locks, queueing, recommendations, runs
from domain.services.identities import new_id
from domain.services.runtime import Runtime
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.terms.jobs import JobStatus
from domain.terms.segments import SegmentFindings
from domain.terms.training import (
    PreviousRun,
    PreviousSegment,
    TrainingOrder,
    TrainingOutcome,
)

REWRITTEN_SCORER = "scorer-"
"""What the name of a scorer's file begins with that was rewritten, before its checksum."""


async def prepare(runtime: Runtime, job: Job) -> str:
    """Write the order of a training into its folder, and answer the folder."""
    run = await ClusteringRun.get_or_none(job_id=job.id).select_related("dataset")
    if run is None:
        raise NotFound("the run was deleted before it began")
    order = TrainingOrder(
        table_key=run.dataset.table_key,
        identifier=run.dataset.identifier,
        parameters=run.parameters,
        previous=await _previous(run),
        max_encoded_features=runtime.settings.max_encoded_features,
        playbook=runtime.playbook,
        assignments_key=assignments_key(run),
        members_key=members_key(run),
        figures_key=figures_key(run),
        scorer_key=scorer_key(run),
    )
    await asyncio.to_thread(artifacts.dump, runtime.storage, f"{run.folder}/order.json", order)
    return run.folder


async def publish(runtime: Runtime, job: Job) -> None:
    """Turn what a training brought back into rows, all of them or none.

    Raises NotFound when the job was deleted, or taken over by another process.
    """
    run = await ClusteringRun.get_or_none(job_id=job.id)
    if run is None:
        raise NotFound("the run was deleted while it was trained")
    outcome = await asyncio.to_thread(
        artifacts.load, runtime.storage, f"{run.folder}/outcome.json", TrainingOutcome
    )
    order = await asyncio.to_thread(
        artifacts.load, runtime.storage, f"{run.folder}/order.json", TrainingOrder
    )
    async with in_transaction():
        await queueing.finish(runtime, job)
        continued = await _continued(run, order)
        await ClusteringRun.filter(id=run.id).update(
            metrics=outcome.metrics,
            selection=outcome.selection,
            structure=outcome.structure,
            approximation=outcome.approximation,
            density=outcome.density,
            preparation=outcome.preparation,
            changes=outcome.changes,
            imputed=outcome.imputed,
            explained_variance=outcome.explained_variance,
            feature_importance=outcome.feature_importance,
            scorer_checksum=outcome.scorer_checksum,
            match_to_id=next((segment.run_id for segment in continued.values()), None),
        )
        segments = _segments(run, outcome.segments, continued)
        await Segment.bulk_create(segments)
        advice = recommendations.rows(segments, outcome.advice)
        await recommendations.carry_over(advice, segments)
        await Recommendation.bulk_create(advice)


def assignments_key(run: ClusteringRun) -> str:
    """Where the segment of each customer is kept."""
    return f"{run.folder}/assignments.parquet"


def members_key(run: ClusteringRun) -> str:
    """Where the customers of each segment are kept, the most typical first."""
    return f"{run.folder}/members.parquet"


def figures_key(run: ClusteringRun) -> str:
    """Where the figures of the run's pictures are kept."""
    return f"{run.folder}/figures.npz"


def scorer_key(run: ClusteringRun) -> str:
    """Where a training puts what places new customers."""
    return f"{run.folder}/scorer.npz"


def rewritten_scorer_key(run: ClusteringRun, checksum: str) -> str:
    """Where an erasure puts what places new customers from then on."""
    return f"{run.folder}/{REWRITTEN_SCORER}{checksum[:16]}.npz"


def present_scorer_key(storage: Storage, run: ClusteringRun) -> str:
    """Where that is kept which places new customers: the run's checksum alone decides. Blocks."""
    rewritten = rewritten_scorer_key(run, run.scorer_checksum or "")
    return rewritten if storage.exists(rewritten) else scorer_key(run)


async def _previous(run: ClusteringRun) -> PreviousRun | None:
    """Find the run that this one continues: the one asked for, else the newest of the same kind."""
    earlier = await runs.find(run.match_to_id)
    if earlier is None:
        namesakes = Dataset.filter(name=run.dataset.name).values("id")
        earlier = (
            await runs.newest_first(status=JobStatus.SUCCEEDED, algorithm=run.algorithm)
            .filter(dataset_id__in=[row["id"] for row in await namesakes])
            .exclude(id=run.id)
            .first()
        )
    if earlier is None:
        return None
    dataset = await Dataset.get(id=earlier.dataset_id)
    segments = await Segment.filter(run_id=earlier.id).order_by("index")
    return PreviousRun(
        run_id=earlier.id,
        same_dataset=dataset.id == run.dataset_id,
        table_key=dataset.table_key,
        identifier=dataset.identifier,
        assignments_key=assignments_key(earlier),
        members_key=members_key(earlier),
        segments=tuple(PreviousSegment(segment.index, segment.color) for segment in segments),
    )


async def _continued(run: ClusteringRun, order: TrainingOrder) -> dict[int, Segment]:
    """Find the earlier segments by index; none where the run was deleted since the order was written."""
    previous = order.previous
    # Held: nobody deletes the run before this is published.
    if previous is None or not await locks.hold_run(previous.run_id):
        return {}
    return {segment.index: segment for segment in await Segment.filter(run_id=previous.run_id)}


def _segments(
    run: ClusteringRun, findings: Iterable[SegmentFindings], continued: dict[int, Segment]
) -> list[Segment]:
    segments = []
    for found in findings:
        previous = continued.get(found.previous_index) if found.previous_index is not None else None
        segments.append(
            Segment(
                id=new_id(),
                run_id=run.id,
                index=found.index,
                name=_given_name(previous) or found.generated_name,
                generated_name=found.generated_name,
                color=found.color,
                previous_id=previous.id if previous else None,
                size=found.size,
                share=found.share,
                centroid=found.centroid,
                characteristics=found.characteristics,
                rule=found.rule,
                silhouette=found.silhouette,
                stability=found.stability,
                feature_importance=found.feature_importance,
            )
        )
    return _told_apart(segments)


def _given_name(previous: Segment | None) -> str | None:
    """The name that people gave a segment stays with the people it described."""
    renamed = previous is not None and previous.name != previous.generated_name
    return previous.name if renamed and previous is not None else None


def _told_apart(segments: list[Segment]) -> list[Segment]:
    """Number a generated name that is also somebody's given one; the number is part of what was generated."""
    taken = {segment.name for segment in segments if segment.name != segment.generated_name}
    for segment in segments:
        if segment.name == segment.generated_name:
            numbered = (f"{segment.generated_name} ({number})" for number in count(2))
            free = next(name for name in chain([segment.name], numbered) if name not in taken)
            # Both: a name that differs from the generated one counts as given by a person.
            segment.name = segment.generated_name = free
        taken.add(segment.name)
    return segments
