"""Statistics of columns, by hand, against the standard library and against numpy."""

import statistics
from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.summaries import number_frequencies, summarise, text_frequencies
from domain.terms.columns import Histogram, NumericSummary, ValueCount


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
    )


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


def test_frequencies_by_hand() -> None:
    text = pa.chunked_array([["b", "a", None], ["b", "c", "a", "B"]], pa.string())
    assert text_frequencies(text).distinct_count == 4
    assert text_frequencies(text).top_values == (
        ValueCount("a", 2),
        ValueCount("b", 2),
        ValueCount("B", 1),
        ValueCount("c", 1),
    )
    numbers = number_frequencies(np.array([-2.0, 1.5, 1.5, 10.0, 10.0, 1e20]))
    assert numbers.distinct_count == 4
    assert numbers.top_values == (
        ValueCount("1.5", 2),
        ValueCount("10", 2),
        ValueCount("-2", 1),
        ValueCount("1e+20", 1),
    )
    assert text_frequencies(pa.chunked_array([[None]], pa.string())).top_values == ()


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=80))
def test_the_ten_most_frequent_are_those_of_a_counter(values: list[str]) -> None:
    expected = sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))[:10]
    found = text_frequencies(pa.chunked_array([values], pa.string()))
    assert [(each.value, each.count) for each in found.top_values] == expected
    assert found.distinct_count == len(set(values))
    numbers = number_frequencies(np.sort([float(ord(value)) for value in values]))
    assert [(chr(int(each.value)), each.count) for each in numbers.top_values] == expected
