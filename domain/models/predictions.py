"""What was said of customers: one by one, where that was to be remembered, and of whole datasets."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field, term_field
from domain.terms.predictions import DatasetPredictionOutcome
from domain.terms.segments import UnassignedReason

if TYPE_CHECKING:
    from domain.models.datasets import Dataset
    from domain.models.jobs import Job
    from domain.models.runs import ClusteringRun


class RememberedPrediction(Model):
    """Where a customer was said to belong. `model_version` is None where a run was asked itself.

    `attributes` are the values that decided. `key_hash` is a hash of `customer_key`, by
    which somebody is found; both are None where the record named nobody.
    """

    id = fields.UUIDField(primary_key=True)
    run: "fields.ForeignKeyRelation[ClusteringRun]" = fields.ForeignKeyField(
        "models.ClusteringRun", related_name="remembered", on_delete=fields.CASCADE
    )
    model_version: Any = fields.ForeignKeyField(
        "models.ModelVersion", related_name="remembered", on_delete=fields.CASCADE, null=True
    )
    segment: Any = fields.ForeignKeyField(
        "models.Segment", related_name="remembered", on_delete=fields.CASCADE, null=True
    )
    runner_up: Any = fields.ForeignKeyField(
        "models.Segment", related_name="remembered_second", on_delete=fields.CASCADE, null=True, db_index=True
    )
    unassigned: UnassignedReason | None = enum_field(UnassignedReason, null=True)
    confidence: float | None = fields.FloatField(null=True)
    distance: float | None = fields.FloatField(null=True)
    customer_key: str | None = fields.TextField(null=True)
    key_hash: Any = fields.CharField(max_length=64, null=True, db_index=True)
    attributes: dict[str, Any] = fields.JSONField()
    predicted_at = fields.DatetimeField(db_index=True)
    predicted_by: UUID | None = fields.UUIDField(null=True)

    run_id: UUID
    model_version_id: UUID | None
    segment_id: UUID | None
    runner_up_id: UUID | None

    class Meta:
        table = "remembered_prediction"
        indexes = (
            Index(fields=("run_id", "id")),
            Index(fields=("model_version_id", "id")),
            Index(fields=("segment_id", "id")),
            Index(fields=("predicted_by", "id")),
        )


class DatasetPrediction(Model):
    """A whole dataset placed in a run's segments. Its state is the job's.

    `fingerprint` is of all that decides the answer, so that an equal one is found.
    """

    id = fields.UUIDField(primary_key=True)
    job: "fields.OneToOneRelation[Job]" = fields.OneToOneField(
        "models.Job", related_name="dataset_prediction", on_delete=fields.CASCADE
    )
    run: "fields.ForeignKeyRelation[ClusteringRun]" = fields.ForeignKeyField(
        "models.ClusteringRun", related_name="dataset_predictions", on_delete=fields.CASCADE
    )
    model_version: Any = fields.ForeignKeyField(
        "models.ModelVersion", related_name="dataset_predictions", on_delete=fields.CASCADE, null=True
    )
    dataset: "fields.ForeignKeyRelation[Dataset]" = fields.ForeignKeyField(
        "models.Dataset", related_name="predictions", on_delete=fields.CASCADE
    )
    fingerprint = fields.CharField(max_length=64)
    outcome: DatasetPredictionOutcome | None = term_field(DatasetPredictionOutcome, null=True)
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True, db_index=True)

    job_id: UUID
    run_id: UUID
    model_version_id: UUID | None
    dataset_id: UUID

    class Meta:
        table = "dataset_prediction"
        indexes = (
            Index(fields=("run_id", "id")),
            Index(fields=("model_version_id", "id")),
            Index(fields=("dataset_id", "fingerprint")),
        )

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"predictions/{self.id}"
