"""Accounts: register, look up, change one's own, and the first administrator."""

import unicodedata
from collections.abc import Iterator, Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, Invalid, NotFound, refuse_if_any
from domain.models import Account, ClusteringRun, Dataset
from domain.models.accounts import EMAIL_LENGTH, NAME_LENGTH
from domain.services import (
    administrators,
    api_keys,
    checks,
    guessing,
    installations,
    locks,
    passwords,
    sessions,
    usernames,
)
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Caller, Role, Viewer
from domain.terms.accounts import AccountStatistics, ProfileUpdate, RegisterRequest

FIRST_USERNAME = "admin"
"""What the administrator is called that the first start makes."""

_USERNAME = ("input", "username")
_PASSWORD = ("input", "password")
_CURRENT = ("input", "currentPassword")
_NEW = ("input", "newPassword")


async def register(runtime: Runtime, caller: Caller, request: RegisterRequest) -> Account:
    """Make an account for somebody: anybody may where registration is open, else only ADMIN.

    Raises Conflict where it is closed, and Refused with all mistakes, a user name that is taken
    among them; Conflict for one that somebody else takes at the same moment.
    """
    by_administrator = caller.viewer is not None and caller.viewer.role.includes(Role.ADMIN)
    if runtime.settings.registration == "closed" and not by_administrator:
        raise Conflict("registration is closed: ask an administrator for an account", ["input"])
    role = request.role or Role.USER
    mistakes = await _request_mistakes(runtime, request)
    if role is not Role.USER and not by_administrator:
        mistakes.append(Invalid("only an administrator gives a role: leave it out", ["input", "role"]))
    refuse_if_any(mistakes)
    return await _make(request, role, await passwords.make_hash(request.password))


async def update(viewer: Viewer, changes: ProfileUpdate) -> Account:
    """Change one's own name and e-mail address. Raises Refused, and NotFound when it was just deleted."""
    refuse_if_any([*_name_mistakes(changes.name), *_email_mistakes(changes.email)])
    given = {"name": changes.name, "email": changes.email}
    values = {field: value.strip() or None for field, value in given.items() if value is not None}
    if values:
        await Account.filter(id=viewer.account_id).update(**values)
    return await _own(viewer)


async def change_password(runtime: Runtime, viewer: Viewer, current: str, new: str) -> Account:
    """Give oneself a new password: all one's sessions end at once, but the one that asks.

    API keys stay. Raises Refused for a wrong password, or a new one that is weak or the old one;
    TooOften when too many were wrong lately, and Conflict when another change came first.
    """
    account = await _own(viewer)
    mistakes = await passwords.strength_mistakes(runtime.settings, new, usernames.names_of(account), _NEW)
    if passwords.are_same(current, new):
        mistakes.append(Invalid("the new password is the one you have: choose another", _NEW))
    mistakes += await _password_mistakes(runtime, account, current, _CURRENT)
    refuse_if_any(mistakes)
    new_hash = await passwords.make_hash(new)
    async with in_transaction():
        await locks.hold_account(account.id)
        kept = (await _own(viewer)).password_hash
        # Another hash may be of the same password: a sign-in makes a newer one.
        if kept != account.password_hash and not await passwords.matches(kept, current):
            raise Conflict("the password was changed meanwhile: sign in with the new one", ["input"])
        await Account.filter(id=account.id).update(password_hash=new_hash)
        await sessions.end_all(runtime, account.id, but=viewer.session_id)
    # Once more, now that others can see it.
    runtime.endings.tell(account.id)
    return await _own(viewer)


async def delete_own(runtime: Runtime, viewer: Viewer, password: str) -> UUID:
    """Delete one's own account, its sessions and its keys; datasets and runs that it made stay.

    Raises Refused for a wrong password, TooOften when too many were wrong lately, and Conflict
    for the last active administrator.
    """
    account = await _own(viewer)
    refuse_if_any(await _password_mistakes(runtime, account, password, _PASSWORD))
    async with in_transaction():
        await administrators.refuse_to_lose(account.id, ["input"])
        await Account.filter(id=account.id).delete()
    runtime.endings.tell(account.id)
    return account.id


async def find(account_id: UUID) -> Account | None:
    """Look up an account; None where there is none."""
    return await Account.get_or_none(id=account_id)


def visible_to(viewer: Viewer) -> QuerySet[Account]:
    """One's own account, or all for ADMIN, the newest first."""
    seen = Account.all() if viewer.role.includes(Role.ADMIN) else Account.filter(id=viewer.account_id)
    return seen.order_by("-id")


