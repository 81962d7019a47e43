"""Accounts are made by whom they may be, changed by whose they are, and one can always administer."""

import asyncio
import threading
import time
from contextvars import Context
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.transactions import in_transaction
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # ships none

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused, TooOften
from domain.models import Account, ApiKey, AuditEvent, Installation, RefreshToken, Session
from domain.services import (
    accounts,
    administration,
    administrators,
    guessing,
    identifying,
    operators,
    passwords,
    sessions,
    usernames,
)
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Caller, Denial, Role
from domain.terms.accounts import AccountStatistics, ProfileUpdate, RegisterRequest
from tests.domain.services.people import (
    HERE,
    PASSWORD,
    WRONG,
    a_person,
    an_administrator,
    caller_of,
    hashed,
    signed_in,
    viewer_of,
)
from tests.domain.services.rows import a_dataset, a_job, a_key, a_refresh_token, a_run, a_session, an_account

NEW = "a heron in the reeds"
MARY = RegisterRequest("mary", PASSWORD)


@pytest.fixture
def public(runtime: Runtime) -> Runtime:
    """A runtime where anybody may register."""
    return with_settings(runtime, registration="open")


def with_settings(runtime: Runtime, **values: Any) -> Runtime:
    return replace(runtime, settings=runtime.settings.model_copy(update=values))


class Judged:
    """Has the judging of passwords wait, so that something else can come between."""

    def __init__(self) -> None:
        self._begun, self._going_on = threading.Event(), threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self._begun.set()
        assert self._going_on.wait(20)
        return zxcvbn(*arguments, **named)

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, 20)

    def go_on(self) -> None:
        self._going_on.set()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judged:
    judged = Judged()
    monkeypatch.setattr(passwords, "zxcvbn", judged)
    return judged


def told(group: Refused) -> list[tuple[str, str]]:
    return [(".".join(each.path), each.message) for each in group.exceptions if isinstance(each, DomainError)]


async def state() -> list[dict[str, Any]]:
    """All that is kept of all accounts."""
    return list(await Account.all().order_by("id").values())


async def denial(runtime: Runtime, token: str) -> Denial | None:
    return (await identifying.identify(runtime, token)).denial


async def test_anybody_registers_where_it_is_open_and_is_a_user(public: Runtime) -> None:
    request = RegisterRequest("Mary.Miller", PASSWORD, " Mary ", " mary@example.org ", None)
    account = await accounts.register(public, HERE, request)
    kept = await Account.get()
    assert (kept.id, kept.username, kept.username_key) == (account.id, "Mary.Miller", "mary.miller")
    assert (kept.name, kept.email) == ("Mary", "mary@example.org")
    assert (kept.kind, kept.role, kept.active) == (AccountKind.PERSON, Role.USER, True)
    assert await passwords.matches(kept.password_hash, PASSWORD)
    assert PASSWORD not in repr(request)
    assert (await sessions.sign_in(public, HERE, "mary.miller", PASSWORD)).account.id == account.id


async def test_nobody_but_an_administrator_registers_anybody_where_it_is_closed(runtime: Runtime) -> None:
    callers = [HERE] + [caller_of(await an_account(role=role)) for role in (Role.USER, Role.ANALYST)]
    before = await state()
    for caller in callers:
        # The mistakes of a request that is refused anyhow are nobody's business, nor who is there.
        for request in (MARY, RegisterRequest("", "")):
            with pytest.raises(Conflict) as caught:
                await accounts.register(runtime, caller, request)
            assert caught.value.message == "registration is closed: ask an administrator for an account"
    assert await state() == before


@pytest.mark.parametrize("role", [*Role, None])
async def test_an_administrator_registers_somebody_with_any_role(runtime: Runtime, role: Role | None) -> None:
    caller = caller_of(await an_account(role=Role.ADMIN))
    account = await accounts.register(runtime, caller, replace(MARY, role=role))
    assert (await Account.get(id=account.id)).role is (role or Role.USER)


