"""What the tests of the engine start as processes of their own; each lives until it is told or killed."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from domain.engine.engine import Engine
from domain.storage.files import Storage
from domain.terms.jobs import Lane
from tests.domain.engine.programs import MODULE

READY = "ready:"


def scheduler() -> None:
    """Somebody else's cluster: print its address, and stay until standard input closes."""
    from distributed import LocalCluster

    options = {"protocol": "tcp://", "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **options) as cluster:
        print(READY, cluster.scheduler_address, flush=True)  # noqa: T201  # how a process tells
        sys.stdin.read()


async def server() -> None:
    """A server with embedded workers: print their process ids, and stay."""
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage.open(f"{folder}/storage")
        engine = Engine(storage.url, Path(folder, "workers"))
        pids = []
        for lane in Lane:
            await engine.run(MODULE, "writes", lane=lane)
            pids.append(storage.read_bytes("pid").decode())
        print(READY, *pids, flush=True)  # noqa: T201  # how a process tells
        await engine.run(MODULE, "listens", lane=Lane.HEAVY)


if __name__ == "__main__":
    os.environ["PYTHONWARNINGS"] = "ignore"
    scheduler() if sys.argv[1] == "scheduler" else asyncio.run(server())
