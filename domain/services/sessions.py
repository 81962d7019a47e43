"""Sessions: sign in, stay signed in, sign out.

A session is begun with a password, and lasts until it is ended or runs out. It hands out access
tokens, which are short-lived, and a refresh token for the next one, which works once: when a used
one comes again, somebody has a copy of it, and the session ends.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Invalid, NotFound
from domain.models import Account, RefreshToken, Session
from domain.services import guessing, passwords, tokens, usernames
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Caller, Role, Viewer, ViewerKind

REFRESH_PREFIX = "sgr_"
KEPT = timedelta(days=7)
"""So long a session is kept that has ended or run out, for who looks at it and for who tries it again."""

_CLIENT_LENGTH = 200
_ADDRESS_LENGTH = 64
_TOKEN_PATH = ("input", "refreshToken")
_WRONG = "the user name or the password is wrong"
_NO_LONGER = "the refresh token does not work, or no longer: sign in again"


class WrongCredentials(Invalid):
    """Who it is could not be shown; `account_id` is for the audit, and for nobody else.

    `reused` says that a refresh token came a second time, which ended its session.
    """

    account_id: UUID | None = None
    reused: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session, and the two tokens that it has just handed out; they are not kept, and not shown again."""

    account: Account
    viewer: Viewer
    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime


async def sign_in(
    runtime: Runtime, caller: Caller, username: str, password: str, client: str | None = None
) -> SignedIn:
    """Begin a session of somebody who knows the password; `client` is what the program calls itself.

    Raises WrongCredentials, the same and after the same time for a wrong password, a user name
    that nobody has, and an account that can't sign in; TooOften when too many failed lately.
    """
    account = await _named(username)
    known = account if account and account.active and account.kind is AccountKind.PERSON else None
    password_hash = known.password_hash if known else None
    key = usernames.key_of(username)
    right = await guessing.matches(runtime, key, caller.address, password_hash, password)
    if not right or known is None or password_hash is None:
        raise _wrong(account)
    newer_hash = await passwords.make_hash(password) if passwords.needs_rehash(password_hash) else None
    return await _begin(runtime, known, newer_hash, caller.address, client)


async def refresh(runtime: Runtime, caller: Caller, refresh_token: str) -> SignedIn:
    """Hand out new tokens for a refresh token, which does not work again.

    One that has been used ends its session: of two that use it at once, one is a thief, and it
    can't be told which. Raises WrongCredentials.
    """
    token_hash = tokens.digest(refresh_token)
    token = await RefreshToken.get_or_none(token_hash=token_hash).select_related("session__account")
    if token is None:
        raise WrongCredentials(_NO_LONGER, _TOKEN_PATH)
    session, account = token.session, token.session.account
    issued = tokens.new_secret(REFRESH_PREFIX)
    moment = now()
    async with in_transaction():
        # The session first: whoever ends it waits, or has ended it.
        held = await _alive(Q(id=session.id)).update(last_used_at=moment)
        unused = RefreshToken.filter(token_hash=token_hash, used_at=None)
        renewed = held and await unused.update(used_at=moment)
        if renewed:
            await _keep(issued, session, moment)
            # As it is now: the role may be another one since.
            await account.refresh_from_db()
    if not renewed:
        raise await _refused(runtime, token)
    return await _signed_in(runtime, account, session, issued)


async def sign_out(
    runtime: Runtime, viewer: Viewer | None, refresh_token: str | None = None, everywhere: bool = False
) -> int:
    """End the viewer's session, and that of a refresh token; `everywhere`, all of whose they are.

    Answers how many ended: none where they had already. Raises Invalid when there is nothing to
    tell by which session is meant.
    """
    if refresh_token is None and (viewer is None or not (viewer.session_id or everywhere)):
        raise Invalid("nobody is signed in: send an access token, or give the refresh token", _TOKEN_PATH)
    named = await _session_of(refresh_token) if refresh_token else None
    accounts = {each.account_id for each in (viewer, named) if each}
    if everywhere:
        return sum([await end_all(runtime, account_id) for account_id in accounts])
    ids = [viewer.session_id] if viewer and viewer.session_id else []
    ids += [named.id] if named else []
    ended = await Session.filter(id__in=ids, ended_at=None).update(ended_at=now())
    for account_id in accounts:
        runtime.endings.tell(account_id)
    return ended