async def test_nobody_gives_themselves_a_role(public: Runtime) -> None:
    callers = [HERE, caller_of(await an_account(role=Role.ANALYST))]
    before = await state()
    for caller in callers:
        for role in (Role.ADMIN, Role.ANALYST):
            with pytest.raises(Refused) as caught:
                await accounts.register(public, caller, replace(MARY, role=role))
            assert told(caught.value) == [
                ("input.role", "only an administrator gives a role: leave it out"),
            ]
    assert await state() == before


async def test_all_mistakes_of_a_registration_are_told_at_once(public: Runtime) -> None:
    with pytest.raises(Refused) as caught:
        await accounts.register(public, HERE, RegisterRequest("a b", "short", "\x07", "mary", Role.ADMIN))
    assert told(caught.value) == [
        ("input.username", "a user name consists of letters, digits and . _ @ + -: leave out all others"),
        ("input.password", "the password has 5 characters: give it 10 or more"),
        ("input.name", "the name holds control characters: leave them out"),
        ("input.email", "this is no e-mail address: it has a name, an @ and a domain, and no spaces"),
        ("input.role", "only an administrator gives a role: leave it out"),
    ]
    assert await state() == []


async def test_names_of_whatever_length_are_refused_without_working_on_them(public: Runtime) -> None:
    # One letter of it is eighteen in the form in which names are compared.
    long = "\ufdfa" * 2_000_000
    start = time.process_time()
    with pytest.raises(Refused) as caught:
        await accounts.register(public, HERE, RegisterRequest(long, PASSWORD, long, f"{long}@example.org"))
    assert time.process_time() - start < 0.5
    paths = {path for path, _ in told(caught.value)}
    assert paths == {"input.username", "input.name", "input.email"}
    assert await state() == []


@pytest.mark.parametrize("username", ["mary", "MARY", "\uff4dary", "maR\uff39"])
async def test_a_taken_name_is_refused_in_whatever_form(public: Runtime, username: str) -> None:
    await a_person("mary")
    before = await state()
    with pytest.raises(Refused) as caught:
        await accounts.register(public, HERE, RegisterRequest(username, PASSWORD))
    (mistake,) = caught.value.exceptions
    assert isinstance(mistake, Conflict)
    assert (mistake.path, mistake.message) == (
        ("input", "username"),
        "the user name is taken: choose another",
    )
    assert await state() == before


async def test_of_two_who_want_a_name_at_once_one_gets_it(public: Runtime) -> None:
    wishes = [RegisterRequest(name, PASSWORD) for name in ("mary", "Mary")]
    outcomes = await asyncio.gather(
        *(accounts.register(public, HERE, wish) for wish in wishes), return_exceptions=True
    )
    made, refused = sorted(outcomes, key=lambda outcome: isinstance(outcome, BaseException))
    assert isinstance(made, Account)
    # Before anything is written, with all that is wrong, or by the database.
    assert isinstance(refused, Conflict | Refused)
    assert "taken" in str(getattr(refused, "exceptions", refused))
    assert await Account.all().count() == 1


@pytest.mark.parametrize(
    "username", ["abc", "x" * 64, "mary.m_9@x+y-z", "José", "Ωmega", "नमस्ते", "小明明", "7up"]
)
def test_a_user_name_is_of_letters_digits_and_few_signs(username: str) -> None:
    assert list(usernames.mistakes(username, [])) == []
    assert usernames.key_of(usernames.key_of(username)) == usernames.key_of(username)
    assert len(usernames.key_of(username)) <= 256


@pytest.mark.parametrize(
    "username",
    [
        "",
        "ab",
        "x" * 65,
        "x" * 1_000_000,
        "service:01234567",
        "ma ry",
        "mary\n",
        "ma\x00ry",
        "ma\u202ery",
        "ma\u200dry",
        "mary'--",
        "<mary>",
        "mary%",
        "-mary",
        "@mary",
        "\u0301mary",
        "\ud800mary",
        "🎉🎉🎉",
        "\ufdfa" * 10,
    ],
    ids=lambda name: ascii(name[:12]),
)
def test_what_would_be_mistaken_for_something_else_is_no_user_name(username: str) -> None:
    assert list(usernames.mistakes(username, []))
    assert not usernames.is_possible(username)


