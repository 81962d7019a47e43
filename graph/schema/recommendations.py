"""Recommendations: what to do about a segment."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain import models
from domain.terms import recommendations as terms
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.resolving.relay import Node, global_id

if TYPE_CHECKING:
    from graph.schema.segments import Segment

describe(
    terms.RecommendationKind,
    "The marketing move that is recommended.",
    RETAIN="Keep good customers from leaving.",
    WIN_BACK="Bring back customers who are about to be lost.",
    UPSELL="Offer more of what they buy, or better.",
    CROSS_SELL="Offer something else.",
    NURTURE="Build the relation before selling.",
    REACTIVATE="Wake up customers who fell silent.",
    REWARD="Thank loyal customers.",
    ONBOARD="Help new customers to a good start.",
    RESEARCH="Find out more before acting.",
)
describe(
    terms.Priority,
    "How soon a recommendation should be acted on.",
    HIGH="Now.",
    MEDIUM="Soon.",
    LOW="When there is time.",
)
RecommendationKind = terms.RecommendationKind
Priority = terms.Priority


@strawberry.type(description="What to do about a segment, and why.")
class Recommendation(Node):
    kind: RecommendationKind = strawberry.field(description="The move that is recommended.")
    title: str = strawberry.field(description="The recommendation in a few words.")
    action: str = strawberry.field(description="What to do, in a sentence that names the segment.")
    rationale: str = strawberry.field(description="The figures that say so.")
    priority: Priority = strawberry.field(description="How soon it should be acted on.")
    segment_id: strawberry.Private[UUID]

    @strawberry.field(description="The segment it is about.")
    async def segment(self, info: Info) -> Annotated["Segment", strawberry.lazy("graph.schema.segments")]:
        from graph.schema.segments import Segment

        return Segment.of(await info.context.loaders.the_segment(self.segment_id))

    @classmethod
    def of(cls, row: models.Recommendation, segment: models.Segment) -> "Recommendation":
        """Wrap a row; its texts name the segment as it is called now."""
        return cls(
            id=global_id("Recommendation", row.id),
            kind=row.kind,
            title=row.title.replace(terms.SEGMENT_PLACE, segment.name),
            action=row.action.replace(terms.SEGMENT_PLACE, segment.name),
            rationale=row.rationale.replace(terms.SEGMENT_PLACE, segment.name),
            priority=row.priority,
            segment_id=row.segment_id,
        )
