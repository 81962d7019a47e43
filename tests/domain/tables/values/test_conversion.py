"""Stored columns as numbers, days and categories."""

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import UnsuitableData
from domain.tables.values.conversion import categories, days, numbers
from domain.terms.readings import DateOrder, DecimalMark, NumberFormat

MISSING = float("nan")


def text(*cells: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells[:2], pa.string()), pa.array(cells[2:], pa.string())])


def test_numbers_come_from_numbers_and_from_text() -> None:
    for column in (
        pa.chunked_array([[1, None], [3]]),
        pa.chunked_array([[1.0, None, 3.0]]),
        text("1", None, " 3.0"),
    ):
        np.testing.assert_array_equal(numbers(column), [1, MISSING, 3])
        assert numbers(column).dtype == np.float64


def test_text_is_read_in_its_format() -> None:
    euros = NumberFormat(DecimalMark.COMMA, ".", "€")
    np.testing.assert_array_equal(numbers(text("1.234,5 €", None, " 7"), euros), [1234.5, MISSING, 7])


def test_text_that_is_no_number_is_refused() -> None:
    with pytest.raises(UnsuitableData, match="not numbers"):
        numbers(text("1", "2", "x"))


def test_days_are_counted_from_1970() -> None:
    found = days(text("1970-01-01", "1969-12-31", None, "1970-01-02T12:00", "1970-01-02T00:00+06:00"))
    np.testing.assert_array_equal(found, [0, -1, MISSING, 1.5, 0.75])
    np.testing.assert_array_equal(days(text("2026-06-30", "2000-02-29")), [20_634, 11_016])
    np.testing.assert_array_equal(days(text("2.1.1970", "31.1.1970"), DateOrder.DAY_MONTH_YEAR), [1, 30])


def test_what_is_no_date_is_refused() -> None:
    for column in (text("1970-01-01", "soon"), pa.chunked_array([[1, 2]])):
        with pytest.raises(UnsuitableData, match="dates"):
            days(column)


def test_categories_are_sorted_and_the_same_from_text_and_numbers() -> None:
    codes, names = categories(text("b", "a", None, "b", "Z"))
    assert names == ("Z", "a", "b")
    assert codes.tolist() == [2, 1, -1, 2, 0]
    assert codes.dtype == np.int32
    for column in (
        text("10", "9", None, "5", "10"),
        pa.chunked_array([[10, 9], [None, 5, 10]]),
        pa.chunked_array([[10.0, 9.0, None, 5.0, 10.0]]),
    ):
        codes, names = categories(column)
        assert names == ("10", "5", "9")
        assert codes.tolist() == [0, 2, -1, 1, 0]
    assert categories(pa.chunked_array([[0.5, 5.0]]))[1] == ("0.5", "5")


def test_spellings_of_a_truth_value_are_one_category() -> None:
    codes, names = categories(text("Yes", "yes", "NO", None, "Y", "yes", "NO", "no"))
    assert names == ("NO", "yes")
    assert codes.tolist() == [1, 1, 0, -1, 1, 1, 0, 0]
    assert categories(text("Yes", "yes", "No", "maybe"))[1] == ("No", "Yes", "maybe", "yes")


def test_a_column_without_values_has_no_categories() -> None:
    for column in (text(None, None), pa.chunked_array([pa.array([None, None], pa.float64())])):
        codes, names = categories(column)
        assert (codes.tolist(), names) == ([-1, -1], ())
