"""Claims queued jobs, drives them, and takes over what a dead process left behind.

The database is what remembers: a job is claimed by a write that only one process
can make, kept by beats, and taken over when they stay away for longer than the lease.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from tortoise.exceptions import BaseORMException
from tortoise.expressions import F, Q

from domain.engine.engine import WorkerLost
from domain.errors import Canceled, DomainError, NotFound, Refused
from domain.models import Job
from domain.services import datasets, trainings
from domain.services.identities import now
from domain.services.runtime import TRAIN_PROGRAM, Runtime
from domain.terms.jobs import JobFailureCode, JobKind, JobProgress, JobStatus, Lane

log = structlog.get_logger(__name__)

PROGRESS_SECONDS = 0.1
"""The shortest time between two writes of one job's progress."""


@dataclass(frozen=True)
class _Work:
    """What is to be done for a kind of job: before the worker, in it, and after."""

    prepare: Callable[[Runtime, Job], Awaitable[str]]
    program: str
    publish: Callable[[Runtime, Job], Awaitable[None]]
    lane: Lane


_WORK = {JobKind.TRAIN: _Work(trainings.prepare, TRAIN_PROGRAM, trainings.publish, Lane.HEAVY)}


@dataclass
class Supervisor:
    """Drives the durable jobs of this process."""

    runtime: Runtime
    _drives: dict[UUID, "asyncio.Task[None]"] = field(default_factory=dict)
    _cancels: dict[UUID, "asyncio.Task[None]"] = field(default_factory=dict)

    @property
    def lease(self) -> float:
        """How long a job may be silent, in seconds."""
        return self.runtime.settings.job_lease_seconds

    async def supervise(self) -> None:
        """Beat, take over and claim, for ever."""
        while True:
            try:
                await self._round()
            except (BaseORMException, OSError) as error:
                # The database may be away for a while; the jobs in it are not lost.
                log.warning("can't look after the jobs", error=str(error))
            try:
                await asyncio.wait_for(self.runtime.queued.wait(), self.lease / 5)
            except TimeoutError:
                continue
            finally:
                self.runtime.queued.clear()

    async def let_go(self) -> None:
        """Stop driving; what was under way is queued again, for whoever comes next."""
        tasks = [*self._drives.values(), *self._cancels.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await Job.filter(owner=self.runtime.identity, status=JobStatus.RUNNING, kind=JobKind.TRAIN).update(
            status=JobStatus.QUEUED,
            owner=None,
            attempt=F("attempt") - 1,
            message="Waiting for a server to go on",
            version=F("version") + 1,
        )

    async def _round(self) -> None:
        await self._beat()
        await self._take_over()
        while len(self._drives) < self.runtime.settings.training_workers and (job := await self._claim()):
            drive = self._drives[job.id] = asyncio.create_task(self._drive(job))
            drive.add_done_callback(partial(self._driven, job.id))

    def _driven(self, job_id: UUID, _: "asyncio.Task[None]") -> None:
        self._drives.pop(job_id, None)
        if cancel := self._cancels.pop(job_id, None):
            cancel.cancel()
        self.runtime.queued.set()

    async def _beat(self) -> None:
        mine = Job.filter(owner=self.runtime.identity, status=JobStatus.RUNNING)
        await mine.update(beat_at=now())
        unwanted = set(await mine.filter(cancel_requested=True).values_list("id", flat=True))
        kept = set(await mine.values_list("id", flat=True))
        # Not kept: deleted, or taken over while this process was asleep.
        for job_id in self._drives.keys() & (unwanted | (self._drives.keys() - kept)):
            if job_id not in self._cancels:
                self._cancels[job_id] = asyncio.create_task(self.runtime.engine.cancel(str(job_id)))

    async def _take_over(self) -> None:
        silent = Q(beat_at__lt=now() - timedelta(seconds=self.lease)) | Q(beat_at=None)
        for job in await Job.filter(silent, status=JobStatus.RUNNING):
            if job.kind is JobKind.IMPORT:
                await self._abandon_import(job)
            elif job.cancel_requested:
                await self._end(job, JobStatus.CANCELED, "Canceled")
            elif job.attempt >= self.runtime.settings.job_attempts:
                await self._fail(job, JobFailureCode.WORKER_LOST, _worn_out(job))
            else:
                await self._requeue(job, "The process that drove this run died; trying again")

    async def _abandon_import(self, job: Job) -> None:
        # Whoever waited for the answer has lost the connection, and will upload again.
        # Owned first: an importer that was only asleep then finds that it lost the job.
        silent = Job.filter(id=job.id, owner=job.owner, beat_at=job.beat_at)
        if await silent.update(owner=self.runtime.identity, beat_at=now()):
            log.warning("clearing away an import that was broken off", job=str(job.id))
            await datasets.abandon(self.runtime, job.id)

    async def _claim(self) -> Job | None:
        queued = await Job.filter(status=JobStatus.QUEUED, kind__in=list(_WORK)).order_by("id").first()
        if queued is None:
            return None
        claimed = await Job.filter(id=queued.id, status=JobStatus.QUEUED).update(
            status=JobStatus.RUNNING,
            owner=self.runtime.identity,
            attempt=F("attempt") + 1,
            beat_at=now(),
            started_at=queued.started_at or now(),
            version=F("version") + 1,
        )
        # Nothing claimed: another process was faster. The next round looks again.
        return await Job.get_or_none(id=queued.id) if claimed else None

    async def _drive(self, job: Job) -> None:
        """See a job through to one of its ends."""
        work = _WORK[job.kind]
        try:
            async with self._telling(job) as listener:
                folder = await work.prepare(self.runtime, job)
                await self.runtime.engine.run(
                    work.program, folder, lane=work.lane, ticket=str(job.id), listener=listener
                )
            await work.publish(self.runtime, job)
            log.info("job done", job=str(job.id), kind=job.kind)
        except Canceled:
            await self._end(job, JobStatus.CANCELED, "Canceled")
        except WorkerLost:
            await self._lost(job)
        except NotFound as gone:
            log.info("job is gone", job=str(job.id), reason=gone.message)
        except (DomainError, Refused) as refusal:
            await self._fail(job, *_told(refusal))
        except Exception:
            log.exception("job failed", job=str(job.id), kind=job.kind)
            await self._fail(
                job, JobFailureCode.INTERNAL, f"something went wrong on our side; quote job {job.id}"
            )
        finally:
            self.runtime.changes.tell(job.id)

    async def _lost(self, job: Job) -> None:
        if job.attempt >= self.runtime.settings.job_attempts:
            await self._fail(job, JobFailureCode.WORKER_LOST, _worn_out(job))
        else:
            await self._requeue(job, "The worker died; trying again")

    async def _requeue(self, job: Job, message: str) -> None:
        log.warning("job lost", job=str(job.id), attempt=job.attempt)
        await self._change(job, status=JobStatus.QUEUED, owner=None, message=message)
        self.runtime.queued.set()

    async def _fail(self, job: Job, code: JobFailureCode, message: str) -> None:
        await self._end(job, JobStatus.FAILED, "Failed", failure_code=code, failure_message=message)

    async def _end(self, job: Job, status: JobStatus, message: str, **values: object) -> None:
        await self._change(job, status=status, message=message, finished_at=now(), **values)

    async def _change(self, job: Job, **values: object) -> None:
        """Write the job's new state, if it still is the attempt that this is about."""
        await Job.filter(id=job.id, attempt=job.attempt, status=JobStatus.RUNNING).update(
            version=F("version") + 1, **values
        )
        self.runtime.changes.tell(job.id)

    @asynccontextmanager
    async def _telling(self, job: Job) -> AsyncIterator[Callable[[JobProgress], None]]:
        """Hand out a listener whose newest word is written down now and then."""
        newest: list[JobProgress] = []
        heard = asyncio.Event()

        def listen(progress: JobProgress) -> None:
            newest[:] = [progress]
            heard.set()

        async def write() -> None:
            while True:
                await heard.wait()
                heard.clear()
                await self._write_progress(job, newest[0])
                await asyncio.sleep(PROGRESS_SECONDS)

        writer = asyncio.create_task(write())
        try:
            yield listen
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _write_progress(self, job: Job, progress: JobProgress) -> None:
        # Never back, over retries too: a later attempt is heard again where the earlier ended.
        await Job.filter(
            id=job.id, attempt=job.attempt, status=JobStatus.RUNNING, fraction__lte=progress.fraction
        ).update(
            stage=progress.stage,
            fraction=progress.fraction,
            message=progress.message,
            version=F("version") + 1,
        )
        self.runtime.changes.tell(job.id)


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


def _worn_out(job: Job) -> str:
    return (
        f"the run was begun {job.attempt} times and its worker died each time: "
        "it may need more memory than there is"
    )


def _told(refusal: DomainError | Refused) -> tuple[JobFailureCode, str]:
    first = refusal if isinstance(refusal, DomainError) else refusal.exceptions[0]
    code = first.code.value if isinstance(first, DomainError) else "INTERNAL"
    known = code if code in JobFailureCode.__members__ else "INTERNAL"
    return JobFailureCode(known), str(first)
