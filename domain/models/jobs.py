"""The durable record of work: what Dask forgets when a process dies is here."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.jobs import JobFailureCode, JobKind, JobStatus


class Job(Model):
    """A piece of work, who does it, and how far it is.

    `owner` is the API process that drives it and `beat_at` its last sign of life:
    another process takes over what has been silent for longer than the lease.
    `attempt` counts how often it was begun; with `owner` it tells an old driver
    that it has been replaced. `version` grows with every change a client can see.
    """

    id = fields.UUIDField(primary_key=True)
    kind: JobKind = enum_field(JobKind)
    status: JobStatus = enum_field(JobStatus, default=JobStatus.QUEUED)
    attempt = fields.IntField(default=0)
    owner: UUID | None = fields.UUIDField(null=True)
    beat_at = fields.DatetimeField(null=True)
    cancel_requested = fields.BooleanField(default=False)
    stage = fields.CharField(max_length=32)
    fraction = fields.FloatField(default=0.0)
    message = fields.TextField(default="")
    version = fields.IntField(default=0)
    failure_code: JobFailureCode | None = enum_field(JobFailureCode, null=True)
    failure_message: str | None = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "job"
        indexes = (Index(fields=("status", "kind", "id")),)
