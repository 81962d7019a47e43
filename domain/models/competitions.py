"""Several trainings beside each other."""

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.competitions import WinningCriterion

if TYPE_CHECKING:
    from domain.models.datasets import Dataset
    from domain.models.runs import ClusteringRun


class TrainingComparison(Model):
    """Runs of one dataset that were started together, to see which is the best."""

    id = fields.UUIDField(primary_key=True)
    dataset: "fields.ForeignKeyRelation[Dataset]" = fields.ForeignKeyField(
        "models.Dataset", related_name="comparisons", on_delete=fields.CASCADE
    )
    criterion: WinningCriterion = enum_field(WinningCriterion)
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True)

    dataset_id: UUID

    class Meta:
        table = "training_comparison"
        indexes = (Index(fields=("dataset_id", "id")),)


class ComparedTraining(Model):
    """A run of a comparison, by its place among the settings asked for."""

    id = fields.UUIDField(primary_key=True)
    comparison: "fields.ForeignKeyRelation[TrainingComparison]" = fields.ForeignKeyField(
        "models.TrainingComparison", related_name="trainings", on_delete=fields.CASCADE
    )
    run: "fields.ForeignKeyRelation[ClusteringRun]" = fields.ForeignKeyField(
        "models.ClusteringRun", related_name="comparisons", on_delete=fields.CASCADE, db_index=True
    )
    position = fields.IntField()

    comparison_id: UUID
    run_id: UUID

    class Meta:
        table = "compared_training"
        unique_together = (("comparison", "position"),)
