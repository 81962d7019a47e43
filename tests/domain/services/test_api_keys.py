"""A key does what its account may, at most, for as long as it lives, and ends at once."""

import asyncio
import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused
from domain.models import Account, ApiKey
from domain.services import api_keys, endings
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Caller, Role
from domain.terms.administration import KeyRequest
from tests.domain.services.rows import a_key, an_account, viewer_of

SOON = timedelta(days=1)


def asked(**values: Any) -> KeyRequest:
    return KeyRequest(**{"name": "reports", "role": Role.USER, **values})


async def refused(runtime: Runtime, account: Account, key: ApiKey | None = None, **values: Any) -> list[str]:
    """Ask for what is refused, see that no key is made, and tell which fields are to blame."""
    before = await ApiKey.all().count()
    with pytest.raises(Refused) as caught:
        await api_keys.create(viewer_of(account, key), asked(**values))
    assert await ApiKey.all().count() == before
    mistakes = [mistake for mistake in caught.value.exceptions if isinstance(mistake, DomainError)]
    assert all(isinstance(mistake, Invalid) for mistake in mistakes)
    return [mistake.path[-1] for mistake in mistakes]


async def test_a_key_is_told_once_and_kept_as_its_hash(runtime: Runtime) -> None:
    account = await an_account(role=Role.ANALYST)
    expires_at = now() + SOON
    before = now()
    key, token = await api_keys.create(
        viewer_of(account), asked(name="  Nightly ", role=Role.ANALYST, expires_at=expires_at)
    )
    assert re.fullmatch(r"sg_[0-9a-f]{8}_[\w-]{43}", token)
    kept = await ApiKey.get(id=key.id)
    assert (kept.account_id, kept.name, kept.role) == (account.id, "Nightly", Role.ANALYST)
    assert (kept.prefix, kept.token_hash) == (token[:11], sha256(token.encode()).hexdigest())
    assert (kept.expires_at, kept.rate_limit, kept.made_by) == (expires_at, None, None)
    assert (kept.last_used_at, kept.revoked_at) == (None, None)
    assert before <= kept.created_at <= now()
    columns = (await ApiKey.all().values())[0]
    assert not any(token[12:] in str(value) for value in columns.values())


async def test_no_two_keys_are_the_same(runtime: Runtime) -> None:
    viewer = viewer_of(await an_account())
    assert len({(await api_keys.create(viewer, asked()))[1] for _ in range(20)}) == 20


async def test_a_name_has_from_1_to_200_printable_characters(runtime: Runtime) -> None:
    account = await an_account()
    for name in ("", "   ", "x" * 201, "a\0b", "a\nb", "a\ud800b"):
        assert await refused(runtime, account, name=name) == ["name"], name


async def test_a_name_is_kept_as_it_was_given_whatever_it_looks_like(runtime: Runtime) -> None:
    name = ("'; DROP TABLE api_key; -- \"\\%_ Ünïcode 日本 🙂" * 10)[:200]
    key, _ = await api_keys.create(viewer_of(await an_account()), asked(name=name))
    assert (await ApiKey.get(id=key.id)).name == name


async def test_a_key_has_at_most_the_role_of_who_makes_it(runtime: Runtime) -> None:
    allowed = []
    for maker in Role:
        account = await an_account(role=maker)
        for made in Role:
            try:
                key, _ = await api_keys.create(viewer_of(account), asked(role=made))
            except Refused:
                assert await refused(runtime, account, role=made) == ["role"]
            else:
                assert (await ApiKey.get(id=key.id)).role is made
                allowed.append(f"{maker} {made}")
    assert allowed == [
        "USER USER",
        "ANALYST USER",
        "ANALYST ANALYST",
        "ADMIN USER",
        "ADMIN ANALYST",
        "ADMIN ADMIN",
    ]


async def test_a_key_of_an_administrator_makes_no_key_with_a_role_above_its_own(runtime: Runtime) -> None:
    account = await an_account(role=Role.ADMIN)
    key = await a_key(account, role=Role.USER)
    assert await refused(runtime, account, key, role=Role.ANALYST, rate_limit="9/second") == [
        "role",
        "rateLimit",
    ]


async def test_a_key_expires_in_the_future_and_within_100_years(runtime: Runtime) -> None:
    account = await an_account()
    for expires_at in (
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        datetime(2400, 1, 1, tzinfo=UTC),
        # Beyond the calendar, once told in UTC.
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))),
    ):
        assert await refused(runtime, account, expires_at=expires_at) == ["expiresAt"], expires_at


