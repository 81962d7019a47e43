"""The door of the server: real accounts, keys and limits, on either database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from graphql import GraphQLFormattedError
from starlette.requests import HTTPConnection
from structlog.testing import capture_logs
from tortoise import connections
from tortoise.backends.base.executor import EXECUTOR_CACHE

from domain.models import Account, ApiKey, AuditEvent, RateWindow, Session
from domain.services import api_keys, sessions
from domain.services.identities import now
from domain.services.runtime import Runtime, opened
from domain.settings import load
from domain.terms.access import Caller, Denial, Role, ViewerKind
from domain.terms.administration import KeyRequest
from domain.terms.auditing import AuditOutcome
from graph.resolving.errors import Rejected, presented
from graph.serving.documents import Documents
from graph.serving.guarding import AccountGuard
from tests.domain.services.conftest import migrated
from tests.domain.services.people import a_person, signed_in, viewer_of
from tests.graph.serving.small_schema import SCHEMA
from tests.servers.databases import Fill

Opened: TypeAlias = Callable[..., AbstractAsyncContextManager[tuple[AccountGuard, Runtime]]]


@pytest.fixture(scope="session")
def fill_database() -> Fill:
    """Give every test a database that is up to date."""
    return migrated


@pytest.fixture
def guarded(database_url: str, tmp_path: Path) -> Opened:
    """Open a guard with these settings."""

    @asynccontextmanager
    async def opened_with(**settings: object) -> AsyncIterator[tuple[AccountGuard, Runtime]]:
        EXECUTOR_CACHE.clear()
        read = load(data_dir=tmp_path / "data", database_url=database_url, **settings)
        async with opened(read) as runtime:
            yield AccountGuard(SCHEMA._schema, lambda: runtime), runtime
        EXECUTOR_CACHE.clear()

    return opened_with


def connection(**headers: str) -> HTTPConnection:
    """A request with these headers; an underscore in a name is a hyphen."""
    written = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection(
        {"type": "http", "headers": written, "client": ("192.0.2.7", 50_000), "state": {}, "path": "/graphql"}
    )


def caller_of(account: Account) -> Caller:
    return Caller(viewer_of(account), None, "192.0.2.7", "trace-1")


async def admit(guard: AccountGuard, caller: Caller, text: str, cost: int = 1) -> None:
    document = Documents(SCHEMA._schema, load()).read(text)
    await guard.admit(caller, document, document.operation(None), {}, cost)


def told(caught: Any) -> list[GraphQLFormattedError]:
    """What a client is told of a rejection."""
    return presented(caught.value.errors)


def code(caught: Any) -> str:
    return str(told(caught)[0]["extensions"]["code"])


async def break_table(model: Any) -> None:
    """Have the database fail for what is in this table."""
    table = model._meta.db_table
    await connections.get("default").execute_script(f'ALTER TABLE "{table}" RENAME TO "{table}_away"')


async def test_a_caller_is_known_by_its_session_or_its_key_wherever_it_shows_them(guarded: Opened) -> None:
    async with guarded() as (guard, runtime):
        account = await a_person(role=Role.ANALYST)
        token = (await signed_in(runtime, account)).access_token
        _, key = await api_keys.create_service("nightly", Role.USER)
        by_session = [
            await guard.identify(connection(authorization=f"Bearer {token}")),
            await guard.identify(connection(x_api_key=token)),
            await guard.identify(connection(), {"authorization": f"bearer {token}"}),
            await guard.identify(connection(x_api_key=key), {"AUTHORIZATION": f"Bearer {token}"}),
        ]
        by_key = [
            await guard.identify(connection(x_api_key=key)),
            await guard.identify(connection(authorization=f"Bearer {key}")),
            await guard.identify(connection(), {"X-API-KEY": key}),
        ]

    assert {(each.viewer.account_id, each.viewer.role) for each in by_session if each.viewer} == {
        (account.id, Role.ANALYST)
    }
    assert {(each.viewer.name, each.viewer.kind) for each in by_key if each.viewer} == {
        ("nightly", ViewerKind.API_KEY)
    }
    assert {each.address for each in (*by_session, *by_key)} == {"192.0.2.7"}
    assert all(each.viewer and each.denial is None for each in (*by_session, *by_key))


@pytest.mark.parametrize(
    ("headers", "denial"),
    [
        ({}, None),
        ({"authorization": "Bearer nonsense"}, Denial.INVALID),
        ({"authorization": "Basic YTpi"}, Denial.INVALID),
        ({"x_api_key": "sg_12345678_nonsense"}, Denial.INVALID),
    ],
)
async def test_a_caller_that_shows_nothing_or_what_does_not_hold_is_one_too(
    guarded: Opened, headers: dict[str, str], denial: Denial | None
) -> None:
    async with guarded() as (guard, _):
        caller = await guard.identify(connection(**headers))

    assert (caller.viewer, caller.denial, caller.address) == (None, denial, "192.0.2.7")


async def test_a_caller_may_ask_as_often_as_allowed_and_the_audit_has_it_once(guarded: Opened) -> None:
    async with guarded(rate_limit="2/hour") as (guard, _):
        hasty, other = caller_of(await a_person("hasty")), caller_of(await a_person("other"))
        await guard.count(hasty)
        await guard.count(hasty)
        for _ in range(3):
            with pytest.raises(Rejected) as caught:
                await guard.count(hasty)
            (error,) = told(caught)
            assert error["extensions"]["code"] == "RATE_LIMITED"
            assert 3_500 < error["extensions"]["retryAfter"] <= 3_600
            assert "SEGMENTGRAPH_RATE_LIMIT" in error["message"]
        await guard.count(other)
        events = await AuditEvent.all()

    assert [(each.action, each.outcome, each.code, each.actor_id) for each in events] == [
        ("request", AuditOutcome.DENIED, "RATE_LIMITED", hasty.viewer and hasty.viewer.account_id)
    ]


async def test_a_key_may_have_a_limit_of_its_own(guarded: Opened) -> None:
    async with guarded(rate_limit="1/hour") as (guard, _runtime):
        _, key = await api_keys.create_service("nightly", Role.USER, rate_limit="3/hour")
        caller = await guard.identify(connection(x_api_key=key))
        for _ in range(3):
            await guard.count(caller)
        with pytest.raises(Rejected):
            await guard.count(caller)


async def test_who_is_signed_out_is_counted_by_address(guarded: Opened) -> None:
    async with guarded(rate_limit="1/hour") as (guard, _):
        await guard.count(Caller(address="192.0.2.1"))
        await guard.count(Caller(address="192.0.2.2"))
        with pytest.raises(Rejected):
            await guard.count(Caller(None, Denial.INVALID, "192.0.2.1"))


async def test_an_operation_that_a_role_does_not_allow_is_refused_and_written_down(guarded: Opened) -> None:
    async with guarded(cost_limit="10/hour") as (guard, _):
        caller = caller_of(await a_person())
        with pytest.raises(Rejected) as caught:
            await admit(guard, caller, "{ membersOnly whatever: secret }", cost=10)
        events = await AuditEvent.all()
        # What was refused has cost nothing.
        await admit(guard, caller, "{ membersOnly }", cost=10)

    assert code(caught) == "FORBIDDEN"
    (event,) = events
    assert (event.action, event.outcome, event.code) == ("secret", AuditOutcome.DENIED, "FORBIDDEN")
    assert (event.actor_id, event.address, event.request_id) == (
        caller.viewer and caller.viewer.account_id,
        "192.0.2.7",
        "trace-1",
    )


async def test_who_is_signed_out_is_refused_and_that_is_written_down_without_a_name(guarded: Opened) -> None:
    async with guarded() as (guard, _):
        with pytest.raises(Rejected) as caught:
            await admit(guard, Caller(None, Denial.EXPIRED, "192.0.2.7"), "{ membersOnly }")
        (event,) = await AuditEvent.all()

    assert told(caught)[0]["extensions"] == {"code": "UNAUTHENTICATED", "reason": "EXPIRED"}
    assert (event.action, event.code, event.actor_id, event.actor_name) == (
        "membersOnly",
        "UNAUTHENTICATED",
        None,
        None,
    )


async def test_the_values_that_a_caller_may_ask_for_are_counted_over_its_operations(guarded: Opened) -> None:
    async with guarded(cost_limit="100/hour") as (guard, _):
        caller = caller_of(await a_person())
        await admit(guard, caller, "{ hello }", cost=60)
        with pytest.raises(Rejected) as caught:
            await admit(guard, caller, "{ hello }", cost=41)
        await admit(guard, caller, "{ hello }", cost=40)

    assert code(caught) == "RATE_LIMITED"


async def test_a_caller_has_so_many_uploads_at_once_and_no_more(guarded: Opened) -> None:
    async with guarded(max_concurrent_uploads=2) as (guard, _):
        caller, other = caller_of(await a_person("one")), caller_of(await a_person("other"))
        async with guard.uploading(caller):
            with suppress(ZeroDivisionError):
                async with guard.uploading(caller):
                    with pytest.raises(Rejected) as caught:
                        async with guard.uploading(caller):
                            pytest.fail("it is one too many")
                    async with guard.uploading(other):
                        pass
                    raise ZeroDivisionError
            async with guard.uploading(caller):
                pass

    (error,) = told(caught)
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 5}
    assert "SEGMENTGRAPH_MAX_CONCURRENT_UPLOADS" in error["message"]


async def test_a_caller_has_so_many_uploads_in_a_while_however_many_come_at_a_time(guarded: Opened) -> None:
    async with guarded(upload_limit="5/hour") as (guard, _):
        caller = caller_of(await a_person())
        await guard.count_uploads(caller, 3)
        with pytest.raises(Rejected) as caught:
            await guard.count_uploads(caller, 3)
        # What was refused has used nothing.
        await guard.count_uploads(caller, 2)
        with pytest.raises(Rejected) as never:
            await guard.count_uploads(caller, 6)

    (error,) = told(caught)
    assert "SEGMENTGRAPH_UPLOAD_LIMIT" in error["message"]
    assert error["extensions"]["retryAfter"] > 3_500
    assert told(never)[0]["extensions"] == {"code": "RATE_LIMITED"}


async def test_the_audit_has_each_limit_that_a_caller_is_over_once_a_window(guarded: Opened) -> None:
    settings = {"rate_limit": "1/hour", "upload_limit": "1/hour", "cost_limit": "1/hour"}
    async with guarded(**settings, max_subscriptions=1, max_concurrent_uploads=1) as (guard, _):
        caller, other = caller_of(await a_person("one")), caller_of(await a_person("other"))
        async with guard.subscribing(caller), guard.uploading(caller):
            for _ in range(3):
                for taken in (guard.count(caller), guard.count_uploads(caller, 1)):
                    with suppress(Rejected):
                        await taken
                for held in (guard.subscribing(caller), guard.uploading(caller)):
                    with pytest.raises(Rejected):
                        await held.__aenter__()
                await guard.over(caller, "operations on a connection")
                with suppress(Rejected):
                    await admit(guard, caller, "{ hello }", cost=1)
        await guard.over(other, "operations on a connection")
        events = await AuditEvent.all()

    assert {(each.action, each.outcome, each.code) for each in events} == {
        ("request", AuditOutcome.DENIED, "RATE_LIMITED")
    }
    by: list[object] = [each.actor_id for each in events]
    assert [by.count(each.viewer and each.viewer.account_id) for each in (caller, other)] == [6, 1]


async def test_what_a_transport_refuses_is_written_down_each_time(guarded: Opened) -> None:
    async with guarded() as (guard, _):
        caller = caller_of(await a_person())
        for _ in range(2):
            await guard.refused(caller, "uploadDataset", "UNAUTHENTICATED")
        events = await AuditEvent.all()

    assert [(each.action, each.outcome, each.code, each.actor_id) for each in events] == [
        ("uploadDataset", AuditOutcome.DENIED, "UNAUTHENTICATED", caller.viewer and caller.viewer.account_id)
    ] * 2


async def test_subscriptions_are_held_by_caller_until_they_end(guarded: Opened) -> None:
    async with guarded(max_subscriptions=2) as (guard, _):
        caller, other = caller_of(await a_person("one")), caller_of(await a_person("other"))
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(guard.subscribing(caller))
            with pytest.raises(Rejected) as caught:
                async with guard.subscribing(caller):
                    pytest.fail("it is one too many")
            async with guard.subscribing(other):
                pass
        async with guard.subscribing(caller):
            pass

    assert code(caught) == "RATE_LIMITED"
    assert "SEGMENTGRAPH_MAX_SUBSCRIPTIONS" in told(caught)[0]["message"]


async def test_what_a_viewer_has_shown_ends_with_its_session(guarded: Opened) -> None:
    async with guarded() as (guard, runtime):
        token = (await signed_in(runtime, await a_person())).access_token
        caller = await guard.identify(connection(authorization=f"Bearer {token}"))
        viewer: Any = caller.viewer
        waiting = asyncio.create_task(guard.until_ended(viewer))
        await sessions.sign_out(runtime, viewer, None, everywhere=False)
        async with asyncio.timeout(20):
            assert await waiting is Denial.ENDED
        after = await guard.identify(connection(authorization=f"Bearer {token}"))

    assert (after.viewer, after.denial) == (None, Denial.ENDED)


async def test_what_was_shown_still_holds_until_somebody_ends_it(guarded: Opened) -> None:
    async with guarded() as (guard, runtime):
        account = await a_person(role=Role.ANALYST)
        token = (await signed_in(runtime, account)).access_token
        caller = await guard.identify(connection(authorization=f"Bearer {token}"))
        viewer: Any = caller.viewer
        expired = replace(viewer, expires_at=now() - timedelta(hours=1))
        assert await guard.still_holds(expired)
        await sessions.sign_out(runtime, viewer, None, everywhere=False)
        assert not await guard.still_holds(expired)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Account, {"active": False}),
        (Account, {"role": Role.USER}),
        (Account, {"role": Role.ADMIN}),
        (Session, {"ended_at": now()}),
        (ApiKey, {"revoked_at": now()}),
        (ApiKey, {"role": Role.USER}),
    ],
)
async def test_what_was_shown_holds_no_longer_once_it_is_another(
    guarded: Opened, kind: Any, change: dict[str, Any]
) -> None:
    async with guarded() as (guard, runtime):
        account = await a_person(role=Role.ANALYST)
        token = (await signed_in(runtime, account)).access_token
        _, key = await api_keys.create(viewer_of(account), KeyRequest("k", Role.ANALYST))
        shown = [connection(authorization=f"Bearer {token}"), connection(x_api_key=key)]
        viewers: list[Any] = [(await guard.identify(each)).viewer for each in shown]
        assert [await guard.still_holds(viewer) for viewer in viewers] == [True, True]
        await kind.all().update(**change)
        # A key has no more than its account, and no less where that has more.
        of_session = kind is ApiKey
        of_key = kind is Session or change == {"role": Role.ADMIN}
        assert [await guard.still_holds(viewer) for viewer in viewers] == [of_session, of_key]
        await Session.all().delete()
        await ApiKey.all().delete()
        assert [await guard.still_holds(viewer) for viewer in viewers] == [False, False]


async def test_the_audit_failing_does_not_undo_a_refusal_nor_hide_it(guarded: Opened) -> None:
    async with guarded() as (guard, _):
        caller = caller_of(await a_person())
        await break_table(AuditEvent)
        with pytest.raises(Rejected) as caught, capture_logs() as logs:
            await admit(guard, caller, "{ secret }")

    assert code(caught) == "FORBIDDEN"
    assert [(each["event"], each["action"]) for each in logs] == [
        ("the audit could not be written", "secret")
    ]


async def test_a_database_that_fails_is_a_masked_failure(guarded: Opened) -> None:
    async with guarded(limits_kept_in="database") as (guard, runtime):
        account = await a_person()
        token = (await signed_in(runtime, account)).access_token
        caller = caller_of(account)
        for model, asked in (
            (Session, lambda: guard.identify(connection(authorization=f"Bearer {token}"))),
            (RateWindow, lambda: guard.count(caller)),
        ):
            await break_table(model)
            with pytest.raises(Rejected) as caught:
                await asked()
            assert code(caught) == "INTERNAL"
            assert model._meta.db_table not in told(caught)[0]["message"]
