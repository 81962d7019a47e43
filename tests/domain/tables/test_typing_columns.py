"""What columns are read as, what counts as missing, and what is told of it."""

import math
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.importing import ImportedTable
from domain.tables.kinds import Kind, TypedColumn, read_column
from domain.terms.imports import ImportWarningCode

ReadCsv = Callable[..., ImportedTable]


def typed(*cells: str, chunk: int = 100) -> TypedColumn:
    pieces = [pa.array(cells[start : start + chunk], pa.string()) for start in range(0, len(cells), chunk)]
    return read_column("x", pa.chunked_array(pieces, pa.string()), lambda index: index + 1)


def numbers(*cells: str) -> list[float | None] | None:
    column = typed(*cells)
    if column.numbers is None:
        return None
    return [None if math.isnan(number) else number for number in column.numbers.tolist()]


def test_decimal_numbers_are_read_as_numbers() -> None:
    assert numbers("1", "-2", "+3", "4.", ".5", "6.25", "1e3", "-2E-2", "0", "-0", "0.5", "-0.5") == [
        *(1, -2, 3, 4, 0.5, 6.25, 1000, -0.02, 0, 0, 0.5, -0.5)
    ]
    column = typed("-0")
    assert column.numbers is not None
    assert math.copysign(1, column.numbers[0]) == 1


@pytest.mark.parametrize(
    "cell",
    [
        *("inf", "-inf", "Infinity", "1e999", "-1e999", "1e151", "0x1F", "1_000", "1 000", "1,5", "$5", "5%"),
        *("٣", "1e", "e5", ".", "+", "--1", "1.2.3", "true", "TBD"),
    ],
)
def test_a_single_other_value_makes_the_column_text(cell: str) -> None:
    assert typed("1", "2", cell).kind is Kind.TEXT


@pytest.mark.parametrize("cell", ["00012", "00", "01", "-01", "+007", "00.5", "01e2"])
def test_leading_zeros_make_a_code_that_survives(cell: str) -> None:
    column = typed("5", cell)
    assert column.kind is Kind.TEXT
    assert column.text.to_pylist() == ["5", cell]
    assert column.almost is None


def test_empty_and_blank_cells_are_missing_everywhere() -> None:
    assert numbers("1", "", " ", "\t", "\u00a0", "\u3000\u2009", "2") == [1, None, None, None, None, None, 2]
    assert typed("a", "", " \n", "\u00a0").text.to_pylist() == ["a", None, None, None]
    assert typed("", " ").kind is Kind.NOTHING
    assert typed().kind is Kind.NOTHING


def test_spellings_of_missing_count_among_numbers_alone() -> None:
    spelled = ["NA", "N/A", "NaN", "null", "None", "-", "na", "nAn", "NULL", " NA "]
    column = typed("1", *spelled, "2.5")
    assert column.kind is Kind.NUMBERS
    assert column.present_count == 2
    assert column.spelled.tolist() == list(range(1, 11))
    assert typed("x", *spelled).text.to_pylist() == ["x", *spelled]
    assert typed("NA", "-").kind is Kind.TEXT
    assert typed("2020-01-01", "NA").kind is Kind.TEXT


def test_blanks_around_numbers_are_taken_off_and_told(read_csv: ReadCsv) -> None:
    imported = read_csv("x,y\n 1.5,a\n2.5\t,b \n\u00a03.5\u00a0, b\n ,a\n4.5,a\n")
    assert imported.table["x"].to_pylist() == [1.5, 2.5, 3.5, None, 4.5]
    assert imported.table["y"].to_pylist() == ["a", "b ", " b", "a", "a"]
    (warning,) = imported.outcome.report.warnings
    assert (warning.code, warning.column, warning.row, warning.count) == (
        ImportWarningCode.VALUE_TRIMMED,
        "x",
        1,
        3,
    )


