"""Runs programs in workers, brings their progress back, and stops them."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from contextvars import Context
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


class Unreachable(WorkerLost):
    """No worker can be had at present: the scheduler does not answer."""


ANSWER_SECONDS = 2.0
"""How long a worker may take to answer a question; one that computes in C may not answer at all."""


@dataclass
class _Performance:
    """A program under way. Its ticket may be used again, its `mark` never is: workers know it by that."""

    listener: Listener
    mark: str = field(default_factory=lambda: uuid4().hex)
    future: Any = None
    begun: bool = False
    cancel_requested: bool = False

    def release(self) -> None:
        """Let the cluster forget the outcome: it would begin anew what is lost with a worker."""
        if self.future is not None:
            self.future.release()


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
    _under_way: dict[str, _Performance] = field(default_factory=dict)
    _connected: "Client | None" = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _connecting: "asyncio.Task[Client] | None" = None
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
        entry = self._under_way[ticket] = _Performance(listener)
        try:
            await self._submit(entry, program, folder, lane)
            expected = await self._outcome(entry)
        except asyncio.CancelledError:
            # Whoever waited has gone: nobody will read what the program makes.
            self._in_background(self._abandon(entry))
            raise
        except Exception:
            entry.release()
            raise
        finally:
            if self._under_way.get(ticket) is entry:
                del self._under_way[ticket]
        entry.release()
        if expected is not None:
            raise expected

    async def _submit(self, entry: _Performance, program: str, folder: str, lane: Lane) -> None:
        client = await self._client()
        resources = await self._resources(client, lane)
        # Nothing is waited for between this look and the submission.
        if entry.cancel_requested:
            raise Canceled
        entry.future = client.submit(
            performing.perform,
            program,
            self.storage_url,
            folder,
            entry.mark,
            self._topic,
            key=f"{program}-{entry.mark}",
            pure=False,
            priority=1 if lane is Lane.QUICK else 0,
            resources=resources,
        )

    async def cancel(self, ticket: str) -> None:
        """Tell a program to stop; when it does not within the grace, restart its worker."""
        if entry := self._under_way.get(ticket):
            await self._stop(entry)

    def cancel_soon(self, ticket: str) -> None:
        """Tell a program to stop, without waiting until it has."""
        self._in_background(self.cancel(ticket))

    async def close(self) -> None:
        """End the embedded workers, or leave the cluster."""
        if self.scheduler and self._background:
            # Programs that nobody waits for any more are told to stop: the cluster lives on.
            await asyncio.wait(self._background, timeout=self.cancel_grace_seconds)
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._connecting is not None:
            await asyncio.wait([self._connecting])
        self._connected = None
        await self._stack.aclose()

    async def _client(self) -> "Client":
        if self._connected is not None and self._connected.status == "running":
            return self._connected
        if self._connecting is None or self._connecting.done():
            # In a context of its own, since it outlives whoever needs it first, and shielded
            # from that one's end: half a cluster would be nobody's.
            self._connecting = asyncio.get_running_loop().create_task(self._connect(), context=Context())
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> "Client":
        await self._stack.aclose()
        try:
            client = await cluster.connect(self._stack, self.scheduler, dict(self.workers), self.scratch)
        except OSError as away:
            raise Unreachable(f"the workers can't be reached: {away}") from away
        client.subscribe_topic(self._topic, self._hear)
        self._connected = client
        log.info("workers ready", scheduler=client.scheduler.address)
        # Dask is 100,000 objects that stay: looked through at each full collection, they
        # held the event loop for a tenth of a second.
        gc.collect()
        gc.freeze()
        self._in_background(self._warm(client))
        return client

    async def _outcome(self, entry: _Performance) -> Exception | None:
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
        for entry in self._under_way.values():
            if entry.mark == told["ticket"]:
                entry.begun = True
                entry.listener(JobProgress(told["stage"], told["fraction"], told["message"]))

    async def _resources(self, client: "Client", lane: Lane) -> dict[str, int] | None:
        """Ask for the lane, unless somebody else's cluster has no workers set apart for it."""
        if self.scheduler:
            identity = await client.scheduler.identity(n_workers=-1)
            if not any(lane.value in worker["resources"] for worker in identity["workers"].values()):
                return None
        return {lane.value: 1}

    async def _stop(self, entry: _Performance) -> None:
        entry.cancel_requested = True
        if entry.future is None or self._connected is None:
            return
        workers = await self._told_to_stop(self._connected, entry)
        if not workers:
            await entry.future.cancel()
            return
        try:
            await asyncio.wait_for(_settled(entry.future), self.cancel_grace_seconds)
        except TimeoutError:
            log.warning("a program does not stop, restarting its worker", workers=workers)
            await self._connected.restart_workers(workers, raise_for_error=False)

    async def _abandon(self, entry: _Performance) -> None:
        try:
            await self._stop(entry)
        finally:
            entry.release()

    async def _told_to_stop(self, client: "Client", entry: _Performance) -> list[str]:
        """Pass the word on, and name the worker that is at the program; none while it is queued."""
        holders = await client.processing()
        # All are told: which one gets a program that was just submitted is not known yet.
        answers = await asyncio.gather(*(_tell_to_stop(client, worker, entry.mark) for worker in holders))
        at_work = [worker for worker, answer in zip(holders, answers, strict=True) if answer]
        # Who is silent computes: at this program, if it has it and the program was ever heard of.
        silent = [worker for worker, answer in zip(holders, answers, strict=True) if answer is None]
        return at_work or [w for w in silent if entry.begun and entry.future.key in holders[w]]

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


async def _tell_to_stop(client: "Client", worker: str, mark: str) -> bool | None:
    """Learn whether the worker is at the program; None when it does not answer."""
    asked = client.run(performing.cancel, mark, workers=[worker], on_error="ignore")
    with suppress(TimeoutError):
        answers: dict[str, bool] = await asyncio.wait_for(asked, ANSWER_SECONDS)
        return answers.get(worker)
    return None


async def _settled(future: Any) -> None:
    """Wait until a future is done, in whatever way."""
    task = asyncio.ensure_future(future.result())
    # Looked at, even when nobody waits any more, so that asyncio does not report it as overlooked.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait([task])
