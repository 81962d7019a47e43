"""What waits for a worker: how much of it an account may have, and how it is watched, canceled, finished."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from tortoise.expressions import F

from domain.errors import Conflict, NotFound, TooLarge
from domain.models import ClusteringRun, DatasetPrediction, Job
from domain.services import locks
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.settings import PREFIX
from domain.terms.jobs import FINAL_STATUSES, JobKind, JobStatus
from domain.terms.training import RunStage
from domain.terms.wording import counted

Queued = TypeVar("Queued", ClusteringRun, DatasetPrediction)

LIVE = (JobStatus.QUEUED, JobStatus.RUNNING)
WAITING = "Waiting for a free worker"

_PATH = ("input", "id")


async def refuse_too_many(runtime: Runtime, by: UUID | None) -> None:
    """Refuse more work for an account that has as much under way as one may. In a transaction.

    Raises TooLarge, and NotFound where there is no such account.
    """
    most = runtime.settings.max_concurrent_runs
    if by is None:
        return
    # Held: of two requests at once, the second one counts what the first one queued.
    if not await locks.hold_account(by):
        raise NotFound("the account has just been deleted", ["input"])
    live = await ClusteringRun.filter(created_by=by, job__status__in=LIVE).count()
    placing = await DatasetPrediction.filter(created_by=by, job__status__in=LIVE).count()
    if live + placing >= most:
        raise TooLarge(
            f"you have {_told(live, placing)} under way, as many as one may: wait for one to end, cancel "
            f"one, or have {PREFIX}MAX_CONCURRENT_RUNS raised",
            ["input"],
        )


def _told(live: int, placing: int) -> str:
    parts = [(live, "run"), (placing, "dataset prediction")]
    return " and ".join(counted(count, noun) for count, noun in parts if count) or counted(0, "run")


async def new_job(kind: JobKind) -> Job:
    """Queue a job. Who does sets `runtime.queued` when the transaction has ended."""
    return await Job.create(id=new_id(), kind=kind, stage=RunStage.QUEUED, message=WAITING, created_at=now())


async def watch(
    runtime: Runtime, find: Callable[[], Awaitable[Queued | None]]
) -> AsyncIterator[Queued | None]:
    """Yield what `find` finds, with its job, as it is, then each newer state of it, until it ends.

    A reader slower than the job gets the newest state only, and always the last.
    Yields None for what is not there, or not any more.
    """
    found = await find()
    if found is None:
        yield None
        return
    async with runtime.changes.watching(found.job_id) as news:
        seen = -1
        while True:
            news.clear()
            found = await find()
            if found is None:
                yield None
                return
            if found.job.version != seen:
                seen = found.job.version
                yield found
            if found.job.status in FINAL_STATUSES:
                return
            await news.wait()


async def cancel(runtime: Runtime, find: Callable[[], Awaitable[Queued | None]], noun: str) -> Queued:
    """Cancel what `find` finds: a queued job at once, a running one as soon as its worker hears of it.

    Raises NotFound, and Conflict where it has ended; `noun` is what messages call it.
    """
    found = await find()
    if found is None:
        raise NotFound(f"there is no such {noun}", _PATH)
    job = Job.filter(id=found.job_id)
    unbegun = await job.filter(status=JobStatus.QUEUED).update(
        status=JobStatus.CANCELED,
        cancel_requested=True,
        message="Canceled before it began",
        finished_at=now(),
        version=F("version") + 1,
    )
    if not unbegun and not await job.filter(status=JobStatus.RUNNING).update(cancel_requested=True):
        current = await find()
        if current is None:
            raise NotFound(f"the {noun} has just been deleted", _PATH)
        raise Conflict(f"the {noun} can't be canceled: it is {current.job.status} already", _PATH)
    runtime.changes.tell(found.job_id)
    # This process may be the one that drives it; another one sees the flag at its next beat.
    runtime.engine.cancel_soon(str(found.job_id))
    return await find() or found


async def finish(runtime: Runtime, job: Job) -> None:
    """Write down that a job is done, in the transaction that publishes what it brought back.

    First in it, and a write: whoever lost the job finds out here. Raises NotFound then.
    """
    finished = await Job.filter(
        id=job.id, owner=runtime.identity, attempt=job.attempt, status=JobStatus.RUNNING
    ).update(
        status=JobStatus.SUCCEEDED,
        stage=RunStage.DONE,
        fraction=1.0,
        message="Done",
        finished_at=now(),
        version=F("version") + 1,
    )
    if not finished:
        raise NotFound("the job was deleted, or is another process's by now")
