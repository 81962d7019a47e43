"""Tells those who watch a job or a profile that there is news of it, whichever process it comes from."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from tortoise.models import Model

from domain.models import CustomerProfile, Job, TrainingComparison

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5

VERSIONS: Mapping[type[Model], str] = {
    Job: "version",
    CustomerProfile: "revision",
    # Nothing of it ever changes, but it may be deleted.
    TrainingComparison: "id",
}
"""What can be watched, and the column that changes with every change of it."""


@dataclass
class Changes:
    """Wakes watchers at once for what this process did, and within a poll for what another did.

    One query a poll and kind serves all watchers of this process; none is made while nobody watches.
    """

    _watchers: dict[UUID, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    _kinds: dict[UUID, type[Model]] = field(default_factory=dict)
    _seen: dict[UUID, object] = field(default_factory=dict)
    _poller: "asyncio.Task[None] | None" = None

    def tell(self, key: UUID) -> None:
        """Wake everybody who watches what has this id."""
        for event in self._watchers.get(key, ()):
            event.set()

    @asynccontextmanager
    async def watching(self, key: UUID, of: type[Model] = Job) -> AsyncIterator[asyncio.Event]:
        """Hold an event that is set whenever there may be news of a job, or `of` another kind."""
        event = asyncio.Event()
        self._watchers[key].add(event)
        self._kinds[key] = of
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            yield event
        finally:
            self._watchers[key].discard(event)
            if not self._watchers[key]:
                del self._watchers[key], self._kinds[key]
                self._seen.pop(key, None)

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
        for kind, column in VERSIONS.items():
            watched = [key for key, each in self._kinds.items() if each is kind]
            if not watched:
                continue
            versions = dict(await kind.filter(id__in=watched).values_list("id", column))
            for key in watched:
                # What was deleted has no version any more, which is news as well.
                if self._seen.get(key, -1) != versions.get(key):
                    self._seen[key] = versions.get(key)
                    self.tell(key)