async def test_an_expiry_is_the_same_moment_in_whatever_zone_it_is_given(runtime: Runtime) -> None:
    moment = (now() + SOON).replace(microsecond=0)
    viewer = viewer_of(await an_account())
    for same in (moment, moment.astimezone(timezone(timedelta(hours=9))), moment.replace(tzinfo=None)):
        key, _ = await api_keys.create(viewer, asked(expires_at=same))
        assert (await ApiKey.get(id=key.id)).expires_at == moment


async def test_an_administrator_gives_a_key_a_rate_limit(runtime: Runtime) -> None:
    viewer = viewer_of(await an_account(role=Role.ADMIN))
    for given, kept in (
        ("60/minute", "60/minute"),
        (" 10 per 5 minutes ", "10/5 minutes"),
        ("1/SECOND", "1/second"),
        ("1000000000/day", "1000000000/day"),
    ):
        key, _ = await api_keys.create(viewer, asked(rate_limit=given))
        assert (await ApiKey.get(id=key.id)).rate_limit == kept


async def test_a_rate_limit_that_means_nothing_is_refused(runtime: Runtime) -> None:
    account = await an_account(role=Role.ADMIN)
    for rate in (
        "",
        "often",
        "0/minute",
        "-1/minute",
        "1/fortnight",
        "60/minute; 5/second",
        "60/minute\0",
        "1000000001/second",
        "1/2 years",
        "1/99999999999999 years",
        "9" * 70 + "/minute",
        "9" * 100_000,
    ):
        assert await refused(runtime, account, rate_limit=rate) == ["rateLimit"], rate


@pytest.mark.parametrize("role", [Role.USER, Role.ANALYST])
async def test_only_an_administrator_gives_a_key_a_rate_limit(runtime: Runtime, role: Role) -> None:
    assert await refused(runtime, await an_account(role=role), rate_limit="60/minute") == ["rateLimit"]


async def test_every_mistake_of_a_request_is_told_at_once(runtime: Runtime) -> None:
    mistakes = await refused(
        runtime, await an_account(), name="", role=Role.ADMIN, expires_at=now(), rate_limit="9/second"
    )
    assert sorted(mistakes) == ["expiresAt", "name", "rateLimit", "role"]


async def test_an_account_has_100_living_keys_at_most(runtime: Runtime) -> None:
    account = await an_account()
    dead = [{"revoked_at": now()}, {"expires_at": now() - SOON}]
    for values in [*[{}] * 99, *dead]:
        await a_key(account, **values)
    await a_key()
    last, _ = await api_keys.create(viewer_of(account), asked())
    with pytest.raises(Conflict, match="100 keys"):
        await api_keys.create(viewer_of(account), asked())
    assert await ApiKey.filter(account_id=account.id).count() == 102
    await api_keys.revoke(runtime, viewer_of(account), last.id)
    await api_keys.create(viewer_of(account), asked())


async def test_keys_that_are_made_at_once_are_not_over_the_limit_together(runtime: Runtime) -> None:
    account = await an_account()
    for _ in range(98):
        await a_key(account)
    made = await asyncio.gather(
        *(api_keys.create(viewer_of(account), asked()) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, Conflict) for each in made) == 4
    assert await ApiKey.filter(account_id=account.id).count() == 100


async def test_an_account_that_is_gone_gets_no_key(runtime: Runtime) -> None:
    account = await an_account()
    await Account.filter(id=account.id).delete()
    with pytest.raises(NotFound):
        await api_keys.create(viewer_of(account), asked())
    assert await ApiKey.all().count() == 0


async def test_a_key_with_a_rate_limit_of_its_own_makes_no_keys(runtime: Runtime) -> None:
    for role in Role:
        account = await an_account(role=role)
        limited = await a_key(account, role=role, rate_limit="5/minute")
        with pytest.raises(Conflict, match="makes no keys: ask an administrator"):
            await api_keys.create(viewer_of(account, limited), asked())
        assert await ApiKey.filter(account_id=account.id).count() == 1
        # Nor by another way round: whoever signs in is counted with all keys of the account.
        made, _ = await api_keys.create(viewer_of(account), asked())
        counted = Caller(viewer_of(account, made)).counted_as
        assert counted == Caller(viewer_of(account)).counted_as
        assert counted != Caller(viewer_of(account, limited)).counted_as


