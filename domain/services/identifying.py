"""Who sends a request: what it shows is looked up each time, so that what has ended works no more."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import OperationalError

from domain.models import Account, ApiKey, Session
from domain.services import tokens, viewers
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import Caller, Denial, Viewer

KEY_PREFIX = "sg_"
SEEN_EVERY = timedelta(minutes=1)
"""When somebody was seen last is written this often at most: it is a write, and most requests read."""


async def identify(runtime: Runtime, token: str | None, address: str = "", request_id: str = "") -> Caller:
    """Tell who shows this token, an API key's or a session's; no token is so odd that it raises.

    Costs one query of the database, and writes at most once a minute that somebody was seen.
    """
    if token is None:
        return Caller(None, None, address, request_id)
    reading = _by_key(token) if token.startswith(KEY_PREFIX) else _by_session(runtime, token)
    found = await reading
    if isinstance(found, Denial):
        return Caller(None, found, address, request_id)
    return Caller(found, None, address, request_id)


async def until_ended(runtime: Runtime, viewer: Viewer) -> Denial:
    """Wait until what a viewer showed of itself no longer holds, and tell why.

    ENDED too when its role is another one by now: whoever has it identifies itself anew.
    """
    left = (viewer.expires_at - now()).total_seconds() if viewer.expires_at else None
    try:
        async with asyncio.timeout(left):
            await runtime.endings.wait(viewer)
    except TimeoutError:
        return Denial.EXPIRED
    return Denial.ENDED


async def by_link(account_id: UUID, address: str = "", request_id: str = "") -> Caller | None:
    """Tell in whose name a signed URL is opened; None when the account is gone or kept out."""
    account = await Account.get_or_none(id=account_id, active=True)
    return Caller(viewers.by_itself(account), None, address, request_id) if account else None


async def _by_session(runtime: Runtime, token: str) -> Viewer | Denial:
    claims = await tokens.read_access(runtime, token)
    if isinstance(claims, Denial):
        return claims
    session = await Session.get_or_none(id=claims.session_id).select_related("account")
    # The token is ours: a session that is gone was deleted, with its account or by itself.
    if session is None or session.account_id != claims.account_id:
        return Denial.ENDED
    account = session.account
    if session.ended_at is not None or not account.active:
        return Denial.ENDED
    moment = now()
    if session.expires_at + tokens.LEEWAY <= moment:
        return Denial.EXPIRED
    await _seen(account, session, moment)
    return viewers.in_session(account, session.id, claims.expires_at)


async def _by_key(token: str) -> Viewer | Denial:
    if len(token) > tokens.LONGEST:
        return Denial.INVALID
    key = await ApiKey.get_or_none(token_hash=tokens.digest(token)).select_related("account")
    if key is None:
        return Denial.INVALID
    account = key.account
    if key.revoked_at is not None or not account.active:
        return Denial.ENDED
    moment = now()
    if key.expires_at is not None and key.expires_at <= moment:
        return Denial.EXPIRED
    await _seen(account, key, moment)
    return viewers.with_key(account, key)


async def _seen(account: Account, shown: Session | ApiKey, moment: datetime) -> None:
    """Write down that an account, and its session or key, were used just now, where it is news."""
    # It is not worth a failed request: the next one writes it.
    with suppress(OperationalError):
        if _is_news(shown.last_used_at, moment):
            await type(shown).filter(id=shown.id).update(last_used_at=moment)
        if _is_news(account.last_active_at, moment):
            await Account.filter(id=account.id).update(last_active_at=moment)


def _is_news(before: datetime | None, moment: datetime) -> bool:
    return before is None or moment - before >= SEEN_EVERY


async def still_holds(viewer: Viewer) -> bool:
    """Tell whether a viewer's session or key is not ended, its account active, and its role the same.

    That its token has expired is no matter here: what was begun in time may take longer.
    """
    if viewer.key_id is not None:
        keys = ApiKey.filter(id=viewer.key_id, revoked_at=None, account__active=True)
        found = await keys.values_list("role", "account__role")
        return [key.at_most(account) for key, account in found] == [viewer.role]
    sessions = Session.filter(id=viewer.session_id, ended_at=None, account__active=True)
    roles: list[object] = list(await sessions.values_list("account__role", flat=True))
    return roles == [viewer.role]