async def statistics_of(account_id: UUID) -> AccountStatistics:
    """Count what an account has."""
    return AccountStatistics(
        datasets=await Dataset.filter(created_by=account_id).count(),
        runs=await ClusteringRun.filter(created_by=account_id).count(),
        sessions=await sessions.of(account_id).count(),
        api_keys=await api_keys.living().filter(account_id=account_id).count(),
    )


async def create_administrator(
    runtime: Runtime, username: str, password: str | None = None
) -> tuple[Account, str | None]:
    """Make an administrator; with no password given, a random one is made, and told this once.

    Raises Refused with all mistakes, a user name that is taken among them; Conflict for one that
    somebody else takes at the same moment.
    """
    made = None if password else passwords.generated(runtime.settings.min_password_length)
    request = RegisterRequest(username, password or made or "")
    refuse_if_any(await _request_mistakes(runtime, request))
    password_hash = await passwords.make_hash(request.password)
    async with in_transaction():
        # A server that starts just now looks whether there is somebody, or waits.
        await installations.hold()
        return await _make(request, Role.ADMIN, password_hash), made


async def first_administrator(runtime: Runtime) -> tuple[str, str | None] | None:
    """Make an administrator where nobody can sign in yet; of servers that start together, one does.

    Tells the user name, and the password unless it is the configured one; None where there is
    somebody already. Raises Refused when the configured password is too weak.
    """
    people = Account.filter(kind=AccountKind.PERSON)
    if await people.exists():
        return None
    configured = runtime.settings.admin_password
    made = None if configured else passwords.generated(runtime.settings.min_password_length)
    request = RegisterRequest(FIRST_USERNAME, configured or made or "")
    # Not whether the name is taken: by another server that starts, it may be in this moment.
    names = [request.username]
    refuse_if_any(await passwords.strength_mistakes(runtime.settings, request.password, names, _PASSWORD))
    password_hash = await passwords.make_hash(request.password)
    async with in_transaction():
        await installations.hold()
        if await people.exists():
            return None
        account = await _make(request, Role.ADMIN, password_hash)
    return account.username, made


async def _make(request: RegisterRequest, role: Role, password_hash: str) -> Account:
    try:
        return await Account.create(
            id=new_id(),
            kind=AccountKind.PERSON,
            username=usernames.normal(request.username),
            username_key=usernames.key_of(request.username),
            name=(request.name or "").strip() or None,
            email=(request.email or "").strip() or None,
            password_hash=password_hash,
            role=role,
            active=True,
            created_at=now(),
        )
    except IntegrityError:
        # Somebody took it just now.
        raise _taken() from None


async def _own(viewer: Viewer) -> Account:
    account = await Account.get_or_none(id=viewer.account_id)
    if account is None:
        raise NotFound("the account has just been deleted", ["input"])
    return account


async def _request_mistakes(runtime: Runtime, request: RegisterRequest) -> list[DomainError]:
    names = [name for name in (request.username, request.name, request.email) if name]
    weak = await passwords.strength_mistakes(runtime.settings, request.password, names, _PASSWORD)
    impossible = list(usernames.mistakes(request.username, _USERNAME))
    mistakes = [
        *impossible,
        *weak,
        *_name_mistakes(request.name),
        *_email_mistakes(request.email),
    ]
    # A name that can't be is not looked for: the databases refuse some of it.
    if not impossible and await Account.exists(username_key=usernames.key_of(request.username)):
        mistakes.append(_taken())
    return mistakes


async def _password_mistakes(
    runtime: Runtime, account: Account, password: str, path: Sequence[str]
) -> list[DomainError]:
    right = await guessing.matches(runtime, account.username_key, None, account.password_hash, password)
    return [] if right else [Invalid("the password is wrong", path)]


def _taken() -> Conflict:
    return Conflict("the user name is taken: choose another", _USERNAME)


def _name_mistakes(name: str | None) -> Iterator[DomainError]:
    if name:
        yield from checks.name_mistakes(name, NAME_LENGTH, ["input", "name"])


def _email_mistakes(email: str | None) -> Iterator[DomainError]:
    """Find what no e-mail address is; whether there is such a mailbox only a letter to it would tell."""
    if not email:
        return
    path = ["input", "email"]
    before, _, after = email.strip().rpartition("@")
    if len(email) > EMAIL_LENGTH:
        yield Invalid(f"the e-mail address has {len(email):,} characters: {EMAIL_LENGTH} at most", path)
    elif not before or not after or not all(map(_is_printed, before + after)):
        yield Invalid("this is no e-mail address: it has a name, an @ and a domain, and no spaces", path)


def _is_printed(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZ"
