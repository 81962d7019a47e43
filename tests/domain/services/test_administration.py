"""Administrators change accounts at once, and one of them is always left."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import Conflict, DomainError, NotFound, Refused
from domain.models import Account, ApiKey, ClusteringRun, Dataset, RefreshToken, Session
from domain.services import administration, endings, identifying, passwords
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.services.sessions import SignedIn, sign_in
from domain.terms.access import AccountKind, Caller, Denial, Role
from domain.terms.administration import AccountCounts
from domain.terms.jobs import JobKind, JobStatus
from tests.domain.services.rows import (
    a_dataset,
    a_job,
    a_key,
    a_model_version,
    a_profile,
    a_refresh_token,
    a_remembered_prediction,
    a_run,
    a_segment,
    a_session,
    an_account,
    an_audience,
    viewer_of,
)

PASSWORD = "violet harbour 92 kettles"  # noqa: S105  # of nobody
ANOTHER = "seven tin lanterns adrift"
SOON = 30
"""Seconds; on a busy machine all takes longer."""


async def found(**wanted: Any) -> list[str]:
    return [account.username for account in await administration.newest_first(**wanted)]


async def state() -> list[tuple[Any, ...]]:
    """All that an action on an account could change."""
    accounts = await Account.all().order_by("id").values_list()
    sessions = await Session.all().order_by("id").values_list("id", "ended_at")
    keys = await ApiKey.all().order_by("id").values_list("id", "revoked_at")
    return [*accounts, *sessions, *keys]


async def somebody_signed_in(runtime: Runtime, role: Role = Role.USER) -> SignedIn:
    account = await an_account(role=role, password_hash=await passwords.make_hash(PASSWORD))
    return await sign_in(runtime, Caller(), account.username, PASSWORD)


async def denial(runtime: Runtime, token: str) -> Denial | None:
    return (await identifying.identify(runtime, token)).denial


@pytest.mark.usefixtures("runtime")
async def test_accounts_are_listed_newest_first_and_those_alone_that_every_filter_fits() -> None:
    await an_account(username="anna", role=Role.ADMIN)
    await an_account(username="ben", active=False)
    await an_account(username="service:1", kind=AccountKind.SERVICE, role=Role.ANALYST)
    assert await found() == ["service:1", "ben", "anna"]
    assert await found(role=Role.ADMIN) == ["anna"]
    assert await found(active=True) == ["service:1", "anna"]
    assert await found(active=False) == ["ben"]
    assert await found(kind=AccountKind.PERSON) == ["ben", "anna"]
    assert await found(kind=AccountKind.PERSON, active=True) == ["anna"]
    assert await found(search="n", role=Role.USER) == ["ben"]
    assert await found(search="n", role=Role.ANALYST) == []


@pytest.mark.usefixtures("runtime")
async def test_a_search_finds_a_part_of_the_user_name_the_name_or_the_address_in_any_case() -> None:
    await an_account(username="Anna", username_key="anna", name="A. Kraus", email="kraus@example.org")
    await an_account(username="zoé", name="Zoé Ölçer")
    await an_account(username="ivan", name="Иван Петров")
    for part in ("anna", "NN", "kraus", "KRAUS", "a. k", "EXAMPLE.ORG", "@", "  anna "):
        assert await found(search=part) == ["Anna"], part
    for part in ("ZOÉ", "zoé", "ölçer", "ÖLÇER", "Zoé Ölçer"):
        assert await found(search=part) == ["zoé"], part
    for part in ("иван", "ПЕТРОВ", "иван петров", "етр"):
        assert await found(search=part) == ["ivan"], part
    for blank in (None, "", "  "):
        assert await found(search=blank) == ["ivan", "zoé", "Anna"]
    assert await found(search="berta") == []


@pytest.mark.usefixtures("runtime")
async def test_a_search_takes_every_sign_as_it_is() -> None:
    await an_account(username="plain", name="Anna Kraus", email="anna@example.org")
    for sign in ("%", "_", "\\", "'", '"', "\\%", "%%", "';--", "{0}", "?", "$1", ":x"):
        assert await found(search=sign) == [], sign
        odd = await an_account(username="odd", name=f"x{sign}y")
        assert await found(search=sign) == ["odd"], sign
        assert await found(search=f"X{sign}Y") == ["odd"], sign
        await odd.delete()


@pytest.mark.usefixtures("runtime")
async def test_a_search_for_what_no_account_has_finds_nothing() -> None:
    await an_account(username="anna")
    for odd in ("a\0", "\ud800", "a\nb", "a" * 255, "a" * 1_000_000, "' OR 1=1 --"):
        assert await found(search=odd) == [], odd[:10]


async def test_another_role_holds_at_once_and_ends_the_sessions(runtime: Runtime) -> None:
    signed_in = await somebody_signed_in(runtime, Role.ANALYST)
    other = await a_session()
    account = signed_in.account
    changed = await administration.set_role(runtime, account.id, Role.ADMIN)
    assert (changed.id, changed.role, changed.active) == (account.id, Role.ADMIN, True)
    assert (await Account.get(id=account.id)).role is Role.ADMIN
    assert await denial(runtime, signed_in.access_token) is Denial.ENDED
    assert (await Session.get(id=other.id)).ended_at is None


async def test_the_role_that_an_account_has_already_ends_nothing(runtime: Runtime) -> None:
    signed_in = await somebody_signed_in(runtime, Role.ANALYST)
    await administration.set_role(runtime, signed_in.account.id, Role.ANALYST)
    await administration.set_active(runtime, signed_in.account.id, active=True)
    assert await denial(runtime, signed_in.access_token) is None


async def test_an_account_that_is_kept_out_is_out_at_once_and_let_in_has_to_sign_in(runtime: Runtime) -> None:
    signed_in = await somebody_signed_in(runtime)
    account = signed_in.account
    assert not (await administration.set_active(runtime, account.id, active=False)).active
    assert await denial(runtime, signed_in.access_token) is Denial.ENDED
    assert (await administration.set_active(runtime, account.id, active=True)).active
    assert await denial(runtime, signed_in.access_token) is Denial.ENDED
    again = await sign_in(runtime, Caller(), account.username, PASSWORD)
    assert await denial(runtime, again.access_token) is None


async def test_a_new_password_works_instead_of_the_old_one_and_ends_the_sessions(runtime: Runtime) -> None:
    signed_in = await somebody_signed_in(runtime)
    account = signed_in.account
    await administration.set_password(runtime, account.id, ANOTHER)
    assert await denial(runtime, signed_in.access_token) is Denial.ENDED
    kept = (await Account.get(id=account.id)).password_hash
    assert await passwords.matches(kept, ANOTHER)
    assert not await passwords.matches(kept, PASSWORD)


async def test_a_weak_password_is_refused_and_the_old_one_stays(runtime: Runtime) -> None:
    account = await an_account(username="annakraus", name="Berta Lang", email="third@example.org")
    await a_session(account)
    before = await state()
    for weak in (
        "short",
        "password1234",
        "annakraus 7 annakraus",
        "Berta Lang violet",
        "third@example.org 12",
    ):
        with pytest.raises(Refused) as caught:
            await administration.set_password(runtime, account.id, weak)
        mistakes = [each for each in caught.value.exceptions if isinstance(each, DomainError)]
        assert [mistake.path for mistake in mistakes] == [("input", "password")]
    assert await state() == before


async def test_a_program_gets_no_password(runtime: Runtime) -> None:
    account = await an_account(kind=AccountKind.SERVICE, password_hash=None)
    with pytest.raises(Conflict):
        await administration.set_password(runtime, account.id, PASSWORD)
    assert (await Account.get(id=account.id)).password_hash is None


async def test_a_deleted_account_takes_its_sessions_and_keys_and_leaves_what_it_made(
    runtime: Runtime,
) -> None:
    account, other = await an_account(), await an_account()
    for each in (account, other):
        await a_refresh_token(await a_session(each))
        await a_key(each)
    dataset = await a_dataset(created_by=account.id)
    run = await a_run(await a_job(), dataset, created_by=account.id)
    assert await administration.delete(runtime, account.id) == account.id
    assert await Account.all() == [other]
    assert [each.account_id for each in await Session.all()] == [other.id]
    assert [each.account_id for each in await ApiKey.all()] == [other.id]
    assert await RefreshToken.all().count() == 1
    assert (await Dataset.get(id=dataset.id)).created_by == account.id
    assert (await ClusteringRun.get(id=run.id)).created_by == account.id


@pytest.mark.parametrize("account_id", [None, uuid4()])
async def test_an_account_that_is_not_there_is_not_found(runtime: Runtime, account_id: UUID | None) -> None:
    await an_account()
    before = await state()
    for action in (
        administration.set_role(runtime, account_id, Role.ADMIN),
        administration.set_active(runtime, account_id, active=False),
        administration.set_password(runtime, account_id, PASSWORD),
        administration.delete(runtime, account_id),
    ):
        with pytest.raises(NotFound) as caught:
            await action
        assert caught.value.path == ("input", "id")
    assert await state() == before


async def test_the_last_active_administrator_stays_what_it_is(runtime: Runtime) -> None:
    last = await an_account(role=Role.ADMIN)
    await a_session(last)
    # None of these could sign in and administer.
    await an_account(role=Role.ADMIN, active=False)
    await an_account(role=Role.ADMIN, kind=AccountKind.SERVICE)
    await an_account(role=Role.ANALYST)
    before = await state()
    for action in (
        administration.set_role(runtime, last.id, Role.ANALYST),
        administration.set_active(runtime, last.id, active=False),
        administration.delete(runtime, last.id),
    ):
        with pytest.raises(Conflict, match="last active administrator"):
            await action
    assert await state() == before
    # What takes nothing away is no matter.
    await administration.set_role(runtime, last.id, Role.ADMIN)
    await administration.set_password(runtime, last.id, PASSWORD)


async def test_one_of_two_administrators_may_go(runtime: Runtime) -> None:
    for go in (
        lambda gone: administration.set_role(runtime, gone, Role.USER),
        lambda gone: administration.set_active(runtime, gone, active=False),
        lambda gone: administration.delete(runtime, gone),
    ):
        await Account.all().delete()
        one, other = await an_account(role=Role.ADMIN), await an_account(role=Role.ADMIN)
        await go(one.id)
        with pytest.raises(Conflict):
            await go(other.id)
        assert (await Account.get(id=other.id)).role is Role.ADMIN


async def test_of_administrators_that_go_at_once_one_stays(runtime: Runtime) -> None:
    for _ in range(5):
        await Account.all().delete()
        ids = [(await an_account(role=Role.ADMIN)).id for _ in range(6)]
        told = await asyncio.gather(
            administration.set_role(runtime, ids[0], Role.USER),
            administration.set_role(runtime, ids[1], Role.ANALYST),
            administration.set_active(runtime, ids[2], active=False),
            administration.set_active(runtime, ids[3], active=False),
            administration.delete(runtime, ids[4]),
            administration.delete(runtime, ids[5]),
            return_exceptions=True,
        )
        assert sum(isinstance(each, Conflict) for each in told) == 1
        assert sum(isinstance(each, BaseException) for each in told) == 1
        assert await Account.filter(role=Role.ADMIN, active=True).count() == 1


async def test_two_administrators_that_demote_each_other_leave_one(runtime: Runtime) -> None:
    one, other = await an_account(role=Role.ADMIN), await an_account(role=Role.ADMIN)
    for _ in range(10):
        told = await asyncio.gather(
            administration.set_role(runtime, one.id, Role.USER),
            administration.set_role(runtime, other.id, Role.USER),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in told) == ["Account", "Conflict"]
        assert await Account.filter(role=Role.ADMIN).count() == 1
        await Account.all().update(role=Role.ADMIN)


async def test_whoever_holds_a_connection_is_told_at_once_that_its_account_changed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody looks without being told.
    monkeypatch.setattr(endings, "POLL_SECONDS", 3_600.0)
    for change in (
        lambda account: administration.set_role(runtime, account.id, Role.USER),
        lambda account: administration.set_active(runtime, account.id, active=False),
        lambda account: administration.delete(runtime, account.id),
    ):
        account = await an_account(role=Role.ANALYST)
        session = await a_session(account)
        by_key = viewer_of(account, await a_key(account, role=Role.ANALYST))
        async with asyncio.timeout(SOON), asyncio.TaskGroup() as group:
            group.create_task(runtime.endings.wait(viewer_of(account, session_id=session.id)))
            group.create_task(runtime.endings.wait(by_key))
            await change(account)


async def test_the_statistics_of_an_empty_installation_are_zeros(alone: Runtime) -> None:
    told = await administration.statistics(alone)
    assert told.accounts == AccountCounts(0, 0, dict.fromkeys(Role, 0), dict.fromkeys(AccountKind, 0))
    assert (told.living_keys, told.datasets, told.rows) == (0, 0, 0)
    assert (told.models, told.remembered_predictions, told.profiles, told.audiences) == (0, 0, 0, 0)
    assert told.runs == dict.fromkeys(JobStatus, 0)
    assert told.last_activity_at is None
    assert told.database_bytes > 0


async def test_the_statistics_count_what_there_is(alone: Runtime) -> None:
    empty = await administration.statistics(alone)
    moment = now()
    admin = await an_account(role=Role.ADMIN, last_active_at=moment - timedelta(days=1))
    await an_account(active=False, last_active_at=moment)
    await an_account(last_active_at=None)
    await an_account(kind=AccountKind.SERVICE, role=Role.ANALYST)
    await a_key(admin)
    await a_key(admin, expires_at=moment + timedelta(days=1))
    await a_key(admin, expires_at=moment - timedelta(days=1))
    await a_key(admin, revoked_at=moment)
    dataset = await a_dataset(row_count=5_000_000_000)
    await a_dataset(row_count=7)
    for status in (JobStatus.QUEUED, JobStatus.QUEUED, JobStatus.SUCCEEDED):
        run = await a_run(await a_job(status=status), dataset)
    await a_model_version(run)
    for _ in range(2):
        await a_remembered_prediction(run)
        await an_audience(await a_segment(await a_run(await a_job(status=JobStatus.FAILED)), 0, "All"))
    for _ in range(3):
        await a_profile(admin)
    # An import is no run.
    await a_job(kind=JobKind.IMPORT, status=JobStatus.FAILED)
    await asyncio.to_thread(alone.storage.write_bytes, f"{dataset.folder}/a", b"x" * 1_000)
    await asyncio.to_thread(alone.storage.write_bytes, f"{dataset.folder}/deeper/b", b"x" * 234)
    told = await administration.statistics(alone)
    assert told.accounts == AccountCounts(
        total=4,
        active=3,
        by_role={Role.USER: 2, Role.ANALYST: 1, Role.ADMIN: 1},
        by_kind={AccountKind.PERSON: 3, AccountKind.SERVICE: 1},
    )
    assert (told.living_keys, told.datasets, told.rows) == (2, 4, 5_000_000_027)
    assert (told.models, told.remembered_predictions, told.profiles, told.audiences) == (1, 2, 3, 2)
    assert told.runs == {
        JobStatus.QUEUED: 2,
        JobStatus.RUNNING: 0,
        JobStatus.SUCCEEDED: 1,
        JobStatus.FAILED: 2,
        JobStatus.CANCELED: 0,
    }
    assert told.storage_bytes - empty.storage_bytes == 1_234
    assert told.last_activity_at == moment
    assert told.database_bytes >= empty.database_bytes
