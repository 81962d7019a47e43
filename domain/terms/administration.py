"""What administrators ask for, and what they are told: keys, accounts, figures, the audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.terms.access import AccountKind, Role
from domain.terms.auditing import AuditOutcome
from domain.terms.jobs import JobStatus


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """An API key that somebody wants; `rate_limit` is its own, as `NUMBER/PERIOD`, which ADMIN may give."""

    name: str
    role: Role
    expires_at: datetime | None = None
    rate_limit: str | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events of the audit are wanted: those that every given value fits.

    `actor_id` is the account that acted, `key_id` the key it acted by. `since` belongs to
    the time, `until` no more.
    """

    actor_id: UUID | None = None
    action: str | None = None
    outcome: AuditOutcome | None = None
    subject_id: UUID | None = None
    key_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """How many accounts there are; `by_role` and `by_kind` count all of them, zeros included."""

    total: int
    active: int
    by_role: Mapping[Role, int]
    by_kind: Mapping[AccountKind, int]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the installation holds.

    `rows` are those of all datasets. `runs` has every status, zeros included.
    `storage_bytes` are of all files, `database_bytes` of the database as it lies on its disk.
    `living_keys` are neither revoked nor expired. `last_activity_at` is the newest of any
    account; None before the first.
    """

    accounts: AccountCounts
    living_keys: int
    datasets: int
    rows: int
    runs: Mapping[JobStatus, int]
    models: int
    remembered_predictions: int
    profiles: int
    audiences: int
    storage_bytes: int
    database_bytes: int
    last_activity_at: datetime | None
