"""K-means against scikit-learn's and by hand."""

import numba
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from domain.learning.algorithms.assigning import NearestCentroid
from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.distinct import TooFewDistinct
from domain.learning.algorithms.kmeans import REFERENCE_ROWS, SAMPLE_STARTS, STARTS, KMeansPartitioner
from domain.learning.judging.dispersion import disperse
from domain.learning.kernels.lloyd import (
    lloyd,
    move_centroids,
    nearest_centroids,
    spread_centroids,
    sum_clusters,
)
from domain.learning.progress import unwatched
from domain.terms.algorithms import KMeansSettings
from domain.terms.arrays import Matrix

DATA: dict[str, Matrix] = {
    "iris": StandardScaler().fit_transform(load_iris().data),
    "wine": StandardScaler().fit_transform(load_wine().data),
    "digits": load_digits().data,
    "flags": np.random.default_rng(2).integers(0, 2, size=(200, 6)).astype(np.float64),
}


def fitted(matrix: Matrix, count: int, seed: int, effort: Effort = Effort.FULL) -> Partition:
    return KMeansPartitioner(matrix, KMeansSettings(), seed, effort, unwatched).partition(count, unwatched)


def crowd(count: int, groups: int = 6, features: int = 8) -> Matrix:
    """Draw overlapping groups of unequal size, and a tenth of noise."""
    random = np.random.default_rng(groups)
    centers = random.normal(size=(groups, features)) * 2.5
    of = random.choice(groups, count, p=random.dirichlet(np.full(groups, 3.0)))
    matrix = centers[of] + random.normal(size=(count, features))
    matrix[::10] = random.normal(size=matrix[::10].shape) * 3
    return matrix


def test_two_pairs_on_a_line_are_two_clusters() -> None:
    labels = fitted(np.array([[0.0], [1.0], [10.0], [11.0]]), 2, seed=0).labels
    assert labels[0] == labels[1] != labels[2] == labels[3]


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize(("count", "seed"), [(2, 0), (3, 1), (5, 42), (8, 7)])
def test_the_labels_are_those_of_scikit_learn_with_ten_starts(name: str, count: int, seed: int) -> None:
    with threadpool_limits(1, user_api="openmp"):
        reference = KMeans(count, n_init=10, random_state=seed).fit(DATA[name])
    labels = fitted(DATA[name], count, seed).labels
    assert labels.tolist() == reference.labels_.tolist()
    assert disperse(DATA[name], labels).inertia <= reference.inertia_ * (1 + 1e-12)


@pytest.mark.parametrize("count", [2, 9])
def test_above_the_limit_the_inertia_is_near_that_of_scikit_learn(count: int) -> None:
    matrix = crowd(REFERENCE_ROWS + 1000)
    with threadpool_limits(1, user_api="openmp"):
        reference = KMeans(count, n_init=10, random_state=0).fit(matrix)
    labels = fitted(matrix, count, seed=0).labels
    assert np.unique(labels).tolist() == list(range(count))
    assert disperse(matrix, labels).inertia <= 1.005 * reference.inertia_


@pytest.mark.parametrize("effort", Effort)
@pytest.mark.parametrize("rows", [300, REFERENCE_ROWS + 1, 40_000])
def test_the_training_rows_are_assigned_where_the_training_put_them(effort: Effort, rows: int) -> None:
    matrix = crowd(rows)
    found = fitted(matrix, 5, seed=1, effort=effort)
    assert found.labels.tolist() == found.assigner.assign(matrix).tolist()
    some = np.random.default_rng(0).permutation(rows)[:50]
    assert [found.assigner.assign(matrix[[row]])[0] for row in some] == found.labels[some].tolist()


def test_the_answer_does_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = crowd(120_000, features=4)
    answers = []
    for threads in (1, 2):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        answers.append(fitted(matrix, 7, seed=3))
    one, two = (answer.assigner for answer in answers)
    assert isinstance(one, NearestCentroid)
    assert isinstance(two, NearestCentroid)
    assert one.centroids.tobytes() == two.centroids.tobytes()


def test_quick_fits_find_clear_groups() -> None:
    matrix = np.random.default_rng(1).normal(size=(90, 3)) + np.repeat(np.eye(3) * 30, 30, axis=0)
    labels = fitted(matrix, 3, seed=0, effort=Effort.QUICK).labels
    assert [len(np.unique(part)) for part in np.split(labels, 3)] == [1, 1, 1]


