"""A session begins with the right password only, goes on with each refresh token once, and ends at once."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher

from domain.errors import Invalid, NotFound, TooOften
from domain.models import Account, RefreshToken, Session
from domain.services import clearing, identifying, passwords, sessions, tokens, viewers
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.services.sessions import SignedIn, WrongCredentials
from domain.terms.access import AccountKind, Caller, Denial, Role, ViewerKind
from tests.domain.services.people import (
    HERE,
    PASSWORD,
    WRONG,
    a_person,
    an_administrator,
    signed_in,
    viewer_of,
)
from tests.domain.services.rows import a_key, a_session

WORDS = "the user name or the password is wrong"


async def denial(runtime: Runtime, token: str) -> Denial | None:
    return (await identifying.identify(runtime, token)).denial


async def state() -> list[Any]:
    """All that is kept of sessions and their tokens."""
    return [
        sorted(await Session.all().values_list("id", "ended_at", "last_used_at")),
        sorted(await RefreshToken.all().values_list("token_hash", "used_at")),
    ]


async def refused(
    runtime: Runtime, username: str, password: str = WRONG, caller: Caller = HERE
) -> WrongCredentials:
    with pytest.raises(WrongCredentials) as caught:
        await sessions.sign_in(runtime, caller, username, password)
    return caught.value


async def not_refreshed(runtime: Runtime, token: str) -> WrongCredentials:
    with pytest.raises(WrongCredentials) as caught:
        await sessions.refresh(runtime, token)
    assert caught.value.path == ("input", "refreshToken")
    assert caught.value.message == "the refresh token does not work, or no longer: sign in again"
    return caught.value


async def test_who_knows_the_password_is_let_in(runtime: Runtime) -> None:
    account = await a_person("mary", role=Role.ANALYST, name="Mary Miller")
    before = now()
    signed = await signed_in(runtime, account, "Browser/1.0\r\nlevel=error")

    session = await Session.get()
    assert (session.account_id, session.ended_at, session.address) == (account.id, None, "192.0.2.1")
    assert session.client == "Browser/1.0level=error"
    assert abs(session.expires_at - before - timedelta(days=30)) < timedelta(seconds=30)
    assert signed.refresh_expires_at == session.expires_at
    assert (signed.viewer.username, signed.viewer.name) == ("mary", "Mary Miller")
    assert (signed.viewer.role, signed.viewer.kind) == (Role.ANALYST, ViewerKind.USER)
    assert signed.viewer.session_id == session.id
    assert signed.expires_at == signed.viewer.expires_at
    assert abs(signed.expires_at - before - timedelta(minutes=30)) < timedelta(seconds=30)
    assert (await Account.get()).last_active_at == session.created_at
    assert await identifying.identify(runtime, signed.access_token) == Caller(signed.viewer)


async def test_the_tokens_are_neither_kept_nor_told_by_accident(runtime: Runtime) -> None:
    signed = await signed_in(runtime, await a_person())
    kept = await RefreshToken.get()
    assert kept.token_hash == tokens.digest(signed.refresh_token)
    for told in (repr(signed), str(await RefreshToken.all().values()), str(await Session.all().values())):
        assert signed.refresh_token not in told
        assert signed.access_token not in told


async def test_a_user_name_is_known_in_any_case_and_form(runtime: Runtime) -> None:
    account = await a_person("Jos\u00e9", username_key="jos\u00e9")
    for spelt in ("JOS\u00c9", "jose\u0301", "\uff4aos\u00e9"):
        signed = await sessions.sign_in(runtime, HERE, spelt, PASSWORD)
        assert signed.account.id == account.id


@pytest.mark.parametrize(
    "username",
    ["nobody", "", "mary'--", "mary' OR '1'='1", "%", "m_ry", "ma\x00ry", "\ud800", "x" * 1_000_000, "a:b"],
    ids=lambda name: ascii(name[:12]),
)
async def test_a_name_that_nobody_has_is_refused_like_a_wrong_password(
    runtime: Runtime, username: str
) -> None:
    account = await a_person("mary")
    wrong, unknown = await refused(runtime, "mary"), await refused(runtime, username, PASSWORD)
    assert (wrong.message, wrong.path) == (unknown.message, unknown.path) == (WORDS, ("input",))
    assert (wrong.account_id, unknown.account_id) == (account.id, None)
    assert await state() == [[], []]
    assert (await Account.get()).last_active_at is None


async def test_an_account_that_may_not_sign_in_is_refused_like_a_wrong_password(runtime: Runtime) -> None:
    away = await a_person("away", active=False)
    program = await a_person("program", kind=AccountKind.SERVICE)
    without = await a_person("without", password_hash=None)
    for account in (away, program, without):
        for password in (PASSWORD, ""):
            wrong = await refused(runtime, account.username, password)
            assert (wrong.message, wrong.account_id) == (WORDS, account.id)
    assert await state() == [[], []]


async def test_a_refusal_takes_the_same_time_whatever_is_wrong(runtime: Runtime) -> None:
    """What is told apart in another way is not told apart by how long it takes."""
    await a_person("mary")
    await a_person("away", active=False)
    await a_person("program", kind=AccountKind.SERVICE, password_hash=None)
    took: dict[str, list[float]] = {name: [] for name in ("mary", "away", "program", "nobody")}
    for place in range(8):
        # From elsewhere each time: this is about the time, not about how often.
        caller = Caller(address=f"198.51.100.{place}")
        for name, times in took.items():
            start = time.perf_counter()
            await refused(runtime, name, caller=caller)
            times.append(time.perf_counter() - start)
    medians = {name: median(times) for name, times in took.items()}
    assert max(medians.values()) < 2 * min(medians.values()), medians


async def test_a_hash_of_old_parameters_is_replaced_when_its_password_comes(runtime: Runtime) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    account = await a_person(password_hash=weak)
    await refused(runtime, "mary")
    assert (await Account.get()).password_hash == weak

    await signed_in(runtime, account)
    kept = (await Account.get()).password_hash
    assert kept is not None
    assert not passwords.needs_rehash(kept)
    assert await passwords.matches(kept, PASSWORD)
    await signed_in(runtime, account)
    assert (await Account.get()).password_hash == kept


async def test_who_signs_in_several_times_at_once_is_let_in_while_the_hash_is_replaced(
    runtime: Runtime,
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    account = await a_person(password_hash=weak)
    # All of them have found the old hash right, and none has made a new one yet.
    await asyncio.gather(*(sessions._begin(runtime, account, PASSWORD, "", None) for _ in range(3)))
    assert await Session.filter(ended_at=None).count() == 3
    kept = (await Account.get()).password_hash
    assert kept is not None
    assert not passwords.needs_rehash(kept)
    assert await passwords.matches(kept, PASSWORD)


async def test_a_session_does_not_begin_with_a_password_that_was_changed_meanwhile(runtime: Runtime) -> None:
    account = await a_person()
    await Account.filter(id=account.id).update(password_hash=await passwords.make_hash(WRONG))
    with pytest.raises(WrongCredentials):
        await sessions._begin(runtime, account, PASSWORD, "", None)
    await Account.filter(id=account.id).update(password_hash=account.password_hash, active=False)
    with pytest.raises(WrongCredentials):
        await sessions._begin(runtime, account, PASSWORD, "", None)
    assert await state() == [[], []]


async def attempts(runtime: Runtime, guesses: Sequence[tuple[str, str]]) -> list[str]:
    """What comes of guesses, made one after the other: of which name, from where."""
    outcomes = []
    for name, address in guesses:
        try:
            await sessions.sign_in(runtime, Caller(address=address), name, WRONG)
        except WrongCredentials:
            outcomes.append("wrong")
        except TooOften:
            outcomes.append("too often")
    return outcomes


@pytest.fixture
def strict(runtime: Runtime) -> Runtime:
    """Lets two sign-ins fail for an account from an address, and ten for either in all."""
    return with_limit(runtime, "2/hour")


def with_limit(runtime: Runtime, rate: str) -> Runtime:
    return replace(runtime, settings=runtime.settings.model_copy(update={"sign_in_limit": rate}))


async def test_too_many_wrong_passwords_from_one_address_are_stopped_with_the_same_words(
    strict: Runtime,
) -> None:
    account = await a_person("mary")
    for name in ("mary", "nobody"):
        assert await attempts(strict, [(name, "192.0.2.1")] * 2) == ["wrong"] * 2
    messages = []
    for name, password in (("mary", WRONG), ("nobody", WRONG), ("mary", PASSWORD), ("MARY", PASSWORD)):
        with pytest.raises(TooOften) as caught:
            await sessions.sign_in(strict, HERE, name, password)
        messages.append(caught.value.message.rpartition(":")[0])
        assert caught.value.retry_after is not None
        assert 3500 < caught.value.retry_after <= 3600
    assert set(messages) == {"too many wrong passwords for this user name, or from this address"}
    assert await Session.all().count() == 0

    # From elsewhere it is let in: whoever guesses keeps nobody else out.
    elsewhere = Caller(address="203.0.113.9")
    signed = await sessions.sign_in(strict, elsewhere, "mary", PASSWORD)
    assert signed.account.id == account.id


async def test_what_is_refused_for_being_too_often_is_not_hashed(strict: Runtime) -> None:
    await a_person("mary")
    await attempts(strict, [("mary", "192.0.2.1")] * 2)
    hashed = thread_seconds()
    assert await attempts(strict, [("mary", "192.0.2.1")] * 50) == ["too often"] * 50
    assert thread_seconds() - hashed < 1


def thread_seconds() -> float:
    """The time that this process has computed outside of the event loop's thread."""
    return time.process_time() - time.thread_time()