async def test_a_key_that_a_key_makes_knows_by_which_and_ends_with_it(runtime: Runtime) -> None:
    account = await an_account()
    maker = await a_key(account, expires_at=now() + SOON)
    made, _ = await api_keys.create(viewer_of(account, maker), asked())
    kept = await ApiKey.get(id=made.id)
    assert (kept.account_id, kept.made_by) == (account.id, maker.id)
    assert (kept.expires_at, kept.rate_limit) == (maker.expires_at, None)
    assert maker.expires_at is not None
    sooner = maker.expires_at - timedelta(hours=1)
    shorter, _ = await api_keys.create(viewer_of(account, maker), asked(expires_at=sooner))
    assert (await ApiKey.get(id=shorter.id)).expires_at == sooner
    later = maker.expires_at + timedelta(microseconds=1)
    assert await refused(runtime, account, maker, expires_at=later) == ["expiresAt"]


async def test_a_key_that_never_expires_makes_keys_that_do_or_do_not(runtime: Runtime) -> None:
    account = await an_account()
    viewer = viewer_of(account, await a_key(account))
    endless, _ = await api_keys.create(viewer, asked())
    ending, _ = await api_keys.create(viewer, asked(expires_at=now() + SOON))
    assert endless.expires_at is None
    assert ending.expires_at is not None


async def test_a_session_makes_keys_that_outlive_it(runtime: Runtime) -> None:
    viewer = viewer_of(await an_account(), expires_at=now() + timedelta(minutes=1))
    key, _ = await api_keys.create(viewer, asked(expires_at=now() + SOON))
    assert (await ApiKey.get(id=key.id)).made_by is None


async def test_a_key_that_has_just_been_revoked_makes_no_other(runtime: Runtime) -> None:
    account = await an_account()
    maker = await a_key(account)
    viewer = viewer_of(account, maker)
    await api_keys.revoke(runtime, viewer_of(account), maker.id)
    with pytest.raises(NotFound):
        await api_keys.create(viewer, asked())
    assert await ApiKey.all().count() == 1


async def test_a_key_that_is_revoked_while_it_makes_others_leaves_none_alive(runtime: Runtime) -> None:
    account = await an_account()
    maker = await a_key(account)
    makings = [api_keys.create(viewer_of(account, maker), asked()) for _ in range(5)]
    results = await asyncio.gather(
        *makings[:3],
        api_keys.revoke(runtime, viewer_of(account), maker.id),
        *makings[3:],
        return_exceptions=True,
    )
    assert all(isinstance(each, tuple | ApiKey | NotFound) for each in results)
    assert await api_keys.living().count() == 0


async def test_a_revoked_key_takes_those_along_that_it_made_and_no_others(runtime: Runtime) -> None:
    account = await an_account()
    key = await a_key(account)
    child = await a_key(account, made_by=key.id)
    grandchild = await a_key(account, made_by=child.id)
    others = [await a_key(account), await a_key(account, made_by=uuid4()), await a_key()]
    before = now()
    revoked = await api_keys.revoke(runtime, viewer_of(account), key.id)
    assert revoked.id == key.id
    assert revoked.revoked_at is not None
    assert before <= revoked.revoked_at <= now()
    for gone in (child, grandchild):
        assert (await ApiKey.get(id=gone.id)).revoked_at is not None
    for other in others:
        assert (await ApiKey.get(id=other.id)).revoked_at is None


async def test_a_key_is_revoked_once(runtime: Runtime) -> None:
    account = await an_account()
    key = await a_key(account)
    first = await api_keys.revoke(runtime, viewer_of(account), key.id)
    again = await api_keys.revoke(runtime, viewer_of(account), key.id)
    assert again.revoked_at == first.revoked_at


async def test_a_key_may_revoke_itself(runtime: Runtime) -> None:
    account = await an_account()
    key = await a_key(account)
    assert (await api_keys.revoke(runtime, viewer_of(account, key), key.id)).revoked_at is not None