@pytest.mark.parametrize("effort", Effort)
def test_one_cluster_more_than_distinct_rows_is_refused(effort: Effort) -> None:
    rows = np.repeat(np.array([[0.0, 1.0], [2.0, 2.0], [9.0, 9.0]]), 20, axis=0)
    assert np.unique(fitted(rows, 3, seed=0, effort=effort).labels).tolist() == [0, 1, 2]
    with pytest.raises(TooFewDistinct, match="There are 3 distinct customers"):
        fitted(rows, 4, seed=0, effort=effort)


def test_the_watch_is_told_before_each_start() -> None:
    told: list[tuple[float, str]] = []
    KMeansPartitioner(DATA["iris"], KMeansSettings(), 0, Effort.FULL, unwatched).partition(
        3, lambda fraction, message: told.append((fraction, message))
    )
    assert [fraction for fraction, _ in told] == [start / STARTS for start in range(STARTS)]
    assert told[-1][1] == "k-means with 3 clusters, start 10 of 10"


def test_the_watch_is_told_in_rising_parts_above_the_limit() -> None:
    told: list[float] = []
    KMeansPartitioner(crowd(30_000), KMeansSettings(), 0, Effort.FULL, unwatched).partition(
        9, lambda fraction, message: told.append(fraction)
    )
    assert len(told) > SAMPLE_STARTS
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0


def test_a_negative_seed_is_a_seed() -> None:
    assert fitted(DATA["iris"], 3, -1).labels.tolist() == fitted(DATA["iris"], 3, 2**32 - 1).labels.tolist()


def test_a_sample_between_two_centroids_belongs_to_the_first() -> None:
    samples = np.array([[1.0], [0.9], [1.1], [5.0]])
    assert nearest_centroids(samples, np.array([[0.0], [2.0]])).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("rows", "features", "count"), [(1, 1, 2), (63, 3, 2), (64, 8, 15), (1000, 13, 7)])
def test_the_nearest_centroid_is_that_of_all_distances(rows: int, features: int, count: int) -> None:
    random = np.random.default_rng(rows)
    samples, centroids = random.normal(size=(rows, features)), random.normal(size=(count, features))
    distances = np.square(samples[:, None] - centroids).sum(axis=2)
    assert nearest_centroids(samples, centroids).tolist() == distances.argmin(axis=1).tolist()
    sums, sizes, inertia, farthest, row = sum_clusters(samples, centroids)
    nearest = distances.argmin(axis=1)
    assert sizes.tolist() == np.bincount(nearest, minlength=count).tolist()
    assert sums == pytest.approx(np.eye(count)[nearest].T @ samples, abs=1e-12)
    assert inertia == pytest.approx(distances.min(axis=1).sum())
    assert farthest == pytest.approx(distances.min(axis=1).max())
    assert row == distances.min(axis=1).argmax()


def test_far_from_zero_the_nearest_centroid_is_still_found() -> None:
    # ‖x‖² - 2x·c + ‖c‖² has no digit left here.
    samples = 1e9 + np.array([[0.0], [1.0], [2.0], [3.0]])
    assert nearest_centroids(samples, 1e9 + np.array([[0.4], [2.6]])).tolist() == [0, 0, 1, 1]


def test_an_empty_cluster_moves_to_the_farthest_sample() -> None:
    samples = np.array([[0.0], [1.0], [10.0]])
    centroids = np.array([[0.0], [100.0]])
    sums, sizes, _inertia, _farthest, row = sum_clusters(samples, centroids)
    assert move_centroids(centroids, sums, sizes, samples[row]) == np.inf
    assert centroids[1].tolist() == [10.0]
    assert lloyd(samples, centroids, 0.0, 10)[1]
    assert centroids.tolist() == [[0.5], [10.0]]


def test_starts_are_different_samples() -> None:
    samples = np.repeat(np.arange(4.0), 50)[:, None]
    for seed in range(20):
        draws = np.random.default_rng(seed).random((4, 2))
        assert sorted(spread_centroids(samples, draws)[:, 0]) == [0.0, 1.0, 2.0, 3.0]
