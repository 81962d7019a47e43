"""Who shows a token is known by it for as long as it holds, and not a moment longer."""

import asyncio
import logging
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from domain.models import Account, ApiKey, Session
from domain.services import accounts, administration, api_keys, auditing, identifying, sessions, tokens
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import Caller, Denial, Role, Viewer, ViewerKind
from domain.terms.accounts import ProfileUpdate
from domain.terms.auditing import AuditEntry, AuditOutcome
from tests.domain.services.people import a_person, forged, viewer_of
from tests.domain.services.rows import a_key, a_session, an_account

SOON = 20
"""Seconds after which a test gives up."""


async def access_of(runtime: Runtime, session: Session) -> str:
    token, _ = await tokens.issue_access(runtime, session.account_id, session.id, session.expires_at)
    return token


async def key_token(account: Account, **values: object) -> tuple[ApiKey, str]:
    token = tokens.new_secret("sg_01234567_")
    return await a_key(account, token_hash=tokens.digest(token), **values), token


async def identified(runtime: Runtime, token: str) -> Viewer:
    caller = await identifying.identify(runtime, token)
    assert caller.viewer is not None, caller.denial
    return caller.viewer


async def denied(runtime: Runtime, token: str) -> Denial:
    caller = await identifying.identify(runtime, token, "192.0.2.1", "r-1")
    assert caller.viewer is None
    assert (caller.address, caller.request_id) == ("192.0.2.1", "r-1")
    assert caller.denial is not None
    return caller.denial


async def ends(runtime: Runtime, viewer: Viewer) -> "asyncio.Task[Denial]":
    """Begin to wait for the end of a viewer, and have it waiting when this returns."""
    waiting = asyncio.create_task(identifying.until_ended(runtime, viewer))
    # One turn of the loop: it runs until it waits.
    await asyncio.sleep(0)
    assert any(waiter.viewer is viewer for waiter in runtime.endings._waiting[viewer.account_id])
    return waiting


async def seen(waiting: "asyncio.Task[Denial]") -> Denial:
    async with asyncio.timeout(SOON):
        return await waiting


async def test_who_shows_nothing_is_signed_out(runtime: Runtime) -> None:
    assert await identifying.identify(runtime, None, "192.0.2.1", "r-1") == Caller(
        None, None, "192.0.2.1", "r-1"
    )


async def test_an_access_token_shows_its_account_as_it_is_now(runtime: Runtime) -> None:
    account = await a_person("mary", name="Mary Miller")
    session = await a_session(account)
    token, expires = await tokens.issue_access(runtime, account.id, session.id, session.expires_at)
    viewer = Viewer(
        account.id, "mary", Role.USER, ViewerKind.USER, session.id, expires_at=expires, name="Mary Miller"
    )
    assert await identifying.identify(runtime, token, "192.0.2.1", "r-1") == Caller(
        viewer, None, "192.0.2.1", "r-1"
    )
    await Account.filter(id=account.id).update(role=Role.ADMIN, name=None)
    found = await identified(runtime, token)
    assert (found.username, found.name, found.role) == ("mary", None, Role.ADMIN)


@pytest.mark.parametrize("of_key", Role)
@pytest.mark.parametrize("of_account", Role)
async def test_a_key_shows_its_account_with_the_lesser_role(
    runtime: Runtime, of_key: Role, of_account: Role
) -> None:
    expires = now() + timedelta(days=1)
    account = await an_account(role=of_account)
    key, token = await key_token(account, role=of_key, expires_at=expires, rate_limit="7/minute")
    viewer = await identified(runtime, token)
    assert viewer.role is min(of_key, of_account, key=list(Role).index)
    assert (viewer.account_id, viewer.kind) == (account.id, ViewerKind.API_KEY)
    assert (viewer.key_id, viewer.session_id) == (key.id, None)
    assert (viewer.expires_at, viewer.rate_limit) == ((await ApiKey.get()).expires_at, "7/minute")


async def test_a_key_that_was_just_made_shows_its_account(runtime: Runtime) -> None:
    key, token = await api_keys.create_service("reports", Role.ANALYST)
    viewer = await identified(runtime, token)
    assert (viewer.key_id, viewer.name, viewer.role) == (key.id, "reports", Role.ANALYST)
    assert viewer.username == (await Account.get()).username


async def test_nobody_is_written_down_under_a_name_of_ones_own_choosing(runtime: Runtime) -> None:
    root, bob = await a_person("root", role=Role.ADMIN), await a_person("bob")
    await accounts.update(viewer_of(bob), ProfileUpdate(name=root.username))
    session = await a_session(bob)
    _, key_shown = await key_token(bob)
    callers = [
        await identifying.identify(runtime, await access_of(runtime, session)),
        await identifying.identify(runtime, key_shown),
        await identifying.by_link(bob.id),
    ]
    for caller in callers:
        assert caller is not None
        event = await auditing.record(AuditEntry("download", AuditOutcome.SUCCEEDED, caller))
        assert (event.actor_id, event.actor_name) == (bob.id, "bob")


