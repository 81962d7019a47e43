"""Where the customer of a profile has been."""

from datetime import datetime

import strawberry

from domain import models
from graph.resolving.access import OWNER
from graph.resolving.context import Info
from graph.schema.customers import UnassignedReason
from graph.schema.models import ModelVersion
from graph.schema.segments import Segment


@strawberry.type(
    description="Where a profile's customer belonged from a moment on, until the next one: to a segment, to "
    "none for a reason, or nobody knows for a problem.",
    directives=[OWNER],
)
class ProfilePlacement:
    row: strawberry.Private[models.ProfilePlacement]
    segment_name: str | None = strawberry.field(
        description="What the segment was called then, also when it is gone."
    )
    version: int = strawberry.field(description="The number of the model's version that said so.")
    unassigned: UnassignedReason | None = strawberry.field(description="Why it was in no segment.")
    confidence: float | None = strawberry.field(description="How sure that was, 0..1.")
    distance: float | None = strawberry.field(
        description="Its distance to the segment's mean, on the scale that was clustered."
    )
    problem: str | None = strawberry.field(
        description="Why it could not be placed: what is wrong with its attributes, or with the model."
    )
    placed_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, row: models.ProfilePlacement) -> "ProfilePlacement":
        """Wrap a row."""
        return cls(
            row=row,
            segment_name=row.segment_name,
            version=row.version,
            unassigned=row.unassigned,
            confidence=row.confidence,
            distance=row.distance,
            problem=row.problem,
            placed_at=row.placed_at,
        )

    @strawberry.field(description="The segment; null where there was none, or it is gone.")
    async def segment(self, info: Info) -> Segment | None:
        key = self.row.segment_id
        row = await info.context.loaders.segment.load(key) if key else None
        return Segment.of(row) if row else None

    @strawberry.field(description="The version that said so; null where it is gone.")
    async def model_version(self, info: Info) -> ModelVersion | None:
        key = self.row.model_version_id
        row = await info.context.loaders.model_version.load(key) if key else None
        return ModelVersion.of(row) if row else None
