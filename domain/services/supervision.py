"""Claims queued jobs, has them driven, and takes over what a dead process left behind.

The database is what remembers: a job is claimed by a write that only one process
can make, kept by beats, and taken over when they stay away for longer than the lease.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from tortoise.expressions import F, Q

from domain.models import Job
from domain.services import clearing, driving, exports, imports, indexes, profile_placing, remembering
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.jobs import JobKind, JobStatus, Lane

CLEARING_SECONDS = 3_600.0
"""How often sessions, predictions and exports that are over are cleared away; first when it begins."""

log = structlog.get_logger(__name__)


@dataclass
class Supervisor:
    """Looks after the durable jobs of this process."""

    runtime: Runtime
    _drives: dict[UUID, "asyncio.Task[None]"] = field(default_factory=dict)
    _lanes: dict[UUID, Lane] = field(default_factory=dict)
    _cancels: dict[UUID, "asyncio.Task[None]"] = field(default_factory=dict)
    _cleared: float | None = None
    _clearing: "asyncio.Task[None] | None" = None
    _placing: "asyncio.Task[None] | None" = None

    @property
    def lease(self) -> float:
        """How long a job may be silent, in seconds."""
        return self.runtime.settings.job_lease_seconds

    async def supervise(self) -> None:
        """Beat, take over and claim, for ever."""
        while True:
            try:
                await self._round()
            except Exception as error:
                # The database may be away for a while, in ways that no list of exceptions
                # has all of: the jobs in it are not lost, and a next round will find them.
                log.warning("can't look after the jobs", error=f"{type(error).__name__}: {error}")
            # Not wait_for: where the event comes together with a cancel, that loses the cancel.
            with suppress(TimeoutError):
                async with asyncio.timeout(self.lease / 5):
                    await self.runtime.queued.wait()
            self.runtime.queued.clear()

    async def let_go(self) -> None:
        """Stop driving; what was under way is queued again, for whoever comes next."""
        aside = filter(None, [self._clearing, self._placing])
        tasks = [*self._drives.values(), *self._cancels.values(), *aside]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await Job.filter(
            owner=self.runtime.identity, status=JobStatus.RUNNING, kind__in=driving.KINDS
        ).update(
            status=JobStatus.QUEUED,
            owner=None,
            attempt=F("attempt") - 1,
            stage=driving.WAITING,
            message="Waiting for a server to go on",
            version=F("version") + 1,
        )

    async def _round(self) -> None:
        await self._beat()
        await self._take_over()
        for lane, workers in self._workers().items():
            # A lane at a time: what is quick never waits behind trainings that are claimed first.
            kinds = [kind for kind in driving.KINDS if driving.lane_of(kind) is lane]
            while self._driven_in(lane) < workers and (job := await self._claim(kinds)):
                self._lanes[job.id] = lane
                drive = self._drives[job.id] = asyncio.create_task(driving.drive(self.runtime, job))
                drive.add_done_callback(partial(self._driven, job.id))
        # Tasks of their own: it may be much, and beats and jobs should not wait that long.
        if self._is_clearing_due():
            self._cleared = time.monotonic()
            self._clearing = asyncio.create_task(self._clear_away())
        if self._placing is None or self._placing.done():
            self._placing = asyncio.create_task(self._place_profiles())

    def _workers(self) -> dict[Lane, int]:
        """So many jobs of each lane are driven at once."""
        settings = self.runtime.settings
        return {Lane.HEAVY: settings.training_workers, Lane.QUICK: settings.quick_workers}

    def _driven_in(self, lane: Lane) -> int:
        return sum(self._lanes.get(job_id) is lane for job_id in self._drives)

    def _is_clearing_due(self) -> bool:
        if self._clearing is not None and not self._clearing.done():
            return False
        return self._cleared is None or time.monotonic() - self._cleared >= CLEARING_SECONDS

    async def _clear_away(self) -> None:
        kinds: dict[str, Callable[[], Awaitable[int]]] = {
            "sessions": clearing.clear_sessions,
            "predictions": partial(remembering.clear_predictions, self.runtime),
            "exports": partial(exports.clear_old, self.runtime),
        }
        for what, clear in kinds.items():
            try:
                await clear()
            except Exception as error:
                # Each on its own: the others are no worse off for it, and the next time has this again.
                log.warning("can't clear away", what=what, error=f"{type(error).__name__}: {error}")

    async def _place_profiles(self) -> None:
        try:
            await profile_placing.place_again(self.runtime)
        except Exception as error:
            # As of a round: what is left the next one takes up.
            log.warning("can't place the profiles", error=f"{type(error).__name__}: {error}")

    def _driven(self, job_id: UUID, _: "asyncio.Task[None]") -> None:
        self._drives.pop(job_id, None)
        self._lanes.pop(job_id, None)
        if cancel := self._cancels.pop(job_id, None):
            cancel.cancel()
        self.runtime.queued.set()

    async def _beat(self) -> None:
        # Only what somebody here is at: a job that was let fall is taken over like a dead
        # process's, also by this one.
        alive = [*self._drives, *self.runtime.importing]
        mine = Job.filter(id__in=alive, owner=self.runtime.identity, status=JobStatus.RUNNING)
        await mine.update(beat_at=now())
        wanted = set(await mine.filter(cancel_requested=False).values_list("id", flat=True))
        # The others were canceled, deleted, or taken over while this process was asleep.
        for job_id in self._drives.keys() - wanted:
            if job_id not in self._cancels or self._cancels[job_id].done():
                self._cancels[job_id] = asyncio.create_task(self.runtime.engine.cancel(str(job_id)))

    async def _take_over(self) -> None:
        silent = Q(beat_at__lt=now() - timedelta(seconds=self.lease)) | Q(beat_at=None)
        for job in await Job.filter(silent, status=JobStatus.RUNNING):
            if job.kind is JobKind.IMPORT:
                await self._abandon_import(job)
            else:
                await driving.pick_up(self.runtime, job)

    async def _abandon_import(self, job: Job) -> None:
        # Whoever waited for the answer has lost the connection, and will upload again.
        # Owned first: an importer that was only asleep then finds that it lost the job.
        silent = Job.filter(id=job.id, owner=job.owner, beat_at=job.beat_at)
        if await silent.update(owner=None):
            log.warning("clearing away an import that was broken off", job=str(job.id))
            await indexes.clear_abandoned(self.runtime, job.id)
            await imports.abandon(self.runtime, job.id)

    async def _claim(self, kinds: Collection[JobKind] = driving.KINDS) -> Job | None:
        # Not one whose earlier drive is still ending here.
        queued = Job.filter(status=JobStatus.QUEUED, kind__in=kinds).exclude(id__in=[*self._drives])
        job = await queued.order_by("id").first()
        if job is None:
            return None
        claimed = await Job.filter(id=job.id, status=JobStatus.QUEUED).update(
            status=JobStatus.RUNNING,
            owner=self.runtime.identity,
            attempt=F("attempt") + 1,
            beat_at=now(),
            started_at=job.started_at or now(),
            version=F("version") + 1,
        )
        # Nothing claimed: another process was faster. The next round looks again.
        return await Job.get_or_none(id=job.id) if claimed else None


@asynccontextmanager
async def supervised(runtime: Runtime) -> AsyncIterator[Supervisor]:
    """Look after the jobs for as long as the server runs."""
    supervisor = Supervisor(runtime)
    task = asyncio.create_task(supervisor.supervise())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await supervisor.let_go()
