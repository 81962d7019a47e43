"""Segmentations: who is in which segment, of a run's own customers or of a dataset that it placed."""

from dataclasses import dataclass
from uuid import UUID

from domain.models import ClusteringRun, Dataset, DatasetPrediction, ModelVersion
from domain.services import runs, trainings
from domain.terms.jobs import JobStatus


@dataclass(frozen=True)
class Segmentation:
    """The customers of `dataset` in the segments of `run`, which has its job with it.

    Keys are of the storage. `prediction` is what placed them; only then there are scores. None for
    the run's own customers.
    """

    run: ClusteringRun
    dataset: Dataset
    assignments_key: str
    members_key: str
    scores_key: str | None = None
    prediction: DatasetPrediction | None = None


async def of_run(run_id: UUID | None) -> Segmentation | None:
    """Find a run's own; None unless it is there and has succeeded."""
    run = await runs.find(run_id)
    if run is None or run.job.status is not JobStatus.SUCCEEDED:
        return None
    dataset = await Dataset.get_or_none(id=run.dataset_id)
    if dataset is None:
        return None
    return Segmentation(run, dataset, trainings.assignments_key(run), trainings.members_key(run))


async def of_dataset_prediction(prediction_id: UUID | None) -> Segmentation | None:
    """Find that of a dataset that was placed; None unless it is there and has succeeded."""
    if prediction_id is None:
        return None
    found = await DatasetPrediction.get_or_none(id=prediction_id).select_related("job", "dataset")
    run = await runs.find(found.run_id) if found else None
    if found is None or run is None or found.job.status is not JobStatus.SUCCEEDED:
        return None
    return Segmentation(
        run, found.dataset, assignments_key(found), members_key(found), scores_key(found), found
    )


async def of_model_version(version_id: UUID | None) -> Segmentation | None:
    """Find that of a version's run; None where there is no such version."""
    version = await ModelVersion.get_or_none(id=version_id) if version_id else None
    return await of_run(version.run_id) if version else None


async def of_dataset(dataset_id: UUID | None) -> Segmentation | None:
    """Find that of a dataset's newest run that succeeded; None where there is none."""
    if dataset_id is None:
        return None
    newest = await runs.newest_first(dataset_id, JobStatus.SUCCEEDED).first()
    return await of_run(newest.id) if newest else None


def assignments_key(prediction: DatasetPrediction) -> str:
    """Where the segment of each customer that was placed is kept."""
    return f"{prediction.folder}/assignments.parquet"


def members_key(prediction: DatasetPrediction) -> str:
    """Where the customers of each segment are kept, the most typical first."""
    return f"{prediction.folder}/members.parquet"


def scores_key(prediction: DatasetPrediction) -> str:
    """Where distance and runner-up of each customer are kept, row by row."""
    return f"{prediction.folder}/scores.parquet"
