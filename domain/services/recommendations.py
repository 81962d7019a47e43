"""Recommendations: made by a playbook, kept with their reviews when they are made anew."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused
from domain.models import ClusteringRun, Recommendation, Segment
from domain.playbook import reader
from domain.playbook.advising import advise
from domain.playbook.playbook import Playbook
from domain.services import locks, runs
from domain.services.identities import new_id
from domain.services.runtime import Runtime
from domain.terms.jobs import JobStatus
from domain.terms.recommendations import Advice
from domain.terms.segments import SegmentFindings


def rows(segments: Iterable[Segment], advice: Iterable[Advice]) -> list[Recommendation]:
    """Make the rows of some advice, not yet in the database."""
    of_index = {segment.index: segment.id for segment in segments}
    return [
        Recommendation(
            id=new_id(),
            segment_id=of_index[piece.segment_index],
            position=position,
            play=piece.play,
            kind=piece.kind,
            title=piece.title,
            action=piece.action,
            rationale=piece.rationale,
            priority=piece.priority,
            channel=piece.channel,
            measure=piece.measure,
            figures=piece.figures,
        )
        for position, piece in enumerate(advice)
    ]


async def generate(
    runtime: Runtime, run_id: UUID | None, playbook: str | None = None, extend: bool = True
) -> ClusteringRun:
    """Make the recommendations of a run anew, in place of those it has, and answer the run.

    By the server's playbook, or by one given as TOML: with `extend` on top of the
    server's, else by its plays alone. A recommendation of the same segment and play
    keeps its id and its review; one with a review that is not made any more is set
    aside, and is back when its play is. Raises Refused for a run that is not there, or
    has not succeeded, and for a playbook with a mistake.
    """
    run = await runs.find(run_id)
    mistakes, book = list(_run_mistakes(run)), None
    try:
        book = await asyncio.to_thread(_book, runtime.playbook, playbook, extend)
    except DomainError as mistake:
        mistakes.append(mistake)
    if run is None or book is None or mistakes:
        raise Refused("the request was refused", mistakes)
    segments = await Segment.filter(run_id=run.id).order_by("index")
    findings = [_findings(segment) for segment in segments]
    # In a thread: a large playbook takes its time, and others are to be answered meanwhile.
    advice = await asyncio.to_thread(advise, book, findings, run.parameters.columns)
    await _replace(run, segments, rows(segments, advice))
    return run


async def carry_over(made: list[Recommendation], segments: Iterable[Segment]) -> None:
    """Give new recommendations the reviews that the same plays have in the segments these continue.

    Reviewed ones that are not among them are added, set aside. Belongs into the
    transaction that saves them, with the earlier run held.
    """
    later = {segment.previous_id: segment.id for segment in segments if segment.previous_id}
    known = await Recommendation.filter(segment_id__in=list(later), review_status__isnull=False)
    # In memory only: from here on they are the later segments' own.
    for row in known:
        row.id, row.segment_id = new_id(), later[row.segment_id]
    _keep(made, known)


async def _replace(run: ClusteringRun, segments: Sequence[Segment], made: list[Recommendation]) -> None:
    async with in_transaction():
        if not await locks.hold_run(run.id):
            raise NotFound("the run has just been deleted", ["input", "runId"])
        known = Recommendation.filter(segment_id__in=[segment.id for segment in segments])
        _keep(made, await known)
        await known.delete()
        await Recommendation.bulk_create(made)


def _keep(made: list[Recommendation], known: Sequence[Recommendation]) -> None:
    """Keep ids and reviews of the same segment and play; add, set aside, the reviewed ones not made again."""
    by_play = {(row.segment_id, row.play): row for row in known if row.play}
    # Those made before plays were noted are known by their titles.
    by_title = {(row.segment_id, row.title): row for row in known if not row.play}
    kept = set()
    for row in made:
        # Taken out: two plays may have one title, and no two rows may have one id.
        before = by_play.pop((row.segment_id, row.play), None) or by_title.pop(
            (row.segment_id, row.title), None
        )
        if before:
            kept.add(before.id)
            row.id = before.id
            row.review_status, row.review_note = before.review_status, before.review_note
            row.reviewed_at = before.reviewed_at
    made += _set_aside(row for row in known if row.review_status and row.id not in kept)


def _set_aside(reviewed: Iterable[Recommendation]) -> Iterator[Recommendation]:
    count: Counter[UUID] = Counter()
    for row in reviewed:
        count[row.segment_id] += 1
        row.position = -count[row.segment_id]
        yield row


def _run_mistakes(run: ClusteringRun | None) -> Iterator[DomainError]:
    path = ["input", "runId"]
    if run is None:
        yield NotFound("there is no such run", path)
    elif run.job.status is not JobStatus.SUCCEEDED:
        yield Conflict(f"the run has no segments: it is {run.job.status}", path)


def _book(own: str | None, given: str | None, extend: bool) -> Playbook:
    server = reader.extended(own)
    if given is None:
        if not extend:
            raise Invalid(
                "give a playbook: without one, there is nothing to leave unextended", ["input", "playbook"]
            )
        return server
    try:
        return reader.extended(given, server, alone=not extend)
    except DomainError as mistake:
        raise type(mistake)(mistake.message, ["input", "playbook"]) from None


def _findings(row: Segment) -> SegmentFindings:
    return SegmentFindings(
        index=row.index,
        generated_name=row.generated_name,
        color=row.color,
        previous_index=None,
        size=row.size,
        share=row.share,
        centroid=row.centroid,
        characteristics=row.characteristics,
        rule=row.rule,
        silhouette=row.silhouette,
        stability=row.stability,
    )
