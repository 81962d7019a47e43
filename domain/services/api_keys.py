"""API keys: make, see, revoke. The key itself is shown once; what is kept is its SHA-256."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain import rates
from domain.errors import Conflict, DomainError, Invalid, NotFound, refuse_if_any
from domain.models import Account, ApiKey
from domain.models.accounts import NAME_LENGTH
from domain.services import checks, locks, tokens, usernames
from domain.services.identities import new_id, now
from domain.services.moments import in_utc
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Role, Viewer, ViewerKind
from domain.terms.administration import KeyRequest

MOST_KEYS = 100
"""Keys of an account at most that are neither revoked nor expired."""

LIMITED = (
    "a key with a rate limit of its own makes no keys: ask an administrator for one, or sign in to make it"
)

LONGEST_LIFE = timedelta(days=100 * 366)

_NAME = ("input", "name")
_ROLE = ("input", "role")
_EXPIRY = ("input", "expiresAt")
_RATE = ("input", "rateLimit")


def visible_to(viewer: Viewer) -> QuerySet[ApiKey]:
    """The keys of one's own account, or of all for ADMIN, the newest first; revoked ones stay."""
    seen = ApiKey.all() if viewer.role.includes(Role.ADMIN) else ApiKey.filter(account_id=viewer.account_id)
    return seen.order_by("-id")


def living() -> QuerySet[ApiKey]:
    """The keys that are neither revoked nor expired."""
    return ApiKey.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now()), revoked_at__isnull=True)


async def create(viewer: Viewer, request: KeyRequest) -> tuple[ApiKey, str]:
    """Make a key that acts as the viewer's account, with at most the viewer's role; tell it, this once.

    A key that a key makes ends with it at the latest. Raises Refused, Conflict where there are
    enough or the key that asks has a rate limit of its own, or NotFound where the account or the
    key that asks has just ended.
    """
    refuse_if_any([*_request_mistakes(request), *_power_mistakes(viewer, request)])
    async with in_transaction():
        # One at a time for an account: none is over the limit, and a key that is being revoked makes none.
        if not await locks.hold_account(viewer.account_id):
            raise NotFound("the account has just been deleted", ["input"])
        maker = None
        if viewer.kind is ViewerKind.API_KEY:
            maker = await living().get_or_none(id=viewer.key_id)
            if maker is None:
                raise NotFound("the key that asks has just been revoked", ["input"])
            if maker.rate_limit is not None:
                # Each key it made would have the limit once more, or none.
                raise Conflict(LIMITED, ["input"])
        if await living().filter(account_id=viewer.account_id).count() >= MOST_KEYS:
            raise Conflict(f"the account has {MOST_KEYS} keys, which is the most: revoke one", ["input"])
        return await _make(viewer.account_id, request, maker)


async def create_service(
    name: str, role: Role, expires_at: datetime | None = None, rate_limit: str | None = None
) -> tuple[ApiKey, str]:
    """Make a program's own account, and its key; tell it, this once. Raises Refused."""
    request = KeyRequest(name, role, expires_at, rate_limit)
    refuse_if_any(list(_request_mistakes(request)))
    username = f"{usernames.OF_PROGRAMS}{secrets.token_hex(4)}"
    async with in_transaction():
        account = await Account.create(
            id=new_id(),
            kind=AccountKind.SERVICE,
            username=username,
            username_key=username,
            name=name.strip(),
            role=role,
            active=True,
            created_at=now(),
        )
        return await _make(account.id, request)


async def revoke(runtime: Runtime, viewer: Viewer, key_id: UUID | None) -> ApiKey:
    """End a key of one's own, or any for ADMIN, and all keys it made, at once.

    By a key without ADMIN: that key itself, and those it made. One that is revoked already
    stays as it is. Raises NotFound, for another's key as for none, and Conflict.
    """
    key = await visible_to(viewer).get_or_none(id=key_id) if key_id else None
    if key is None:
        raise NotFound("there is no such key", ["input", "id"])
    if viewer.key_id is not None and not viewer.role.includes(Role.ADMIN):
        await _refuse_others(viewer.key_id, key)
    async with in_transaction():
        # Held: a key that is being made by one of these waits, and is then refused.
        await locks.hold_account(key.account_id)
        ending = [key.id]
        while ending:
            await ApiKey.filter(id__in=ending, revoked_at__isnull=True).update(revoked_at=now())
            made = ApiKey.filter(made_by__in=ending, revoked_at__isnull=True)
            ending = [each.id for each in await made]
        revoked = await ApiKey.get_or_none(id=key.id)
    runtime.endings.tell(key.account_id)
    if revoked is None:
        raise NotFound("the key's account has just been deleted", ["input", "id"])
    return revoked


async def _refuse_others(maker: UUID, key: ApiKey) -> None:
    # Whoever has got hold of a lesser key should not be able to lock its owner out.
    above: ApiKey | None = key
    while above is not None and above.id != maker:
        above = await ApiKey.get_or_none(id=above.made_by) if above.made_by else None
    if above is None:
        raise Conflict(
            "a key revokes itself and the keys that it made: sign in to revoke this one", ["input", "id"]
        )


async def _make(account_id: UUID, request: KeyRequest, maker: ApiKey | None = None) -> tuple[ApiKey, str]:
    prefix = f"sg_{secrets.token_hex(4)}"
    token = tokens.new_secret(f"{prefix}_")
    expires_at = request.expires_at and in_utc(request.expires_at)
    key = await ApiKey.create(
        id=new_id(),
        account_id=account_id,
        name=request.name.strip(),
        role=request.role,
        prefix=prefix,
        token_hash=tokens.digest(token),
        rate_limit=None if request.rate_limit is None else rates.plain(request.rate_limit),
        made_by=maker and maker.id,
        created_at=now(),
        expires_at=expires_at or (maker and maker.expires_at),
    )
    return key, token


def _request_mistakes(request: KeyRequest) -> Iterator[DomainError]:
    yield from checks.name_mistakes(request.name, NAME_LENGTH, _NAME)
    if request.expires_at is not None:
        yield from _expiry_mistakes(in_utc(request.expires_at))
    if request.rate_limit is not None:
        yield from _rate_mistakes(request.rate_limit)


def _power_mistakes(viewer: Viewer, request: KeyRequest) -> Iterator[DomainError]:
    """Find what would let a key do more than who makes it."""
    if not viewer.role.includes(request.role):
        yield Invalid(f"a key has at most the role of who makes it, {viewer.role}", _ROLE)
    if request.rate_limit is not None and not viewer.role.includes(Role.ADMIN):
        yield Invalid("only an administrator gives a key a rate limit of its own: leave it out", _RATE)
    by_a_key = viewer.kind is ViewerKind.API_KEY
    if (
        by_a_key
        and viewer.expires_at
        and request.expires_at
        and in_utc(request.expires_at) > viewer.expires_at
    ):
        latest = f"{viewer.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        yield Invalid(f"a key ends with the key that makes it at the latest, at {latest}", _EXPIRY)


def _expiry_mistakes(expires_at: datetime) -> Iterator[DomainError]:
    moment = now()
    if expires_at <= moment:
        yield Invalid("the key would have expired already: give a time in the future", _EXPIRY)
    elif expires_at - moment > LONGEST_LIFE:
        yield Invalid("that is over 100 years away: leave it out for a key that does not expire", _EXPIRY)


def _rate_mistakes(rate: str) -> Iterator[DomainError]:
    try:
        rates.parsed(rate)
    except ValueError as mistake:
        yield Invalid(f"a rate limit {mistake}", _RATE)
