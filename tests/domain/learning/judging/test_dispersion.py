"""Inertia and the two indices, against scikit-learn's and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from sklearn.preprocessing import StandardScaler

from domain.learning.judging.dispersion import cluster_means, disperse, inertia
from domain.terms.arrays import Labels, Matrix

WINE = StandardScaler().fit_transform(load_wine().data)


def test_four_points_by_hand() -> None:
    matrix, labels = np.array([[0.0], [2.0], [10.0], [14.0]]), np.array([0, 0, 1, 1])
    assert cluster_means(matrix, labels, 2).tolist() == [[1.0], [12.0]]
    figures = disperse(matrix, labels)
    # within: 1 + 1 + 4 + 4; between: 2 · 5.5² · 2 = 121; radii 1 and 2, 11 apart
    assert figures.inertia == pytest.approx(10)
    assert figures.calinski_harabasz == pytest.approx(121 / 10 * 2)
    assert figures.davies_bouldin == pytest.approx(3 / 11)
    assert figures.smallest_share == 0.5


@pytest.mark.parametrize("count", [2, 4, 9])
def test_the_indices_equal_scikit_learns(count: int) -> None:
    model = KMeans(count, n_init=1, random_state=0).fit(WINE)
    figures = disperse(WINE, model.labels_)
    assert figures.inertia == pytest.approx(model.inertia_)
    assert figures.davies_bouldin == pytest.approx(davies_bouldin_score(WINE, model.labels_), abs=1e-12)
    assert figures.calinski_harabasz == pytest.approx(calinski_harabasz_score(WINE, model.labels_))
    assert figures.smallest_share == np.bincount(model.labels_).min() / len(WINE)


@pytest.mark.parametrize("matrix", [[[0.0], [0.0], [3.0], [3.0]], [[3.0], [3.0], [3.0], [3.0]]])
def test_clusters_that_are_points_have_the_values_of_scikit_learn(matrix: list[list[float]]) -> None:
    labels = np.array([0, 0, 1, 1])
    figures = disperse(np.array(matrix), labels)
    assert figures.davies_bouldin == davies_bouldin_score(matrix, labels)
    assert figures.calinski_harabasz == calinski_harabasz_score(matrix, labels)


def test_noise_is_left_out() -> None:
    matrix, labels = np.array([[0.0], [2.0], [99.0], [10.0], [14.0]]), np.array([0, 0, -1, 1, 1])
    kept = labels >= 0
    assert cluster_means(matrix, labels, 2).tolist() == [[1.0], [12.0]]
    assert disperse(matrix, labels) == disperse(matrix[kept], labels[kept])
    assert inertia(matrix, labels) == 10


def test_many_blocks_far_from_the_origin_equal_scikit_learn() -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 100_000)
    matrix = random.normal(size=(100_000, 2)) + labels[:, None] * 2
    figures = disperse(matrix + 1e6, labels)
    assert figures.davies_bouldin == pytest.approx(davies_bouldin_score(matrix, labels), rel=1e-8)
    assert figures.calinski_harabasz == pytest.approx(calinski_harabasz_score(matrix, labels), rel=1e-8)
    assert figures.inertia == pytest.approx(inertia(matrix, labels), rel=1e-8)


@given(
    matrix=arrays(np.float64, (20, 2), elements=st.integers(-9, 9)),
    labels=arrays(np.int64, 20, elements=st.integers(0, 2)),
    seed=st.integers(0, 99),
)
def test_the_order_of_the_rows_does_not_matter_and_a_scale_does_to_the_inertia_alone(
    matrix: Matrix, labels: Labels, seed: int
) -> None:
    labels[:3] = 0, 1, 2
    order = np.random.default_rng(seed).permutation(20)
    found, moved = disperse(matrix, labels), disperse(matrix[order] * 4, labels[order])
    assert moved.inertia == pytest.approx(16 * found.inertia, abs=1e-9)
    assert moved.davies_bouldin == pytest.approx(found.davies_bouldin)
    assert moved.calinski_harabasz == pytest.approx(found.calinski_harabasz)