async def test_an_account_is_guessed_at_from_many_addresses_in_vain(strict: Runtime) -> None:
    await a_person("mary")
    guesses = [("mary", f"203.0.113.{place}") for place in range(12)]
    assert await attempts(strict, guesses) == ["wrong"] * 10 + ["too often"] * 2


async def test_an_address_guesses_at_many_accounts_in_vain(strict: Runtime) -> None:
    # 64 bits are what one customer of a provider has.
    guesses = [(f"person-{place}", f"2001:db8:1:2::{place + 1}") for place in range(12)]
    assert await attempts(strict, guesses) == ["wrong"] * 10 + ["too often"] * 2
    assert await attempts(strict, [("person-20", "2001:db8:1:3::1")]) == ["wrong"]


async def test_guesses_that_come_at_once_are_counted_like_others(strict: Runtime) -> None:
    await a_person("mary")
    outcomes = await asyncio.gather(*(attempts(strict, [("mary", "192.0.2.1")]) for _ in range(20)))
    assert sorted(outcome for (outcome,) in outcomes) == ["too often"] * 18 + ["wrong"] * 2


async def test_who_signs_in_often_is_not_slowed(strict: Runtime) -> None:
    account = await a_person("mary")
    for _ in range(4):
        await signed_in(strict, account)
    assert await Session.all().count() == 4


