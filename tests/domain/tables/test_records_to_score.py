"""Customers given as JSON records, read as the columns that somebody is placed by."""

from typing import Any

import numpy as np
import pytest

from domain.tables.records_to_score import MOST_TOLD, ReadRecords, read_records
from domain.terms.columns import ColumnRole
from domain.terms.readings import DateOrder, DecimalMark, Kind, NumberFormat, Reading
from domain.terms.scoring import ScoredColumn

PLAIN = Reading(Kind.NUMBERS, missing=("n/a", "?"), stored_as_text=False)
EUROS = Reading(Kind.NUMBERS, NumberFormat(DecimalMark.COMMA, ".", "€"))
AGE = ScoredColumn("age", ColumnRole.NUMERIC, PLAIN)
SPENT = ScoredColumn("spent", ColumnRole.NUMERIC, EUROS)
SINCE = ScoredColumn("since", ColumnRole.DATETIME, Reading(Kind.DATES, dates=DateOrder.DAY_MONTH_YEAR))
CITY = ScoredColumn(
    "city", ColumnRole.CATEGORICAL, Reading(Kind.TEXT, missing=("none",)), ("Bonn", "Kiel", "Ulm")
)
PLAN = ScoredColumn("plan", ColumnRole.CATEGORICAL, PLAIN, ("1", "2.5", "3"))
MEMBER = ScoredColumn("member", ColumnRole.CATEGORICAL, Reading(Kind.TEXT), ("no", "yes"))


def read(column: ScoredColumn, *values: object) -> ReadRecords:
    return read_records([{column.name: value} for value in values], [column], None)


def numbers(column: ScoredColumn, *values: object) -> list[float | None]:
    found = read(column, *values)
    assert found.mistakes == {}
    return [None if np.isnan(each) else each for each in found.measured.numbers[column.name].tolist()]


def codes(column: ScoredColumn, *values: object) -> list[int]:
    found = read(column, *values)
    assert found.mistakes == {}
    return [int(code) for code in found.measured.codes[column.name]]


def mistake(column: ScoredColumn, value: object) -> str:
    (told,) = read(column, value).mistakes[0]
    assert told.column == column.name
    return told.message


def test_numbers_are_those_of_json() -> None:
    assert numbers(AGE, 1, 2.5, -3, None, 1e150) == [1, 2.5, -3, None, 1e150]


def test_numbers_are_also_read_from_text_as_the_dataset_or_programs_write_them() -> None:
    assert numbers(SPENT, "1.234,5 €", "7,25", "1234.5", 3, "1e3") == [1234.5, 7.25, 1234.5, 3, 1000]


def test_a_number_of_the_datasets_own_format_is_read_so_where_programs_would_read_it_otherwise() -> None:
    assert numbers(SPENT, "1.234") == [1234]


def test_blanks_and_the_columns_own_spellings_are_missing() -> None:
    assert numbers(AGE, "", "  ", "N/A", " ? ", None) == [None] * 5
    assert numbers(SINCE, "", None) == [None] * 2
    assert codes(CITY, "", " ", "None", None) == [-1] * 4


@pytest.mark.parametrize("value", [True, float("inf"), float("nan"), 1e151, "abc", "1e200", "inf", [1], {}])
def test_what_is_no_number_is_a_mistake(value: object) -> None:
    assert mistake(AGE, value).startswith('column "age" holds ')
    assert np.isnan(read(AGE, value).measured.numbers["age"][0])


def test_a_number_of_hundreds_of_digits_is_a_mistake() -> None:
    assert (
        mistake(AGE, 10**400)
        == 'column "age" holds a number with very many digits: give a number up to 1e+150'
    )


def test_dates_are_written_as_in_the_dataset_or_as_iso_8601_has_them() -> None:
    assert numbers(SINCE, "02.01.1970", "1970-01-03", "1970-01-01T12:00:00Z") == [1, 2, 0.5]


@pytest.mark.parametrize("value", [20240131, 1.5, True, "31.02.2024", "soon", ["2024-01-31"]])
def test_what_is_no_date_is_a_mistake(value: object) -> None:
    assert "give a date, written as in the dataset or like 2024-01-31" in mistake(SINCE, value)


