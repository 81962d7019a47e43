"""The engine beside other processes: somebody else's cluster, and workers whose server dies."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from domain.engine.engine import Engine
from domain.errors import Canceled, UnsuitableData
from domain.storage.files import Storage
from domain.terms.jobs import JobProgress, Lane
from tests.domain.engine.processes import READY
from tests.domain.engine.programs import MODULE

CHECKOUT = Path(__file__).resolve().parents[3]


@contextmanager
def process(kind: str) -> Iterator["subprocess.Popen[str]"]:
    """Start one of the processes, and end it."""
    command = [sys.executable, "-m", "tests.domain.engine.processes", kind]
    started = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a killed server's workers complain of
        text=True,
    )
    with started:
        yield started
        started.kill()


def told(started: "subprocess.Popen[str]") -> list[str]:
    """What a process tells once it is ready."""
    assert started.stdout
    return next(line for line in started.stdout if line.startswith(READY)).split()[1:]


@pytest_asyncio.fixture(scope="module")
async def cluster() -> AsyncIterator["subprocess.Popen[str]"]:
    with process("scheduler") as started:
        yield started


@pytest.fixture(scope="module")
def address(cluster: "subprocess.Popen[str]") -> str:
    return told(cluster)[0]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage.open(str(tmp_path / "storage"))


async def test_somebody_elses_cluster_runs_programs_and_is_left_running(
    cluster: "subprocess.Popen[str]", address: str, storage: Storage, tmp_path: Path
) -> None:
    engine = Engine(storage.url, tmp_path / "workers", scheduler=address)
    heard: list[JobProgress] = []
    await engine.run(MODULE, "counts", lane=Lane.HEAVY, listener=heard.append)
    await engine.run(MODULE, "writes", lane=Lane.QUICK)
    with pytest.raises(UnsuitableData, match="no column is left"):
        await engine.run(MODULE, "refuses", lane=Lane.QUICK)
    await engine.close()
    stages = dict.fromkeys(progress.stage for progress in heard)
    assert list(stages) == ["LOADING", "CLUSTERING", "EXPLAINING", "SAVING"]
    assert int(storage.read_bytes("pid")) == cluster.pid
    assert cluster.poll() is None


async def test_a_server_that_leaves_the_cluster_stops_the_program_it_waited_for(
    address: str, storage: Storage, tmp_path: Path
) -> None:
    engine = Engine(storage.url, tmp_path / "workers", scheduler=address)
    begun = asyncio.Event()
    waiting = asyncio.create_task(
        engine.run(MODULE, "listens", lane=Lane.HEAVY, listener=lambda _: begun.set())
    )
    await asyncio.wait_for(begun.wait(), 30)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await engine.close()
    assert storage.exists("stopped")


async def test_two_servers_share_a_cluster_and_hear_only_of_their_own_programs(
    address: str, storage: Storage, tmp_path: Path
) -> None:
    ours, theirs = (Engine(storage.url, tmp_path / "workers", scheduler=address) for _ in range(2))
    heard: dict[str, list[JobProgress]] = {"ours": [], "theirs": []}
    await asyncio.gather(
        ours.run(MODULE, "counts", lane=Lane.HEAVY, ticket="same", listener=heard["ours"].append),
        theirs.run(MODULE, "counts", lane=Lane.HEAVY, ticket="same", listener=heard["theirs"].append),
    )
    await ours.cancel("same")
    await asyncio.gather(ours.close(), theirs.close())
    beginnings = {name: [each.fraction for each in told_to].count(0.0) for name, told_to in heard.items()}
    assert beginnings == {"ours": 1, "theirs": 1}


async def test_a_program_canceled_while_the_cluster_is_still_being_reached_never_begins(
    address: str, storage: Storage, tmp_path: Path
) -> None:
    engine = Engine(storage.url, tmp_path / "workers", scheduler=address)
    waiting = asyncio.create_task(engine.run(MODULE, "writes", lane=Lane.HEAVY, ticket="early"))
    await asyncio.sleep(0)
    await engine.cancel("early")
    with pytest.raises(Canceled):
        await waiting
    await engine.close()
    assert not storage.exists("pid")


async def test_embedded_workers_end_when_their_server_is_killed() -> None:
    with process("server") as server:
        workers = [psutil.Process(int(pid)) for pid in told(server)]
        assert len(workers) == 2
        server.kill()
        _, alive = psutil.wait_procs(workers, timeout=20)
        assert alive == []