async def test_a_lesser_key_revokes_what_it_made_and_no_other_of_its_account(runtime: Runtime) -> None:
    account = await an_account(role=Role.ADMIN)
    key = await a_key(account, role=Role.ANALYST)
    child = await a_key(account, made_by=key.id)
    grandchild = await a_key(account, made_by=child.id)
    other = await a_key(account)
    by_key = viewer_of(account, key)

    with pytest.raises(Conflict, match="sign in to revoke this one"):
        await api_keys.revoke(runtime, by_key, other.id)
    assert (await ApiKey.get(id=other.id)).revoked_at is None
    assert (await api_keys.revoke(runtime, by_key, grandchild.id)).revoked_at is not None
    assert (await api_keys.revoke(runtime, by_key, child.id)).revoked_at is not None
    assert (await api_keys.revoke(runtime, viewer_of(account), other.id)).revoked_at is not None


@pytest.mark.parametrize("role", [Role.USER, Role.ANALYST])
async def test_another_s_key_is_no_key(runtime: Runtime, role: Role) -> None:
    key = await a_key(await an_account())
    viewer = viewer_of(await an_account(role=role))
    told = []
    for wanted in (key.id, uuid4(), None):
        with pytest.raises(NotFound) as caught:
            await api_keys.revoke(runtime, viewer, wanted)
        told.append((caught.value.message, caught.value.path))
    # Not even the words tell one from the other.
    assert len(set(told)) == 1
    assert (await ApiKey.get(id=key.id)).revoked_at is None


async def test_an_administrator_revokes_anybody_s_key_but_not_by_a_lesser_key(runtime: Runtime) -> None:
    key = await a_key(await an_account())
    admin = await an_account(role=Role.ADMIN)
    with pytest.raises(NotFound):
        await api_keys.revoke(runtime, viewer_of(admin, await a_key(admin, role=Role.ANALYST)), key.id)
    assert (await ApiKey.get(id=key.id)).revoked_at is None
    assert (await api_keys.revoke(runtime, viewer_of(admin), key.id)).revoked_at is not None


async def test_whoever_holds_a_connection_by_a_key_is_told_at_once_that_it_ended(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody looks without being told.
    monkeypatch.setattr(endings, "POLL_SECONDS", 3_600.0)
    account = await an_account()
    key = await a_key(account)
    made, _ = await api_keys.create(viewer_of(account, key), asked())
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for held in (key, made):
            group.create_task(runtime.endings.wait(viewer_of(account, held)))
        await api_keys.revoke(runtime, viewer_of(account), key.id)


async def test_keys_are_listed_newest_first_to_their_account_and_to_administrators(runtime: Runtime) -> None:
    mine, other, admin = await an_account(), await an_account(), await an_account(role=Role.ADMIN)
    first = await a_key(mine, revoked_at=now())
    second = await a_key(other)
    third = await a_key(mine, expires_at=now() - SOON)

    async def seen(account: Account, key: ApiKey | None = None) -> list[ApiKey]:
        return list(await api_keys.visible_to(viewer_of(account, key)))

    assert await seen(mine) == [third, first]
    assert await seen(other) == [second]
    assert await seen(admin) == [third, second, first]
    assert (await seen(mine))[1].revoked_at is not None
    lesser = await a_key(admin, role=Role.USER)
    assert await seen(admin, lesser) == [lesser]


async def test_a_program_gets_an_account_of_its_own(runtime: Runtime) -> None:
    expires_at = now() + SOON
    key, token = await api_keys.create_service(" Nightly ", Role.ANALYST, expires_at, "5/minute")
    kept = await ApiKey.get(id=key.id).select_related("account")
    account = kept.account
    assert (account.kind, account.role, account.active) == (AccountKind.SERVICE, Role.ANALYST, True)
    assert re.fullmatch("service:[0-9a-f]{8}", account.username)
    assert (account.username_key, account.name) == (account.username, "Nightly")
    assert (account.password_hash, account.email) == (None, None)
    assert (kept.name, kept.role, kept.rate_limit) == ("Nightly", Role.ANALYST, "5/minute")
    assert (kept.expires_at, kept.made_by) == (expires_at, None)
    assert kept.token_hash == sha256(token.encode()).hexdigest()
    again, _ = await api_keys.create_service("Nightly", Role.ADMIN)
    assert again.account_id != kept.account_id
    assert (again.expires_at, again.rate_limit) == (None, None)


async def test_a_program_s_account_that_is_refused_is_not_made(runtime: Runtime) -> None:
    with pytest.raises(Refused) as caught:
        await api_keys.create_service("", Role.USER, now() - SOON, "often")
    assert len(caught.value.exceptions) == 3
    assert (await Account.all().count(), await ApiKey.all().count()) == (0, 0)
