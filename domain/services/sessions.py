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
from domain.services import clearing, guessing, locks, passwords, tokens, usernames, viewers
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Caller, Viewer

REFRESH_PREFIX = "sgr_"
MOST_SESSIONS = 50
"""Sessions of an account at most: a new one ends the one that was not used for the longest."""

_CLIENT_LENGTH = 200
_ADDRESS_LENGTH = 64
_TOKEN_PATH = ("input", "refreshToken")
_WRONG = "the user name or the password is wrong"
_BY_KEY = "a key ends no sessions: sign in"
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

    Where the account has too many, the one ends that was not used for the longest. Raises
    WrongCredentials, the same and after the same time for a wrong password, a user name that
    nobody has, and an account that can't sign in; TooOften when too many failed lately.
    """
    account = await _named(username)
    known = account if account and account.active and account.kind is AccountKind.PERSON else None
    password_hash = known.password_hash if known else None
    key = usernames.key_of(username)
    right = await guessing.matches(runtime, key, caller.address, password_hash, password)
    if not right or known is None or password_hash is None:
        raise _wrong(account)
    return await _begin(runtime, known, password, caller.address, client)


async def refresh(runtime: Runtime, refresh_token: str) -> SignedIn:
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
            await clearing.clear_used_tokens(session.id)
            # As it is now: the role may be another one since.
            await account.refresh_from_db()
    if not renewed:
        raise await _refused(runtime, token)
    return await _signed_in(runtime, account, session, issued)


async def whose(refresh_token: str) -> UUID | None:
    """Tell whose session a refresh token is of, used or not; None for a made-up one."""
    token = await RefreshToken.get_or_none(token_hash=tokens.digest(refresh_token)).select_related("session")
    return token.session.account_id if token else None


async def sign_out(
    runtime: Runtime, viewer: Viewer | None, refresh_token: str | None = None, everywhere: bool = False
) -> int:
    """End the viewer's session, and that of a refresh token; `everywhere`, all of whose they are.

    Answers how many ended: none where they had already. Raises Invalid when there is nothing to
    tell by which session is meant, and WrongCredentials for a refresh token that has been used,
    which ends its session as in `refresh`, and no other.
    """
    if everywhere and viewer is not None and viewer.key_id is not None:
        raise Invalid(_BY_KEY, ["input", "everywhere"])
    if refresh_token is None and (viewer is None or not viewer.session_id):
        raise Invalid("nobody is signed in: send an access token, or give the refresh token", _TOKEN_PATH)
    named = await _session_of(runtime, refresh_token) if refresh_token else None
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
    """End a session of one's own, not by a key. Raises NotFound, for another's as for none, and Invalid."""
    if viewer.key_id is not None:
        raise Invalid(_BY_KEY, ["input", "id"])
    session = await Session.get_or_none(id=session_id, account_id=viewer.account_id) if session_id else None
    if session is None:
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
    runtime: Runtime, account: Account, password: str, address: str, client: str | None
) -> SignedIn:
    right_for = account.password_hash or ""
    newer_hash = await passwords.make_hash(password) if passwords.needs_rehash(right_for) else None
    moment = now()
    issued = tokens.new_secret(REFRESH_PREFIX)
    async with in_transaction():
        # A new password, or a deactivation, since the old one was right: then there is no session,
        # and who is about to end all of them waits for this one.
        if not await locks.hold_account(account.id):
            raise _wrong(account)
        account = await Account.get(id=account.id)
        if account.password_hash == right_for:
            account.password_hash = newer_hash or right_for
        # Else another sign-in may have had the same newer hash made.
        elif not await passwords.matches(account.password_hash, password):
            raise _wrong(account)
        if not account.active:
            raise _wrong(account)
        account.last_active_at = moment
        await account.save(update_fields=["password_hash", "last_active_at"])
        too_many = await _end_all_but(account.id, MOST_SESSIONS - 1)
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
    if too_many:
        runtime.endings.tell(account.id)
    return await _signed_in(runtime, account, session, issued)


async def _end_all_but(account_id: UUID, most: int) -> int:
    """Leave an account so many sessions at most: those that were used the latest. Answers how many ended."""
    living = (
        await _alive(Q(account_id=account_id)).order_by("-last_used_at", "-id").values_list("id", flat=True)
    )
    return await Session.filter(id__in=list(living[most:])).update(ended_at=now()) if living[most:] else 0


async def _signed_in(runtime: Runtime, account: Account, session: Session, refresh_token: str) -> SignedIn:
    access_token, expires_at = await tokens.issue_access(runtime, account.id, session.id, session.expires_at)
    viewer = viewers.in_session(account, session.id, expires_at)
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


async def _session_of(runtime: Runtime, refresh_token: str) -> Session | None:
    token = await RefreshToken.get_or_none(token_hash=tokens.digest(refresh_token)).select_related("session")
    if token is not None and token.used_at is not None:
        raise await _refused(runtime, token)
    return await _alive(Q(id=token.session_id)).get_or_none() if token else None


async def _keep(refresh_token: str, session: Session, moment: datetime) -> None:
    token_hash = tokens.digest(refresh_token)
    await RefreshToken.create(token_hash=token_hash, session_id=session.id, issued_at=moment)


def _printed(client: str | None) -> str | None:
    if client is None:
        return None
    letters = (letter for letter in client if unicodedata.category(letter) not in {"Cc", "Cs"})
    return "".join(letters)[:_CLIENT_LENGTH].strip() or None
