"""Scorers: what places new customers in a run's segments, read once and kept in memory."""

from functools import partial

import structlog

from domain.errors import Conflict
from domain.models import ClusteringRun
from domain.scoring.scoring import ReadyScorer
from domain.services import trainings
from domain.services.runtime import Runtime
from domain.storage.scorers import Damaged, load_scorer
from domain.terms.jobs import JobStatus
from domain.terms.scoring import Scorer

log = structlog.get_logger(__name__)


async def of_run(runtime: Runtime, run: ClusteringRun) -> Scorer:
    """Give the scorer of a run, which has its job with it. Raises Conflict as `ready_of_run`."""
    return (await ready_of_run(runtime, run)).scorer


async def ready_of_run(runtime: Runtime, run: ClusteringRun) -> ReadyScorer:
    """Give the scorer of a run, ready to be asked; from memory where it is kept there.

    Raises Conflict for a run that has not succeeded, for one of an earlier release, which has
    no scorer, and where the file is gone or is another than was written.
    """
    try:
        return await _kept(runtime, run, _checksum(run))
    except (Damaged, FileNotFoundError) as error:
        # An erasure may have put another in its place since the run was read.
        current = await ClusteringRun.get_or_none(id=run.id)
        if current is None or current.scorer_checksum == run.scorer_checksum:
            raise _unusable(run, error) from error
        run.scorer_checksum = current.scorer_checksum
    try:
        return await _kept(runtime, run, _checksum(run))
    except (Damaged, FileNotFoundError) as error:
        raise _unusable(run, error) from error


async def _kept(runtime: Runtime, run: ClusteringRun, checksum: str) -> ReadyScorer:
    return await runtime.scorers.get_or_load(
        checksum, partial(_load, runtime, run, checksum), runtime.settings.scorer_cache_bytes
    )


def _checksum(run: ClusteringRun) -> str:
    if run.job.status is not JobStatus.SUCCEEDED:
        raise Conflict(f"the run has no segments: it is {run.job.status}")
    checksum: str | None = run.scorer_checksum
    if checksum is None:
        raise Conflict(
            "the run is of an earlier release, which kept nothing to place new customers by: train it again, "
            "with reuse: false"
        )
    return checksum


def _load(runtime: Runtime, run: ClusteringRun, checksum: str) -> ReadyScorer:
    key = trainings.present_scorer_key(runtime.storage, run)
    found = ReadyScorer(load_scorer(runtime.storage, key, checksum))
    # Here, in a thread: what is made ready at the first use may take a while, and counts as its size.
    found.rule.place(found.scorer.means)
    return found


def _unusable(run: ClusteringRun, error: Exception) -> Conflict:
    log.error("a run's scorer can't be used", run=str(run.id), reason=str(error))
    what = "is gone" if isinstance(error, FileNotFoundError) else "was changed since it was written"
    return Conflict(
        f"the file that places new customers {what}, and is not used: restore it from a backup, or "
        "train the run again, with reuse: false"
    )
