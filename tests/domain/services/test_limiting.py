"""What callers may still do is counted exactly, by one server or by several."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from domain.errors import TooOften
from domain.models import RateWindow
from domain.services import windows
from domain.services.limiting import Limiter
from domain.services.runtime import Runtime
from domain.services.windows import WindowsInMemory
from domain.settings import load
from domain.terms.limiting import Limit

START = 1_800_000_000.25


@dataclass
class Clock:
    """The time that the machine tells."""

    now: float = START

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that goes on when it is told to; what counts seconds for itself is not touched."""
    stopped = Clock()
    monkeypatch.setattr(time, "time", stopped.time)
    return stopped


@pytest.fixture(params=["memory", "database"])
def limiter(request: pytest.FixtureRequest, runtime: Runtime) -> Limiter:
    """Counts in this process, and then in the database."""
    return limiter_of(runtime, limits_kept_in=request.param)


def limiter_of(runtime: Runtime, **limits: object) -> Limiter:
    """A limiter of another server on the same database, with small limits."""
    small: dict[str, object] = {
        "rate_limit": "60/minute",
        "cost_limit": "100/minute",
        "upload_limit": "3/hour",
        "sign_in_limit": "2/5 minutes",
    }
    settings = runtime.settings
    return Limiter(
        load(data_dir=settings.data_dir, database_url=settings.database_url, **{**small, **limits})
    )


async def refusal(
    limiter: Limiter, limit: Limit, who: str, amount: int = 1, rate: str | None = None
) -> TooOften:
    with pytest.raises(TooOften) as refused:
        await limiter.take(limit, who, amount, rate)
    return refused.value


async def taken(limiter: Limiter, limit: Limit, who: str) -> bool:
    try:
        await limiter.take(limit, who)
    except TooOften:
        return False
    return True


async def test_of_two_hundred_at_once_exactly_as_many_are_let_through_as_may(limiter: Limiter) -> None:
    outcomes = await asyncio.gather(*(taken(limiter, Limit.REQUESTS, "x") for _ in range(200)))

    assert outcomes.count(True) == 60
    assert (await limiter.look(Limit.REQUESTS, "x")).remaining == 0


async def test_two_servers_on_one_database_count_together(runtime: Runtime) -> None:
    servers = [limiter_of(runtime, limits_kept_in="database") for _ in range(2)]

    outcomes = await asyncio.gather(*(taken(servers[n % 2], Limit.REQUESTS, "x") for n in range(200)))

    assert outcomes.count(True) == 60
    assert [(await server.look(Limit.REQUESTS, "x")).remaining for server in servers] == [0, 0]


async def test_limits_are_counted_where_the_settings_say(runtime: Runtime) -> None:
    for kept_in, by_database in (
        ("memory", 0),
        ("auto", 1 if runtime.settings.database_url.startswith("postgres") else 0),
        ("database", 1),
    ):
        await limiter_of(runtime, limits_kept_in=kept_in).take(Limit.REQUESTS, "x")
        assert await RateWindow.all().delete() == by_database, kept_in


async def test_what_is_left_goes_down_by_what_is_taken(limiter: Limiter, clock: Clock) -> None:
    allowances = [await limiter.take(Limit.COST, "x", amount) for amount in (30, 0, 70)]

    end = datetime.fromtimestamp(START + 60, UTC)
    assert [(each.limit, each.remaining) for each in allowances] == [
        (Limit.COST, 70),
        (Limit.COST, 70),
        (Limit.COST, 0),
    ]
    assert [each.reset_at for each in allowances] == [end] * 3


async def test_looking_uses_nothing_up(limiter: Limiter, clock: Clock) -> None:
    fresh = await limiter.look(Limit.UPLOADS, "x")
    await limiter.take(Limit.UPLOADS, "x")
    looks = [await limiter.look(Limit.UPLOADS, "x") for _ in range(5)]

    assert (fresh.remaining, fresh.reset_at) == (3, datetime.fromtimestamp(START, UTC))
    assert {(look.remaining, look.reset_at) for look in looks} == {
        (2, datetime.fromtimestamp(START + 3600, UTC))
    }


async def test_a_refused_amount_is_told_when_to_come_again_and_uses_nothing_up(
    limiter: Limiter, clock: Clock
) -> None:
    await limiter.take(Limit.COST, "x", 80)
    clock.now += 20.5

    refused = await refusal(limiter, Limit.COST, "x", 21)

    assert refused.message == (
        "Too often: the limit is 100 values asked for per minute (SEGMENTGRAPH_COST_LIMIT). "
        "Try again in 40 seconds, when they are counted anew."
    )
    assert refused.retry_after == 39.5
    assert (await limiter.take(Limit.COST, "x", 20)).remaining == 0


async def test_refused_amounts_at_once_take_no_room_from_those_that_fit(limiter: Limiter) -> None:
    await limiter.take(Limit.COST, "x", 40)

    outcomes = await asyncio.gather(
        *(limiter.take(Limit.COST, "x", amount) for amount in [61, 1] * 60), return_exceptions=True
    )

    assert [isinstance(each, TooOften) for each in outcomes] == [True, False] * 60


async def test_an_amount_over_the_whole_limit_is_refused_for_good(limiter: Limiter) -> None:
    refused = await refusal(limiter, Limit.COST, "x", 101)

    assert refused.message == (
        "Too much at once, now and later: the limit is 100 values asked for per minute "
        "(SEGMENTGRAPH_COST_LIMIT), and this would be 101. Do less at a time, or have the limit raised."
    )
    assert (await limiter.look(Limit.COST, "x")).remaining == 100
    assert not await RateWindow.exists()


