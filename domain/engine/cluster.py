"""The Dask cluster: embedded worker processes, or somebody else's scheduler."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.terms.jobs import Lane

if TYPE_CHECKING:
    from distributed import Client

_CONFIG = {
    # The database counts the attempts of a job; Dask should not try again by itself.
    "distributed.scheduler.allowed-failures": 0,
    # A worker pauses and restarts by its memory; it has nothing of its own to spill.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.comm.timeouts.connect": "10s",
    # A worker's expected failures come back as values; of the rest, errors are for the log.
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "error",
}


async def connect(stack: AsyncExitStack, scheduler: str, workers: dict[Lane, int], scratch: Path) -> "Client":
    """Start the embedded cluster, or reach the one at `scheduler`; `stack` ends it.

    An embedded worker serves one lane. The import is here because it takes half a
    second, and a server that has nothing to compute should not wait for it.
    """
    import dask
    from distributed import Client

    dask.config.set(_CONFIG)
    address = scheduler or await stack.enter_async_context(_embedded(workers, scratch))
    return await stack.enter_async_context(Client(address, asynchronous=True, set_as_default=False))


def _embedded(workers: dict[Lane, int], scratch: Path) -> Any:
    from distributed import Nanny, Scheduler, SpecCluster

    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    loopback = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": None}
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
                },
            }
            for lane, count in workers.items()
            for number in range(count)
        },
        asynchronous=True,
        silence_logs=40,
        name="segmentgraph",
    )
