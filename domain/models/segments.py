"""Segments of customers."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import term_field
from domain.terms.segments import Characteristic, FeatureImportance, FeatureValue, SegmentRule

if TYPE_CHECKING:
    from domain.models.runs import ClusteringRun

NAME_LENGTH = 200


class Segment(Model):
    """A group of customers that a run found. `name` is the generated one until somebody gives another."""

    id = fields.UUIDField(primary_key=True)
    run: "fields.ForeignKeyRelation[ClusteringRun]" = fields.ForeignKeyField(
        "models.ClusteringRun", related_name="segments", on_delete=fields.CASCADE
    )
    index = fields.IntField()
    name = fields.CharField(max_length=NAME_LENGTH)
    generated_name = fields.CharField(max_length=NAME_LENGTH)
    color = fields.CharField(max_length=7)
    previous: Any = fields.ForeignKeyField(
        "models.Segment", related_name="continued_by", on_delete=fields.SET_NULL, null=True, db_index=True
    )
    size = fields.BigIntField()
    share = fields.FloatField()
    centroid: tuple[FeatureValue, ...] = term_field(tuple[FeatureValue, ...])
    characteristics: tuple[Characteristic, ...] = term_field(tuple[Characteristic, ...])
    rule: SegmentRule | None = term_field(SegmentRule, null=True)
    silhouette: float | None = fields.FloatField(null=True)
    stability: float | None = fields.FloatField(null=True)
    feature_importance: tuple[FeatureImportance, ...] | None = term_field(
        tuple[FeatureImportance, ...], null=True
    )

    run_id: UUID
    previous_id: UUID | None

    class Meta:
        table = "segment"
        unique_together = (("run", "index"), ("run", "name"))
