"""Cells become what their reading says, and whatever is changed or left out can be told."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.values.converting import Converted, convert, convert_numbers
from domain.tables.values.missing import SPELLINGS
from domain.terms.readings import PLAIN, DateOrder, DecimalMark, Kind, NumberFormat, Reading

NUMBERS = Reading(Kind.NUMBERS, missing=SPELLINGS, stored_as_text=False)
EUROS = Reading(
    Kind.NUMBERS, NumberFormat(DecimalMark.COMMA, ".", "€"), missing=SPELLINGS, stored_as_text=False
)


def converted(reading: Reading, *cells: str) -> Converted:
    return convert(pa.array(cells, pa.string()), reading)


def told(found: Converted) -> dict[str, list[int]]:
    places = {
        name: getattr(found, name).tolist()
        for name in ("trimmed", "spelled", "unfit", "out_of_range", "reformatted", "codes", "kept")
    }
    return {name: positions for name, positions in places.items() if positions}


def test_plain_numbers_are_floats_with_nulls() -> None:
    found = converted(NUMBERS, "1", "", " 2.5", "NA", "1e3", " ", "-0")
    assert found.cells.type == pa.float64()
    assert found.cells.to_pylist() == [1, None, 2.5, None, 1000, None, 0]
    assert told(found) == {"trimmed": [2], "spelled": [3]}


def test_numbers_in_a_format_are_floats_and_told() -> None:
    found = converted(EUROS, "1.234,50 €", "7", "\u00a08,5\u00a0", "n/a", "(5,00 €)")
    assert found.cells.to_pylist() == [1234.5, 7, 8.5, None, -5]
    assert told(found) == {"reformatted": [0, 2, 4], "trimmed": [2], "spelled": [3]}
    assert converted(EUROS, "1.234", "5").cells.to_pylist() == [1234, 5]


def test_a_number_stored_before_its_mark_was_known_means_the_same_in_each_batch() -> None:
    comma = Reading(Kind.NUMBERS, NumberFormat(DecimalMark.COMMA), stored_as_text=False)
    assert told(converted(comma, "1", "1.5")) == {"unfit": [1]}
    assert told(converted(comma, "1", "2")) == {}


def test_what_does_not_fit_is_null_and_told() -> None:
    found = converted(NUMBERS, "1", "oops", "inf", "1e151", "-1e999", "1,5", "007", "2")
    assert found.cells.to_pylist() == [1, None, None, None, None, None, 7, 2]
    assert told(found) == {"unfit": [1, 5], "out_of_range": [2, 3, 4], "codes": [6]}
    assert told(converted(NUMBERS, "1", "inf")) == {"out_of_range": [1]}
    spelled_otherwise = Reading(Kind.NUMBERS, missing=("x",), stored_as_text=False)
    assert told(converted(spelled_otherwise, "1", "nan", "X")) == {"unfit": [1], "spelled": [2]}


def test_a_bare_number_among_percentages_is_unfit() -> None:
    percent = Reading(Kind.NUMBERS, NumberFormat(unit="%"), stored_as_text=False)
    found = converted(percent, "5 %", "0", "6")
    assert found.cells.to_pylist() == [5, 0, None]
    assert told(found) == {"reformatted": [0], "unfit": [2]}
    assert told(converted(percent, "5", "6")) == {"unfit": [0, 1]}


def test_numbers_stored_as_text_stay_as_uploaded_and_what_is_none_is_null() -> None:
    found = converted(Reading(Kind.NUMBERS, missing=("na",)), "1.50", " 2", "NA", "x")
    assert found.cells.to_pylist() == ["1.50", " 2", None, None]
    assert told(found) == {"trimmed": [1], "spelled": [2], "unfit": [3]}


def test_dates_stay_as_uploaded_and_impossible_ones_are_null() -> None:
    reading = Reading(Kind.DATES, dates=DateOrder.DAY_MONTH_YEAR, missing=SPELLINGS)
    found = converted(reading, "31.12.2024", " 1.1.24", "30.02.2024", "soon", "-", "")
    assert found.cells.to_pylist() == ["31.12.2024", " 1.1.24", None, None, None, None]
    assert told(found) == {"unfit": [2, 3], "spelled": [4]}


def test_text_stays_as_uploaded_with_its_blanks() -> None:
    found = converted(Reading(Kind.TEXT, missing=("unknown",)), " a", "", "Unknown ", "b ", "\u3000", "none")
    assert found.cells.to_pylist() == [" a", None, None, "b ", None, "none"]
    assert told(found) == {"spelled": [2]}
    assert converted(Reading(Kind.NOTHING), "", " ").cells.to_pylist() == [None, None]


def test_a_kept_na_is_found() -> None:
    found = converted(Reading(Kind.TEXT, missing=("unknown",)), "EMEA", "NA", "unknown", " na")
    assert found.cells.to_pylist() == ["EMEA", "NA", None, " na"]
    assert told(found) == {"spelled": [2], "kept": [1, 3]}
    assert told(converted(Reading(Kind.TEXT, missing=SPELLINGS), "EMEA", "NA")) == {"spelled": [1]}


def test_numbers_of_the_format_itself_are_taken_over() -> None:
    found = convert_numbers(pa.array([1.5, None, float("nan"), float("-inf"), 1e151, -0.5]))
    assert found.cells.to_pylist() == [1.5, None, None, None, None, -0.5]
    assert told(found) == {"out_of_range": [3, 4]}
    whole = pa.array([1.0, 2.0])
    assert convert_numbers(whole).cells is whole


def test_no_cells_are_no_cells() -> None:
    for kind in Kind:
        assert len(converted(Reading(kind)).cells) == 0
    assert len(convert_numbers(pa.array([], pa.float64())).cells) == 0


@given(
    st.lists(st.text(max_size=6).map(lambda text: text.encode(errors="ignore").decode())),
    st.sampled_from(Kind),
    st.integers(0, 3),
)
def test_a_slice_is_converted_like_a_copy_of_it(cells: list[str], kind: Kind, start: int) -> None:
    reading = Reading(kind, PLAIN, missing=("na", "-"), stored_as_text=kind is not Kind.NUMBERS)
    sliced = convert(pa.array(cells, pa.string())[start:], reading)
    copied = convert(pa.array(cells[start:], pa.string()), reading)
    assert sliced.cells.to_pylist() == copied.cells.to_pylist()
    assert told(sliced) == told(copied)


@given(st.lists(st.floats(-1e150, 1e150) | st.sampled_from(["", "oops", "NA", " 7 "]), max_size=20))
def test_good_numbers_are_read_whatever_stands_beside_them(values: list[float | str]) -> None:
    found = converted(NUMBERS, *(value if isinstance(value, str) else repr(value) for value in values))
    expected = [7.0 if value == " 7 " else None if isinstance(value, str) else value for value in values]
    assert found.cells.to_pylist() == expected
