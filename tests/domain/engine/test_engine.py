"""Programs run in workers of an embedded cluster: what is heard of them, and how they are stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dask
import psutil
import pytest
import pytest_asyncio

from domain.engine import cluster
from domain.engine.engine import Engine, WorkerLost
from domain.errors import Canceled, Invalid, NotFound, Refused, UnsuitableData
from domain.storage.files import Storage
from domain.terms.jobs import JobProgress, Lane
from tests.domain.engine.programs import MODULE

SOON = 30
"""Seconds in which something has to happen, however busy the machine."""


@pytest_asyncio.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    engine = Engine(str(folder / "storage"), folder / "workers", cancel_grace_seconds=0.5)
    # Before its settings are changed for a while: a first import in between would lose its defaults.
    cluster.load()
    # Dask gives up a worker that is not back by then; an engine may not.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "0.1s"}):
        yield engine
        await engine.close()


@pytest.fixture
def storage(engine: Engine) -> Storage:
    """What the programs write into, empty."""
    storage = Storage.open(engine.storage_url)
    for name in storage.children():
        storage.delete(name)
    return storage


@dataclass
class UnderWay:
    """A program that has begun, in the process `pid`."""

    ticket: str
    task: "asyncio.Task[None]"
    pid: int = 0


@dataclass
class Ear:
    """Keeps what is heard of a program."""

    heard: list[JobProgress] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, progress: JobProgress) -> None:
        self.heard.append(progress)
        self.first.set()


@asynccontextmanager
async def begun(engine: Engine, program: str, lane: Lane) -> AsyncIterator[UnderWay]:
    """Start a program, wait until it is heard of, and end it."""
    ear = Ear()
    ticket = f"{program}-{lane}"
    task = asyncio.create_task(engine.run(MODULE, program, lane=lane, ticket=ticket, listener=ear))
    try:
        await asyncio.wait_for(ear.first.wait(), SOON)
        yield UnderWay(ticket, task, int(ear.heard[0].message))
    finally:
        await engine.cancel(ticket)
        await asyncio.gather(task, return_exceptions=True)


async def kill_worker(engine: Engine, lane: Lane) -> int:
    """Kill a worker in the middle of a program, and answer which process it was."""
    async with begun(engine, "listens", lane) as running:
        psutil.Process(running.pid).kill()
        with pytest.raises(WorkerLost):
            await asyncio.wait_for(running.task, SOON)
    return running.pid


async def worker_pid(engine: Engine, storage: Storage, lane: Lane) -> int:
    """Ask the worker of a lane which process it is."""
    await asyncio.wait_for(engine.run(MODULE, "writes", lane=lane), SOON)
    pid = int(storage.read_bytes("pid"))
    storage.delete("pid")
    return pid


async def test_the_stages_of_a_program_are_heard_in_their_order(engine: Engine) -> None:
    ear = Ear()
    await engine.run(MODULE, "counts", lane=Lane.QUICK, listener=ear)
    beginnings = [told for told in ear.heard if told.message.startswith("beginning")]
    assert beginnings == [
        JobProgress("LOADING", 0.0, "beginning loading"),
        JobProgress("CLUSTERING", 0.25, "beginning clustering"),
        JobProgress("EXPLAINING", 0.5, "beginning explaining"),
        JobProgress("SAVING", 0.75, "beginning saving"),
    ]
    fractions = [told.fraction for told in ear.heard]
    assert fractions == sorted(fractions)


async def test_an_expected_failure_arrives_as_itself(engine: Engine) -> None:
    with pytest.raises(UnsuitableData) as caught:
        await engine.run(MODULE, "refuses", lane=Lane.QUICK)
    assert caught.value.message == "no column is left to cluster by"
    assert caught.value.path == ("input", "columns")


async def test_several_expected_failures_arrive_together(engine: Engine) -> None:
    with pytest.raises(Refused) as caught:
        await engine.run(MODULE, "refuses_twice", lane=Lane.QUICK)
    told = [(type(mistake), mistake.message, mistake.path) for mistake in caught.value.exceptions]  # type: ignore[union-attr]  # no groups within
    assert told == [(Invalid, "too many", ("a",)), (NotFound, "gone", ("b", "0"))]


async def test_a_bug_in_a_program_arrives_as_the_exception_it_is(engine: Engine) -> None:
    with pytest.raises(KeyError, match=r"^'spending_score'$"):
        await engine.run(MODULE, "breaks", lane=Lane.QUICK)


async def test_a_worker_killed_is_a_worker_lost_and_the_next_program_has_a_new_one(
    engine: Engine, storage: Storage
) -> None:
    killed = await kill_worker(engine, Lane.HEAVY)
    assert await worker_pid(engine, storage, Lane.HEAVY) != killed


async def test_what_somebody_waits_for_does_not_queue_behind_a_training(
    engine: Engine, storage: Storage
) -> None:
    async with begun(engine, "listens", Lane.HEAVY) as training:
        assert await worker_pid(engine, storage, Lane.QUICK) != training.pid
        assert not training.task.done()


async def test_a_program_that_listens_is_canceled_and_its_worker_lives_on(
    engine: Engine, storage: Storage
) -> None:
    async with begun(engine, "listens", Lane.HEAVY) as running:
        await engine.cancel(running.ticket)
        with pytest.raises(Canceled):
            await running.task
    assert storage.exists("stopped")
    assert await worker_pid(engine, storage, Lane.HEAVY) == running.pid


async def test_a_program_that_is_canceled_in_the_queue_never_begins(engine: Engine, storage: Storage) -> None:
    async with begun(engine, "listens", Lane.HEAVY) as running:
        queued = asyncio.create_task(engine.run(MODULE, "writes", lane=Lane.HEAVY, ticket="queued"))
        await asyncio.sleep(0)
        await engine.cancel("queued")
        with pytest.raises(Canceled):
            await asyncio.wait_for(queued, SOON)
        assert not running.task.done()
    await engine.run(MODULE, "counts", lane=Lane.HEAVY)
    assert not storage.exists("pid")


async def test_a_ticket_that_was_canceled_once_is_good_for_another_program(engine: Engine) -> None:
    async with begun(engine, "listens", Lane.HEAVY) as running:
        pass
    ear = Ear()
    # On the other worker too, which the word to stop may have reached as well.
    for lane in Lane:
        await engine.run(MODULE, "counts", lane=lane, ticket=running.ticket, listener=ear)
    assert [told.fraction for told in ear.heard].count(0.0) == 2


async def test_a_program_that_nobody_waits_for_any_more_is_stopped_for_good(
    engine: Engine, storage: Storage
) -> None:
    async with begun(engine, "listens", Lane.HEAVY) as running:
        running.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running.task
        # Its lane is free again, and within the time that a restart would take.
        assert await worker_pid(engine, storage, Lane.HEAVY) == running.pid
    assert storage.exists("stopped")
    # A cluster does again what is lost with a worker, where somebody still wants it.
    assert await kill_worker(engine, Lane.HEAVY) == running.pid
    assert await worker_pid(engine, storage, Lane.HEAVY) != running.pid


async def test_programs_that_do_not_listen_are_stopped_by_restarting_their_workers(
    engine: Engine, storage: Storage
) -> None:
    async with begun(engine, "spins", Lane.QUICK) as spinning, begun(engine, "hogs", Lane.HEAVY) as hogging:
        stuck = [spinning, hogging]
        # The hog would sleep for a minute.
        async with asyncio.timeout(45):
            await asyncio.gather(*(engine.cancel(program.ticket) for program in stuck))
            ends = await asyncio.gather(*(program.task for program in stuck), return_exceptions=True)
    assert [type(end) for end in ends] == [Canceled, Canceled]
    assert not any(psutil.pid_exists(program.pid) for program in stuck)
    assert {await worker_pid(engine, storage, lane) for lane in Lane} & {spinning.pid, hogging.pid} == set()


async def test_canceling_an_unknown_ticket_does_nothing(engine: Engine, storage: Storage) -> None:
    async with begun(engine, "listens", Lane.HEAVY) as running:
        await engine.cancel("somebody else's")
        assert not running.task.done()
        assert await worker_pid(engine, storage, Lane.QUICK) != running.pid


async def test_closing_ends_every_process_that_was_started(engine: Engine, storage: Storage) -> None:
    workers = [psutil.Process(await worker_pid(engine, storage, lane)) for lane in Lane]
    async with begun(engine, "listens", Lane.HEAVY):
        await engine.close()
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert alive == []
