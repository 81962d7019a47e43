"""Jobs are claimed once, kept by beats, taken over from the dead, and told to stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.errors import NotFound
from domain.models import ClusteringRun, Dataset, Job, Segment
from domain.services import driving, runs, trainings
from domain.services.changes import Changes
from domain.services.identities import now
from domain.services.runtime import TRAIN_PROGRAM, Runtime
from domain.services.supervision import Supervisor, supervised
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.jobs import JobFailureCode, JobKind, JobProgress, JobStatus, Lane
from tests.domain.engine.programs import MODULE
from tests.domain.services.rows import LONG_AGO, a_job, a_running_job
from tests.domain.services.working import asked, customers, ended, under_way, uploaded

CATEGORICAL_PLAN = RoleOverride("plan", ColumnRole.CATEGORICAL)
EVERYTHING = ("status", "attempt", "owner", "stage", "fraction", "message", "failure_code", "failure_message")


def another(runtime: Runtime) -> Runtime:
    """The runtime of another process on the same database."""
    return replace(runtime, identity=uuid4(), changes=Changes(), queued=asyncio.Event())


async def state(job: Job) -> dict[str, Any]:
    return dict(await Job.get(id=job.id).values(*EVERYTHING))


async def forever() -> None:
    await asyncio.Event().wait()


@pytest_asyncio.fixture
async def supervisor(runtime: Runtime) -> AsyncIterator[Supervisor]:
    """One that is told when to do what, instead of doing it by itself."""
    supervisor = Supervisor(runtime)
    yield supervisor
    await supervisor.let_go()


async def test_of_many_supervisors_only_one_claims_a_job(runtime: Runtime) -> None:
    jobs = {(await a_job()).id for _ in range(3)}
    supervisors = [Supervisor(another(runtime)) for _ in range(4)]
    claimed: list[Job] = []
    while found := [job for job in await asyncio.gather(*(each._claim() for each in supervisors)) if job]:
        claimed += found
    assert sorted(job.id for job in claimed) == sorted(jobs)
    assert [job.attempt for job in await Job.all()] == [1, 1, 1]
    owners = {job.id: job.owner for job in claimed}
    assert {job.id: job.owner for job in await Job.all()} == owners
    assert set(owners.values()) <= {each.runtime.identity for each in supervisors}


async def test_the_oldest_job_is_claimed_first_and_imports_never(supervisor: Supervisor) -> None:
    await a_job(kind=JobKind.IMPORT)
    first, second = await a_job(), await a_job()
    claimed = [await supervisor._claim() for _ in range(3)]
    assert [job.id if job else None for job in claimed] == [first.id, second.id, None]


async def test_a_job_whose_owner_is_silent_for_longer_than_the_lease_is_queued_and_begun_again(
    supervisor: Supervisor,
) -> None:
    silent = await a_running_job(fraction=0.4, stage="SELECTING")
    await supervisor._take_over()
    assert await state(silent) == {
        "status": "QUEUED",
        "attempt": 1,
        "owner": None,
        "stage": "QUEUED",
        "fraction": 0.4,
        "message": "The process that drove this run died; trying again",
        "failure_code": None,
        "failure_message": None,
    }
    claimed = await supervisor._claim()
    assert claimed is not None
    assert (claimed.id, claimed.attempt, claimed.owner) == (silent.id, 2, supervisor.runtime.identity)
    assert claimed.started_at == silent.started_at


async def test_a_job_whose_owner_beats_is_left_alone(supervisor: Supervisor) -> None:
    beating = await a_running_job(beat_at=now())
    before = await state(beating)
    await supervisor._take_over()
    assert await state(beating) == before


async def test_beats_keep_the_jobs_of_this_process_and_of_no_other(supervisor: Supervisor) -> None:
    mine, other = await a_running_job(supervisor.runtime.identity), await a_running_job()
    supervisor._drives[mine.id] = asyncio.create_task(forever())
    await supervisor._beat()
    await supervisor._take_over()
    assert [(await state(job))["status"] for job in (mine, other)] == ["RUNNING", "QUEUED"]


async def test_a_job_that_this_process_let_fall_is_taken_over_by_it(supervisor: Supervisor) -> None:
    mine = await a_running_job(supervisor.runtime.identity)
    await supervisor._beat()
    await supervisor._take_over()
    assert (await state(mine))["status"] == "QUEUED"


async def test_a_job_that_was_lost_at_its_last_attempt_fails_and_says_why(supervisor: Supervisor) -> None:
    worn_out = await a_running_job(attempt=3)
    await supervisor._take_over()
    after = await state(worn_out)
    assert (after["status"], after["failure_code"]) == (JobStatus.FAILED, JobFailureCode.WORKER_LOST)
    assert after["failure_message"] == (
        "the run was begun 3 times and its worker died each time: it may need more memory than there is"
    )
    assert (await Job.get(id=worn_out.id)).finished_at is not None


async def test_a_cancel_that_a_dead_process_did_not_hear_cancels_the_job(
    supervisor: Supervisor,
) -> None:
    unheard = await a_running_job(cancel_requested=True)
    await supervisor._take_over()
    after = await state(unheard)
    assert (after["status"], after["message"], after["failure_code"]) == ("CANCELED", "Canceled", None)
    assert await supervisor._claim() is None


async def test_only_one_of_two_supervisors_takes_a_job_over(runtime: Runtime) -> None:
    silent = await a_running_job()
    pair = [Supervisor(another(runtime)) for _ in range(2)]
    await asyncio.gather(*(each._take_over() for each in pair))
    assert (await Job.get(id=silent.id)).version == silent.version + 1
    claimed = await asyncio.gather(*(each._claim() for each in pair))
    assert sorted(job.attempt for job in claimed if job) == [2]


async def test_an_import_that_was_broken_off_leaves_no_row_and_no_file(supervisor: Supervisor) -> None:
    storage = supervisor.runtime.storage
    broken_off = await a_running_job(kind=JobKind.IMPORT, stage="RECEIVED")
    going_on = await a_running_job(kind=JobKind.IMPORT, stage="RECEIVED", beat_at=now())
    for job in (broken_off, going_on):
        storage.write_bytes(f"incoming/{job.id}/original", b"age\n1\n")
        storage.write_bytes(f"datasets/{job.id}/customers.parquet", b"half a table")
    await supervisor._take_over()
    assert [job.id for job in await Job.all()] == [going_on.id]
    assert await Dataset.all().count() == 0
    for room in ("incoming", "datasets"):
        assert str(broken_off.id) not in storage.children(room)
        assert str(going_on.id) in storage.children(room)


async def test_progress_never_goes_back_over_attempts(supervisor: Supervisor) -> None:
    job = await a_running_job(supervisor.runtime.identity, attempt=2, fraction=0.5, stage="SELECTING")
    await driving._write_progress(supervisor.runtime, job, JobProgress("LOADING", 0.05, "Reading"))
    assert [(await state(job))[name] for name in ("stage", "fraction")] == ["SELECTING", 0.5]
    await driving._write_progress(supervisor.runtime, job, JobProgress("EVALUATING", 0.75, "Measuring"))
    assert [(await state(job))[name] for name in ("stage", "fraction")] == ["EVALUATING", 0.75]


async def test_a_driver_that_was_replaced_can_no_longer_write(supervisor: Supervisor) -> None:
    job = await a_running_job(supervisor.runtime.identity)
    await Job.filter(id=job.id).update(owner=uuid4(), attempt=2)
    before = await state(job)
    await driving._write_progress(supervisor.runtime, job, JobProgress("SAVING", 0.99, "Writing"))
    await driving._fail(supervisor.runtime, job, JobFailureCode.INTERNAL, "broken")
    await driving.pick_up(supervisor.runtime, job)
    await supervisor.let_go()
    assert await state(job) == before


async def test_letting_go_queues_again_without_counting_an_attempt(runtime: Runtime) -> None:
    mine = await a_running_job(runtime.identity, attempt=2, fraction=0.4, stage="SELECTING")
    other = await a_running_job(beat_at=now())
    before = await state(other)
    await Supervisor(runtime).let_go()
    after = await state(mine)
    assert (after["status"], after["attempt"], after["owner"]) == ("QUEUED", 1, None)
    assert (after["stage"], after["fraction"]) == ("QUEUED", 0.4)
    assert await state(other) == before
    claimed = await Supervisor(another(runtime))._claim()
    assert claimed is not None
    assert claimed.attempt == 2


async def test_a_run_that_was_taken_over_goes_on_to_its_end_and_its_progress_only_up(
    runtime: Runtime,
) -> None:
    dataset = await uploaded(runtime)
    run = await asked(runtime, dataset)
    await Job.filter(id=run.job_id).update(
        status=JobStatus.RUNNING, owner=uuid4(), attempt=1, beat_at=now() - LONG_AGO, fraction=0.3
    )
    fractions = []
    async with supervised(runtime), asyncio.timeout(60):
        async for seen in runs.watch(runtime, run.id):
            assert seen is not None
            fractions.append(seen.job.fraction)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.3
    assert fractions[-1] == 1.0
    done = await Job.get(id=run.job_id)
    assert (done.status, done.attempt, done.stage) == (JobStatus.SUCCEEDED, 2, "DONE")
    assert await Segment.filter(run_id=run.id).count() == 3


async def test_a_process_that_was_replaced_cannot_publish_and_its_successor_can(runtime: Runtime) -> None:
    run = await asked(runtime, await uploaded(runtime))
    zombie, successor = another(runtime), another(runtime)
    stale = await Supervisor(zombie)._claim()
    assert stale is not None
    folder = await trainings.prepare(zombie, stale)
    await runtime.engine.run(TRAIN_PROGRAM, folder, lane=Lane.HEAVY)
    await Job.filter(id=run.job_id).update(owner=successor.identity, attempt=2)
    before = await state(stale)
    with pytest.raises(NotFound, match="another process's by now"):
        await trainings.publish(zombie, stale)
    assert await state(stale) == before
    assert (await ClusteringRun.get(id=run.id)).metrics is None
    assert await Segment.filter(run_id=run.id).count() == 0
    await trainings.publish(successor, await Job.get(id=run.job_id))
    assert (await state(stale))["status"] == JobStatus.SUCCEEDED
    assert await Segment.filter(run_id=run.id).count() == 3


# A new worker takes seconds, and the database has no part in it.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_run_whose_worker_is_killed_is_begun_again_and_succeeds(runtime: Runtime) -> None:
    dataset = await uploaded(runtime, customers(1_500))
    await runtime.engine.run(MODULE, "writes", lane=Lane.HEAVY)
    worker = int(runtime.storage.read_bytes("pid"))
    run = await asked(runtime, dataset, count=None)
    async with supervised(runtime):
        before = await under_way(runtime, run)
        os.kill(worker, signal.SIGKILL)
        last = await ended(runtime, run)
    assert (before.attempt, last.job.attempt, last.job.status) == (1, 2, JobStatus.SUCCEEDED)


async def test_a_run_that_breaks_fails_and_the_client_learns_only_a_number(runtime: Runtime) -> None:
    run = await asked(runtime, await uploaded(runtime))
    runtime.storage.delete((await run.dataset).folder)
    async with supervised(runtime):
        last = await ended(runtime, run)
    assert (last.job.status, last.job.failure_code) == (JobStatus.FAILED, JobFailureCode.INTERNAL)
    assert last.job.failure_message == f"something went wrong on our side; quote job {run.job_id}"


async def test_a_run_that_its_data_forbid_fails_with_the_reason(runtime: Runtime) -> None:
    alike = await uploaded(runtime, b"plan\nfree\nfree\nfree\n", overrides=(CATEGORICAL_PLAN,))
    run = await asked(runtime, alike, count=2)
    async with supervised(runtime):
        last = await ended(runtime, run)
    assert (last.job.status, last.job.failure_code) == (JobStatus.FAILED, JobFailureCode.UNSUITABLE_DATA)
    assert last.job.failure_message is not None
    assert "no column used has two different values" in last.job.failure_message


async def test_runs_are_driven_one_after_another_where_there_is_one_worker(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    queued = [await asked(runtime, dataset, seed=seed) for seed in range(3)]
    async with supervised(runtime):
        ends = await asyncio.gather(*(ended(runtime, run) for run in queued))
    assert {run.job.status for run in ends} == {JobStatus.SUCCEEDED}
    jobs = sorted((run.job for run in ends), key=lambda job: job.id)
    for job, after in pairwise(jobs):
        assert job.finished_at
        assert after.started_at
        assert job.finished_at < after.started_at


async def test_a_supervisor_never_claims_a_job_that_it_still_drives(supervisor: Supervisor) -> None:
    """As when it slept for longer than the lease: another process queued the job again."""
    job = await a_job()
    supervisor._drives[job.id] = asyncio.create_task(forever())
    assert await supervisor._claim() is None
    supervisor._drives.pop(job.id).cancel()
    assert await supervisor._claim() is not None
