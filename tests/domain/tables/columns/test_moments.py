"""Moments that come in parts are those of all numbers together."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from domain.tables.columns.moments import Moments
from domain.terms.arrays import Vector

PARTS = st.lists(st.lists(st.integers(-1000, 1000).map(float), max_size=20), min_size=1, max_size=5)


def moments_of(*parts: Sequence[float] | Vector) -> Moments:
    moments = Moments()
    for part in parts:
        moments.add(np.array(part, np.float64))
    return moments


def test_of_one_to_four_in_two_parts_by_hand() -> None:
    found = moments_of([1, 2], [3, 4])
    assert (found.count, found.low, found.high, found.mean) == (4, 1, 4, 2.5)
    assert found.standard_deviation == pytest.approx(1.2909944487358056, rel=1e-15)
    assert found.skewness == 0.0


def test_skewness_of_a_long_tail_by_hand() -> None:
    # Mean 3, squares 4+4+4+36 = 48, cubes -8-8-8+216 = 192: g1 = 2 · 192 / 48^1.5, G1 = g1 · √12 / 2.
    assert moments_of([1, 1], [1, 9]).skewness == pytest.approx(2.0, rel=1e-15)


@given(PARTS)
def test_the_parts_do_not_matter(parts: list[list[float]]) -> None:
    joined = np.array([value for part in parts for value in part])
    found = moments_of(*parts)
    assert found.count == len(joined)
    if len(joined):
        assert found.mean == pytest.approx(joined.mean(), rel=1e-12, abs=1e-9)
    if len(joined) > 1:
        assert found.standard_deviation == pytest.approx(joined.std(ddof=1), rel=1e-12, abs=1e-9)
    if len(joined) > 2 and joined.min() < joined.max():
        assert found.skewness == pytest.approx(stats.skew(joined, bias=False), rel=1e-9, abs=1e-9)


def test_a_large_mean_loses_no_digits() -> None:
    numbers = np.random.default_rng(7).lognormal(size=10_000)
    found = moments_of(*np.split(numbers + 1e9, 10))
    assert found.standard_deviation == pytest.approx((numbers + 1e9).std(ddof=1), rel=1e-12)
    # What scipy loses by the large mean is given back to it.
    assert found.skewness == pytest.approx(stats.skew((numbers + 1e9) - 1e9, bias=False), rel=1e-9)


@pytest.mark.parametrize("numbers", [[], [5.0], [1.0, 2.0], [3.0, 3.0, 3.0]])
def test_skewness_is_undefined_for_fewer_than_three_numbers_and_for_equal_ones(numbers: list[float]) -> None:
    assert moments_of(numbers).skewness is None


def test_equal_numbers_have_no_spread_however_they_are_rounded() -> None:
    assert moments_of([0.1] * 3, [0.1] * 7).standard_deviation == 0.0
