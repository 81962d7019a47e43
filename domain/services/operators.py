"""What whoever runs the server may do without signing in: make administrators, and keys for programs.

All of it is audited, as done from the command line.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.errors import Conflict, DomainError, Refused
from domain.models import Account, ApiKey
from domain.services import accounts, api_keys, auditing, usernames, viewers
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.settings import PREFIX, WrongSetting
from domain.terms.access import AccountKind, Caller, Role
from domain.terms.administration import KeyRequest
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject

CALLER = Caller(address="command line")

DEMO = f"{usernames.OF_PROGRAMS}demo"
"""The demonstration's account: no other program has this name, for theirs are made at random."""

DEMO_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who can sign in first; `password` is None where the settings gave it."""

    username: str
    password: str | None = field(repr=False)


async def make_administrator(
    runtime: Runtime, username: str, password: str | None
) -> tuple[Account, str | None]:
    """Make an administrator; answers the password too where, for want of one, it was made up.

    Raises Refused for a name that is taken, or one or a password that can't be; Conflict for a
    name that somebody else takes at the same moment.
    """
    async with _refusals_written_down("createAdmin"):
        account, made_up = await accounts.create_administrator(runtime, username, password)
    await _write_down("createAdmin", Subject("User", account.id))
    return account, made_up


async def make_first_administrator(runtime: Runtime) -> FirstAdministrator | None:
    """Make an administrator where nobody can sign in yet; None where there is somebody.

    Raises WrongSetting when the settings have a password for it that is too weak.
    """
    try:
        async with _refusals_written_down("createAdmin"):
            made = await accounts.first_administrator(runtime)
    except Refused as refused:
        mistakes = "; ".join(map(str, refused.exceptions))
        raise WrongSetting(f"{PREFIX}ADMIN_PASSWORD: {mistakes}") from None
    if made is None:
        return None
    first = FirstAdministrator(*made)
    account = await Account.get(username=first.username)
    await _write_down("createAdmin", Subject("User", account.id))
    return first


async def make_key(
    runtime: Runtime, name: str, role: Role, expires_at: datetime | None = None, rate_limit: str | None = None
) -> tuple[ApiKey, str]:
    """Make a program's own account and its key; answers the key itself too. Raises Refused."""
    async with _refusals_written_down("createApiKey"):
        key, token = await api_keys.create_service(name, role, expires_at, rate_limit)
    await _write_down("createApiKey", Subject("ApiKey", key.id))
    return key, token


async def lend_key(runtime: Runtime) -> str:
    """Make a key for the demonstration, which works for an hour; those of earlier ones go when they are over.

    The account stays the same, so that what a demonstration made is the next one's too. Raises
    Conflict where an administrator has deactivated it, or left it too little a role.
    """
    account, _ = await Account.get_or_create(
        username_key=DEMO,
        defaults={
            "id": new_id(),
            "kind": AccountKind.SERVICE,
            "username": DEMO,
            "name": "demo",
            "role": Role.ANALYST,
            "active": True,
            "created_at": now(),
        },
    )
    await ApiKey.filter(account_id=account.id, expires_at__lt=now()).delete()
    request = KeyRequest("demo", Role.ANALYST, now() + DEMO_LASTS, None)
    async with _refusals_written_down("createApiKey"):
        _refuse_if_curbed(account)
        key, token = await api_keys.create(viewers.by_itself(account), request)
    await _write_down("createApiKey", Subject("ApiKey", key.id))
    return token


def _refuse_if_curbed(account: Account) -> None:
    """Leave the account as an administrator wants it, and say what a demonstration needs."""
    if not account.active:
        raise Conflict(f"the demonstration's account, {DEMO}, is deactivated: activate it by setUserActive")
    if not account.role.includes(Role.ANALYST):
        raise Conflict(
            f"the demonstration's account, {DEMO}, has the role {account.role}: it needs ANALYST, "
            "which an administrator gives it by setUserRole"
        )


@asynccontextmanager
async def _refusals_written_down(action: str) -> AsyncIterator[None]:
    try:
        yield
    except (DomainError, Refused) as refusal:
        first = refusal.exceptions[0] if isinstance(refusal, Refused) else refusal
        code = first.code if isinstance(first, DomainError) else None
        await auditing.record(AuditEntry(action, AuditOutcome.REFUSED, CALLER, code=code))
        raise


async def _write_down(action: str, subject: Subject) -> None:
    await auditing.record(AuditEntry(action, AuditOutcome.SUCCEEDED, CALLER, subject))
