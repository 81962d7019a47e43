"""Customers that somebody keeps an eye on, and the segments they were in."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.segments import UnassignedReason

if TYPE_CHECKING:
    from domain.models.accounts import Account

NAME_LENGTH = 200


class CustomerProfile(Model):
    """A customer of somebody's own. `model` is what it is placed by; None until there is one.

    `scored_version_id` is the version it was placed by last, None where it is to be placed
    anew; `revision` grows with every change that can be seen. `key_hash` is a hash of the
    value in the identifier column of the model's dataset, where its attributes have one; None
    too until it is placed by that identifier.
    """

    id = fields.UUIDField(primary_key=True)
    account: "fields.ForeignKeyRelation[Account]" = fields.ForeignKeyField(
        "models.Account", related_name="profiles", on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=NAME_LENGTH)
    attributes: dict[str, Any] = fields.JSONField()
    note: Any = fields.TextField(null=True)
    model: Any = fields.ForeignKeyField(
        "models.RegisteredModel", related_name="profiles", on_delete=fields.RESTRICT, null=True
    )
    scored_version_id: UUID | None = fields.UUIDField(null=True)
    revision = fields.IntField(default=0)
    key_hash: Any = fields.CharField(max_length=64, null=True, db_index=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    account_id: UUID
    model_id: UUID | None

    class Meta:
        table = "customer_profile"
        indexes = (Index(fields=("account_id", "id")), Index(fields=("model_id", "scored_version_id")))


class ProfilePlacement(Model):
    """Where a profile's customer belonged since `placed_at`; the newest is where it belongs now.

    The segment and the version are named by value too: they may go, the history stays.
    `problem` says why it could not be placed.
    """

    id = fields.UUIDField(primary_key=True)
    profile: "fields.ForeignKeyRelation[CustomerProfile]" = fields.ForeignKeyField(
        "models.CustomerProfile", related_name="placements", on_delete=fields.CASCADE
    )
    model_version: Any = fields.ForeignKeyField(
        "models.ModelVersion", related_name="placements", on_delete=fields.SET_NULL, null=True, db_index=True
    )
    segment: Any = fields.ForeignKeyField(
        "models.Segment", related_name="placements", on_delete=fields.SET_NULL, null=True, db_index=True
    )
    version = fields.IntField()
    segment_name: Any = fields.TextField(null=True)
    unassigned: UnassignedReason | None = enum_field(UnassignedReason, null=True)
    confidence: float | None = fields.FloatField(null=True)
    distance: float | None = fields.FloatField(null=True)
    problem: Any = fields.TextField(null=True)
    placed_at = fields.DatetimeField()

    profile_id: UUID
    model_version_id: UUID | None
    segment_id: UUID | None

    class Meta:
        table = "profile_placement"
        indexes = (Index(fields=("profile_id", "id")),)