async def end(runtime: Runtime, viewer: Viewer, session_id: UUID | None) -> Session:
    """End a session of one's own, or any for ADMIN. Raises NotFound, for another's session as for none."""
    session = await Session.get_or_none(id=session_id) if session_id else None
    if session is None or not (viewer.account_id == session.account_id or viewer.role.includes(Role.ADMIN)):
        raise NotFound("there is no such session", ["input", "id"])
    session.ended_at = session.ended_at or now()
    await Session.filter(id=session.id, ended_at=None).update(ended_at=session.ended_at)
    runtime.endings.tell(session.account_id)
    return session


async def end_all(runtime: Runtime, account_id: UUID, but: UUID | None = None) -> int:
    """End all sessions of an account, but one; answer how many.

    In a transaction, `runtime.endings.tell` has to follow it: what is told before shows nothing yet.
    """
    theirs = Session.filter(account_id=account_id, ended_at=None)
    ended = await (theirs.exclude(id=but) if but else theirs).update(ended_at=now())
    runtime.endings.tell(account_id)
    return ended


def of(account_id: UUID) -> QuerySet[Session]:
    """The sessions of an account that are neither ended nor run out, the newest first."""
    return _alive(Q(account_id=account_id)).order_by("-id")


async def _begin(
    runtime: Runtime, account: Account, newer_hash: str | None, address: str, client: str | None
) -> SignedIn:
    moment = now()
    issued = tokens.new_secret(REFRESH_PREFIX)
    changes = {"last_active_at": moment} | ({"password_hash": newer_hash} if newer_hash else {})
    async with in_transaction():
        # A new password, or a deactivation, since the old one was right: then there is no session,
        # and who is about to end all of them waits for this one.
        same = Account.filter(id=account.id, active=True, password_hash=account.password_hash)
        if not await same.update(**changes):
            raise _wrong(account)
        session = await Session.create(
            id=new_id(),
            account_id=account.id,
            created_at=moment,
            last_used_at=moment,
            expires_at=moment + timedelta(days=runtime.settings.refresh_token_expire_days),
            address=address[:_ADDRESS_LENGTH],
            client=_printed(client),
        )
        await _keep(issued, session, moment)
        await _clear_away(account.id, moment)
        await account.refresh_from_db()
    return await _signed_in(runtime, account, session, issued)


async def _signed_in(runtime: Runtime, account: Account, session: Session, refresh_token: str) -> SignedIn:
    access_token, expires_at = await tokens.issue_access(runtime, account.id, session.id, session.expires_at)
    viewer = Viewer(
        account.id,
        account.name or account.username,
        account.role,
        ViewerKind.USER,
        session_id=session.id,
        expires_at=expires_at,
    )
    return SignedIn(account, viewer, access_token, expires_at, refresh_token, session.expires_at)


async def _refused(runtime: Runtime, token: RefreshToken) -> WrongCredentials:
    """Tell why a token that is known did not work; end the session of one that was used before."""
    wrong = WrongCredentials(_NO_LONGER, _TOKEN_PATH)
    wrong.account_id = token.session.account_id
    if await RefreshToken.filter(token_hash=token.token_hash, used_at__isnull=False).exists():
        wrong.reused = True
        await Session.filter(id=token.session_id, ended_at=None).update(ended_at=now())
        runtime.endings.tell(token.session.account_id)
    return wrong


async def _named(username: str) -> Account | None:
    # What no account is called is not looked for: the databases refuse some of it.
    if not usernames.is_possible(username):
        return None
    return await Account.get_or_none(username_key=usernames.key_of(username))


def _wrong(account: Account | None) -> WrongCredentials:
    wrong = WrongCredentials(_WRONG, ["input"])
    wrong.account_id = account.id if account else None
    return wrong


def _alive(which: Q) -> QuerySet[Session]:
    return Session.filter(which, ended_at=None, expires_at__gt=now())


async def _session_of(refresh_token: str) -> Session | None:
    token = await RefreshToken.get_or_none(token_hash=tokens.digest(refresh_token), used_at=None)
    return await _alive(Q(id=token.session_id)).get_or_none() if token else None


async def _keep(refresh_token: str, session: Session, moment: datetime) -> None:
    token_hash = tokens.digest(refresh_token)
    await RefreshToken.create(token_hash=token_hash, session_id=session.id, issued_at=moment)


async def _clear_away(account_id: UUID, moment: datetime) -> None:
    long_over = Q(expires_at__lt=moment - KEPT) | Q(ended_at__lt=moment - KEPT)
    await Session.filter(long_over, account_id=account_id).delete()


def _printed(client: str | None) -> str | None:
    if client is None:
        return None
    letters = (letter for letter in client if unicodedata.category(letter) not in {"Cc", "Cs"})
    return "".join(letters)[:_CLIENT_LENGTH].strip() or None
