"""Tells those who hold a connection open that they may no longer, whichever process ended it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from domain.models import ApiKey, Session
from domain.terms.access import Role, Viewer

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0


@dataclass(eq=False)
class _Waiter:
    viewer: Viewer
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Endings:
    """Wakes those whose session, key or account ends: at once if this process did it, else within a poll.

    Two queries a poll serve all who wait; none is made while nobody waits.
    """

    _waiting: dict[UUID, set[_Waiter]] = field(default_factory=lambda: defaultdict(set))
    _due: set[_Waiter] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _poller: "asyncio.Task[None] | None" = None

    def tell(self, account_id: UUID) -> None:
        """Look at once at who waits as this account. After the transaction: before, it shows nothing."""
        self._look_soon_at(self._waiting.get(account_id, ()))

    async def wait(self, viewer: Viewer) -> None:
        """Wait until the viewer's session, key or account ends, or its role is another one."""
        waiter = _Waiter(viewer)
        self._waiting[viewer.account_id].add(waiter)
        # It may have ended since the viewer was identified.
        self._look_soon_at([waiter])
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            await waiter.ended.wait()
        finally:
            self._due.discard(waiter)
            self._waiting[viewer.account_id].discard(waiter)
            if not self._waiting[viewer.account_id]:
                del self._waiting[viewer.account_id]

    async def close(self) -> None:
        """Stop polling."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)

    def _look_soon_at(self, waiters: Iterable[_Waiter]) -> None:
        self._due.update(waiters)
        if self._due:
            self._news.set()

    async def _poll(self) -> None:
        clock = asyncio.get_running_loop().time
        next_round = clock() + POLL_SECONDS
        while self._waiting:
            try:
                async with asyncio.timeout_at(next_round):
                    await self._news.wait()
            except TimeoutError:
                self._due.update(waiter for waiters in self._waiting.values() for waiter in waiters)
                next_round = clock() + POLL_SECONDS
            due = list(self._due)
            self._due.clear()
            self._news.clear()
            try:
                await _look(due)
            except Exception as error:
                # The database may be back at the next poll, and those who wait still there.
                log.warning("can't look for what ended", error=f"{type(error).__name__}: {error}")


async def _look(waiters: list[_Waiter]) -> None:
    session_ids = {waiter.viewer.session_id for waiter in waiters if waiter.viewer.session_id}
    key_ids = {waiter.viewer.key_id for waiter in waiters if waiter.viewer.key_id}
    roles: dict[UUID | None, Role] = {}
    if session_ids:
        sessions = Session.filter(id__in=session_ids, ended_at=None, account__active=True)
        roles.update(dict(await sessions.values_list("id", "account__role")))
    if key_ids:
        keys = ApiKey.filter(id__in=key_ids, revoked_at=None, account__active=True)
        for key, role, of_account in await keys.values_list("id", "role", "account__role"):
            roles[key] = role.at_most(of_account)
    for waiter in waiters:
        if roles.get(waiter.viewer.key_id or waiter.viewer.session_id) != waiter.viewer.role:
            waiter.ended.set()