async def test_a_refresh_token_gives_new_tokens_with_the_role_as_it_is_now(runtime: Runtime) -> None:
    account = await a_person()
    first = await signed_in(runtime, account)
    await Account.filter(id=account.id).update(role=Role.ANALYST)
    second = await sessions.refresh(runtime, first.refresh_token)

    assert second.refresh_token not in ("", first.refresh_token)
    assert second.access_token != first.access_token
    assert second.refresh_expires_at == first.refresh_expires_at
    assert (second.viewer.role, second.account.role) == (Role.ANALYST, Role.ANALYST)
    assert second.viewer.session_id == first.viewer.session_id
    assert [row.used_at is None for row in await RefreshToken.all().order_by("issued_at")] == [False, True]
    assert (await Session.get()).last_used_at > (await Session.get()).created_at
    # The access token before it works on until it expires: requests may be under way.
    assert await denial(runtime, first.access_token) is None
    assert await denial(runtime, second.access_token) is None
    third = await sessions.refresh(runtime, second.refresh_token)
    assert await denial(runtime, third.access_token) is None


async def test_a_refresh_token_that_comes_again_ends_its_session(runtime: Runtime) -> None:
    account = await a_person()
    first, other = await signed_in(runtime, account), await signed_in(runtime, account)
    second = await sessions.refresh(runtime, first.refresh_token)

    wrong = await not_refreshed(runtime, first.refresh_token)
    assert (wrong.account_id, wrong.reused) == (account.id, True)
    # Whoever has the newer ones, the thief or the owner, is out; another session is not.
    for signed in (first, second):
        assert await denial(runtime, signed.access_token) is Denial.ENDED
    await not_refreshed(runtime, second.refresh_token)
    assert await denial(runtime, other.access_token) is None
    await sessions.refresh(runtime, other.refresh_token)


