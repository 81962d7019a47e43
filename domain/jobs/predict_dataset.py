"""Places a whole dataset in the segments of a run: from a stored table to files like a run's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from domain.errors import Conflict, DamagedFile
from domain.jobs.scored_columns import ScoredTable
from domain.scoring.scoring import ReadyScorer
from domain.storage import artifacts, assignments, tables
from domain.storage.assignments import Assignments
from domain.storage.files import Storage
from domain.storage.scorers import Damaged, load_scorer
from domain.storage.writing import write_table
from domain.terms.arrays import AnyArray, Labels, Vector
from domain.terms.jobs import Bench
from domain.terms.predictions import (
    DatasetPredictionOrder,
    DatasetPredictionOutcome,
    PredictionStage,
    SegmentCount,
)
from domain.terms.scoring import REASONS, SampleRule, Scorer, Scores
from domain.terms.segments import UnassignedReason
from domain.terms.training import Watch

_MISSING = REASONS.index(UnassignedReason.MISSING_VALUES)
_UNSEEN = REASONS.index(UnassignedReason.UNSEEN_CATEGORY)


@dataclass
class Placing:
    """What is known so far; each step adds its part. Whatever is by customer is (n_rows,), as in Scores."""

    storage: Storage
    folder: str
    order: DatasetPredictionOrder
    scorer: Scorer = field(init=False)
    scored: ScoredTable = field(init=False)
    segments: Labels = field(init=False)
    unassigned: Labels = field(init=False)
    confidence: Vector = field(init=False)
    distances: Vector = field(init=False)
    runners_up: Labels = field(init=False)


class Step(NamedTuple):
    """A part of the work, what clients call it, and how much of the whole is done after it."""

    stage: PredictionStage
    until: float
    work: Callable[[Placing, Watch], None]


def steps() -> tuple[Step, ...]:
    """List the steps in their order."""
    return (
        Step(PredictionStage.LOADING, 0.05, load),
        Step(PredictionStage.PLACING, 0.9, place),
        Step(PredictionStage.SAVING, 1.0, save),
    )


def run(bench: Bench) -> None:
    """Go through the steps; each is watched, and can be stopped."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", DatasetPredictionOrder)
    placing = Placing(storage, bench.folder, order)
    start = 0.0
    for step in steps():
        step.work(placing, bench.watch(step.stage, start, step.until))
        start = step.until


def load(placing: Placing, watch: Watch) -> None:
    """Read what places customers, and look whether the dataset has what it needs."""
    watch(0.0, "Reading the model")
    order = placing.order
    try:
        placing.scorer = load_scorer(placing.storage, order.scorer_key, order.scorer_checksum)
    except Damaged as damaged:
        raise DamagedFile(f"{damaged}: restore it from a backup, or train the run again") from damaged
    except FileNotFoundError as missing:
        raise Conflict(
            "the file that places new customers is gone, or was rewritten since somebody was erased: "
            "send the request again"
        ) from missing
    table = tables.open_current(placing.storage, order.table_key)
    placing.scored = ScoredTable(table, placing.scorer.columns)


def place(placing: Placing, watch: Watch) -> None:
    """Place the customers, row group by row group: of each only the answer is kept."""
    scored, ready = placing.scored, _ready(placing.scorer)
    table = scored.table
    _make_room(placing, table.row_count)
    blank = table.blank_rows
    for group, read in enumerate(table.batches(scored.names)):
        start, end = table.first_row(group), table.first_row(group + 1)
        measured, unseen = scored.measure(read)
        _keep(placing, slice(start, end), ready.score(measured), unseen)
        _leave_out(placing, blank[(blank >= start) & (blank < end)], _MISSING)
        watch(end / table.row_count, f"Placed {end:,} customers")


def save(placing: Placing, watch: Watch) -> None:
    """Write the files, and last the outcome, which speaks for them."""
    watch(0.0, "Writing down who is where")
    order = placing.order
    nowhere = placing.segments < 0
    found = Assignments(
        placing.segments,
        placing.confidence,
        typicality=np.where(nowhere, -np.inf, -placing.distances),
        unassigned={
            reason: np.flatnonzero(placing.unassigned == code)
            for code, reason in enumerate(REASONS)
            if (placing.unassigned == code).any()
        },
    )
    assignments.write_assignments(placing.storage, order.assignments_key, order.members_key, found)
    watch(0.7, "Writing down how far they are")
    scores = {
        "distance": pa.array(placing.distances.astype(np.float32), mask=nowhere),
        "runner_up": pa.array(placing.runners_up),
    }
    write_table(placing.storage, order.scores_key, pa.table(scores))
    artifacts.dump(placing.storage, f"{placing.folder}/outcome.json", outcome(placing))


def outcome(placing: Placing) -> DatasetPredictionOutcome:
    """Put together everything that becomes rows."""
    segments, reasons = placing.segments, placing.unassigned
    sizes = np.bincount(segments[segments >= 0], minlength=int(placing.scorer.segments.max(initial=-1)) + 1)
    lost = np.bincount(reasons[reasons >= 0], minlength=len(REASONS)).tolist()
    members = placing.confidence[segments >= 0]
    return DatasetPredictionOutcome(
        row_count=len(segments),
        counts=tuple(
            SegmentCount(index, int(sizes[index])) for index in sorted(placing.scorer.segments.tolist())
        ),
        unassigned={reason: count for reason, count in zip(REASONS, lost, strict=True) if count},
        unseen=placing.scored.most_unseen(),
        mean_confidence=float(members.mean()) if len(members) else None,
    )


def _ready(scorer: Scorer) -> ReadyScorer:
    """Make a scorer ready for all row groups: of known samples it lays out a tree at the first."""
    if not isinstance(scorer.rule, SampleRule):
        return ReadyScorer(scorer)
    # Imported where it is of use: it takes seconds, and 140 MB of a worker that imports wait for.
    from domain.jobs.scorers import quick

    return ReadyScorer(scorer, quick(scorer.rule))


def _make_room(placing: Placing, count: int) -> None:
    placing.segments = np.empty(count, np.int16)
    placing.unassigned = np.empty(count, np.int8)
    placing.confidence = np.empty(count)
    placing.distances = np.empty(count)
    placing.runners_up = np.empty(count, np.int16)


def _keep(placing: Placing, rows: slice, scores: Scores, unseen: AnyArray) -> None:
    placing.segments[rows] = scores.segments
    placing.unassigned[rows] = scores.unassigned
    placing.confidence[rows] = scores.confidence
    placing.distances[rows] = scores.distances
    placing.runners_up[rows] = scores.runners_up
    _leave_out(placing, rows.start + np.flatnonzero(unseen), _UNSEEN)


def _leave_out(placing: Placing, rows: AnyArray, reason: int) -> None:
    placing.segments[rows] = placing.runners_up[rows] = -1
    placing.unassigned[rows] = reason
    placing.confidence[rows] = 0.0
    placing.distances[rows] = np.nan
