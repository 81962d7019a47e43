"""Silhouettes against scikit-learn's and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import silhouette_samples

from domain.learning import silhouette
from domain.learning.progress import unwatched
from domain.learning.silhouette import silhouettes
from domain.terms.arrays import Labels, Matrix


def test_four_points_by_hand() -> None:
    # 0 and 1 against 4 and 6: a = 1, 1, 2, 2; b = 5, 4, 3.5, 5.5
    (found,) = silhouettes(np.array([[0.0], [1.0], [4.0], [6.0]]), [np.array([0, 0, 1, 1])], 0, unwatched)
    assert found.values.tolist() == pytest.approx([0.8, 0.75, 1.5 / 3.5, 3.5 / 5.5])
    assert found.by_cluster() == pytest.approx((0.775, (1.5 / 3.5 + 3.5 / 5.5) / 2))
    assert found.sample_size is None
    assert found.rows.tolist() == [0, 1, 2, 3]


def test_a_cluster_of_one_has_0_and_so_do_clusters_on_one_point() -> None:
    (found,) = silhouettes(
        np.array([[0.0], [0.0], [0.0], [0.0], [9.0]]), [np.array([0, 0, 1, 1, 2])], 0, unwatched
    )
    assert found.values.tolist() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_several_labelings_at_once_equal_scikit_learns_one_by_one(offset: float) -> None:
    matrix = load_digits().data
    random = np.random.default_rng(3)
    labelings = [
        load_digits().target,
        random.integers(0, 4, len(matrix)),
        (matrix[:, 20] > 8).astype(np.int64),
    ]
    labelings[1][:5] = [4, 5, 6, 6, 7]  # clusters of one and of two
    for found, labels in zip(silhouettes(matrix + offset, labelings, 0, unwatched), labelings, strict=True):
        assert found.values == pytest.approx(silhouette_samples(matrix, labels), abs=1e-9)


def test_equal_rows_are_at_distance_0() -> None:
    matrix = np.repeat(load_iris().data[[0, 60]] * np.pi, 50, axis=0)
    (found,) = silhouettes(matrix, [np.repeat([0, 1], 50)], 0, unwatched)
    assert found.values.tolist() == [1.0] * 100


@settings(deadline=None, max_examples=50)
@given(
    points=arrays(np.float64, (20, 3), elements=st.integers(-4, 4)),
    labels=arrays(np.int64, 20, elements=st.integers(0, 2)),
)
def test_widths_lie_between_minus_1_and_1_and_equal_scikit_learns(points: Matrix, labels: Labels) -> None:
    labels[:3] = 0, 1, 2
    (found,) = silhouettes(points, [labels], 0, unwatched)
    assert np.abs(found.values).max() <= 1
    # scikit-learn's distances of equal points are off by the root of the rounding error.
    assert found.values == pytest.approx(silhouette_samples(points, labels), abs=1e-6)


def test_above_the_limit_a_stratified_sample_is_measured_and_its_size_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(4)
    matrix = random.normal(size=(5000, 2)) + np.repeat([[0.0, 0.0], [6.0, 0.0]], 2500, axis=0)
    labels = np.repeat([0, 1], 2500)
    labels[[17, 4000]] = 2  # so rare that a plain sample would miss it
    exact = silhouettes(matrix, [labels], 0, unwatched)[0].mean
    monkeypatch.setattr(silhouette, "EXACT_LIMIT", 1000)
    (found,) = silhouettes(matrix, [labels], 0, unwatched)
    assert found.sample_size == len(found.rows) == len(found.values)
    assert 1000 <= found.sample_size <= 1002
    assert np.bincount(found.labels)[2] == 2
    assert found.mean == pytest.approx(exact, abs=0.02)
    assert silhouettes(matrix, [labels], 0, unwatched)[0].rows.tolist() == found.rows.tolist()
