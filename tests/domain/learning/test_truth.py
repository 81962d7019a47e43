"""What was planted is found again, and where nothing was planted the verdict says so."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.learning.choosing.reference import null_model
from domain.learning.clustering import Clustering, cluster
from domain.learning.preparing.columns import NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.learning.preparing.reduction import reduce
from domain.learning.progress import unwatched
from domain.terms.algorithms import (
    AlgorithmSettings,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
    StructureVerdict,
)
from domain.terms.arrays import Labels
from domain.terms.preparation import USUAL_PREPARATION
from tests.domain.learning.planting import noise, plant

ALGORITHMS: Mapping[str, AlgorithmSettings] = {
    "k-means": KMeansSettings(),
    "Ward": HierarchicalSettings(),
    "complete linkage": HierarchicalSettings(Linkage.COMPLETE),
    "average linkage": HierarchicalSettings(Linkage.AVERAGE),
    "single linkage": HierarchicalSettings(Linkage.SINGLE),
    "DBSCAN": DbscanSettings(),
    "HDBSCAN": HdbscanSettings(),
    "Gaussian mixture": GaussianMixtureSettings(),
}
CUSTOMERS: Mapping[str, Mapping[str, Any]] = {
    "usual": {"rows": 500},
    "more rows": {"rows": 1500},
    "three noise columns": {"rows": 500, "noise_columns": 3},
    "5 % outliers": {"rows": 500, "outliers": 0.05},
    "unequal sizes": {"rows": 500, "smallest": 0.1},
}
SEEDS = 20


def clustered(
    columns: tuple[SourceColumn, ...], settings: AlgorithmSettings, compared: bool = False
) -> Clustering:
    features = encode(columns, USUAL_PREPARATION, 1000)
    reduction = reduce(features.matrix, None)
    draw = null_model(features, reduction) if compared else None
    return cluster(reduction.matrix, settings, 0, draw, unwatched)


def agreement(truth: Labels, labels: Labels) -> float:
    """Compare who is of a planted segment: the adjusted Rand index, noise being a group like any other."""
    return float(adjusted_rand_score(truth[truth >= 0], labels[truth >= 0]))


def found(algorithm: str, customers: str, seed: int) -> tuple[float, int]:
    """Plant and cluster: the agreement with the truth, and the number of clusters."""
    planted = plant(seed, **CUSTOMERS[customers])
    labels = clustered(planted.columns, ALGORITHMS[algorithm]).partition.labels
    return agreement(planted.truth, labels), int(labels.max()) + 1


@pytest.mark.parametrize(
    ("algorithm", "least"),
    [("k-means", 0.85), ("Ward", 0.85), ("HDBSCAN", 0.35), ("DBSCAN", 0.25)],
)
def test_planted_segments_are_found(algorithm: str, least: float) -> None:
    agreed = [found(algorithm, "usual", seed)[0] for seed in range(3)]
    assert np.mean(agreed) >= least


@pytest.mark.parametrize("algorithm", ["k-means", "Ward"])
@pytest.mark.parametrize("seed", range(3))
def test_customers_without_segments_get_the_verdict_none(algorithm: str, seed: int) -> None:
    structure = clustered(noise(seed, rows=400), ALGORITHMS[algorithm], compared=True).structure
    assert structure is not None
    assert structure.verdict is StructureVerdict.NONE


@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_far_blobs_are_found_exactly_and_stay_over_resamples(algorithm: str) -> None:
    random = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), 60)
    centres = 12.0 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    points = centres[truth] + random.normal(size=(240, 2))
    columns = tuple(NumericColumn(name, points[:, place]) for place, name in enumerate(("age", "income")))
    clustering = clustered(columns, ALGORITHMS[algorithm])
    assert agreement(truth, clustering.partition.labels) > 0.9
    assert clustering.stability.mean is not None
    assert clustering.stability.mean > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("customers", list(CUSTOMERS))
@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_table_of_agreement_with_the_planted_truth(algorithm: str, customers: str) -> None:
    """Print a line of docs/learning/results.md: mean and lowest agreement, and how often five are found."""
    runs = [found(algorithm, customers, seed) for seed in range(SEEDS)]
    agreed = [each for each, _ in runs]
    five = sum(count == 5 for _, count in runs)
    print(f"| {algorithm} | {customers} | {np.mean(agreed):.2f} | {min(agreed):.2f} | {five} |")  # noqa: T201  # a table to read
    if algorithm in {"k-means", "Ward"}:
        assert np.mean(agreed) > 0.6