async def test_a_signed_url_is_opened_in_the_name_of_an_account_that_is_let_in(runtime: Runtime) -> None:
    account = await a_person("mary", role=Role.ANALYST)
    assert await identifying.by_link(account.id, "192.0.2.1", "r-1") == Caller(
        Viewer(account.id, "mary", Role.ANALYST, ViewerKind.USER), None, "192.0.2.1", "r-1"
    )
    await Account.filter(id=account.id).update(active=False)
    assert await identifying.by_link(account.id) is None
    assert await identifying.by_link(uuid4()) is None


async def test_a_key_that_is_over_shows_nothing(runtime: Runtime) -> None:
    account = await an_account()
    _, expired = await key_token(account, expires_at=now())
    _, revoked = await key_token(account, revoked_at=now())
    _, holds = await key_token(account)
    assert await denied(runtime, expired) is Denial.EXPIRED
    assert await denied(runtime, revoked) is Denial.ENDED
    await identified(runtime, holds)
    await Account.filter(id=account.id).update(active=False)
    assert await denied(runtime, holds) is Denial.ENDED
    await account.delete()
    assert await denied(runtime, holds) is Denial.INVALID


async def test_an_access_token_that_is_over_shows_nothing(runtime: Runtime) -> None:
    account = await an_account()
    session = await a_session(account)
    token = await access_of(runtime, session)
    await identified(runtime, token)
    past = int(now().timestamp()) - 60
    assert await denied(runtime, forged(runtime, token, iat=past - 60, exp=past)) is Denial.EXPIRED

    await Account.filter(id=account.id).update(active=False)
    assert await denied(runtime, token) is Denial.ENDED
    await Account.filter(id=account.id).update(active=True)
    await Session.filter(id=session.id).update(expires_at=now() - timedelta(minutes=1))
    assert await denied(runtime, token) is Denial.EXPIRED
    await Session.filter(id=session.id).update(expires_at=now() + timedelta(days=1), ended_at=now())
    assert await denied(runtime, token) is Denial.ENDED
    await account.delete()
    assert await denied(runtime, token) is Denial.ENDED


async def test_a_session_is_its_accounts_alone(runtime: Runtime) -> None:
    mary, eve = await an_account(), await an_account()
    token, _ = await tokens.issue_access(
        runtime, eve.id, (await a_session(mary)).id, now() + timedelta(days=1)
    )
    assert await denied(runtime, token) is Denial.ENDED
    token, _ = await tokens.issue_access(runtime, eve.id, uuid4(), now() + timedelta(days=1))
    assert await denied(runtime, token) is Denial.ENDED


@pytest.mark.parametrize(
    "token",
    [
        "",
        "sg_",
        "sg_01234567_' OR 1=1 --",
        "sg_\x00",
        "sg_\ud800",
        "sg_🎉",
        "sg_" + "x" * 10_000_000,
        "sgr_" + "x" * 43,
        "\x00",
        "\ud800",
        "🎉",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
        "x" * 10_000_000,
        " ",
    ],
    ids=lambda token: ascii(token[:12]),
)
async def test_what_is_neither_token_nor_key_is_invalid(runtime: Runtime, token: str) -> None:
    await key_token(await an_account())
    assert await denied(runtime, token) is Denial.INVALID


async def test_neither_the_kept_hash_nor_the_prefix_of_a_key_is_a_key(runtime: Runtime) -> None:
    key, token = await key_token(await an_account())
    for part in (key.token_hash, f"sg_{key.token_hash}", key.prefix, token[:-1], token + " ", token.upper()):
        assert await denied(runtime, part) is Denial.INVALID, part


async def test_being_seen_is_written_once_a_minute_at_most(runtime: Runtime) -> None:
    account = await an_account()
    session, (key, key_shown) = await a_session(account), await key_token(account)
    token = await access_of(runtime, session)
    for shown in (token, key_shown, token, key_shown):
        await identified(runtime, shown)
    first = await times()
    # The session has just begun; the key and the account had not been seen yet.
    assert first[0] == session.last_used_at
    assert None not in first

    ago = now() - timedelta(minutes=1)
    await Session.filter(id=session.id).update(last_used_at=ago)
    await ApiKey.filter(id=key.id).update(last_used_at=ago)
    await Account.filter(id=account.id).update(last_active_at=ago)
    await identified(runtime, token)
    await identified(runtime, key_shown)
    for before, after in zip([ago] * 3, await times(), strict=True):
        assert after is not None
        assert after > before


async def times() -> list[datetime | None]:
    session, key, account = await Session.get(), await ApiKey.get(), await Account.get()
    return [session.last_used_at, key.last_used_at, account.last_active_at]


async def test_who_is_denied_is_not_written_down_as_seen(runtime: Runtime) -> None:
    account = await an_account()
    _, token = await key_token(account, revoked_at=now())
    await denied(runtime, token)
    assert (await Account.get()).last_active_at is None
    assert (await ApiKey.get()).last_used_at is None


