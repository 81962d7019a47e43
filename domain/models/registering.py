"""Models: named runs in versions, and how each became champion."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.registering import PromotionKind

if TYPE_CHECKING:
    from domain.models.runs import ClusteringRun

NAME_LENGTH = 200


class RegisteredModel(Model):
    """A name that versions are registered under; `name_key` is the name as it is compared.

    `champion_id` is one of its versions; no reference, since the versions refer to the model.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=NAME_LENGTH)
    name_key = fields.CharField(max_length=NAME_LENGTH * 4, unique=True)
    description: Any = fields.TextField(null=True)
    champion_id: UUID | None = fields.UUIDField(null=True, db_index=True)
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "model"


class ModelVersion(Model):
    """A run as the next version of a model, for good. Its scorer is the run's."""

    id = fields.UUIDField(primary_key=True)
    model: "fields.ForeignKeyRelation[RegisteredModel]" = fields.ForeignKeyField(
        "models.RegisteredModel", related_name="versions", on_delete=fields.CASCADE
    )
    version = fields.IntField()
    run: "fields.ForeignKeyRelation[ClusteringRun]" = fields.ForeignKeyField(
        "models.ClusteringRun", related_name="model_versions", on_delete=fields.RESTRICT, db_index=True
    )
    note: Any = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True)

    model_id: UUID
    run_id: UUID

    class Meta:
        table = "model_version"
        unique_together = (("model", "version"),)


class Promotion(Model):
    """An entry of a model's history: since `at` this version was champion.

    `undone` tells that a rollback went behind it: the champion is that of the newest PROMOTED
    entry that is not undone.
    """

    id = fields.UUIDField(primary_key=True)
    model: "fields.ForeignKeyRelation[RegisteredModel]" = fields.ForeignKeyField(
        "models.RegisteredModel", related_name="promotions", on_delete=fields.CASCADE
    )
    version: "fields.ForeignKeyRelation[ModelVersion]" = fields.ForeignKeyField(
        "models.ModelVersion", related_name="promotions", on_delete=fields.CASCADE, db_index=True
    )
    kind: PromotionKind = enum_field(PromotionKind)
    undone = fields.BooleanField(default=False)
    note: Any = fields.TextField(null=True)
    at = fields.DatetimeField()
    by: UUID | None = fields.UUIDField(null=True)

    model_id: UUID
    version_id: UUID

    class Meta:
        table = "promotion"
        indexes = (Index(fields=("model_id", "id")),)
