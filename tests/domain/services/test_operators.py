"""What whoever runs the server may do: it is done, it is refused, and it is written down."""

from datetime import timedelta

import pytest

from domain.errors import Conflict, Refused
from domain.models import Account, ApiKey, AuditEvent
from domain.services import api_keys, auditing, operators, passwords, tokens
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import AccountKind, Role
from domain.terms.auditing import AuditOutcome

PASSWORD = "a lark above the marsh"  # noqa: S105  # of nobody


async def written_down() -> list[tuple[str, str, str | None, str | None]]:
    events = await auditing.newest_first()
    assert all(event.address == "command line" and event.actor_id is None for event in events)
    return [(event.action, event.outcome, event.code, event.subject_kind) for event in reversed(events)]


async def counts() -> tuple[int, int]:
    return await Account.all().count(), await ApiKey.all().count()


async def test_an_administrator_has_the_password_that_is_given(runtime: Runtime) -> None:
    account, made_up = await operators.make_administrator(runtime, "Ops", PASSWORD)

    assert made_up is None
    kept = await Account.get()
    assert (kept.id, kept.username, kept.role, kept.kind, kept.active) == (
        account.id,
        "Ops",
        Role.ADMIN,
        AccountKind.PERSON,
        True,
    )
    assert await passwords.matches(kept.password_hash, PASSWORD)
    assert await written_down() == [("createAdmin", AuditOutcome.SUCCEEDED, None, "User")]
    assert (await AuditEvent.get()).subject_id == account.id


async def test_an_administrator_without_a_password_gets_one_of_its_own(runtime: Runtime) -> None:
    made = [(await operators.make_administrator(runtime, name, None))[1] for name in ("one", "other")]

    assert None not in made
    assert len(set(made)) == 2
    for name, password in zip(("one", "other"), made, strict=True):
        account = await Account.get(username=name)
        assert await passwords.matches(account.password_hash, password or "")


async def test_a_taken_name_is_refused_in_any_case_of_its_letters(runtime: Runtime) -> None:
    await operators.make_administrator(runtime, "ops", PASSWORD)
    before = await Account.get()

    with pytest.raises((Conflict, Refused)):
        await operators.make_administrator(runtime, "OPS", None)

    assert [account.password_hash for account in await Account.all()] == [before.password_hash]
    assert (await written_down())[1:] == [("createAdmin", AuditOutcome.REFUSED, "CONFLICT", None)]


async def test_a_password_that_is_guessed_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Refused):
        await operators.make_administrator(runtime, "ops", "password123")

    assert await counts() == (0, 0)
    assert await written_down() == [("createAdmin", AuditOutcome.REFUSED, "INVALID", None)]


async def test_a_programs_key_is_of_an_account_of_its_own(runtime: Runtime) -> None:
    until = now() + timedelta(days=3)

    key, token = await operators.make_key(runtime, "nightly import", Role.ANALYST, until, "600/minute")

    kept = await ApiKey.get().prefetch_related("account")
    assert kept.id == key.id
    assert kept.token_hash == tokens.digest(token)
    assert (kept.name, kept.role, kept.expires_at, kept.rate_limit) == (
        "nightly import",
        Role.ANALYST,
        until,
        "600/minute",
    )
    assert (kept.account.kind, kept.account.role) == (AccountKind.SERVICE, Role.ANALYST)
    assert await written_down() == [("createApiKey", AuditOutcome.SUCCEEDED, None, "ApiKey")]
    assert (await AuditEvent.get()).subject_id == key.id


async def test_a_key_that_cannot_be_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Refused):
        await operators.make_key(runtime, "nightly import", Role.USER, None, "often")

    assert await counts() == (0, 0)
    assert await written_down() == [("createApiKey", AuditOutcome.REFUSED, "INVALID", None)]


async def test_demonstrations_share_an_account_and_their_keys_do_not_pile_up(runtime: Runtime) -> None:
    first = await operators.lend_key(runtime)
    second = await operators.lend_key(runtime)

    assert await counts() == (1, 2)
    account = await Account.get()
    assert (account.kind, account.role) == (AccountKind.SERVICE, Role.ANALYST)
    assert {key.token_hash async for key in api_keys.living()} == {
        tokens.digest(first),
        tokens.digest(second),
    }
    async for key in ApiKey.all():
        assert key.role is Role.ANALYST
        assert key.expires_at is not None
        assert timedelta(minutes=55) < key.expires_at - now() <= timedelta(hours=1)

    await ApiKey.all().update(expires_at=now() - timedelta(seconds=1))
    third = await operators.lend_key(runtime)

    assert await counts() == (1, 1)
    assert (await ApiKey.get()).token_hash == tokens.digest(third)
    assert await written_down() == [("createApiKey", AuditOutcome.SUCCEEDED, None, "ApiKey")] * 3


async def test_a_demonstration_leaves_the_keys_of_others_alone(runtime: Runtime) -> None:
    _, token = await operators.make_key(runtime, "demo", Role.ADMIN)

    await operators.lend_key(runtime)

    assert await counts() == (2, 2)
    assert await ApiKey.filter(token_hash=tokens.digest(token), revoked_at=None).count() == 1


async def test_what_is_written_down_holds_no_password_and_no_key(runtime: Runtime) -> None:
    _, made_up = await operators.make_administrator(runtime, "ops", None)
    await operators.make_administrator(runtime, "other", PASSWORD)
    _, token = await operators.make_key(runtime, "nightly import", Role.USER)
    lent = await operators.lend_key(runtime)

    events = await auditing.newest_first().values()
    assert len(events) == 4
    for secret in (made_up, PASSWORD, token, lent):
        assert secret
        assert secret not in str(events)


async def test_a_demonstration_may_no_more_than_its_account_was_left_with(runtime: Runtime) -> None:
    await operators.lend_key(runtime)
    await Account.all().update(role=Role.USER)

    with pytest.raises(Conflict, match="has the role USER: it needs ANALYST"):
        await operators.lend_key(runtime)

    assert await counts() == (1, 1)
    assert (await Account.get()).role is Role.USER
    await Account.all().update(role=Role.ADMIN, active=False)

    with pytest.raises(Conflict, match="service:demo, is deactivated: activate it by setUserActive"):
        await operators.lend_key(runtime)

    assert await counts() == (1, 1)
    assert not (await Account.get()).active
    refused = ("createApiKey", AuditOutcome.REFUSED, "CONFLICT", None)
    assert (await written_down())[1:] == [refused] * 2
