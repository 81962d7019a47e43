"""What became of segments when their customers were clustered again."""

from uuid import UUID

import strawberry

from domain import models
from domain.terms import segments as terms
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.schema.segments import Segment

describe(
    terms.SegmentChangeKind,
    "What became of a segment since the run that is continued.",
    CONTINUED="It goes on, and keeps its number, its colour and a name that people gave it.",
    SPLIT="It is new: half of its customers or more were of a segment that goes on beside it.",
    MERGED="It is no more: half of its customers or more are in a segment that continues another one.",
    NEW="It is new, and no such part of a segment that goes on: its customers come from several segments, "
    "from one that ended, or are other people.",
    GONE="It is no more, and no segment that continues another one has half of its customers.",
)
SegmentChangeKind = terms.SegmentChangeKind


@strawberry.type(description="What became of one segment since the run that is continued.", directives=[USER])
class SegmentChange:
    kind: SegmentChangeKind = strawberry.field(description="What became of it.")
    overlap: float | None = strawberry.field(
        description="Jaccard similarity of the two segments, 0..1, over the customers in both runs; null "
        "where one of the two is missing, or the customers are others."
    )
    change: strawberry.Private[terms.SegmentChange]
    run: strawberry.Private[models.ClusteringRun]

    @classmethod
    def of(cls, change: terms.SegmentChange, run: models.ClusteringRun) -> "SegmentChange":
        """Wrap a change that a run has found."""
        return cls(kind=change.kind, overlap=change.overlap, change=change, run=run)

    @strawberry.field(
        description="CONTINUED, SPLIT, NEW: this run's segment that it is told of; MERGED: the one that took "
        "most of its customers; GONE: null."
    )
    async def segment(self, info: Info) -> Segment | None:
        return await _segment(info, self.run.id, self.change.index)

    @strawberry.field(
        description="CONTINUED: what it was; SPLIT: where most of its customers come from; MERGED, GONE: the "
        "segment that ended; NEW: null. Null too when that run was deleted."
    )
    async def previous(self, info: Info) -> Segment | None:
        return await _segment(info, self.run.match_to_id, self.change.previous_index)


async def _segment(info: Info, run_id: UUID | None, index: int | None) -> Segment | None:
    if run_id is None or index is None:
        return None
    rows = await info.context.loaders.segments_of_run.load(run_id)
    return next((Segment.of(row) for row in rows if row.index == index), None)
