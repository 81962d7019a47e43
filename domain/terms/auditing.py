"""What is written down of what was done, and by whom."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.terms.access import Caller, Viewer


class AuditOutcome(StrEnum):
    """How it went."""

    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"
    DENIED = "DENIED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Subject:
    """What something was done to: the name of its type, and its id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be written down. Never a password, a token, a key, or anything of a customer.

    `action` is the mutation's name, or `signIn`, `download` and their like; `code` says why
    it did not succeed. `actor` stands in for the caller's viewer where there is none, as at
    a sign-in and on the command line.
    """

    action: str
    outcome: AuditOutcome
    caller: Caller
    subject: Subject | None = None
    code: str | None = None
    actor: Viewer | None = None
