"""What became of segments when their customers were clustered again."""

from uuid import UUID

import strawberry

from domain import models
from domain.terms import segments as terms
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.schema.segments import Segment

describe(
    terms.SegmentChangeKind,
    "What became of a segment since the run that is continued.",
    CONTINUED="It goes on: most of its customers are the same.",
    SPLIT="It is new, and most of its customers were of a segment that goes on beside it.",
    MERGED="It is no more: most of its customers are in a segment that continues another one.",
    NEW="It is new: its customers come from several segments, or from none.",
    GONE="It is no more: its customers are in several segments, or in none.",
)
SegmentChangeKind = terms.SegmentChangeKind


@strawberry.type(description="What became of one segment since the run that is continued.")
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

    @strawberry.field(description="The segment of this run; null when it is gone.")
    async def segment(self, info: Info) -> Segment | None:
        return await _segment(info, self.run.id, self.change.index)

    @strawberry.field(
        description="The segment of the run before; null when it is new, and when that run was deleted."
    )
    async def previous(self, info: Info) -> Segment | None:
        return await _segment(info, self.run.match_to_id, self.change.previous_index)


async def _segment(info: Info, run_id: UUID | None, index: int | None) -> Segment | None:
    if run_id is None or index is None:
        return None
    rows = await info.context.loaders.segments_of_run.load(run_id)
    return next((Segment.of(row) for row in rows if row.index == index), None)
