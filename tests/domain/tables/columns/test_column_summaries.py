"""Statistics of columns, by hand, against the standard library and against numpy."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.columns import summaries
from domain.tables.columns.moments import Moments
from domain.tables.columns.summaries import SHARES
from domain.terms.arrays import Vector
from domain.terms.columns import Histogram, NumericSummary


def summarise(ordered: Vector, *, whole: bool) -> NumericSummary:
    moments = Moments()
    moments.add(ordered)
    return summaries.summarise(moments, ordered, whole)


def test_a_summary_by_hand() -> None:
    summary = summarise(np.array([1.0, 2.0, 2.0, 3.0, 7.0]), whole=True)
    # Quartiles 2 and 3: a width of 2·1·5^(-1/3) = 1.17, so 6 / 1.17 = 5.1 bins, 6 in whole numbers.
    assert summary == NumericSummary(
        min=1,
        max=7,
        mean=3,
        standard_deviation=statistics.stdev([1, 2, 2, 3, 7]),
        median=2,
        histogram=Histogram((1, 2, 3, 4, 5, 6, 7), (1, 2, 1, 0, 0, 1)),
        quantiles=summary.quantiles,
        # Squares 4+1+1+0+16 = 22, cubes -8-1-1+0+64 = 54: g1 = √5 · 54 / 22^1.5, G1 = g1 · √20 / 3.
        skewness=summary.skewness,
    )
    assert tuple(each.share for each in summary.quantiles) == SHARES
    # Places 0.04, 0.2, 0.4, 1, 2, 3, 3.6, 3.8 and 3.96 of 0..4.
    assert [each.value for each in summary.quantiles] == pytest.approx(
        [1.04, 1.2, 1.4, 2, 2, 3, 5.4, 6.2, 6.84]
    )
    assert summary.skewness == pytest.approx(1.7443695, rel=1e-7)


def test_one_value_and_equal_values_have_no_spread() -> None:
    for count in (1, 3):
        summary = summarise(np.full(count, 0.1), whole=False)
        assert (summary.min, summary.max, summary.mean, summary.median) == (0.1, 0.1, 0.1, 0.1)
        assert summary.standard_deviation == 0
        assert summary.histogram == Histogram((-0.4, 0.6), (count,))


def test_whole_numbers_have_no_bins_narrower_than_one() -> None:
    assert summarise(np.array([0.0] * 500 + [1.0] * 500), whole=True).histogram.counts == (500, 500)
    ratings = np.sort(np.arange(1000) % 5 + 1.0)
    assert summarise(ratings, whole=True).histogram.counts == (200,) * 5


def test_neighbouring_floats_still_have_a_histogram() -> None:
    low = 1e16
    # The next float is two further on, so four have room for two bins.
    summary = summarise(np.array([low, low, low + 4]), whole=False)
    assert summary.histogram == Histogram((low, low + 2, low + 4), (2, 1))


FINITE = st.floats(-1e150, 1e150, allow_subnormal=False)


@given(st.lists(FINITE, min_size=1, max_size=60))
def test_summaries_agree_with_numpy(values: list[float]) -> None:
    ordered = np.sort(np.array(values) + 0.0)
    summary = summarise(ordered, whole=False)
    assert (summary.min, summary.max) == (min(values), max(values))
    assert np.isclose(summary.median, np.median(ordered), rtol=1e-12)
    assert np.isclose(summary.mean, np.mean(ordered), rtol=1e-9, atol=1e-9 * np.abs(ordered).max())
    edges, counts = summary.histogram.edges, summary.histogram.counts
    assert sum(counts) == len(values)
    assert 1 <= len(counts) <= 20
    if ordered[0] < ordered[-1]:
        assert list(counts) == np.histogram(ordered, bins=np.array(edges))[0].tolist()
        assert (edges[0], edges[-1]) == (summary.min, summary.max)


def test_a_sample_tells_the_shape_and_the_moments_tell_the_size() -> None:
    numbers = np.arange(1000.0)
    moments = Moments()
    moments.add(numbers)
    found = summaries.summarise(moments, numbers[::3], whole=True)
    assert (found.min, found.max, found.mean) == (0, 999, 499.5)
    assert sum(found.histogram.counts) == 1000
    assert found.median == pytest.approx(499.5, abs=1)