async def test_a_request_costs_one_query(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    account = await an_account(last_active_at=now())
    token = await access_of(runtime, await a_session(account))
    _, key_shown = await key_token(account, last_used_at=now())
    for shown in (token, key_shown):
        with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
            caplog.clear()
            await identified(runtime, shown)
        assert len(queries(caplog)) == 1


def queries(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [str(record.args) for record in caplog.records if record.name == "tortoise.db_client"]


async def test_a_viewer_waits_until_its_token_expires(runtime: Runtime) -> None:
    session = await a_session()
    account = await Account.get()
    for expires in (now() + timedelta(milliseconds=50), now() - timedelta(days=1)):
        viewer = Viewer(account.id, "", Role.USER, ViewerKind.USER, session.id, expires_at=expires)
        waiting = asyncio.create_task(identifying.until_ended(runtime, viewer))
        assert await seen(waiting) is Denial.EXPIRED
        assert now() >= expires
    assert not runtime.endings._waiting


async def test_a_viewer_whose_session_ends_here_knows_it_at_once_and_no_other_does(runtime: Runtime) -> None:
    mary, eve = await a_person("mary"), await a_person("eve")
    shown = [await access_of(runtime, await a_session(mary)) for _ in range(2)]
    ending, staying = [await identified(runtime, token) for token in shown]
    hers = await identified(runtime, await access_of(runtime, await a_session(eve)))
    waiting = {viewer: await ends(runtime, viewer) for viewer in (ending, staying, hers)}
    clock = asyncio.get_running_loop().time
    start = clock()
    await sessions.sign_out(runtime, ending)
    assert await seen(waiting[ending]) is Denial.ENDED
    assert clock() - start < 1

    await sessions.sign_out(runtime, staying, everywhere=True)
    assert await seen(waiting[staying]) is Denial.ENDED
    assert not waiting[hers].done()
    await administration.set_active(runtime, eve.id, False)
    assert await seen(waiting[hers]) is Denial.ENDED
    assert not runtime.endings._waiting


async def test_a_viewer_by_a_key_knows_that_it_is_revoked_deactivated_or_less_than_it_was(
    runtime: Runtime,
) -> None:
    account = await an_account(role=Role.ANALYST)
    key, token = await key_token(account, role=Role.ADMIN)
    _, other_token = await key_token(account)
    viewer, unchanged = await identified(runtime, token), await identified(runtime, other_token)
    waiting, still = await ends(runtime, viewer), await ends(runtime, unchanged)
    await administration.set_role(runtime, account.id, Role.USER)
    assert await seen(waiting) is Denial.ENDED
    # A key that is for reading reads as before.
    assert not still.done()

    waiting = await ends(runtime, await identified(runtime, token))
    await api_keys.revoke(runtime, viewer_of(account), key.id)
    assert await seen(waiting) is Denial.ENDED
    assert not still.done()
    await administration.set_active(runtime, account.id, False)
    assert await seen(still) is Denial.ENDED


async def test_a_viewer_whom_another_process_ended_knows_it_within_a_poll(runtime: Runtime) -> None:
    session, (key, token) = await a_session(), await key_token(await an_account())
    waiting = [
        await ends(runtime, await identified(runtime, await access_of(runtime, session))),
        await ends(runtime, await identified(runtime, token)),
    ]
    # Nobody tells this process of it.
    await Session.filter(id=session.id).update(ended_at=now())
    assert await seen(waiting[0]) is Denial.ENDED
    assert not waiting[1].done()
    await ApiKey.filter(id=key.id).delete()
    assert await seen(waiting[1]) is Denial.ENDED


async def test_a_viewer_whose_session_has_ended_before_it_waits_does_not_wait(runtime: Runtime) -> None:
    session = await a_session()
    viewer = await identified(runtime, await access_of(runtime, session))
    await Session.filter(id=session.id).update(ended_at=now())
    clock = asyncio.get_running_loop().time
    start = clock()
    assert await seen(asyncio.create_task(identifying.until_ended(runtime, viewer))) is Denial.ENDED
    assert clock() - start < 1


async def test_many_who_wait_cost_two_queries_together(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    account = await an_account()
    key, key_shown = await key_token(account)
    shown = [await access_of(runtime, await a_session(account)) for _ in range(20)] + [key_shown] * 20
    waiting = [await ends(runtime, await identified(runtime, token)) for token in shown]
    await ApiKey.filter(id=key.id).update(revoked_at=now())
    await Session.filter(account_id=account.id).update(ended_at=now())
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        caplog.clear()
        runtime.endings.tell(account.id)
        assert {await seen(each) for each in waiting} == {Denial.ENDED}
    assert len(queries(caplog)) <= 4  # two of a poll that may have been under way
    assert not runtime.endings._waiting


async def test_who_stops_waiting_is_forgotten(runtime: Runtime) -> None:
    viewer = await identified(runtime, await access_of(runtime, await a_session()))
    waiting = await ends(runtime, viewer)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not runtime.endings._waiting
    assert not runtime.endings._due
