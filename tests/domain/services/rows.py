"""Rows to put into a database, where a test is about rows and not about where they come from."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.models import ClusteringRun, Dataset, Job, Recommendation, Segment
from domain.services.identities import new_id, now
from domain.terms.algorithms import Algorithm, KMeansSettings
from domain.terms.columns import Column, ColumnRole, Histogram, NumericSummary, RoleOverride
from domain.terms.imports import ImportReport, TableFormat
from domain.terms.jobs import JobKind
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.recommendations import Priority, RecommendationKind
from domain.terms.training import TrainingParameters

AGES = NumericSummary(20, 65, 42.5, 15.14, 42.5, Histogram((20, 65), (10,)))

LONG_AGO = timedelta(days=1)
"""Longer than any lease."""


async def a_dataset(**values: Any) -> Dataset:
    """A dataset of ten rows, without a table in the storage."""
    columns = (
        Column("age", ColumnRole.NUMERIC, "numbers", 0, 10, AGES, ()),
        Column("note", ColumnRole.TEXT, "long texts", 0, 10, None, ()),
    )
    report = ImportReport(TableFormat.CSV, "utf-8", ",", 10, 0, ())
    given = {"name": "customers", "row_count": 10, "columns": columns, "import_report": report, **values}
    return await Dataset.create(id=new_id(), checksum="0" * 64, size_in_bytes=100, created_at=now(), **given)


async def a_job(**values: Any) -> Job:
    """A queued training job."""
    given = {"kind": JobKind.TRAIN, "stage": "QUEUED", **values}
    return await Job.create(id=new_id(), created_at=now(), **given)


async def a_running_job(owner: UUID | None = None, **values: Any) -> Job:
    """A job that a process has begun, and not been heard of for long."""
    given = {"status": "RUNNING", "attempt": 1, "beat_at": now() - LONG_AGO, "started_at": now() - LONG_AGO}
    return await a_job(owner=owner or uuid4(), **given | values)


async def a_run(job: Job, dataset: Dataset | None = None, **values: Any) -> ClusteringRun:
    """A run of a job, on a dataset."""
    dataset = dataset or await a_dataset()
    parameters = TrainingParameters(
        KMeansSettings(2), (RoleOverride("age", ColumnRole.NUMERIC),), pca=None, seed=0
    )
    given = {"algorithm": Algorithm.KMEANS, "parameters": parameters, "fingerprint": "0" * 64, **values}
    return await ClusteringRun.create(
        id=new_id(), dataset_id=dataset.id, job_id=job.id, created_at=now(), **given
    )


async def a_segment(run: ClusteringRun, index: int, name: str, **values: Any) -> Segment:
    """A segment of a run, with the name that was generated for it."""
    return await Segment.create(
        id=new_id(),
        run_id=run.id,
        index=index,
        name=name,
        generated_name=name,
        color=SEGMENT_COLORS[index],
        size=5,
        share=0.5,
        centroid=(),
        characteristics=(),
        **values,
    )


async def a_recommendation(segment: Segment) -> Recommendation:
    """A recommendation for a segment."""
    return await Recommendation.create(
        id=new_id(),
        segment_id=segment.id,
        position=0,
        kind=RecommendationKind.RETAIN,
        title="Keep them",
        action="Thank {segment}",
        rationale="They stay",
        priority=Priority.HIGH,
    )
