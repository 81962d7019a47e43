"""Placing samples by what a training found."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from domain.learning.algorithms.assigning import NearestSample
from domain.learning.algorithms.folding import fold
from domain.learning.algorithms.neighbours import arrange
from domain.learning.progress import unwatched


def test_a_sample_goes_with_the_nearest_known_one() -> None:
    known = NearestSample(np.array([[0.0], [10.0], [20.0]]), np.array([0, 1, -1]))
    assert known.assign(np.array([[-3.0], [6.0], [100.0]])).tolist() == [0, 1, -1]


def test_of_equally_near_ones_the_first_counts() -> None:
    samples = np.array([[2.0], [0.0]] * 40)
    assert NearestSample(samples, np.arange(80)).assign(np.array([[1.0], [0.0]])).tolist() == [0, 1]


def test_beyond_the_reach_of_the_nearest_is_noise_and_just_within_it_is_not() -> None:
    known = NearestSample(np.array([[0.0], [10.0]]), np.array([0, 1]), np.array([1.0, 3.0]))
    assert known.assign(np.array([[1.0], [1.1], [7.0], [6.9]])).tolist() == [0, -1, 1, -1]


def test_without_a_known_sample_all_is_noise() -> None:
    known = NearestSample(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0))
    assert known.assign(np.zeros((3, 2))).tolist() == [-1, -1, -1]
    assert known.assign(np.zeros((0, 2))).tolist() == []


@pytest.mark.parametrize("features", [1, 4, 20])
def test_the_nearest_are_those_of_scipy(features: int) -> None:
    rng = np.random.default_rng(features)
    samples, queries = rng.normal(size=(700, features)), rng.normal(size=(300, features)) * 2
    away, reference = KDTree(samples).query(queries)
    rows, squares = arrange(samples, np.ones(700, dtype=np.int64)).nearest(queries)
    assert np.array_equal(rows, reference)
    assert squares == pytest.approx(np.square(away))


def test_core_distances_count_equal_rows_as_often_as_they_occur() -> None:
    matrix = np.round(np.random.default_rng(1).normal(size=(400, 2)), 1)
    found = fold(matrix, unwatched)
    assert len(found.points) < 400
    neighbours = arrange(found.points, found.weights.astype(np.int64))
    reference = np.asarray(KDTree(matrix).query(neighbours.points, 7)[0])[:, -1]
    assert np.sqrt(neighbours.core_distances(7)) == pytest.approx(reference)


def test_equal_rows_are_one_point_with_0_and_minus_0_as_one() -> None:
    found = fold(np.array([[3.0, 0.0], [1.0, 2.0], [3.0, -0.0], [1.0, 2.0], [3.0, 0.0]]), unwatched)
    assert found.points.tolist() == [[3.0, 0.0], [1.0, 2.0]]
    assert found.point_of is not None
    assert found.point_of.tolist() == [0, 1, 0, 1, 0]
    assert found.weights.tolist() == [3, 2]
