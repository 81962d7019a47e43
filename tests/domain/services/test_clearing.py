"""What signing in left behind goes when it is long over, whoever's it is."""

from datetime import timedelta

import pytest

from domain.models import RefreshToken, Session
from domain.services import clearing, supervision
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.services.supervision import Supervisor
from tests.domain.services.rows import a_refresh_token, a_session, an_account

LONG_AGO = timedelta(days=8)
LATELY = timedelta(days=6)


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


async def test_a_server_clears_at_its_start_and_then_once_in_a_while(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(runtime)
    await a_session(expires_at=now() - LONG_AGO)
    await supervisor._round()
    assert await Session.all().count() == 0

    await a_session(expires_at=now() - LONG_AGO)
    await supervisor._round()
    assert await Session.all().count() == 1
    monkeypatch.setattr(supervision, "CLEARING_SECONDS", 0.0)
    await supervisor._round()
    assert await Session.all().count() == 0