@pytest.mark.parametrize(
    "email", ["a@b", "mary+x@mail.example.org", "käthe@größe.example", '"a@b"@example.org']
)
async def test_an_email_address_has_a_name_and_a_domain(runtime: Runtime, email: str) -> None:
    account = await an_account()
    assert (await accounts.update(viewer_of(account), ProfileUpdate(email=email))).email == email


@pytest.mark.parametrize(
    "email",
    ["mary", "@", "a@", "@b", "a b@c", "a@b c", "a@b\r\nBcc: c@d", "a\x00@b", "\ud800@b", "a@" + "b" * 300],
)
async def test_what_no_letter_reaches_is_no_email_address(runtime: Runtime, email: str) -> None:
    account = await an_account(email="before@example.org")
    before = await state()
    with pytest.raises(Refused) as caught:
        await accounts.update(viewer_of(account), ProfileUpdate(name="After", email=email))
    assert [path for path, _ in told(caught.value)] == ["input.email"]
    assert await state() == before


async def test_what_is_left_out_of_a_profile_stays_and_what_is_empty_goes(runtime: Runtime) -> None:
    account, other = await an_account(), await an_account(name="Eve")
    viewer = viewer_of(account)
    for changes, expected in [
        (ProfileUpdate("Mary", "mary@example.org"), ("Mary", "mary@example.org")),
        (ProfileUpdate(), ("Mary", "mary@example.org")),
        (ProfileUpdate(name=" Mary M "), ("Mary M", "mary@example.org")),
        (ProfileUpdate(email=""), ("Mary M", None)),
        (ProfileUpdate(name=""), (None, None)),
    ]:
        changed = await accounts.update(viewer, changes)
        kept = await Account.get(id=account.id)
        assert (changed.name, changed.email) == (kept.name, kept.email) == expected
    assert (await Account.get(id=other.id)).name == "Eve"
    after = {**(await Account.filter(id=account.id).values())[0]}
    assert after["role"] is Role.USER
    assert (after["username"], after["active"]) == (account.username, True)


async def test_a_profile_of_nobody_is_not_found(runtime: Runtime) -> None:
    account = await an_account()
    await account.delete()
    with pytest.raises(NotFound):
        await accounts.update(viewer_of(account), ProfileUpdate("Mary"))
    assert await state() == []


async def test_a_new_password_ends_all_sessions_but_the_one_that_asks(runtime: Runtime) -> None:
    account = await a_person()
    asking, other = await signed_in(runtime, account), await signed_in(runtime, account)
    key, hers = await a_key(account), await a_session()
    waiting = asyncio.create_task(identifying.until_ended(runtime, other.viewer))

    await accounts.change_password(runtime, asking.viewer, PASSWORD, NEW)
    async with asyncio.timeout(20):
        assert await waiting is Denial.ENDED
    assert await denial(runtime, asking.access_token) is None
    assert await denial(runtime, other.access_token) is Denial.ENDED
    with pytest.raises(sessions.WrongCredentials):
        await sessions.refresh(runtime, other.refresh_token)
    await sessions.refresh(runtime, asking.refresh_token)
    assert (await ApiKey.get(id=key.id)).revoked_at is None
    assert (await Session.get(id=hers.id)).ended_at is None
    with pytest.raises(sessions.WrongCredentials):
        await sessions.sign_in(runtime, HERE, "mary", PASSWORD)
    assert (await sessions.sign_in(runtime, HERE, "mary", NEW)).account.id == account.id


async def test_a_new_password_needs_the_old_one_and_has_to_be_a_good_one(runtime: Runtime) -> None:
    account = await a_person()
    signed = await signed_in(runtime, account)
    before = await state()
    with pytest.raises(Refused) as caught:
        await accounts.change_password(runtime, signed.viewer, WRONG, "mary-mary-mary")
    assert told(caught.value) == [
        ("input.newPassword", "the password contains a name of its account: choose one without it"),
        ("input.currentPassword", "the password is wrong"),
    ]
    for current, new in ((WRONG, NEW), ("", NEW), (PASSWORD, "short")):
        with pytest.raises(Refused) as caught:
            await accounts.change_password(runtime, signed.viewer, current, new)
        assert len(caught.value.exceptions) == 1
    assert await state() == before
    assert await denial(runtime, signed.access_token) is None


