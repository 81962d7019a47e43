"""What administrators do with accounts, and the figures of the installation."""

import asyncio
from datetime import datetime
from uuid import UUID

from tortoise import Tortoise
from tortoise.expressions import Q
from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, NotFound, refuse_if_any
from domain.models import (
    Account,
    Audience,
    ClusteringRun,
    CustomerProfile,
    Dataset,
    RegisteredModel,
    RememberedPrediction,
)
from domain.models.accounts import EMAIL_LENGTH
from domain.models.connection import Dialect, dialect_of
from domain.services import administrators, api_keys, checks, passwords, sessions, usernames
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Role
from domain.terms.administration import AccountCounts, Statistics
from domain.terms.jobs import JobStatus

_ID = ("input", "id")
_PASSWORD = ("input", "password")
_SEARCHED = ("name", "email")
_DATABASE_SIZE = {
    Dialect.SQLITE: "SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()",
    Dialect.POSTGRES: "SELECT pg_database_size(current_database()) AS size",
}


def newest_first(
    search: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
    kind: AccountKind | None = None,
) -> QuerySet[Account]:
    """The accounts that fit, or all, the newest first.

    `search` is a part of the user name, the name or the e-mail address, whatever its case. In
    the latter two, letters beyond ASCII are found as they are written in `search`, all small,
    all in capitals, or with a capital at each word.
    """
    given = {"role": role, "active": active, "kind": kind}
    found = Account.filter(**{name: value for name, value in given.items() if value is not None})
    if search is not None and (part := search.strip()):
        found = found.filter(_holding(part))
    return found.order_by("-id")


async def set_role(runtime: Runtime, account_id: UUID | None, role: Role) -> Account:
    """Give an account another role; its sessions end at once.

    Raises NotFound, and Conflict for the last active administrator.
    """
    return await _change(runtime, account_id, loses=role is not Role.ADMIN, role=role)


async def set_active(runtime: Runtime, account_id: UUID | None, active: bool) -> Account:
    """Let an account in, or keep it out, and its keys with it; its sessions end at once.

    Raises NotFound, and Conflict for the last active administrator.
    """
    return await _change(runtime, account_id, loses=not active, active=active)


async def set_password(runtime: Runtime, account_id: UUID | None, password: str) -> Account:
    """Give somebody who has forgotten it a new password; all sessions end at once.

    Raises NotFound, Conflict for a program's account, and Refused for a weak password.
    """
    account = await _found(account_id)
    if account.kind is AccountKind.SERVICE:
        raise Conflict("a program's account has no password: give it an API key", _ID)
    names = usernames.names_of(account)
    refuse_if_any(await passwords.strength_mistakes(runtime.settings, password, names, _PASSWORD))
    password_hash = await passwords.make_hash(password)
    return await _change(runtime, account.id, loses=False, password_hash=password_hash)


async def delete(runtime: Runtime, account_id: UUID | None) -> UUID:
    """Delete an account, its sessions and its keys; datasets and runs that it made stay.

    Raises NotFound, and Conflict for the last active administrator.
    """
    account = await _found(account_id)
    async with in_transaction():
        await administrators.refuse_to_lose(account.id, _ID)
        if not await Account.filter(id=account.id).delete():
            raise _gone()
    runtime.endings.tell(account.id)
    return account.id


async def statistics(runtime: Runtime) -> Statistics:
    """Count what the installation holds.

    Lists all files of the storage, which takes a while in S3: ask now and then, not all the time.
    """
    totals = await Dataset.all().annotate(count=Count("id"), rows=Sum("row_count")).values("count", "rows")
    return Statistics(
        accounts=await _accounts(),
        living_keys=await api_keys.living().count(),
        datasets=totals[0]["count"],
        rows=int(totals[0]["rows"] or 0),
        runs=await _runs(),
        models=await RegisteredModel.all().count(),
        remembered_predictions=await RememberedPrediction.all().count(),
        profiles=await CustomerProfile.all().count(),
        audiences=await Audience.all().count(),
        storage_bytes=await asyncio.to_thread(runtime.storage.total_size),
        database_bytes=await _database_size(runtime),
        last_activity_at=await _last_activity(),
    )


def _holding(part: str) -> Q:
    # The databases refuse to look for what no account can have.
    if any(checks.name_mistakes(part, EMAIL_LENGTH, [])):
        return Q(id__in=[])
    # SQLite knows the capitals of ASCII only, PostgreSQL those of its locale.
    spellings = {part, part.lower(), part.upper(), part.title()}
    asked = [Q(**{f"{field}__icontains": spelt}) for field in _SEARCHED for spelt in sorted(spellings)]
    return Q(Q(username_key__contains=usernames.key_of(part)), *asked, join_type=Q.OR)


async def _change(runtime: Runtime, account_id: UUID | None, *, loses: bool, **values: object) -> Account:
    """Change an account; `loses` says that it is no active administrator after that."""
    account = await _found(account_id)
    if all(getattr(account, name) == value for name, value in values.items()):
        # It is so already: whoever is signed in stays so.
        return account
    async with in_transaction():
        if loses:
            await administrators.refuse_to_lose(account.id, _ID)
        # First the account, then its sessions: a sign-in that is under way waits, or is ended too.
        if not await Account.filter(id=account.id).update(**values):
            raise _gone()
        await sessions.end_all(runtime, account.id)
        changed = await Account.get(id=account.id)
    # Again, now that it shows.
    runtime.endings.tell(account.id)
    return changed


async def _found(account_id: UUID | None) -> Account:
    account = await Account.get_or_none(id=account_id) if account_id else None
    if account is None:
        raise _gone()
    return account


def _gone() -> NotFound:
    return NotFound("there is no such account: it may have been deleted already", _ID)


async def _accounts() -> AccountCounts:
    rows = await (
        Account.all()
        .annotate(count=Count("id"))
        .group_by("kind", "role", "active")
        .values_list("kind", "role", "active", "count")
    )
    return AccountCounts(
        total=sum(count for *_, count in rows),
        active=sum(count for _, _, active, count in rows if active),
        by_role={role: sum(row[3] for row in rows if row[1] == role) for role in Role},
        by_kind={kind: sum(row[3] for row in rows if row[0] == kind) for kind in AccountKind},
    )


async def _runs() -> dict[JobStatus, int]:
    rows = await (
        ClusteringRun.all()
        .annotate(count=Count("id"))
        .group_by("job__status")
        .values_list("job__status", "count")
    )
    counts = {JobStatus(status): count for status, count in rows}
    return {status: counts.get(status, 0) for status in JobStatus}


async def _database_size(runtime: Runtime) -> int:
    query = _DATABASE_SIZE[dialect_of(runtime.settings.database)]
    found = await Tortoise.get_connection("default").execute_query_dict(query)
    return int(found[0]["size"])


async def _last_activity() -> datetime | None:
    seen = Account.filter(last_active_at__isnull=False).order_by("-last_active_at")
    newest = await seen.first()
    return None if newest is None else newest.last_active_at
