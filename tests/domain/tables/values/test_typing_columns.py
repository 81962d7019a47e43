"""What columns are read as in a file, what counts as missing, and what is told of it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import ImportWarningCode as Code
from domain.terms.imports import TableOptions
from domain.terms.readings import DecimalMark
from tests.domain.tables.imported import ImportedTable, import_csv

ReadCsv = Callable[..., ImportedTable]


def table(**columns: list[str]) -> str:
    """Write columns as a CSV file, beside one of plain numbers."""
    rows = zip(*columns.values(), strict=True)
    quoted = [",".join(f'"{cell}"' for cell in row) for row in rows]
    return "\n".join(
        [",".join((*columns, "beside")), *(f"{row},{number}.5" for number, row in enumerate(quoted))]
    )


def test_blanks_around_numbers_are_taken_off_and_told(read_csv: ReadCsv) -> None:
    imported = read_csv("x,y\n 1.5,a\n2.5\t,b \n\u00a03.5\u00a0, b\n ,a\n4.5,a\n")
    assert imported.values("x") == [1.5, 2.5, 3.5, None, 4.5]
    assert imported.values("y") == ["a", "b ", " b", "a", "a"]
    (warning,) = imported.warnings(Code.VALUE_TRIMMED)
    assert (warning.column, warning.row, warning.count) == ("x", 1, 3)


def test_spelled_missing_cells_are_told_by_the_row_of_the_file(read_csv: ReadCsv) -> None:
    imported = read_csv("x,y\n1,a\n\n2,b\nNA,b\n-,a\n5,a\n")
    assert imported.values("x") == [1, 2, None, None, 5]
    (spelled,) = imported.warnings(Code.MISSING_SPELLING)
    assert (spelled.column, spelled.row, spelled.count) == ("x", 4, 2)
    assert imported.column("x").missing_count == 2


def test_whole_numbers_are_integers_up_to_two_to_the_53(read_csv: ReadCsv) -> None:
    largest = 10**15 - 1
    imported = read_csv(f"whole,points,part,large\n1,1.0,1.5,{largest}\n-2,2e3,2,{-largest}\n3,5,2.5,5\n")
    assert imported.values("large") == [largest, -largest, 5]
    assert imported.values("points") == [1, 2000, 5]
    assert [type(value) for value in imported.values("points")] == [int] * 3
    assert imported.values("part") == [1.5, 2, 2.5]


def test_prices_with_signs_and_commas_are_numbers(read_csv: ReadCsv) -> None:
    prices = ["1.234,50 €", "7,00 €", "12,25 €"]
    imported = read_csv(table(price=prices))
    assert imported.values("price") == [1234.5, 7, 12.25]
    assert imported.column("price").role is ColumnRole.NUMERIC
    (warning,) = imported.warnings(Code.NUMBER_FORMAT)
    assert warning.column == "price"
    assert '"1.234,50 €" is read as 1234.5' in warning.message


def test_the_decimal_mark_can_be_given(read_csv: ReadCsv) -> None:
    text = table(x=["1,234", "2,345", "7,890"])
    assert read_csv(text).values("x")[:2] == [1234, 2345]
    (warning,) = read_csv(text).warnings(Code.NUMBER_AMBIGUOUS)
    assert "option decimal" in warning.message
    given_comma = read_csv(
        'x;y\n"1,234";a\n"2,345";b\n"1,5";a\n', options=TableOptions(decimal=DecimalMark.COMMA)
    )
    assert given_comma.values("x") == [1.234, 2.345, 1.5]


def test_dates_in_another_order_are_dates_and_stay_as_uploaded(read_csv: ReadCsv) -> None:
    days = ["31.01.2024", "01.02.2024", "15.03.2024", "20.12.2023"]
    imported = read_csv(table(since=days))
    assert imported.values("since") == days
    assert imported.column("since").role is ColumnRole.DATETIME
    assert [warning.column for warning in imported.warnings(Code.DATE_FORMAT)] == ["since"]


def test_the_role_numeric_rejects_what_is_no_number(read_csv: ReadCsv) -> None:
    text = table(x=["1.5", "many", "3", "4", "5.25"])
    assert read_csv(text).column("x").role is not ColumnRole.NUMERIC
    imported = read_csv(text, [RoleOverride("x", ColumnRole.NUMERIC)])
    assert imported.values("x") == [1.5, None, 3, 4, 5.25]
    (warning,) = imported.warnings(Code.NOT_A_NUMBER)
    assert (warning.row, warning.count) == (2, 1)
    assert '"many"' in warning.message


def test_infinite_numbers_are_rejected_and_told(read_csv: ReadCsv) -> None:
    imported = read_csv(table(x=["1.5", "inf", "1e999", "2.5", "3.5"]))
    assert imported.values("x") == [1.5, None, None, 2.5, 3.5]
    (warning,) = imported.warnings(Code.OUT_OF_RANGE)
    assert (warning.row, warning.count) == (2, 2)


def test_north_america_survives(read_csv: ReadCsv) -> None:
    regions = ["NA", "EMEA", "APAC", "NA", "EMEA", "LATAM"]
    imported = read_csv(table(region=regions))
    assert imported.values("region") == regions
    assert [warning.column for warning in imported.warnings(Code.MISSING_SPELLING_KEPT)] == ["region"]


@pytest.mark.parametrize("cell", ["00012", "00", "-01", "+007", "00.5"])
def test_leading_zeros_make_a_code_that_survives(read_csv: ReadCsv, cell: str) -> None:
    imported = read_csv(table(x=["5", cell, "7", "7", "7"]))
    assert imported.values("x") == ["5", cell, "7", "7", "7"]


@given(st.lists(st.floats(-1e150, 1e150) | st.integers(-(10**15) + 1, 10**15 - 1), min_size=3, max_size=20))
def test_every_finite_number_is_read_as_python_reads_it(values: list[float | int]) -> None:
    imported = import_csv(table(x=[*map(repr, values)]), [RoleOverride("x", ColumnRole.NUMERIC)])
    assert imported.values("x") == [float(value) for value in values]
