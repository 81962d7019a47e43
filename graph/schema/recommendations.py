"""Recommendations: what to do about a segment, and what people made of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain import models
from domain.terms import recommendations as terms
from domain.terms import segments as segment_terms
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.resolving.relay import Node, global_id
from graph.schema.characteristics import Characteristic

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
describe(
    terms.ReviewStatus,
    "What people made of a recommendation.",
    ACCEPTED="It is acted on.",
    DISMISSED="It is not for them.",
)
RecommendationKind = terms.RecommendationKind
ReviewStatus = terms.ReviewStatus
Priority = terms.Priority


@strawberry.type(description="What people made of a recommendation.", directives=[USER])
class RecommendationReview:
    status: ReviewStatus = strawberry.field(description="Whether it is acted on.")
    note: str | None = strawberry.field(description="Why, or by whom; null when nothing was noted.")
    reviewed_at: datetime = strawberry.field(description="When it was reviewed.")


@strawberry.type(
    description="What to do about a segment, and why. One that was reviewed and is not made any more is in "
    "no list; by its id it is still found.",
    directives=[USER],
)
class Recommendation(Node):
    play: str = strawberry.field(
        description="Id of its play in the playbook; empty where it was made before plays were noted."
    )
    kind: RecommendationKind = strawberry.field(description="The move that is recommended.")
    title: str = strawberry.field(description="The recommendation in a few words.")
    action: str = strawberry.field(description="What to do, in a sentence that names the segment.")
    channel: str = strawberry.field(description="Where to act, such as e-mail, phone or the checkout.")
    measure_of_success: str = strawberry.field(description="The figure that tells whether it worked.")
    rationale: str = strawberry.field(description="The figures that say so, in words.")
    priority: Priority = strawberry.field(description="How soon it should be acted on.")
    review: RecommendationReview | None = strawberry.field(
        description="What people made of it, kept when it is made anew and over retraining; null until then."
    )
    segment_id: strawberry.Private[UUID]
    evidence: strawberry.Private[tuple[segment_terms.Characteristic, ...]]

    @strawberry.field(
        graphql_type=list[Characteristic],
        description="The segment's characteristics that say so; none where nothing but its size sets it "
        "apart.",
    )
    def figures(self) -> tuple[segment_terms.Characteristic, ...]:
        return self.evidence

    @strawberry.field(description="The segment it is about.")
    async def segment(self, info: Info) -> Annotated["Segment", strawberry.lazy("graph.schema.segments")]:
        from graph.schema.segments import Segment

        return Segment.of(await info.context.loaders.the_segment(self.segment_id))

    @classmethod
    def of(cls, row: models.Recommendation, segment: models.Segment) -> "Recommendation":
        """Wrap a row; its texts name the segment as it is called now."""
        return cls(
            id=global_id("Recommendation", row.id),
            play=row.play or "",
            kind=row.kind,
            title=_named(row.title, segment),
            action=_named(row.action, segment),
            channel=_named(row.channel, segment),
            measure_of_success=_named(row.measure, segment),
            rationale=_named(row.rationale, segment),
            priority=row.priority,
            review=_review(row),
            segment_id=row.segment_id,
            evidence=row.figures or (),
        )


def _named(text: str | None, segment: models.Segment) -> str:
    # A default of the database's is what a row has that was there before the column.
    return (text or "").replace(terms.SEGMENT_PLACE, segment.name)


def _review(row: models.Recommendation) -> RecommendationReview | None:
    if row.review_status is None or row.reviewed_at is None:
        return None
    return RecommendationReview(status=row.review_status, note=row.review_note, reviewed_at=row.reviewed_at)
