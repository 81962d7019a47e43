"""Tells those who watch a job that there is news of it, whichever process it comes from."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from domain.models import Job

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5


@dataclass
class Changes:
    """Wakes watchers at once for what this process did, and within a poll for what another did.

    One query a poll serves all watchers of this process; none is made while nobody watches.
    """

    _watchers: dict[UUID, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    _seen: dict[UUID, int | None] = field(default_factory=dict)
    _poller: "asyncio.Task[None] | None" = None

    def tell(self, job_id: UUID) -> None:
        """Wake everybody who watches this job."""
        for event in self._watchers.get(job_id, ()):
            event.set()

    @asynccontextmanager
    async def watching(self, job_id: UUID) -> AsyncIterator[asyncio.Event]:
        """Hold an event that is set whenever there may be news of the job."""
        event = asyncio.Event()
        self._watchers[job_id].add(event)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            yield event
        finally:
            self._watchers[job_id].discard(event)
            if not self._watchers[job_id]:
                del self._watchers[job_id]
                self._seen.pop(job_id, None)

    async def close(self) -> None:
        """Stop polling."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)

    async def _poll(self) -> None:
        while self._watchers:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look()
            except Exception as error:
                # The database may be back at the next poll, and the watchers still there.
                log.warning("can't look for news", error=f"{type(error).__name__}: {error}")

    async def _look(self) -> None:
        watched = list(self._watchers)
        versions = dict(await Job.filter(id__in=watched).values_list("id", "version"))
        for job_id in watched:
            # A job that was deleted has no version any more, which is news as well.
            if self._seen.get(job_id, -1) != versions.get(job_id):
                self._seen[job_id] = versions.get(job_id)
                self.tell(job_id)
