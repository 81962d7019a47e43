"""Sees one attempt at a durable job through to one of its ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import structlog
from tortoise.exceptions import BaseORMException
from tortoise.expressions import F

from domain.engine.engine import WorkerLost
from domain.errors import Canceled, DomainError, NotFound, Refused
from domain.models import Job
from domain.services import dataset_predictions, trainings
from domain.services.identities import now
from domain.services.runtime import PREDICT_PROGRAM, TRAIN_PROGRAM, Runtime
from domain.terms.jobs import JobFailureCode, JobKind, JobProgress, JobStatus, Lane
from domain.terms.training import RunStage

log = structlog.get_logger(__name__)

PROGRESS_SECONDS = 0.1
"""The shortest time between two writes of one job's progress."""

WAITING = RunStage.QUEUED
"""The stage of a job that nobody is at."""


@dataclass(frozen=True)
class _Work:
    """What is to be done for a kind of job: before the worker, in it, and after."""

    prepare: Callable[[Runtime, Job], Awaitable[str]]
    program: str
    publish: Callable[[Runtime, Job], Awaitable[None]]
    lane: Lane
    noun: str


_WORK = {
    JobKind.TRAIN: _Work(trainings.prepare, TRAIN_PROGRAM, trainings.publish, Lane.HEAVY, "run"),
    JobKind.PREDICT: _Work(
        dataset_predictions.prepare,
        PREDICT_PROGRAM,
        dataset_predictions.publish,
        Lane.QUICK,
        "dataset prediction",
    ),
}

KINDS = tuple(_WORK)
"""The kinds of jobs that are queued and driven."""


def lane_of(kind: JobKind) -> Lane:
    """Tell which workers do a kind of job that is driven."""
    return _WORK[kind].lane


async def drive(runtime: Runtime, job: Job) -> None:
    """Prepare a claimed job, have it done, and publish what it brought back, or say why not."""
    try:
        await _do(runtime, job)
        log.info("job done", job=str(job.id), kind=job.kind)
    except Canceled:
        await _end(runtime, job, JobStatus.CANCELED, "Canceled")
    except (WorkerLost, asyncpg.InterfaceError, asyncpg.PostgresError, BaseORMException) as lost:
        # The worker died, or the database was away: neither is the job's fault.
        log.warning("job lost", job=str(job.id), attempt=job.attempt, reason=str(lost))
        await _try_again(runtime, job, "Interrupted; trying again")
    except NotFound as gone:
        log.info("job is gone", job=str(job.id), reason=gone.message)
    except (DomainError, Refused) as refusal:
        await _fail(runtime, job, *_told(refusal))
    except Exception:
        log.exception("job failed", job=str(job.id), kind=job.kind)
        message = f"something went wrong on our side; quote job {job.id}"
        await _fail(runtime, job, JobFailureCode.INTERNAL, message)
    finally:
        runtime.changes.tell(job.id)


async def pick_up(runtime: Runtime, job: Job) -> None:
    """Decide what becomes of a job whose driver is silent."""
    if job.cancel_requested:
        await _end(runtime, job, JobStatus.CANCELED, "Canceled")
    else:
        log.warning("job's driver is silent", job=str(job.id), attempt=job.attempt)
        noun = _WORK[job.kind].noun
        await _try_again(runtime, job, f"The process that drove this {noun} died; trying again")


async def _do(runtime: Runtime, job: Job) -> None:
    work = _WORK[job.kind]
    folder = await work.prepare(runtime, job)
    try:
        async with _telling(runtime, job) as listener:
            await _refuse_if_unwanted(runtime, job)
            await runtime.engine.run(
                work.program, folder, lane=work.lane, ticket=str(job.id), listener=listener
            )
        await work.publish(runtime, job)
    finally:
        if not await Job.exists(id=job.id):
            # Deleted meanwhile: what was written after that is nobody's.
            await asyncio.to_thread(runtime.storage.delete, folder)


async def _refuse_if_unwanted(runtime: Runtime, job: Job) -> None:
    """Look once more, now that a cancel would find the job with the engine."""
    current = await Job.get_or_none(id=job.id, owner=runtime.identity, attempt=job.attempt)
    if current is None:
        raise NotFound("the job was deleted, or is another process's by now")
    if current.cancel_requested:
        raise Canceled


async def _try_again(runtime: Runtime, job: Job, message: str) -> None:
    if job.attempt >= runtime.settings.job_attempts:
        reason = (
            f"the {_WORK[job.kind].noun} was begun {job.attempt} times and its worker died each time: "
            "it may need more memory than there is"
        )
        await _fail(runtime, job, JobFailureCode.WORKER_LOST, reason)
    else:
        await _change(runtime, job, status=JobStatus.QUEUED, owner=None, stage=WAITING, message=message)
        runtime.queued.set()


async def _fail(runtime: Runtime, job: Job, code: JobFailureCode, message: str) -> None:
    await _end(runtime, job, JobStatus.FAILED, "Failed", failure_code=code, failure_message=message)


async def _end(runtime: Runtime, job: Job, status: JobStatus, message: str, **values: object) -> None:
    await _change(runtime, job, status=status, message=message, finished_at=now(), **values)


async def _change(runtime: Runtime, job: Job, **values: object) -> None:
    """Write the job's new state, if it still is the attempt that this is about."""
    attempt = Job.filter(id=job.id, attempt=job.attempt, status=JobStatus.RUNNING)
    await attempt.update(version=F("version") + 1, **values)
    runtime.changes.tell(job.id)


@asynccontextmanager
async def _telling(runtime: Runtime, job: Job) -> AsyncIterator[Callable[[JobProgress], None]]:
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
            try:
                await _write_progress(runtime, job, newest[0])
            except Exception as error:
                # One word lost: the next one says more anyway.
                log.warning("can't write progress", job=str(job.id), error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(PROGRESS_SECONDS)

    writer = asyncio.create_task(write())
    try:
        yield listen
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


async def _write_progress(runtime: Runtime, job: Job, progress: JobProgress) -> None:
    # Never back, over retries too: a later attempt is heard again where the earlier ended.
    attempt = Job.filter(id=job.id, attempt=job.attempt, status=JobStatus.RUNNING)
    await attempt.filter(fraction__lte=progress.fraction).update(
        stage=progress.stage,
        fraction=progress.fraction,
        message=progress.message,
        version=F("version") + 1,
    )
    runtime.changes.tell(job.id)


def _told(refusal: DomainError | Refused) -> tuple[JobFailureCode, str]:
    first = refusal if isinstance(refusal, DomainError) else refusal.exceptions[0]
    code = first.code.value if isinstance(first, DomainError) else "INTERNAL"
    known = code if code in JobFailureCode.__members__ else "INTERNAL"
    return JobFailureCode(known), str(first)
