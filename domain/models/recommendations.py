"""Recommendations."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import enum_field, term_field
from domain.terms.recommendations import Priority, RecommendationKind, ReviewStatus
from domain.terms.segments import Characteristic

if TYPE_CHECKING:
    from domain.models.segments import Segment


class Recommendation(Model):
    """What to do about a segment. `position` orders those of a segment, best first;
    one below 0 is set aside: its play is not made any more, but people reviewed it.

    `play` is the id of the play that it comes from; with `channel`, `measure` and
    `figures` it is None of one made before these were noted.
    """

    id = fields.UUIDField(primary_key=True)
    segment: "fields.ForeignKeyRelation[Segment]" = fields.ForeignKeyField(
        "models.Segment", related_name="recommendations", on_delete=fields.CASCADE
    )
    position = fields.IntField()
    play: Any = fields.CharField(max_length=200, null=True)
    kind: RecommendationKind = enum_field(RecommendationKind)
    title = fields.TextField()
    action = fields.TextField()
    rationale = fields.TextField()
    priority: Priority = enum_field(Priority)
    channel: str | None = fields.TextField(null=True)
    measure: str | None = fields.TextField(null=True)
    figures: tuple[Characteristic, ...] | None = term_field(tuple[Characteristic, ...], null=True)
    review_status: ReviewStatus | None = enum_field(ReviewStatus, null=True)
    review_note: str | None = fields.TextField(null=True)
    reviewed_at: datetime | None = fields.DatetimeField(null=True)

    segment_id: UUID

    class Meta:
        table = "recommendation"
        unique_together = (("segment", "position"),)