async def test_the_limit_is_whole_again_when_its_window_ends(limiter: Limiter, clock: Clock) -> None:
    for _ in range(2):
        await limiter.take(Limit.SIGN_INS, "x")
    clock.now = START + 299.5
    refused = await refusal(limiter, Limit.SIGN_INS, "x")
    assert "2 sign-ins that fail per 5 minutes (SEGMENTGRAPH_SIGN_IN_LIMIT)" in refused.message
    assert "in 1 second," in refused.message

    clock.now = START + 300
    begun = await limiter.take(Limit.SIGN_INS, "x")

    assert (begun.remaining, begun.reset_at) == (1, datetime.fromtimestamp(START + 600, UTC))


async def test_a_window_ends_by_the_clock_of_the_wall_too(limiter: Limiter) -> None:
    for _ in range(5):
        await limiter.take(Limit.REQUESTS, "x", rate="5/second")
    deadline = time.monotonic() + 10
    tries = 1
    while not await taken_at(limiter, "5/second"):
        tries += 1
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)

    assert tries > 1
    assert (await limiter.look(Limit.REQUESTS, "x", "5/second")).remaining == 4


async def taken_at(limiter: Limiter, rate: str) -> bool:
    try:
        await limiter.take(Limit.REQUESTS, "x", rate=rate)
    except TooOften:
        return False
    return True


async def test_limits_and_callers_are_counted_apart(limiter: Limiter) -> None:
    for _ in range(3):
        await limiter.take(Limit.UPLOADS, "x")

    assert not await taken(limiter, Limit.UPLOADS, "x")
    assert await taken(limiter, Limit.UPLOADS, "y")
    assert await taken(limiter, Limit.REQUESTS, "x")


async def test_a_rate_of_ones_own_goes_before_the_setting(limiter: Limiter) -> None:
    for _ in range(2):
        await limiter.take(Limit.REQUESTS, "x", rate="2/day")

    refused = await refusal(limiter, Limit.REQUESTS, "x", rate="2/day")

    assert "the limit is 2 operations per day (of this API key)" in refused.message
    assert (await limiter.look(Limit.REQUESTS, "x", "2/day")).remaining == 0
    assert (await limiter.look(Limit.REQUESTS, "x")).remaining == 60


async def test_nothing_is_given_back(limiter: Limiter) -> None:
    await limiter.take(Limit.UPLOADS, "x")

    with pytest.raises(ValueError, match="given back"):
        await limiter.take(Limit.UPLOADS, "x", -1)

    assert (await limiter.look(Limit.UPLOADS, "x")).remaining == 2


@pytest.mark.parametrize(
    "who", ["", "x" * 100_000, "'; DROP TABLE rate_window; --", "nul\x00", "\ud800", "a/1/1/minute", "é"]
)
async def test_whoever_is_counted_is_counted_and_not_written_down(runtime: Runtime, who: str) -> None:
    limiter = limiter_of(runtime, limits_kept_in="database")

    for _ in range(3):
        await limiter.take(Limit.UPLOADS, who)
    assert not await taken(limiter, Limit.UPLOADS, who)

    (window,) = await RateWindow.all()
    assert window.amount == 3
    assert len(window.key) <= 200
    assert not who or who not in window.key


async def test_windows_that_have_ended_are_cleared_from_the_database(
    runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = limiter_of(runtime, limits_kept_in="database")
    for n in range(5):
        await limiter.take(Limit.REQUESTS, f"{n}")
    await limiter.take(Limit.UPLOADS, "x")
    clock.now += 60
    await limiter.take(Limit.REQUESTS, "x")
    assert await RateWindow.all().count() == 7

    monkeypatch.setattr(windows, "CLEARING_SECONDS", 0)
    await limiter.take(Limit.REQUESTS, "x")

    assert await RateWindow.all().count() == 2
    assert (await limiter.look(Limit.UPLOADS, "x")).remaining == 2


async def test_windows_that_have_ended_are_cleared_from_memory(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = WindowsInMemory()
    for n in range(5):
        await memory.add(f"{n}", 60, 1, 10)
    clock.now += 60
    monkeypatch.setattr(windows, "CLEARING_SECONDS", 0)

    await memory.add("x", 60, 1, 10)

    assert set(memory.storage) == set(memory.expirations) == {"x"}


async def test_memory_is_bounded_and_forgets_first_what_would_end_first(clock: Clock) -> None:
    memory = WindowsInMemory(most=100)
    for n in range(10):
        await memory.add(f"long {n}", 3600, 1, 10)

    for n in range(1_000):
        clock.now += 0.001
        await memory.add(f"{n}", 60, 1, 10)
        assert len(memory.storage) == len(memory.expirations) <= 100

    assert [await memory.get(f"long {n}") for n in range(10)] == [1] * 10
    assert await memory.get("999") == 1
    assert await memory.get("0") == 0


async def test_counting_takes_no_longer_with_many_callers() -> None:
    memory = WindowsInMemory()
    for n in range(90_000):
        await memory.add(f"{n}", 3600, 1, 10)

    started = time.perf_counter()
    for n in range(1_000):
        await memory.add(f"{n}", 3600, 1, 10)

    # Looked through each time, it would take 10 seconds.
    assert time.perf_counter() - started < 2
