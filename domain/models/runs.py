"""Clustering runs."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field, term_field
from domain.terms.algorithms import Algorithm
from domain.terms.preparation import Preparation
from domain.terms.segments import (
    Approximation,
    ClusterCountSelection,
    ClusteringMetrics,
    DensityThresholds,
    FeatureImportance,
    ImputedColumn,
    SegmentChange,
    Structure,
)
from domain.terms.training import TrainingParameters

if TYPE_CHECKING:
    from domain.models.datasets import Dataset
    from domain.models.jobs import Job


class ClusteringRun(Model):
    """A training of a dataset, and what it found. Its state is the job's.

    `scorer_checksum` is the SHA-256 of the file that places new customers, None until there is one and
    of runs from before there were any. `created_by` is an account, which may be gone by now; None
    before there were any.
    """

    id = fields.UUIDField(primary_key=True)
    dataset: "fields.ForeignKeyRelation[Dataset]" = fields.ForeignKeyField(
        "models.Dataset", related_name="runs", on_delete=fields.CASCADE
    )
    job: "fields.OneToOneRelation[Job]" = fields.OneToOneField(
        "models.Job", related_name="run", on_delete=fields.CASCADE
    )
    algorithm: Algorithm = enum_field(Algorithm)
    parameters: TrainingParameters = term_field(TrainingParameters)
    fingerprint = fields.CharField(max_length=64)
    match_to: Any = fields.ForeignKeyField(
        "models.ClusteringRun",
        related_name="continued_by",
        on_delete=fields.SET_NULL,
        null=True,
        db_index=True,
    )
    metrics: ClusteringMetrics | None = term_field(ClusteringMetrics, null=True)
    selection: ClusterCountSelection | None = term_field(ClusterCountSelection, null=True)
    structure: Structure | None = term_field(Structure, null=True)
    approximation: Approximation | None = term_field(Approximation, null=True)
    density: DensityThresholds | None = term_field(DensityThresholds, null=True)
    preparation: Preparation | None = term_field(Preparation, null=True)
    changes: tuple[SegmentChange, ...] | None = term_field(tuple[SegmentChange, ...], null=True)
    imputed: tuple[ImputedColumn, ...] | None = term_field(tuple[ImputedColumn, ...], null=True)
    explained_variance: tuple[float, ...] | None = term_field(tuple[float, ...], null=True)
    feature_importance: tuple[FeatureImportance, ...] | None = term_field(
        tuple[FeatureImportance, ...], null=True
    )
    scorer_checksum: Any = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True, db_index=True)

    dataset_id: UUID
    job_id: UUID
    match_to_id: UUID | None

    class Meta:
        table = "clustering_run"
        indexes = (Index(fields=("dataset_id", "id")), Index(fields=("dataset_id", "fingerprint")))

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"runs/{self.id}"