def test_spelled_missing_cells_are_told_by_the_row_of_the_file(read_csv: ReadCsv) -> None:
    imported = read_csv("x,y\n1,a\n\n2,b\nNA,b\n-,a\n5,a\n")
    assert imported.table["x"].to_pylist() == [1, 2, None, None, 5]
    blank, spelled = imported.outcome.report.warnings
    assert (blank.code, blank.row) == (ImportWarningCode.BLANK_ROW, 2)
    assert (spelled.code, spelled.column, spelled.row, spelled.count) == (
        ImportWarningCode.MISSING_SPELLING,
        "x",
        4,
        2,
    )
    assert imported.outcome.columns[0].missing_count == 2


def test_whole_numbers_are_integers_up_to_two_to_the_53(read_csv: ReadCsv) -> None:
    largest, beyond = 2**53 - 1, 2**53
    table = read_csv(f"whole,points,part,large\n1,1.0,1.5,{largest}\n-2,2e3,2,{-largest}\n3,5,2.5,5\n").table
    assert [str(kind) for kind in table.schema.types] == ["int64", "int64", "double", "int64"]
    assert table["large"].to_pylist() == [largest, -largest, 5]
    assert table["points"].to_pylist() == [1, 2000, 5]
    assert str(read_csv(f"x\n{beyond}\n5\n5\n6\n").table.schema.types[0]) == "double"


def test_a_few_odd_values_among_numbers_are_told() -> None:
    column = typed(*["1.5"] * 6, "oops", *["2"] * 6, chunk=4)
    assert column.kind is Kind.TEXT
    assert column.almost is not None
    assert (column.almost.code, column.almost.row, column.almost.count) == (
        ImportWarningCode.NOT_A_NUMBER,
        7,
        1,
    )
    assert "1 of its 13 values" in column.almost.message
    assert '"oops" in row 7' in column.almost.message
    too_large = typed(*["1.5"] * 12, "1e999")
    assert too_large.almost is not None
    assert too_large.almost.code is ImportWarningCode.OUT_OF_RANGE
    assert typed("1", "2", "x").almost is None


@pytest.mark.parametrize(
    "cells",
    [
        ("2020-02-29", "1969-12-31"),
        ("2020-01-02T03:04", "2020-01-02 03:04:05", "2020-01-02T03:04:05.123456789"),
        ("2020-01-02T03:04:05Z", "2020-01-02t03:04:05+02:00", "2020-01-02 03:04:05-0530", "2020-01-02", ""),
        (" 2020-01-02", "2020-01-03 "),
    ],
)
def test_iso_dates_and_times_are_dates(cells: tuple[str, ...]) -> None:
    column = typed(*cells)
    assert column.kind is Kind.DATES
    assert column.text.to_pylist() == [cell or None for cell in cells]


@pytest.mark.parametrize(
    "cell",
    [
        "2021-02-29",
        "2020-13-01",
        "2020-1-2",
        "02.01.2020",
        "20200102x",
        "2020-01-02T25:00",
        "2020-01",
        "abcdefghij",
    ],
)
def test_what_no_calendar_has_is_no_date(cell: str) -> None:
    assert typed("2020-01-02", cell).kind is Kind.TEXT
    assert typed(cell, "2020-01-02").kind is Kind.TEXT


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False, min_value=-1e150, max_value=1e150),
            st.integers(-(10**18), 10**18),
        ),
        min_size=1,
    ),
    st.integers(1, 4),
)
def test_every_finite_number_is_read_as_python_reads_it(values: list[float | int], chunk: int) -> None:
    column = typed(*map(repr, values), chunk=chunk)
    assert column.numbers is not None
    assert column.numbers.tolist() == [float(value) for value in values]


@given(st.lists(st.text(max_size=6), min_size=1), st.integers(1, 4))
def test_pieces_give_what_the_whole_gives(cells: list[str], chunk: int) -> None:
    cells = [cell.encode(errors="ignore").decode() for cell in cells]
    whole, pieces = typed(*cells, chunk=len(cells)), typed(*cells, chunk=chunk)
    assert whole.kind is pieces.kind
    assert whole.text.to_pylist() == pieces.text.to_pylist()
