"""What an embedded worker process does before anything else."""

import signal
from typing import Any


async def dask_setup(worker: Any) -> None:
    """Leave Ctrl-C to the server, which is in the same terminal and ends its workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
