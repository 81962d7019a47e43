"""What a column is read as, decided by all of it and by the columns beside it."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.values.deciding import Candidate, Decision, decide
from domain.tables.values.evidence import Evidence
from domain.tables.values.explanations import Note
from domain.terms.columns import ColumnRole
from domain.terms.imports import ImportWarningCode as Code
from domain.terms.imports import TableOptions
from domain.terms.readings import PLAIN, DateOrder, DecimalMark, Kind, NumberFormat

POINT, COMMA = DecimalMark


def seen(cells: Sequence[str], batch: int = 1_000_000) -> Evidence:
    evidence = Evidence()
    for start in range(0, len(cells), batch):
        evidence.look(pa.array(cells[start : start + batch], pa.string()))
    return evidence


def decided(
    columns: Mapping[str, Sequence[str]],
    roles: Mapping[str, ColumnRole] | None = None,
    decimal: DecimalMark | None = None,
    delimiter: str | None = ",",
) -> dict[str, Decision]:
    candidates = [Candidate(name, seen(cells), (roles or {}).get(name)) for name, cells in columns.items()]
    return dict(zip(columns, decide(candidates, TableOptions(decimal=decimal), delimiter), strict=True))


def one(
    *cells: str,
    name: str = "x",
    role: ColumnRole | None = None,
    decimal: DecimalMark | None = None,
    delimiter: str | None = ",",
) -> Decision:
    return decided({name: cells}, {name: role} if role else None, decimal, delimiter)[name]


def codes(decision: Decision) -> list[Code]:
    return [note.code for note in decision.notes]


@pytest.mark.parametrize(
    ("cells", "format"),
    [
        (("1", "2.5", "-3e2"), PLAIN),
        (("1,5", "2,25"), NumberFormat(COMMA)),
        (("1.234,5", "7"), NumberFormat(COMMA, ".")),
        (("1,234.5", "7"), NumberFormat(POINT, ",")),
        (("1,00,000", "7"), NumberFormat(POINT, ",")),
        (("1,234", "12,34"), NumberFormat(COMMA)),
        (("1,234", "0,123"), NumberFormat(COMMA)),
        (("1.234", "1.234.567"), NumberFormat(COMMA, ".")),
        (("1 234,5", "7,5"), NumberFormat(COMMA, " ")),
        (("1\u202f234", "7"), NumberFormat(POINT, " ")),
        (("1'234.5", "1’234"), NumberFormat(POINT, "'")),  # noqa: RUF001 - as Swiss spreadsheets write
        (("5 €", "7,50 €", "8"), NumberFormat(COMMA, None, "€")),
        (("$5", "USD 7", "8"), NumberFormat(unit="$")),
        (("5 %", "7.5%", "0"), NumberFormat(unit="%")),
        (("(5)", "7-", "1"), PLAIN),
    ],
)
def test_the_format_is_the_one_in_which_all_numbers_fit(cells: tuple[str, ...], format: NumberFormat) -> None:
    decision = one(*cells)
    assert (decision.reading.kind, decision.reading.numbers) == (Kind.NUMBERS, format)
    assert not decision.reading.stored_as_text
    assert decision.sure


def test_a_format_of_its_own_is_told_by_an_example() -> None:
    assert one("1.234,50 €", "7").notes == (
        Note(Code.NUMBER_FORMAT, 'column "x": "1.234,50 €" is read as 1234.5'),
    )
    assert one("1", "2.5").notes == ()


def test_thousands_or_a_fraction_is_decided_by_the_file() -> None:
    open_ = ("1,234", "5,678")
    assert one(*open_).reading.numbers == NumberFormat(POINT, ",")
    assert one(*open_, delimiter=";").reading.numbers == NumberFormat(COMMA)
    assert one(*open_, decimal=COMMA).reading.numbers == NumberFormat(COMMA)
    assert one(*open_, delimiter=";", decimal=POINT).reading.numbers == NumberFormat(POINT, ",")
    beside = decided({"x": open_, "y": ["1,5", "2,75"]})["x"]
    assert beside.reading.numbers == NumberFormat(COMMA)
    assert codes(beside) == [Code.NUMBER_FORMAT, Code.NUMBER_AMBIGUOUS]
    assert '"1,234" may be 1.234 or 1234; 1.234 is taken' in beside.notes[1].message
    assert "as in other columns" in beside.notes[1].message
    assert codes(one(*open_, decimal=COMMA)) == [Code.NUMBER_FORMAT]


def test_points_before_three_digits_group_only_where_commas_make_fractions() -> None:
    open_ = ("1.234", "5.678")
    assert one(*open_).reading.numbers == PLAIN
    assert codes(one(*open_)) == [Code.NUMBER_AMBIGUOUS]
    assert decided({"x": open_, "y": ["1.5"]})["x"].notes == ()
    beside = decided({"x": open_, "y": ["1,5"]})["x"]
    assert beside.reading.numbers == NumberFormat(COMMA, ".")


def test_the_option_decimal_wins_and_leaves_whole_numbers_alone() -> None:
    assert one("1.5", "2.5", decimal=COMMA).reading.kind is Kind.TEXT
    assert codes(one("1.5", "2.5", decimal=COMMA)) == [Code.NOT_A_NUMBER]
    assert one("1", "20", decimal=COMMA).reading.kind is Kind.NUMBERS
    assert one("1", "20", decimal=COMMA).notes == ()


def test_one_odd_cell_in_a_hundred_is_a_slip_and_two_are_not() -> None:
    assert one(*["1.5"] * 99, "oops").reading.kind is Kind.NUMBERS
    text = one(*["1.5"] * 98, "oops", "oops")
    assert text.reading.kind is Kind.TEXT
    assert text.notes == (
        Note(
            Code.NOT_A_NUMBER,
            'column "x" is read as text: 2 of its 100 values are not numbers in one format, such as "oops"',
            2,
        ),
    )
    assert one(*["1.5"] * 98, "oops").reading.kind is Kind.TEXT
    assert one(*["5"] * 99, "oops", name="customer id").reading.kind is Kind.TEXT
    assert one(*["2020-01-01"] * 99, "oops").reading.kind is Kind.DATES


def test_infinite_and_too_large_numbers_do_not_make_text() -> None:
    assert one("1", "inf", "1e999", "-Infinity").reading.kind is Kind.NUMBERS
    assert one("inf", "inf").reading.kind is Kind.TEXT


@pytest.mark.parametrize(
    "cells",
    [
        *(("00012", "5"), ("5", "00"), ("-01", "1"), ("00.5", "1"), ("+007", "1")),
        *(("1234567890123456", "5"), ("612 345 678", "699 123 456"), ("1", "2", "x")),
        *(("1,5", "2.5"), ("1.2.3", "1"), ("192.168.1.1", "10.0.0.1"), ("1-2", "3")),
    ],
)
def test_codes_and_other_text_stay_text(cells: tuple[str, ...]) -> None:
    assert one(*cells).reading.kind is Kind.TEXT


def test_numbers_in_different_units_are_text_and_it_is_told() -> None:
    for cells, why in (
        (("5 €", "6 $", "7 €"), 'some are in "€" and "$"'),
        (("5 %", "6", "7 %"), "some are percentages and some are not"),
        (("5 %", "6 €"), "can't be compared"),
    ):
        decision = one(*cells)
        assert decision.reading.kind is Kind.TEXT
        assert codes(decision) == [Code.NOT_A_NUMBER]
        assert why in decision.notes[0].message


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (("2024-01-31", "2024-02-01T10:00Z"), DateOrder.ISO),
        (("2024-1-31", "2024-02-01"), DateOrder.YEAR_MONTH_DAY),
        (("2024/01/31",), DateOrder.YEAR_MONTH_DAY),
        (("01.02.2024", "31.01.2024"), DateOrder.DAY_MONTH_YEAR),
        (("01/02/2024", "01/31/2024"), DateOrder.MONTH_DAY_YEAR),
        (("31 Jan 2024", "1 Feb 2024"), DateOrder.DAY_NAMED_MONTH_YEAR),
        (("January 31, 2024", "May 1, 2024"), DateOrder.NAMED_MONTH_DAY_YEAR),
    ],
)
def test_the_order_is_the_one_in_which_all_days_exist(cells: tuple[str, ...], order: DateOrder) -> None:
    decision = one(*cells)
    assert (decision.reading.kind, decision.reading.dates) == (Kind.DATES, order)
    assert decision.reading.stored_as_text
    assert codes(decision) == ([] if order is DateOrder.ISO else [Code.DATE_FORMAT])


def test_day_or_month_first_is_decided_by_the_file_and_then_by_custom() -> None:
    for cell, order in (
        ("01/02/2024", DateOrder.MONTH_DAY_YEAR),
        ("01.02.2024", DateOrder.DAY_MONTH_YEAR),
        ("01-02-2024", DateOrder.DAY_MONTH_YEAR),
    ):
        decision = one(cell)
        assert decision.reading.dates is order
        assert codes(decision) == [Code.DATE_FORMAT, Code.DATE_AMBIGUOUS]
    beside = decided({"x": ["01/02/2024"], "y": ["31/12/2024"]})["x"]
    assert beside.reading.dates is DateOrder.DAY_MONTH_YEAR
    assert "as in other columns" in beside.notes[1].message


def test_dates_that_contradict_each_other_are_none() -> None:
    assert one("31/01/2024", "01/31/2024").reading.kind is Kind.TEXT
    assert one("31.01.2024", "01/02/2024").reading.kind is Kind.TEXT
    assert one("2023-02-30", "2023-02-28").reading.kind is Kind.TEXT
    assert codes(one("31/01/2024", "01/31/2024")) == [Code.NOT_A_DATE]


def test_eight_digits_are_days_where_all_are_and_the_name_or_their_number_says_so() -> None:
    few = ("20240131", "20240201")
    many = tuple(f"202401{day}" for day in range(10, 20))
    assert one(*few).reading.kind is Kind.NUMBERS
    assert one(*few, name="signup date").reading.dates is DateOrder.COMPACT
    assert one(*many).reading.dates is DateOrder.COMPACT
    assert one(*many, "20240199").reading.kind is Kind.NUMBERS
    assert one(*many, "18991231").reading.kind is Kind.NUMBERS
    assert one(*many, "5").reading.kind is Kind.NUMBERS
    assert one(*many, name="customer_id").reading.kind is Kind.NUMBERS
    assert one(*many, role=ColumnRole.NUMERIC).reading.kind is Kind.NUMBERS


def test_the_role_numeric_needs_half_of_the_values() -> None:
    assert one("1", "2", "x", "y", role=ColumnRole.NUMERIC).reading.kind is Kind.NUMBERS
    assert one("007", "8", role=ColumnRole.NUMERIC).reading.kind is Kind.NUMBERS
    assert one("5 €", "6 €", "7 $", role=ColumnRole.NUMERIC).reading.numbers.unit == "€"
    refused = one("x", "y", "3", role=ColumnRole.NUMERIC)
    assert refused.reading.kind is Kind.TEXT
    assert refused.refusal == 'only 1 of its 3 values is a number; others are such as "x"'
    assert one("", "-", role=ColumnRole.NUMERIC).refusal == "all its cells are empty"
    assert one("a", "b", role=ColumnRole.NUMERIC).refusal == (
        'none of its 2 values are numbers; others are such as "a"'
    )


def test_the_role_datetime_needs_half_of_the_values() -> None:
    assert one("31.12.2024", "soon", role=ColumnRole.DATETIME).reading.kind is Kind.DATES
    assert one("20240131", "20240131", role=ColumnRole.DATETIME).reading.dates is DateOrder.COMPACT
    refused = one("1", "2", role=ColumnRole.DATETIME)
    assert refused.refusal == 'none of its 2 values are dates; others are such as "1"'


@pytest.mark.parametrize(
    "role", [ColumnRole.TEXT, ColumnRole.IDENTIFIER, ColumnRole.CATEGORICAL, ColumnRole.IGNORED]
)
def test_other_roles_keep_the_cells_as_uploaded(role: ColumnRole) -> None:
    numbers = one("1,5", "2,5", role=role)
    assert (numbers.reading.kind, numbers.reading.stored_as_text, numbers.notes) == (Kind.NUMBERS, True, ())
    assert one(*["1.5"] * 99, "oops", role=role).reading.kind is Kind.TEXT
    assert one("007", role=role).reading.kind is Kind.TEXT
    assert one("2020-01-01", role=role).reading.kind is Kind.DATES
    assert one("1", "x", role=role).notes == ()


def test_several_spellings_of_a_truth_value_are_told() -> None:
    decision = one("Yes", "yes", "yes", "No", "Y")
    assert decision.reading.kind is Kind.TEXT
    assert decision.notes == (Note(Code.BOOLEAN_SPELLING, 'column "x": "yes" is also written "Y", "Yes"'),)
    for cells in (("yes", "no"), ("ja", "Nein"), ("Yes", "yes", "maybe"), ("a", "A")):
        assert one(*cells).notes == ()


def test_a_text_that_may_turn_out_as_numbers_is_not_sure() -> None:
    assert not one(*["1"] * 60, *["x"] * 60).sure
    assert one(*["1"] * 50, *["x"] * 60).sure
    assert one(*["007"] * 200).sure
    assert not one("a").sure
    assert not one("").sure


cells_of_columns = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "NA", "none", "yes", "Y", "EMEA", "inf", "007", "5 €", "1,234", "1.5", "31.12.2024"]
        ),
        st.integers(0, 10**9).map(str),
        st.dates().map(str),
        st.text(max_size=8).map(lambda text: text.encode(errors="ignore").decode()),
    ),
    min_size=1,
    max_size=30,
)


@given(cells_of_columns, st.integers(1, 5))
def test_batches_decide_what_the_whole_decides(cells: list[str], batch: int) -> None:
    whole, pieces = (
        decide([Candidate("x", evidence, None)], TableOptions())
        for evidence in (seen(cells), seen(cells, batch))
    )
    assert whole[0].reading == pieces[0].reading


@given(
    st.lists(cells_of_columns, max_size=4),
    st.sampled_from([None, *ColumnRole]),
    st.sampled_from([None, POINT, COMMA]),
)
def test_every_table_is_decided(
    columns: list[list[str]], role: ColumnRole | None, decimal: DecimalMark | None
) -> None:
    candidates = [Candidate(str(number), seen(cells), role) for number, cells in enumerate(columns)]
    for decision in decide(candidates, TableOptions(decimal=decimal), ";"):
        assert decision.refusal is None or decision.reading.kind in (Kind.TEXT, Kind.NOTHING)


def test_evidence_does_not_grow_with_the_rows() -> None:
    evidence = Evidence()
    for start in range(0, 20_000, 2_000):
        cells = [f"{'x' * (number % 90)}{number}" for number in range(start, start + 2_000)]
        evidence.look(pa.array(cells))
        evidence.look(pa.array(["1" * (1 + number % 60) + ",5" * (number % 9) for number in range(2_000)]))
    assert len(evidence.shapes) <= 2_000
    assert len(evidence.others) <= 5
    assert evidence.values is None
    assert evidence.present == 40_000


def test_cells_of_any_length_are_looked_at() -> None:
    for long in ("9" * 400, "1." * 50_000, "x" * 100_000, "0" * 100_000):
        assert one("1", long).reading.kind is Kind.TEXT
        assert len(one("a", long).notes) == 0
