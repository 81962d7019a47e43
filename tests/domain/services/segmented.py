"""Runs and placed datasets with customers in their segments, made by hand: nothing is trained."""

import numpy as np
import pyarrow as pa

from domain.models import ClusteringRun, Dataset, DatasetPrediction
from domain.services import segmentations, trainings
from domain.services.runtime import Runtime
from domain.storage.assignments import Assignments, write_assignments
from domain.storage.writing import write_table
from domain.terms.columns import Column, ColumnRole
from domain.terms.jobs import JobStatus
from domain.terms.predictions import DatasetPredictionOutcome, SegmentCount
from domain.terms.segments import UnassignedReason
from tests.domain.services.rows import AGES, a_dataset, a_dataset_prediction, a_job, a_run, a_segment

KEYS = ["C-0", "C-1", "C-2", "C-3", "C-4", "C-5"]
AGES_OF = [20.0, 21.0, 60.0, 61.0, 22.0, 99.0]
SEGMENT_OF = [0, 0, 1, 1, 0, -1]
COLUMNS = (
    Column("id", ColumnRole.IDENTIFIER, "unique", 0, 6, None, ()),
    Column("age", ColumnRole.NUMERIC, "numbers", 0, 6, AGES, ()),
)


async def a_segmented_run(runtime: Runtime) -> ClusteringRun:
    """A run on six customers: three are young, two are old, and one is noise."""
    run = await a_run(await a_job(status="SUCCEEDED"), await a_filled_dataset(runtime))
    for index, (name, size) in enumerate((("Young", 3), ("Old", 2))):
        segment = await a_segment(run, index, name)
        segment.size = size
        await segment.save()
    _assign(runtime, trainings.assignments_key(run), trainings.members_key(run), SEGMENT_OF)
    return run


async def a_filled_dataset(runtime: Runtime) -> Dataset:
    """A dataset with a table of six customers."""
    dataset = await a_dataset(name="Customers", columns=COLUMNS, identifier="id", row_count=6)
    write_table(runtime.storage, dataset.table_key, pa.table({"id": KEYS, "age": AGES_OF}))
    return dataset


async def a_placed_dataset(runtime: Runtime, run: ClusteringRun) -> DatasetPrediction:
    """Another six customers, placed by the run the other way round: two are young, three are old."""
    placed = await a_dataset_prediction(run, await a_filled_dataset(runtime))
    placed.outcome = DatasetPredictionOutcome(
        6, (SegmentCount(0, 2), SegmentCount(1, 3)), {UnassignedReason.NOISE: 1}, (), 0.5
    )
    await placed.save()
    job = await placed.job
    job.status = JobStatus.SUCCEEDED
    await job.save()
    turned = [1 - index if index >= 0 else index for index in SEGMENT_OF]
    _assign(runtime, segmentations.assignments_key(placed), segmentations.members_key(placed), turned)
    scores = {"distance": pa.array([0.5] * 6, pa.float32()), "runner_up": pa.array([0, 0, 1, 1, 0, -1])}
    write_table(runtime.storage, segmentations.scores_key(placed), pa.table(scores))
    return placed


def _assign(runtime: Runtime, assignments_key: str, members_key: str, segments: list[int]) -> None:
    found = np.array(segments)
    confidence = np.where(found < 0, 0.0, 0.75)
    nowhere = {UnassignedReason.NOISE: np.flatnonzero(found < 0)}
    assigned = Assignments(found, confidence, -np.arange(6.0), nowhere)
    write_assignments(runtime.storage, assignments_key, members_key, assigned)
