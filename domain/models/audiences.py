"""Segments that campaigns are for."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.exports import AudienceKind

if TYPE_CHECKING:
    from domain.models.segments import Segment

NAME_LENGTH = 200


class Audience(Model):
    """A segment as an audience; `name_key` is the name as it is compared.

    STATIC: the customers of `segment` in its run or, with a `dataset_prediction`, those placed in it there:
    neither ever changes. LIVE: those of what continues `segment`, or what it continues, in the
    run of the champion of `model`. `salt` decides with each customer's key who is held out.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=NAME_LENGTH)
    name_key = fields.CharField(max_length=NAME_LENGTH * 4, unique=True)
    description: Any = fields.TextField(null=True)
    kind: AudienceKind = enum_field(AudienceKind)
    segment: "fields.ForeignKeyRelation[Segment]" = fields.ForeignKeyField(
        "models.Segment", related_name="audiences", on_delete=fields.RESTRICT, db_index=True
    )
    dataset_prediction: Any = fields.ForeignKeyField(
        "models.DatasetPrediction",
        related_name="audiences",
        on_delete=fields.RESTRICT,
        null=True,
        db_index=True,
    )
    model: Any = fields.ForeignKeyField(
        "models.RegisteredModel",
        related_name="audiences",
        on_delete=fields.RESTRICT,
        null=True,
        db_index=True,
    )
    holdout_share = fields.FloatField(default=0.0)
    salt = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True)

    segment_id: UUID
    dataset_prediction_id: UUID | None
    model_id: UUID | None

    class Meta:
        table = "audience"
