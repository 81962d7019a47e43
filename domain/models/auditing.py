"""What was done, and by whom."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.access import ViewerKind
from domain.terms.auditing import AuditOutcome


class AuditEvent(Model):
    """An entry of the audit: written once, never changed, never deleted.

    The actor is named by value, not by reference: accounts go, what they did stays.
    """

    id = fields.UUIDField(primary_key=True)
    at = fields.DatetimeField()
    action = fields.CharField(max_length=64)
    outcome: AuditOutcome = enum_field(AuditOutcome)
    code: Any = fields.CharField(max_length=64, null=True)
    actor_id: UUID | None = fields.UUIDField(null=True)
    actor_name: Any = fields.CharField(max_length=200, null=True)
    actor_kind: ViewerKind | None = enum_field(ViewerKind, null=True)
    key_id: UUID | None = fields.UUIDField(null=True)
    subject_kind: Any = fields.CharField(max_length=64, null=True)
    subject_id: UUID | None = fields.UUIDField(null=True)
    address = fields.CharField(max_length=64)
    request_id = fields.CharField(max_length=64)

    class Meta:
        table = "audit_event"
        indexes = (
            Index(fields=("action", "id")),
            Index(fields=("outcome", "id")),
            Index(fields=("actor_id", "id")),
            Index(fields=("key_id", "id")),
            Index(fields=("subject_id", "id")),
        )
