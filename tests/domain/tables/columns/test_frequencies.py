"""How often values occur, counted in parts."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.columns import frequencies
from domain.tables.columns.frequencies import Batches, Frequencies, number_frequencies, text_frequencies
from domain.terms.columns import ValueCount


def batches(texts: list[str | None], size: int) -> Batches:
    def read() -> Iterator[pa.Array]:
        for start in range(0, len(texts), size):
            yield pa.array(texts[start : start + size], pa.string())

    return read


def counted(texts: list[str | None]) -> Frequencies:
    """Count as a person would, with Python's own tools."""
    counts = Counter(text for text in texts if text is not None)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return Frequencies(len(counts), tuple(ValueCount(text, count) for text, count in ordered[:10]))


TEXTS = st.lists(st.one_of(st.none(), st.sampled_from("abcdefghijklmnop"), st.text(max_size=3)), max_size=120)


@given(TEXTS, st.integers(1, 50))
def test_few_texts_are_counted_exactly(texts: list[str | None], size: int) -> None:
    assert text_frequencies(batches(texts, size), len(texts)) == counted(texts)


@given(TEXTS, st.integers(1, 50))
def test_many_texts_are_counted_exactly_by_their_hashes(texts: list[str | None], size: int) -> None:
    many = [*texts, *(f"{number:02}" for number in range(12))]
    assert frequencies._count_many(batches(many, size), len(many), 1) == counted(many)


def test_a_column_of_keys_has_as_many_values_as_rows_and_the_first_ten_are_listed() -> None:
    keys: list[str | None] = [f"C-{number:06}" for number in range(100_000)]
    found = text_frequencies(batches(keys[::-1], 16_384), len(keys))
    assert found.distinct_count == 100_000
    assert found.top_values == tuple(ValueCount(f"C-{number:06}", 1) for number in range(10))


def test_a_key_that_comes_twice_among_very_many_is_the_most_frequent() -> None:
    keys: list[str | None] = [f"C-{number:06}" for number in range(80_000)]
    found = text_frequencies(batches([*keys, "C-077777"], 16_384), len(keys) + 1)
    assert (found.distinct_count, found.top_values[:2]) == (
        80_000,
        (ValueCount("C-077777", 2), ValueCount("C-000000", 1)),
    )


def test_of_every_second_row_the_counts_are_doubled() -> None:
    found = text_frequencies(batches(["a", "b"] * 50, 7), 100, every=2)
    assert found == Frequencies(1, (ValueCount("a", 100),))


def test_no_text_at_all() -> None:
    assert text_frequencies(batches([None, None], 1), 2) == Frequencies(0, ())
    assert text_frequencies(batches([], 1), 0) == Frequencies(0, ())


@pytest.mark.parametrize("numbers", [[1.5], [2.0, 2.0, 1.0], [float(each % 13) for each in range(100)]])
def test_numbers_are_counted_and_ties_are_in_the_order_of_size(numbers: list[float]) -> None:
    found = number_frequencies(np.sort(np.array(numbers)))
    expected = sorted(Counter(numbers).items(), key=lambda each: (-each[1], each[0]))[:10]
    assert found.distinct_count == len(set(numbers))
    assert [(float(each.value), each.count) for each in found.top_values] == expected


@given(st.lists(st.text(max_size=12), min_size=11, max_size=60, unique=True), st.integers(1, 30))
def test_of_texts_that_all_differ_the_first_ten_by_code_points_are_listed(
    texts: list[str | None], size: int
) -> None:
    assert frequencies._count_many(batches(texts, size), len(texts), 1) == counted(texts)
