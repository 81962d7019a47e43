"""What is begun is carried to its end, and whoever asked hears of it first, and is canceled then."""

import asyncio

import pytest

from domain.models import Dataset
from domain.services.finishing import Finishing
from domain.services.runtime import opened
from domain.settings import Settings


async def test_the_answer_is_that_of_the_work() -> None:
    async def work() -> int:
        return 7

    finishing = Finishing()
    assert await finishing.to_its_end(work()) == 7
    await asyncio.sleep(0)
    assert finishing.under_way == set()


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise KeyError("no")

    with pytest.raises(KeyError):
        await Finishing().to_its_end(work())


async def test_who_is_canceled_has_the_answer_first_and_stops_where_it_waits() -> None:
    finishing, may_end, steps = Finishing(), asyncio.Event(), []

    async def work() -> str:
        await may_end.wait()
        return "done"

    async def ask() -> None:
        steps.append(await finishing.to_its_end(work()))
        await asyncio.sleep(0)
        steps.append("went on")

    asking = asyncio.create_task(ask())
    for _ in range(3):
        await asyncio.sleep(0)
        asking.cancel()
    await asyncio.sleep(0)
    assert not asking.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert steps == ["done"]


async def test_a_refusal_is_heard_by_who_is_canceled() -> None:
    finishing, may_end, heard = Finishing(), asyncio.Event(), []

    async def work() -> None:
        await may_end.wait()
        raise KeyError("no")

    async def ask() -> None:
        try:
            await finishing.to_its_end(work())
        except KeyError as error:
            heard.append(error)

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    asking.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(heard) == 1


async def test_a_time_limit_is_still_told_from_a_cancel() -> None:
    may_end = asyncio.Event()

    async def work() -> None:
        await may_end.wait()

    async def ask() -> None:
        async with asyncio.timeout(0):
            asyncio.get_running_loop().call_later(0.01, may_end.set)
            await Finishing().to_its_end(work())
            await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        await ask()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_closing_waits_for_the_work_and_for_what_a_canceled_caller_makes_of_it() -> None:
    finishing, may_end, written = Finishing(), asyncio.Event(), []

    async def work() -> str:
        await may_end.wait()
        return "done"

    async def ask() -> None:
        answer = await finishing.to_its_end(work())
        written.append(await finishing.to_its_end(write_down(answer)))

    async def write_down(answer: str) -> str:
        for _ in range(20):
            await asyncio.sleep(0)
        return answer

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    asking.cancel()
    closing = asyncio.create_task(finishing.close(60))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not closing.done()
    may_end.set()
    await closing
    assert written == ["done"]
    assert asking.done()


async def test_closing_breaks_off_what_takes_too_long() -> None:
    finishing, ended = Finishing(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asking = asyncio.create_task(finishing.to_its_end(work()))
    await asyncio.sleep(0)
    await finishing.close(0)
    assert ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_closing_with_nothing_under_way_is_done_at_once() -> None:
    await Finishing().close(0)


async def test_a_runtime_that_closes_waits_while_it_still_has_its_database(settings: Settings) -> None:
    async def work() -> int:
        for _ in range(20):
            await asyncio.sleep(0)
        return await Dataset.all().count()

    async def ask() -> None:
        counted.append(await runtime.finishing.to_its_end(work()))

    counted: list[int] = []
    async with opened(settings) as runtime:
        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert counted == [0]
    assert runtime.finishing.under_way == set()