async def test_a_new_password_is_another_than_before(runtime: Runtime) -> None:
    account = await a_person()
    before = await state()
    # The same once written in one form, with its spaces as others.
    for same in (PASSWORD, PASSWORD.replace(" ", "\u00a0")):
        with pytest.raises(Refused) as caught:
            await accounts.change_password(runtime, viewer_of(account), PASSWORD, same)
        assert told(caught.value) == [
            ("input.newPassword", "the new password is the one you have: choose another")
        ]
    assert await state() == before


async def test_a_password_is_changed_while_a_sign_in_makes_a_newer_hash_of_it(
    runtime: Runtime, judged: Judged
) -> None:
    account = await a_person()
    changing = asyncio.create_task(accounts.change_password(runtime, viewer_of(account), PASSWORD, NEW))
    await judged.begun()
    newer_hash = await passwords.make_hash(PASSWORD)
    await Account.filter(id=account.id).update(password_hash=newer_hash)
    judged.go_on()
    await changing
    assert await passwords.matches((await Account.get()).password_hash, NEW)


async def test_a_password_that_was_changed_meanwhile_is_not_changed_again(
    runtime: Runtime, judged: Judged
) -> None:
    account = await a_person()
    changing = asyncio.create_task(accounts.change_password(runtime, viewer_of(account), PASSWORD, NEW))
    await judged.begun()
    await Account.filter(id=account.id).update(password_hash=hashed(WRONG))
    judged.go_on()
    with pytest.raises(Conflict, match="was changed meanwhile"):
        await changing
    assert (await Account.get()).password_hash == hashed(WRONG)


async def test_of_two_new_passwords_at_once_one_holds(runtime: Runtime) -> None:
    account = await a_person()
    wishes = [NEW, "a plover on the shore"]
    outcomes = await asyncio.gather(
        *(accounts.change_password(runtime, viewer_of(account), PASSWORD, wish) for wish in wishes),
        return_exceptions=True,
    )
    # The second finds either a password that is no longer right, or that it was changed meanwhile.
    assert sum(isinstance(outcome, Account) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict | Refused) for outcome in outcomes) == 1
    kept = (await Account.get()).password_hash
    won = wishes[[isinstance(outcome, Account) for outcome in outcomes].index(True)]
    assert await passwords.matches(kept, won)


async def test_a_stolen_session_does_not_guess_the_password_for_long(runtime: Runtime) -> None:
    strict = with_settings(runtime, sign_in_limit="2/hour")
    account = await a_person()
    viewer = viewer_of(account)
    for _ in range(2):
        with pytest.raises(Refused):
            await accounts.delete_own(strict, viewer, WRONG)
    before = await state()
    with pytest.raises(TooOften):
        await accounts.change_password(strict, viewer, PASSWORD, NEW)
    with pytest.raises(TooOften):
        await accounts.delete_own(strict, viewer, PASSWORD)
    assert await state() == before
    # Whoever it was stolen from signs in as ever.
    await signed_in(strict, account)
    assert not guessing._LOCKS


async def test_a_program_has_no_password_to_change(runtime: Runtime) -> None:
    program = await an_account(kind=AccountKind.SERVICE, password_hash=None)
    before = await state()
    with pytest.raises(Refused):
        await accounts.change_password(runtime, viewer_of(program), "", NEW)
    with pytest.raises(Refused):
        await accounts.delete_own(runtime, viewer_of(program), "")
    assert await state() == before


async def test_who_deletes_their_account_leaves_nothing_of_it_but_what_they_made(runtime: Runtime) -> None:
    account, other = await a_person(), await a_person("eve")
    signed, key, hers = await signed_in(runtime, account), await a_key(account), await a_session(other)
    await a_refresh_token(hers)
    dataset = await a_dataset(created_by=account.id)
    waiting = asyncio.create_task(identifying.until_ended(runtime, signed.viewer))
    assert await accounts.delete_own(runtime, signed.viewer, PASSWORD) == account.id

    async with asyncio.timeout(20):
        assert await waiting is Denial.ENDED
    assert [row["id"] for row in await state()] == [other.id]
    assert await Session.all().values_list("id", flat=True) == [hers.id]
    assert await RefreshToken.all().count() == 1
    assert not await ApiKey.exists(id=key.id)
    assert await denial(runtime, signed.access_token) is Denial.ENDED
    await dataset.refresh_from_db()
    assert dataset.created_by == account.id
    with pytest.raises(NotFound):
        await accounts.delete_own(runtime, signed.viewer, PASSWORD)