async def test_of_two_refreshes_at_once_one_wins_and_the_session_ends(runtime: Runtime) -> None:
    signed = await signed_in(runtime, await a_person())
    outcomes = await asyncio.gather(
        *(sessions.refresh(runtime, signed.refresh_token) for _ in range(2)), return_exceptions=True
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, SignedIn)]
    assert len(won) == 1
    assert [outcome.reused for outcome in outcomes if isinstance(outcome, WrongCredentials)] == [True]
    assert await RefreshToken.all().count() == 2
    assert (await Session.get()).ended_at is not None
    assert await denial(runtime, won[0].access_token) is Denial.ENDED
    await not_refreshed(runtime, won[0].refresh_token)


@pytest.mark.parametrize(
    "token", ["", "sgr_", "sgr_" + "x" * 43, "\x00", "\ud800", "🎉", "x" * 10**6], ids=lambda t: ascii(t[:8])
)
async def test_what_is_no_refresh_token_gives_nothing_and_changes_nothing(
    runtime: Runtime, token: str
) -> None:
    await signed_in(runtime, await a_person())
    before = await state()
    wrong = await not_refreshed(runtime, token)
    assert (wrong.account_id, wrong.reused) == (None, False)
    assert await state() == before


async def test_neither_an_access_token_nor_the_kept_hash_refreshes(runtime: Runtime) -> None:
    signed = await signed_in(runtime, await a_person())
    before = await state()
    await not_refreshed(runtime, signed.access_token)
    await not_refreshed(runtime, (await RefreshToken.get()).token_hash)
    assert await denial(runtime, signed.refresh_token) is Denial.INVALID
    assert await state() == before


async def test_a_session_that_ran_out_or_ended_is_not_refreshed(runtime: Runtime) -> None:
    account = await a_person()
    for over in ({"expires_at": now()}, {"ended_at": now()}):
        signed = await signed_in(runtime, account)
        await Session.filter(id=signed.viewer.session_id).update(**over)
        before = await state()
        wrong = await not_refreshed(runtime, signed.refresh_token)
        assert (wrong.account_id, wrong.reused) == (account.id, False)
        assert await state() == before


async def test_used_refresh_tokens_are_kept_up_to_the_newest_hundred(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "MOST_USED_TOKENS", 3)
    account = await a_person()
    signed, other = await signed_in(runtime, account), await signed_in(runtime, account)
    await sessions.refresh(runtime, other.refresh_token)
    shown = [signed.refresh_token]
    for _ in range(5):
        shown.append((await sessions.refresh(runtime, shown[-1])).refresh_token)
    left = RefreshToken.filter(session_id=signed.viewer.session_id)
    assert {row.token_hash async for row in left} == {tokens.digest(token) for token in shown[-4:]}
    assert await RefreshToken.all().count() == 6

    assert not (await not_refreshed(runtime, shown[0])).reused
    assert (await not_refreshed(runtime, shown[-4])).reused
    assert timedelta(days=7) == clearing.KEPT


