"""K-means against scikit-learn's and by hand."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from domain.learning.dispersion import disperse
from domain.learning.kmeans import STARTS, KMeansPartitioner
from domain.learning.progress import unwatched
from domain.terms.algorithms import KMeansSettings
from domain.terms.arrays import Labels, Matrix

DATA: dict[str, Matrix] = {
    "iris": StandardScaler().fit_transform(load_iris().data),
    "wine": StandardScaler().fit_transform(load_wine().data),
    "digits": load_digits().data,
    "flags": np.random.default_rng(2).integers(0, 2, size=(200, 6)).astype(np.float64),
}


def fitted(matrix: Matrix, count: int, seed: int) -> Labels:
    return KMeansPartitioner(matrix, KMeansSettings(), seed, unwatched).labels(count, unwatched)


def test_two_pairs_on_a_line_are_two_clusters() -> None:
    labels = fitted(np.array([[0.0], [1.0], [10.0], [11.0]]), 2, seed=0)
    assert labels[0] == labels[1] != labels[2] == labels[3]


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize(("count", "seed"), [(2, 0), (3, 1), (5, 42), (8, 7)])
def test_the_labels_are_those_of_scikit_learn_with_ten_starts(name: str, count: int, seed: int) -> None:
    with threadpool_limits(1, user_api="openmp"):
        reference = KMeans(count, n_init=10, random_state=seed).fit(DATA[name])
    labels = fitted(DATA[name], count, seed)
    assert labels.tolist() == reference.labels_.tolist()
    assert disperse(DATA[name], labels).inertia <= reference.inertia_ * (1 + 1e-12)


def test_the_watch_is_told_before_each_start() -> None:
    told: list[tuple[float, str]] = []
    KMeansPartitioner(DATA["iris"], KMeansSettings(), 0, unwatched).labels(
        3, lambda fraction, message: told.append((fraction, message))
    )
    assert [fraction for fraction, _ in told] == [start / STARTS for start in range(STARTS)]
    assert told[-1][1] == "k-means with 3 clusters, start 10 of 10"


def test_a_negative_seed_is_a_seed() -> None:
    assert fitted(DATA["iris"], 3, -1).tolist() == fitted(DATA["iris"], 3, 2**32 - 1).tolist()
