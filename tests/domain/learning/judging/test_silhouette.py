"""Silhouettes against scikit-learn's and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import silhouette_samples

from domain.learning.judging.silhouette import Silhouettes, silhouettes
from domain.learning.progress import unwatched
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


@given(
    points=arrays(np.float64, (30, 2), elements=st.integers(-9, 9)),
    labels=arrays(np.int64, 30, elements=st.integers(0, 3)),
    seed=st.integers(0, 99),
)
def test_the_order_of_the_rows_and_the_scale_do_not_matter(points: Matrix, labels: Labels, seed: int) -> None:
    labels[:4] = 0, 1, 2, 3
    order = np.random.default_rng(seed).permutation(30)
    (found,) = silhouettes(points, [labels], 0, unwatched)
    (moved,) = silhouettes(points[order] * 64 + 128, [labels[order]], 0, unwatched)
    assert moved.values == pytest.approx(found.values[order], abs=1e-12)


@pytest.mark.parametrize("features", [1, 7, 8, 9, 17])
def test_any_number_of_features_and_blocks_equals_scikit_learn(features: int) -> None:
    random = np.random.default_rng(features)
    matrix = random.normal(size=(1500, features))
    labels = np.repeat([0, 1, 2, 3], [900, 1, 259, 340])[random.permutation(1500)]
    (found,) = silhouettes(matrix, [labels], 0, unwatched)
    assert found.values == pytest.approx(silhouette_samples(matrix, labels), abs=1e-9)
    assert found.standard_error is None


def test_whoever_watches_can_stop_it_and_hears_of_growing_fractions() -> None:
    heard: list[float] = []

    def stop(fraction: float, message: str) -> None:
        heard.append(fraction)
        if len(heard) == 4:
            raise InterruptedError

    labels = np.repeat([0, 1], 1000)
    with pytest.raises(InterruptedError):
        silhouettes(np.arange(2000.0)[:, None], [labels], 0, stop)
    assert heard == sorted(set(heard))


def blurred(count: int) -> tuple[Matrix, Labels]:
    """Make two groups that run into each other, and two customers of a third."""
    random = np.random.default_rng(4)
    half = count // 2
    matrix = random.normal(size=(count, 2)) + np.repeat([[0.0, 0.0], [4.0, 0.0]], half, axis=0)
    labels = np.repeat([0, 1], half)
    labels[[17, count - 5]] = 2  # so rare that a plain sample would miss it
    return matrix, labels


def test_above_the_limit_a_stratified_sample_is_measured_and_its_size_told() -> None:
    matrix, labels = blurred(5000)
    exact = silhouettes(matrix, [labels], 0, unwatched)[0].mean
    (found,) = silhouettes(matrix, [labels], 0, unwatched, limit=1000)
    assert found.sample_size == len(found.rows) == len(found.values)
    assert 1000 <= found.sample_size <= 1002
    assert np.bincount(found.labels)[2] == 2
    assert found.sizes.tolist() == np.bincount(labels).tolist()
    assert found.mean == pytest.approx(exact, abs=0.02)
    assert silhouettes(matrix, [labels], 0, unwatched, limit=1000)[0].rows.tolist() == found.rows.tolist()


def test_a_cluster_counts_by_its_size_and_not_by_its_sample() -> None:
    labels = np.array([0, 0, 1, 1])
    found = Silhouettes(np.arange(4), np.array([0.5, 0.7, 0.0, 0.2]), labels, np.array([90, 10]), 4, 0.1)
    assert found.mean == pytest.approx(0.9 * 0.6 + 0.1 * 0.1)


def test_the_standard_error_is_the_deviation_of_the_samples_means_from_the_exact_one() -> None:
    matrix, labels = blurred(6000)
    exact = silhouettes(matrix, [labels], 0, unwatched)[0].mean
    samples = [silhouettes(matrix, [labels], seed, unwatched, limit=1000)[0] for seed in range(40)]
    errors = [sample.standard_error for sample in samples if sample.standard_error is not None]
    off = np.sqrt(np.mean([(sample.mean - exact) ** 2 for sample in samples]))
    assert len(errors) == 40
    assert np.mean(errors) == pytest.approx(off, rel=0.35)


def test_the_error_of_a_sample_that_is_all_but_one_cluster_is_not_told() -> None:
    labels = np.zeros(2000, dtype=np.int64)
    labels[7] = 1
    (found,) = silhouettes(np.arange(2000.0)[:, None], [labels], 0, unwatched, limit=500)
    assert found.standard_error is None