async def test_an_account_has_fifty_sessions_at_most_and_the_one_unused_the_longest_goes(
    runtime: Runtime,
) -> None:
    account, other = await a_person("mary"), await a_person("eve")
    hers = await a_session(other, last_used_at=now() - timedelta(days=9))
    over = await a_session(account, expires_at=now() - timedelta(seconds=1))
    held = [
        await a_session(account, last_used_at=now() - timedelta(minutes=100 - place)) for place in range(50)
    ]
    await Session.filter(id=held[0].id).update(last_used_at=now())
    viewer = replace(viewer_of(account), session_id=held[1].id)
    waiting = asyncio.create_task(identifying.until_ended(runtime, viewer))
    await asyncio.sleep(0)

    signed = await signed_in(runtime, account)
    assert await living() == {
        hers.id,
        over.id,
        signed.viewer.session_id,
        *(session.id for session in held if session is not held[1]),
    }
    assert await sessions.of(account.id).count() == sessions.MOST_SESSIONS == 50
    async with asyncio.timeout(20):
        assert await waiting is Denial.ENDED


async def test_sign_ins_at_once_do_not_make_too_many_sessions_together(runtime: Runtime) -> None:
    account = await a_person()
    for _ in range(49):
        await a_session(account)
    await asyncio.gather(*(signed_in(runtime, account) for _ in range(3)))
    assert await sessions.of(account.id).count() == 50


async def test_signing_out_ends_the_session_of_the_access_token_and_no_other(runtime: Runtime) -> None:
    account = await a_person()
    one, other = await signed_in(runtime, account), await signed_in(runtime, account)
    assert await sessions.sign_out(runtime, one.viewer) == 1
    assert await denial(runtime, one.access_token) is Denial.ENDED
    await not_refreshed(runtime, one.refresh_token)
    assert await denial(runtime, other.access_token) is None
    assert await sessions.sign_out(runtime, one.viewer) == 0


async def test_signing_out_with_the_refresh_token_alone_ends_its_session(runtime: Runtime) -> None:
    account = await a_person()
    one, other = await signed_in(runtime, account), await signed_in(runtime, account)
    assert await sessions.sign_out(runtime, None, one.refresh_token) == 1
    assert await denial(runtime, one.access_token) is Denial.ENDED
    assert await denial(runtime, other.access_token) is None


async def test_signing_out_everywhere_ends_all_sessions_of_the_account_alone(runtime: Runtime) -> None:
    mary, eve = await a_person("mary"), await a_person("eve")
    theirs = [await signed_in(runtime, mary) for _ in range(3)]
    hers = await signed_in(runtime, eve)
    assert await sessions.sign_out(runtime, theirs[0].viewer, everywhere=True) == 3
    assert {await denial(runtime, signed.access_token) for signed in theirs} == {Denial.ENDED}
    assert await denial(runtime, hers.access_token) is None

    again = [await signed_in(runtime, mary) for _ in range(2)]
    assert await sessions.sign_out(runtime, None, again[0].refresh_token, everywhere=True) == 2
    assert await sessions.sign_out(runtime, None, again[0].refresh_token, everywhere=True) == 0
    assert await denial(runtime, hers.access_token) is None


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_refresh_token_that_was_used_ends_its_session_when_it_signs_out_and_no_other(
    runtime: Runtime, everywhere: bool
) -> None:
    account = await a_person()
    first, other = await signed_in(runtime, account), await signed_in(runtime, account)
    second = await sessions.refresh(runtime, first.refresh_token)
    with pytest.raises(WrongCredentials) as caught:
        await sessions.sign_out(runtime, None, first.refresh_token, everywhere)
    assert (caught.value.account_id, caught.value.reused) == (account.id, True)
    assert caught.value.path == ("input", "refreshToken")
    assert await denial(runtime, second.access_token) is Denial.ENDED
    assert await denial(runtime, other.access_token) is None


