"""Recommendations."""

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.recommendations import Priority, RecommendationKind

if TYPE_CHECKING:
    from domain.models.segments import Segment


class Recommendation(Model):
    """What to do about a segment. `position` orders those of a segment, best first."""

    id = fields.UUIDField(primary_key=True)
    segment: "fields.ForeignKeyRelation[Segment]" = fields.ForeignKeyField(
        "models.Segment", related_name="recommendations", on_delete=fields.CASCADE
    )
    position = fields.IntField()
    kind: RecommendationKind = enum_field(RecommendationKind)
    title = fields.TextField()
    action = fields.TextField()
    rationale = fields.TextField()
    priority: Priority = enum_field(Priority)

    segment_id: UUID

    class Meta:
        table = "recommendation"
        unique_together = (("segment", "position"),)
