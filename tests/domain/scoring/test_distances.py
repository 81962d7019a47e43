"""The nearest of many points, found without measuring all of them."""

import numpy as np
import pytest

from domain.scoring.distances import Points, squared_distances


@pytest.mark.parametrize("unit", [1.0, 1e-8, 1e50])
@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("count", [1, 24, 5_000])
def test_the_nearest_point_is_that_of_measuring_all(count: int, offset: float, unit: float) -> None:
    # On a grid many are equally far: the first one given counts.
    points = (np.random.default_rng(count).integers(0, 12, (count, 3)).astype(float) + offset) * unit
    samples = (np.random.default_rng(1).integers(-2, 14, (60, 3)).astype(float) / 2 + offset) * unit
    samples[0] *= 1e9
    found, squares = Points(points).nearest(samples)
    measured = squared_distances(samples, points)
    assert np.array_equal(found, measured.argmin(axis=1))
    assert np.array_equal(squares, measured.min(axis=1))


def test_what_a_sample_gets_does_not_depend_on_the_others() -> None:
    random = np.random.default_rng(0)
    points, samples = random.normal(size=(9_000, 7)), random.normal(size=(130, 7))
    found, squares = Points(points).nearest(samples)
    alone = [Points(points).nearest(sample[None, :]) for sample in samples[:20]]
    assert [row[0] for row, _ in alone] == found[:20].tolist()
    assert [square[0] for _, square in alone] == squares[:20].tolist()


def test_without_any_point_none_is_the_nearest() -> None:
    found, squares = Points(np.empty((0, 2))).nearest(np.zeros((3, 2)))
    assert found.tolist() == [-1, -1, -1]
    assert np.isinf(squares).all()
