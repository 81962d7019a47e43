"""Places customers who were in no training in the segments of a run, here and now: no worker is asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from domain.models import ClusteringRun
from domain.scoring.explaining import explain as reasons_of
from domain.scoring.scoring import ReadyScorer
from domain.services import scorers
from domain.services.runtime import Runtime
from domain.tables.records_to_score import ReadRecords, read_records
from domain.terms.predictions import Placement
from domain.terms.scoring import REASONS, Scores


async def place(
    runtime: Runtime,
    run: ClusteringRun,
    customers: Sequence[object],
    *,
    explain: bool = False,
    toward: int | None = None,
) -> list[Placement]:
    """Say where each record belongs, in order; one with mistakes has those instead, the others are answered.

    `run` has its job with it. With `explain` each is told why, and what would move it to the segment
    `toward`, by index, or to its runner-up. Raises Conflict as `scorers.of_run`.
    """
    scorer = await scorers.ready_of_run(runtime, run)
    return await asyncio.to_thread(_placed, scorer, customers, explain, toward)


def _placed(
    ready: ReadyScorer, customers: Sequence[object], explain: bool, toward: int | None
) -> list[Placement]:
    scorer = ready.scorer
    read = read_records(customers, scorer.columns, scorer.identifier)
    placements = _placements(ready.score(read.measured), read)
    if not explain:
        return placements
    return [
        placement
        if placement.mistakes
        else replace(placement, reasons=reasons_of(ready, read.measured, row, toward=toward))
        for row, placement in enumerate(placements)
    ]


def _placements(scores: Scores, read: ReadRecords) -> list[Placement]:
    rows = zip(
        scores.segments.tolist(),
        scores.unassigned.tolist(),
        scores.confidence.tolist(),
        scores.distances.tolist(),
        scores.runners_up.tolist(),
        strict=True,
    )
    return [
        Placement(None, mistakes=read.mistakes[row])
        if row in read.mistakes
        else Placement(
            segment=segment if segment >= 0 else None,
            unassigned=REASONS[reason] if reason >= 0 else None,
            confidence=confidence,
            distance=distance if segment >= 0 else None,
            runner_up=second if second >= 0 else None,
        )
        for row, (segment, reason, confidence, distance, second) in enumerate(rows)
    ]
