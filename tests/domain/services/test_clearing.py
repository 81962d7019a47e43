"""What signing in left behind goes when it is long over, whoever's it is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from tortoise import Tortoise

from domain.models import Job, RefreshToken, RememberedPrediction, Session
from domain.services import clearing, supervision
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.services.supervision import Supervisor
from domain.terms.jobs import JobStatus
from tests.domain.services.rows import (
    a_job,
    a_refresh_token,
    a_remembered_prediction,
    a_run,
    a_running_job,
    a_session,
    an_account,
)

LONG_AGO = timedelta(days=8)
LATELY = timedelta(days=6)


@pytest_asyncio.fixture
async def supervisor(runtime: Runtime) -> AsyncIterator[Supervisor]:
    """One that is told when to make a round."""
    supervisor = Supervisor(runtime)
    yield supervisor
    await supervisor.let_go()


@pytest.mark.parametrize("batch", [1, 1_000])
async def test_sessions_that_are_long_over_go_with_their_tokens_and_no_others(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(clearing, "_BATCH", batch)
    kept = set()
    for account in (await an_account(), await an_account()):
        for values in ({"expires_at": now() - LONG_AGO}, {"ended_at": now() - LONG_AGO}):
            await a_refresh_token(await a_session(account, **values), used_at=now() - LONG_AGO)
        for values in ({"expires_at": now() - LATELY}, {"ended_at": now() - LATELY}, {}):
            # By its used tokens it is noticed when somebody tries what is over.
            session = await a_session(account, **values)
            await a_refresh_token(session, used_at=now() - LONG_AGO)
            kept.add(session.id)

    assert await clearing.clear_sessions() == 4
    assert {session.id for session in await Session.all()} == kept
    assert {token.session_id for token in await RefreshToken.all()} == kept
    assert await clearing.clear_sessions() == 0


async def forever() -> None:
    await asyncio.Event().wait()


async def a_round(supervisor: Supervisor) -> None:
    """Have a round made, and wait for what is cleared away beside it."""
    await supervisor._round()
    if supervisor._clearing is not None:
        await supervisor._clearing


async def test_a_server_clears_at_its_start_and_then_once_in_a_while(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, supervisor: Supervisor
) -> None:
    await a_session(expires_at=now() - LONG_AGO)
    await a_round(supervisor)
    assert await Session.all().count() == 0

    await a_session(expires_at=now() - LONG_AGO)
    await a_round(supervisor)
    assert await Session.all().count() == 1
    monkeypatch.setattr(supervision, "CLEARING_SECONDS", 0.0)
    await a_round(supervisor)
    assert await Session.all().count() == 0


async def test_rounds_go_on_while_much_is_cleared_once_at_a_time(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, supervisor: Supervisor
) -> None:
    monkeypatch.setattr(clearing, "_BATCH", 1)
    monkeypatch.setattr(supervision, "CLEARING_SECONDS", 0.0)
    account = await an_account()
    for _ in range(100):
        await a_session(account, expires_at=now() - LONG_AGO)
    job = await a_running_job(runtime.identity)
    supervisor._drives[job.id] = asyncio.create_task(forever())

    await supervisor._round()
    assert await Session.all().count() > 0
    under_way = supervisor._clearing
    await supervisor._round()
    assert await Session.all().count() > 0
    assert supervisor._clearing is under_way
    assert await Job.exists(id=job.id, beat_at__gt=job.beat_at)

    await supervisor.let_go()
    assert under_way is not None
    assert under_way.cancelled()
    await a_round(supervisor)
    assert await Session.all().count() == 0


async def test_what_cannot_be_cleared_keeps_nothing_else_from_it(
    runtime: Runtime, supervisor: Supervisor
) -> None:
    days = runtime.settings.prediction_retention_days + 1
    await a_remembered_prediction(
        await a_run(await a_job(status=JobStatus.SUCCEEDED)), predicted_at=now() - timedelta(days=days)
    )
    connection = Tortoise.get_connection("default")
    await connection.execute_script('ALTER TABLE "session" RENAME TO "elsewhere"')
    try:
        await a_round(supervisor)
        assert await RememberedPrediction.all().count() == 0
    finally:
        await connection.execute_script('ALTER TABLE "elsewhere" RENAME TO "session"')
