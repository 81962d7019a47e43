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
    checksum = _checksum(run)
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
    try:
        found = ReadyScorer(load_scorer(runtime.storage, trainings.scorer_key(run), checksum))
    except (Damaged, FileNotFoundError) as error:
        log.error("a run's scorer can't be used", run=str(run.id), reason=str(error))  # noqa: TRY400  # no bug
        what = "is gone" if isinstance(error, FileNotFoundError) else "was changed since it was written"
        raise Conflict(
            f"the file that places new customers {what}, and is not used: restore it from a backup, or "
            "train the run again, with reuse: false"
        ) from error
    # Here, in a thread: what is made ready at the first use may take a while, and counts as its size.
    found.rule.place(found.scorer.means)
    return found
