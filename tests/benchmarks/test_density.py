"""What clustering by density costs, beside scikit-learn's on the same samples."""

from functools import partial

import pytest
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.dbscan import DbscanPartitioner
from domain.learning.algorithms.hdbscan import HdbscanPartitioner
from domain.learning.progress import unwatched
from domain.terms.algorithms import DbscanSettings, HdbscanSettings
from domain.terms.arrays import Matrix
from tests.benchmarks.measuring import Report, median_seconds, seconds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS, FEATURES = 20_000, 8


@pytest.fixture(scope="module")
def samples() -> Matrix:
    """Six groups."""
    matrix: Matrix = make_blobs(ROWS, FEATURES, centers=6, random_state=1)[0]
    scaled: Matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    return scaled


def dbscan(matrix: Matrix, epsilon: float | None) -> Partition:
    """Cluster with our DBSCAN."""
    settings = DbscanSettings(epsilon)
    return DbscanPartitioner(matrix, settings, 0, Effort.FULL, unwatched).partition(None, unwatched)


def hdbscan(matrix: Matrix, settings: HdbscanSettings) -> Partition:
    """Cluster with our HDBSCAN."""
    return HdbscanPartitioner(matrix, settings, 0, Effort.FULL, unwatched).partition(None, unwatched)


def test_dbscan(samples: Matrix, report: Report) -> None:
    found = dbscan(samples, None)
    assert found.density is not None
    assert found.density.epsilon is not None
    reference = DBSCAN(eps=found.density.epsilon, min_samples=5)
    core = reference.fit(samples).core_sample_indices_
    assert adjusted_rand_score(reference.labels_[core], found.labels[core]) == 1.0
    report.compare(
        f"DBSCAN, {ROWS:,} x {FEATURES}, epsilon read from the data",
        median_seconds(partial(dbscan, samples, None), 3),
        "scikit-learn, at that epsilon",
        median_seconds(partial(reference.fit, samples), 3),
        seconds,
    )


def test_hdbscan(samples: Matrix, report: Report) -> None:
    settings = HdbscanSettings(400, 20)
    reference = HDBSCAN(min_cluster_size=400, min_samples=20, copy=True)
    labels = reference.fit_predict(samples)
    assert adjusted_rand_score(labels, hdbscan(samples, settings).labels) > 0.999
    report.compare(
        f"HDBSCAN, {ROWS:,} x {FEATURES}",
        median_seconds(partial(hdbscan, samples, settings), 3),
        "scikit-learn",
        median_seconds(partial(reference.fit, samples), 3),
        seconds,
    )
