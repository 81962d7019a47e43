"""The Dask cluster: embedded worker processes, or somebody else's scheduler."""

import asyncio
import importlib
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.terms.jobs import Lane

if TYPE_CHECKING:
    from distributed import Client

END_SECONDS = 1.0
"""How long a worker may take to end before it is killed."""

_CONFIG = {
    # The database counts the attempts of a job; Dask should not try again by itself.
    "distributed.scheduler.allowed-failures": 0,
    # A worker pauses and restarts by its memory; it has nothing of its own to spill.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    # Nobody reads what its profiler samples a hundred times a second.
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": "10s",
    # A nanny brings its worker back, however long that takes. The cluster's own patience
    # ends for good: it would leave a lane without a worker.
    "distributed.deploy.lost-worker-timeout": "3650d",
    # Nobody needs its web pages, so there are none to be found.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # A worker's expected failures come back as values; of the rest, errors are for the log.
    "logging": {"distributed": "error"},
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "error",
    # Arrays of a batch come and go: by Dask's settings each would be asked of the system anew,
    # which costs an import a quarter of its time.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 64 * 1024**2,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 32 * 1024**2,
}


def load() -> None:
    """Configure and import Dask: half a second, which a server without jobs does not wait for."""
    import dask

    # First: what it logs is settled when it is imported.
    dask.config.set(_CONFIG)
    importlib.import_module("distributed")


async def connect(stack: AsyncExitStack, scheduler: str, workers: dict[Lane, int], scratch: Path) -> "Client":
    """Start the embedded cluster, or reach the one at `scheduler`; `stack` ends it.

    An embedded worker serves one lane.
    """
    await asyncio.to_thread(load)
    from distributed import Client

    address = scheduler or await _started(stack, _embedded(workers, scratch))
    return await stack.enter_async_context(Client(address, asynchronous=True, set_as_default=False))


async def _started(stack: AsyncExitStack, embedded: Any) -> Any:
    with _deaf_to_interrupts():
        await stack.enter_async_context(embedded)
    stack.push_async_callback(_end_workers, embedded)
    return embedded


async def _end_workers(embedded: Any) -> None:
    """Give the workers no time to finish: what they were at is known to the database, not to them."""
    nannies = embedded.workers.values()
    await asyncio.gather(*(nanny.close(timeout=END_SECONDS) for nanny in nannies), return_exceptions=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: they inherit what the thread does not listen to.

    A Ctrl-C meanwhile is not lost to the server: it waits, or another thread takes it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows starts processes in another way
        yield
        return
    # Multiprocessing would start it in between, and make the thread listen again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _embedded(workers: dict[Lane, int], scratch: Path) -> Any:
    from distributed import Nanny, Scheduler, SpecCluster

    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    loopback = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    return SpecCluster(
        scheduler={"cls": Scheduler, "options": {**loopback, "port": 0}},
        workers={
            f"{lane}-{number}": {
                "cls": Nanny,
                "options": {
                    **loopback,
                    "nthreads": 1,
                    "resources": {lane.value: 1},
                    "local_directory": str(scratch),
                    "preload": ["domain.engine.preloading"],
                    # A job computes on as many threads as its worker's share of the machine.
                    "env": {"NUMBA_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // count))},
                },
            }
            for lane, count in workers.items()
            for number in range(count)
        },
        asynchronous=True,
        silence_logs=40,
        name="segmentgraph",
    )
