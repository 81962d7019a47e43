"""Accounts, and what shows that somebody is one: sessions, refresh tokens, API keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import enum_field
from domain.terms.access import AccountKind, Role

USERNAME_LENGTH = 64
NAME_LENGTH = 200
EMAIL_LENGTH = 254
HASH_LENGTH = 64


class Account(Model):
    """Somebody with a password, or a program that has only keys.

    `username_key` is the user name as it is compared: neither case nor form tells two apart.
    `name` is what it is called in front of people; the user name where it is None.
    """

    id = fields.UUIDField(primary_key=True)
    kind: AccountKind = enum_field(AccountKind)
    username = fields.CharField(max_length=USERNAME_LENGTH)
    username_key = fields.CharField(max_length=USERNAME_LENGTH * 4, unique=True)
    name: Any = fields.CharField(max_length=NAME_LENGTH, null=True)
    email: Any = fields.CharField(max_length=EMAIL_LENGTH, null=True)
    password_hash: str | None = fields.TextField(null=True)
    role: Role = enum_field(Role)
    active = fields.BooleanField()
    created_at = fields.DatetimeField()
    last_active_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "account"
        indexes = (Index(fields=("role", "active")),)


class Session(Model):
    """A sign-in, until it is ended or runs out. All its refresh tokens are one family."""

    id = fields.UUIDField(primary_key=True)
    account: "fields.ForeignKeyRelation[Account]" = fields.ForeignKeyField(
        "models.Account", related_name="sessions", on_delete=fields.CASCADE
    )
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    address = fields.CharField(max_length=64)
    client: Any = fields.CharField(max_length=200, null=True)

    account_id: UUID

    class Meta:
        table = "session"
        indexes = (Index(fields=("account_id", "id")),)


class RefreshToken(Model):
    """A refresh token by its SHA-256; one that has been used must not come again."""

    token_hash = fields.CharField(max_length=HASH_LENGTH, primary_key=True)
    session: "fields.ForeignKeyRelation[Session]" = fields.ForeignKeyField(
        "models.Session", related_name="refresh_tokens", on_delete=fields.CASCADE
    )
    issued_at = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    session_id: UUID

    class Meta:
        table = "refresh_token"
        indexes = (Index(fields=("session_id",)),)


class ApiKey(Model):
    """A key by its SHA-256; `prefix` is the part that may be shown.

    It acts as its account, with `role` at most. `made_by` is the key that it was made by,
    if it was one: revoked together. `rate_limit` is its own, as `limits` writes it.
    """

    id = fields.UUIDField(primary_key=True)
    account: "fields.ForeignKeyRelation[Account]" = fields.ForeignKeyField(
        "models.Account", related_name="api_keys", on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=NAME_LENGTH)
    role: Role = enum_field(Role)
    prefix = fields.CharField(max_length=16)
    token_hash = fields.CharField(max_length=HASH_LENGTH, unique=True)
    rate_limit: Any = fields.CharField(max_length=64, null=True)
    made_by: UUID | None = fields.UUIDField(null=True, db_index=True)
    created_at = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)
    last_used_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    account_id: UUID

    class Meta:
        table = "api_key"
        indexes = (Index(fields=("account_id", "id")),)
