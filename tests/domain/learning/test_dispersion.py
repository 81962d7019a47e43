"""Inertia and the two indices, against scikit-learn's and by hand."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from sklearn.preprocessing import StandardScaler

from domain.learning.dispersion import cluster_means, disperse

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