async def test_an_account_is_not_deleted_with_a_wrong_password(runtime: Runtime) -> None:
    account = await a_person()
    before = await state()
    with pytest.raises(Refused) as caught:
        await accounts.delete_own(runtime, viewer_of(account), WRONG)
    assert told(caught.value) == [("input.password", "the password is wrong")]
    assert await state() == before


async def test_the_last_active_administrator_stays(runtime: Runtime) -> None:
    last = await an_administrator()
    await an_administrator("away", active=False)
    await an_account(role=Role.ADMIN, kind=AccountKind.SERVICE)
    await a_person("mary")
    before = await state()
    with pytest.raises(Conflict) as caught:
        await accounts.delete_own(runtime, viewer_of(last), PASSWORD)
    assert (caught.value.message, caught.value.path) == (administrators.LAST, ("input",))
    assert await state() == before

    await an_administrator("second")
    await accounts.delete_own(runtime, viewer_of(last), PASSWORD)
    assert not await Account.exists(id=last.id)


async def test_of_two_administrators_who_go_at_once_one_stays(runtime: Runtime) -> None:
    for _ in range(3):
        await Account.all().delete()
        pair = [await an_administrator(name) for name in ("one", "other")]
        outcomes = await asyncio.gather(
            accounts.delete_own(runtime, viewer_of(pair[0]), PASSWORD),
            administration.set_role(runtime, pair[1].id, Role.USER),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
        assert await administrators.active().count() == 1


async def test_who_goes_waits_for_another_administrator_who_is_going(runtime: Runtime) -> None:
    one, other = await an_administrator("one"), await an_administrator("other")

    async def go(account: Account) -> None:
        async with in_transaction():
            await administrators.refuse_to_lose(account.id, ["input"])
            await Account.filter(id=account.id).delete()

    async with in_transaction():
        await administrators.refuse_to_lose(one.id, ["input"])
        # In a context of its own: it is another request, and not in this transaction.
        going = asyncio.create_task(go(other), context=Context())
        done, _ = await asyncio.wait([going], timeout=0.5)
        assert not done
        await Account.filter(id=one.id).delete()
    with pytest.raises(Conflict):
        await going
    assert [row["id"] for row in await state()] == [other.id]


async def test_one_sees_oneself_and_an_administrator_sees_all(runtime: Runtime) -> None:
    mary, eve, root = await an_account(), await an_account(), await an_account(role=Role.ADMIN)
    assert await ids_visible_to(mary) == [mary.id]
    assert await ids_visible_to(root) == [root.id, eve.id, mary.id]
    found = await accounts.find(eve.id)
    assert found is not None
    assert found.username == eve.username
    assert await accounts.find(uuid4()) is None


async def ids_visible_to(account: Account) -> list[UUID]:
    return [seen.id for seen in await accounts.visible_to(viewer_of(account))]


async def test_the_statistics_of_an_account_count_what_is_its_own(runtime: Runtime) -> None:
    account, other = await an_account(), await an_account()
    for owner, times in ((account, 2), (other, 1)):
        for _ in range(times):
            await a_dataset(created_by=owner.id)
            await a_key(owner)
    dataset = await a_dataset()
    for _ in range(3):
        await a_run(await a_job(), dataset, created_by=account.id)
    await a_session(account)
    assert await accounts.statistics_of(account.id) == AccountStatistics(2, 3, 1, 2)
    assert await accounts.statistics_of(other.id) == AccountStatistics(1, 0, 0, 1)
    assert await accounts.statistics_of(uuid4()) == AccountStatistics(0, 0, 0, 0)


async def test_an_administrator_is_made_with_a_given_password_or_a_random_one(runtime: Runtime) -> None:
    account, made = await accounts.create_administrator(runtime, "root", PASSWORD)
    assert made is None
    assert (account.role, account.kind, account.active) == (Role.ADMIN, AccountKind.PERSON, True)
    assert await passwords.matches(account.password_hash, PASSWORD)

    demanding = with_settings(runtime, min_password_length=64)
    other, made = await accounts.create_administrator(demanding, "other", None)
    assert made is not None
    assert await passwords.matches(other.password_hash, made)
    before = await state()
    for username, password in (("ROOT", PASSWORD), ("x", PASSWORD), ("third", "password12")):
        with pytest.raises(Refused):
            await accounts.create_administrator(runtime, username, password)
    assert await state() == before


async def test_the_first_administrator_is_made_once(runtime: Runtime) -> None:
    made = await accounts.first_administrator(runtime)
    assert made is not None
    username, password = made
    assert username == "admin"
    assert password is not None
    signed = await sessions.sign_in(runtime, HERE, username, password)
    assert (signed.account.role, signed.account.kind) == (Role.ADMIN, AccountKind.PERSON)
    before = await state()
    assert await accounts.first_administrator(runtime) is None
    assert await state() == before


async def test_the_first_administrator_has_the_configured_password_if_it_is_a_good_one(
    runtime: Runtime,
) -> None:
    with pytest.raises(Refused):
        await accounts.first_administrator(with_settings(runtime, admin_password="password12"))  # noqa: S106  # a bad one
    assert await state() == []
    configured = with_settings(runtime, admin_password=PASSWORD)
    assert await accounts.first_administrator(configured) == ("admin", None)
    assert await passwords.matches((await Account.get()).password_hash, PASSWORD)


async def test_of_servers_that_start_together_one_makes_the_administrator(runtime: Runtime) -> None:
    outcomes = await asyncio.gather(*(accounts.first_administrator(runtime) for _ in range(4)))
    assert sum(outcome is not None for outcome in outcomes) == 1
    assert await Account.all().count() == 1
    assert await Installation.all().count() == 1


async def test_a_server_finds_an_administrator_that_another_has_just_made(
    runtime: Runtime, judged: Judged
) -> None:
    starting = asyncio.create_task(operators.make_first_administrator(runtime))
    # It has seen that there is nobody.
    await judged.begun()
    await an_administrator(accounts.FIRST_USERNAME)
    before = await state()
    judged.go_on()
    assert await starting is None
    assert await state() == before
    assert await AuditEvent.all().count() == 0


async def test_a_program_with_a_key_does_not_stand_in_for_the_first_administrator(runtime: Runtime) -> None:
    await an_account(kind=AccountKind.SERVICE, role=Role.ADMIN)
    assert await accounts.first_administrator(runtime) is not None
    # But anybody with a password does: whoever is there has a say in who administers.
    await Account.filter(role=Role.ADMIN).delete()
    await a_person()
    assert await accounts.first_administrator(runtime) is None


async def test_a_name_can_hold_what_a_database_might_take_for_a_command(public: Runtime) -> None:
    name = "'; DROP TABLE account; -- %_\\ \" $1 {0}"
    account = await accounts.register(public, HERE, replace(MARY, name=name))
    assert (await Account.get()).name == name
    assert (await accounts.find(account.id)) == account


async def test_a_request_can_not_bring_more_than_it_asks_for() -> None:
    """What could be assigned in passing is not in any request."""
    assert set(RegisterRequest.__dataclass_fields__) == {"username", "password", "name", "email", "role"}
    assert set(ProfileUpdate.__dataclass_fields__) == {"name", "email"}


async def test_nobody_is_an_administrator_by_a_key_of_less(runtime: Runtime) -> None:
    """A key counts with its own role, although its account could do more."""
    root = await an_administrator()
    less = replace(viewer_of(root), role=Role.USER)
    before = await state()
    with pytest.raises(Conflict):
        await accounts.register(runtime, Caller(less), MARY)
    with pytest.raises(Invalid):
        await sessions.sign_out(runtime, less)
    assert [seen.id for seen in await accounts.visible_to(less)] == [root.id]
    assert await state() == before