async def test_what_is_no_refresh_token_signs_nobody_out(runtime: Runtime) -> None:
    await signed_in(runtime, await a_person())
    before = await state()
    for token in ("sgr_nothing", "\x00"):
        assert await sessions.sign_out(runtime, None, token, everywhere=True) == 0
    assert await state() == before


async def test_who_is_not_signed_in_is_told_so(runtime: Runtime) -> None:
    account = await a_person()
    await signed_in(runtime, account)
    before = await state()
    with pytest.raises(Invalid, match="nobody is signed in"):
        await sessions.sign_out(runtime, None)
    with pytest.raises(Invalid, match="nobody is signed in"):
        await sessions.sign_out(runtime, None, everywhere=True)
    # A key is in no session.
    with pytest.raises(Invalid, match="nobody is signed in"):
        await sessions.sign_out(runtime, viewer_of(account))
    assert await state() == before


async def test_one_ends_ones_own_sessions_and_nobody_elses_not_even_an_administrator(
    runtime: Runtime,
) -> None:
    mary, eve, root = await a_person("mary"), await a_person("eve"), await an_administrator()
    first, second = await a_session(mary), await a_session(mary)
    for viewer in (viewer_of(eve), viewer_of(root)):
        for key in (first.id, uuid4(), None):
            with pytest.raises(NotFound) as caught:
                await sessions.end(runtime, viewer, key)
            assert (caught.value.message, caught.value.path) == ("there is no such session", ("input", "id"))
    assert await Session.filter(ended_at__isnull=False).count() == 0

    ended = await sessions.end(runtime, viewer_of(mary), first.id)
    assert ended.ended_at == (await Session.get(id=first.id)).ended_at is not None
    assert (await sessions.end(runtime, viewer_of(mary), first.id)).ended_at == ended.ended_at
    assert await living() == {second.id}


async def test_all_sessions_end_but_one(runtime: Runtime) -> None:
    mary, eve = await a_person("mary"), await a_person("eve")
    kept, hers = await a_session(mary), await a_session(eve)
    for _ in range(2):
        await a_session(mary)
    assert await sessions.end_all(runtime, mary.id, but=kept.id) == 2
    assert await living() == {kept.id, hers.id}
    assert await sessions.end_all(runtime, mary.id) == 1
    assert await living() == {hers.id}


async def living() -> set[UUID]:
    return {session.id for session in await Session.filter(ended_at=None)}


async def test_the_sessions_of_an_account_are_those_that_hold_the_newest_first(runtime: Runtime) -> None:
    mary = await a_person("mary")
    await a_session()
    await a_session(mary, ended_at=now())
    await a_session(mary, expires_at=now() - timedelta(seconds=1))
    await a_key(mary)
    held = [await a_session(mary) for _ in range(3)]
    assert [session.id for session in await sessions.of(mary.id)] == [session.id for session in held[::-1]]


async def test_a_key_ends_no_sessions(runtime: Runtime) -> None:
    account = await a_person()
    signed = await signed_in(runtime, account)
    assert signed.viewer.session_id
    by_key = viewers.with_key(account, await a_key(account))
    before = await state()
    with pytest.raises(Invalid, match="a key ends no sessions"):
        await sessions.sign_out(runtime, by_key, everywhere=True)
    with pytest.raises(Invalid, match="a key ends no sessions"):
        await sessions.end(runtime, by_key, signed.viewer.session_id)
    assert await state() == before


async def test_whose_a_refresh_token_is_can_be_told_of_used_ones_too(runtime: Runtime) -> None:
    account = await a_person()
    first = await signed_in(runtime, account)
    second = await sessions.refresh(runtime, first.refresh_token)
    assert await sessions.whose(first.refresh_token) == account.id
    assert await sessions.whose(second.refresh_token) == account.id
    assert await sessions.whose("sgr_made-up") is None