def test_categories_are_those_of_the_dataset() -> None:
    assert codes(CITY, "Ulm", "Bonn", "Kiel") == [2, 0, 1]


def test_a_category_of_numbers_is_the_same_in_each_way_of_writing_it() -> None:
    assert codes(PLAN, 3, 3.0, "3", "3.0", " 3 ", 2.5, "2.50") == [2, 2, 2, 2, 2, 1, 1]


def test_a_truth_value_is_the_same_in_each_way_of_saying_it() -> None:
    assert codes(MEMBER, True, "TRUE", "Yes", "ja", False, "off", "no") == [1, 1, 1, 1, 0, 0, 0]


def test_truth_is_not_looked_for_where_a_category_says_something_else() -> None:
    other = ScoredColumn("member", ColumnRole.CATEGORICAL, Reading(Kind.TEXT), ("no", "perhaps", "yes"))
    assert codes(other, "yes") == [2]
    assert '"true"' in mistake(other, True)


def test_an_unseen_category_is_named_beside_the_ones_that_are_written_alike() -> None:
    message = mistake(CITY, "Bon")
    assert message == (
        'column "city" has the category "Bon", which the training did not have '
        '(the most similar of 3: "Bonn")'
    )
    assert mistake(CITY, "Xyz").endswith('(it had "Bonn", "Kiel", "Ulm")')
    assert read(CITY, "Xyz").measured.codes["city"].tolist() == [-1]


def test_a_column_that_is_not_given_is_a_mistake_and_further_ones_are_ignored() -> None:
    found = read_records([{"city": "Ulm", "shoe": [1]}], [AGE, CITY, SINCE], None)
    assert [each.message for each in found.mistakes[0]] == [
        'column "age" is missing: give it, or null where it is unknown',
        'column "since" is missing: give it, or null where it is unknown',
    ]


@pytest.mark.parametrize("record", [None, 3, "text", [1, 2]])
def test_what_is_no_record_is_told_once_and_the_others_are_read(record: object) -> None:
    found = read_records([record, {"age": 3, "city": "Ulm"}], [AGE, CITY], None)
    assert [(each.column, each.message) for each in found.mistakes[0]] == [
        (None, "this is not a record: give an object of columns")
    ]
    assert list(found.mistakes) == [0]
    assert found.measured.numbers["age"][1] == 3
    assert found.measured.codes["city"][1] == 2


def test_a_few_mistakes_of_a_record_are_told() -> None:
    columns = [ScoredColumn(f"column {place}", ColumnRole.NUMERIC, PLAIN) for place in range(20)]
    assert len(read_records([{}], columns, None).mistakes[0]) == MOST_TOLD


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"id": "00012"}, "00012"),
        ({"id": 12}, "12"),
        ({"id": 12.0}, "12"),
        ({"id": 10**20}, "100000000000000000000"),
        ({"id": -(2**64)}, "-18446744073709551616"),
        ({"id": ""}, None),
        ({"id": None}, None),
        ({"id": [1]}, None),
        ({}, None),
    ],
)
def test_the_key_is_the_identifier_as_text(record: dict[str, Any], key: str | None) -> None:
    assert read_records([record], [], "id").keys == (key,)
    assert read_records([record], [], None).keys == (None,)


@pytest.mark.parametrize("value", [10**20, -(2**64), 10**400])
def test_a_whole_number_of_any_length_is_an_unseen_category_and_nothing_worse(value: int) -> None:
    assert "which the training did not have" in mistake(CITY, value)


def test_texts_that_no_file_can_hold_are_mistakes_like_others() -> None:
    assert mistake(AGE, "a\ud800") == 'column "age" holds the text "a": give a number'
    assert mistake(CITY, "a\ud800").startswith('column "city" has the category "a", which')
    assert read_records([{"id": "a\ud800"}, {"id": "a\0"}], [], "id").keys == (None, None)


def test_no_records_are_read_as_none() -> None:
    found = read_records([], [AGE, CITY, SINCE], "id")
    assert (found.measured.count, found.mistakes, found.keys) == (0, {}, ())
