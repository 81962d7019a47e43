"""Runs programs in workers, brings their progress back, and stops them."""

import asyncio
import importlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog

from domain.engine import cluster, performing
from domain.errors import Canceled
from domain.terms.jobs import JobProgress, Lane

if TYPE_CHECKING:
    from distributed import Client

log = structlog.get_logger(__name__)

Listener = Callable[[JobProgress], None]


class WorkerLost(Exception):
    """The worker died, or the cluster was lost, before the program ended."""


@dataclass
class _Ticket:
    listener: Listener
    future: Any = None
    cancel_requested: bool = False


@dataclass
class Engine:
    """Where jobs run. Knows programs by name and no job by content.

    An embedded cluster is started at the first job; `scheduler` names one that is
    there already. `warm_up` lists by lane what its workers import beforehand.
    """

    storage_url: str
    scratch: Path
    scheduler: str = ""
    workers: Mapping[Lane, int] = field(default_factory=lambda: {Lane.QUICK: 1, Lane.HEAVY: 1})
    warm_up: Mapping[Lane, tuple[str, ...]] = field(default_factory=dict)
    cancel_grace_seconds: float = 10.0
    _tickets: dict[str, _Ticket] = field(default_factory=dict)
    _connected: "Client | None" = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _topic: str = field(default_factory=lambda: f"segmentgraph-{uuid4().hex}")
    _background: set["asyncio.Task[None]"] = field(default_factory=set)

    async def run(
        self,
        program: str,
        folder: str,
        *,
        lane: Lane,
        ticket: str = "",
        listener: Listener = lambda progress: None,
    ) -> None:
        """Run `program` on the files in `folder` of the storage, to its end.

        Raises the program's own DomainError or Refused, Canceled when it was told
        to stop, WorkerLost when its worker died, and anything else as the bug it is.
        """
        ticket = ticket or uuid4().hex
        entry = self._tickets[ticket] = _Ticket(listener)
        try:
            client = await self._client()
            if entry.cancel_requested:
                raise Canceled
            entry.future = client.submit(
                performing.perform,
                program,
                self.storage_url,
                folder,
                ticket,
                self._topic,
                key=f"{program}-{uuid4().hex}",
                pure=False,
                priority=1 if lane is Lane.QUICK else 0,
                resources=await self._resources(client, lane),
            )
            expected = await self._outcome(entry)
        except asyncio.CancelledError:
            # Whoever waited has gone: nobody will read what the program makes.
            self._in_background(self.cancel(ticket))
            raise
        finally:
            self._tickets.pop(ticket, None)
        if expected is not None:
            raise expected

    async def cancel(self, ticket: str) -> None:
        """Tell a program to stop; when it does not within the grace, restart its worker."""
        entry = self._tickets.get(ticket)
        if entry is not None:
            entry.cancel_requested = True
        if entry is None or entry.future is None or self._connected is None:
            return
        await self._on_workers(performing.cancel, ticket)
        if not await self._at_work(ticket):
            await entry.future.cancel()
            return
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(_settled(entry.future), self.cancel_grace_seconds)
        if stuck := await self._at_work(ticket):
            log.warning("worker does not stop, restarting it", ticket=ticket, workers=stuck)
            await self._connected.restart_workers(stuck, raise_for_error=False)

    async def close(self) -> None:
        """End the embedded workers, or leave the cluster."""
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        async with self._connecting:
            self._connected = None
            await self._stack.aclose()

    async def _client(self) -> "Client":
        async with self._connecting:
            if self._connected is not None and self._connected.status == "running":
                return self._connected
            await self._stack.aclose()
            # Half a second of imports, which should not hold the event loop.
            await asyncio.to_thread(importlib.import_module, "distributed")
            client = await cluster.connect(self._stack, self.scheduler, dict(self.workers), self.scratch)
            client.subscribe_topic(self._topic, self._hear)
            self._connected = client
            log.info("workers ready", scheduler=client.scheduler.address)
            self._in_background(self._warm(client))
            return client

    async def _outcome(self, entry: _Ticket) -> Exception | None:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            outcome: Exception | None = await entry.future
        except (KilledWorker, FutureCancelledError) as lost:
            if entry.cancel_requested:
                raise Canceled from lost
            raise WorkerLost(str(lost)) from lost
        except asyncio.CancelledError as lost:
            # Dask's own word for a lost future, unless this very task is being canceled.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise (Canceled if entry.cancel_requested else WorkerLost) from lost
        return outcome

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        told = event[1]
        if entry := self._tickets.get(told["ticket"]):
            entry.listener(JobProgress(told["stage"], told["fraction"], told["message"]))

    async def _resources(self, client: "Client", lane: Lane) -> dict[str, int] | None:
        """Ask for the lane, unless somebody else's cluster has no workers set apart for it."""
        if self.scheduler:
            identity = await client.scheduler.identity(n_workers=-1)
            if not any(lane.value in worker["resources"] for worker in identity["workers"].values()):
                return None
        return {lane.value: 1}

    async def _on_workers(self, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        if self._connected is None:
            return {}
        answers: dict[str, Any] = await self._connected.run(function, *arguments, on_error="ignore")
        return answers

    async def _at_work(self, ticket: str) -> list[str]:
        answers = await self._on_workers(performing.is_at_work, ticket)
        return [address for address, at_work in answers.items() if at_work is True]

    async def _warm(self, client: "Client") -> None:
        if self.scheduler:
            return
        futures = [
            client.submit(performing.warm, modules, resources={lane.value: 1}, pure=False)
            for lane, modules in self.warm_up.items()
            for _ in range(self.workers[lane])
        ]
        await asyncio.gather(*(_settled(future) for future in futures))

    def _in_background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _settled(future: Any) -> None:
    """Wait until a future is done, in whatever way."""
    task = asyncio.ensure_future(future.result())
    await asyncio.wait([task])
    if not task.cancelled():
        # Looked at, so that asyncio does not report it as overlooked.
        task.exception()
