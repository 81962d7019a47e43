"""What happens inside a worker: a program is found by its name, run, watched and stopped."""

import importlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.errors import Canceled, DomainError, Refused
from domain.terms.jobs import Bench, JobProgress
from domain.terms.training import Watch

REPORT_SECONDS = 0.05

_canceled: set[str] = set()
"""Tickets told to stop, in this worker process."""

_current: set[str] = set()
"""Tickets at work in this worker process."""


@dataclass
class Workbench:
    """What a program is handed here: Dask's worker carries its word to the API."""

    storage_url: str
    folder: str
    ticket: str
    topic: str
    _told_at: float = field(default=0.0)
    _told: JobProgress | None = field(default=None)

    def report(self, progress: JobProgress) -> None:
        """Tell how far the job is. Raises Canceled when it was told to stop."""
        if self.ticket in _canceled:
            raise Canceled
        # Imported where it is there already: the API names this module, and starts without Dask.
        from distributed import get_worker

        now = time.monotonic()
        changed_stage = self._told is None or self._told.stage != progress.stage
        if changed_stage or now - self._told_at >= REPORT_SECONDS:
            self._told_at, self._told = now, progress
            # Of plain types exactly: Dask takes no members of enumerations, nor NumPy's numbers.
            event = {
                "ticket": self.ticket,
                "stage": str(progress.stage),
                "fraction": float(progress.fraction),
                "message": str(progress.message),
            }
            get_worker().log_event(self.topic, event)

    def watch(self, stage: str, start: float, end: float) -> Watch:
        """Map a long step's own 0..1 onto its part of the whole."""

        def watch(fraction: float, message: str) -> None:
            within = min(max(fraction, 0.0), 1.0)
            self.report(JobProgress(stage, start + (end - start) * within, message))

        return watch


Program = Callable[[Bench], None]


def perform(program: str, storage_url: str, folder: str, ticket: str, topic: str) -> Exception | None:
    """Run `program:run` in this worker.

    Expected failures are answered, not raised: they are no fault of the worker's,
    and Dask would log each as one.
    """
    run: Program = importlib.import_module(program).run
    if ticket in _canceled:
        _canceled.discard(ticket)
        return Canceled()
    _current.add(ticket)
    try:
        run(Workbench(storage_url, folder, ticket, topic))
    except (DomainError, Refused, Canceled) as expected:
        return expected
    finally:
        _current.discard(ticket)
        _canceled.discard(ticket)
    return None


def cancel(ticket: str) -> bool:
    """Make the next report of this ticket's program stop it, and tell whether it is at work now."""
    _canceled.add(ticket)
    return ticket in _current


def warm(modules: tuple[str, ...]) -> None:
    """Import what the first job would otherwise have to wait for.

    A module's `warm_up`, if it has one, goes on beside the first job: compiling takes
    seconds on a machine that is new to it, and a job waits only for what it needs of it.
    """
    for module in modules:
        warm_up = getattr(importlib.import_module(module), "warm_up", None)
        if warm_up is not None:
            threading.Thread(target=warm_up, name=f"warming up {module}", daemon=True).start()
