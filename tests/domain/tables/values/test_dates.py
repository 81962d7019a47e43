"""Dates in the orders people write them are read as the days they mean."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.values.dates import parse_dates, read_dates
from domain.terms.readings import DateOrder

EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - strptime's results are naive too
WRITTEN = {
    DateOrder.ISO: ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.%f"),
    DateOrder.COMPACT: ("%Y%m%d",),
    DateOrder.YEAR_MONTH_DAY: ("%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d %I:%M %p", "%Y %m %d"),
    DateOrder.DAY_MONTH_YEAR: ("%d.%m.%Y", "%d/%m/%y", "%d-%m-%Y %H:%M:%S", "%d %m %Y", "%d.%m.%Y, %H:%M"),
    DateOrder.MONTH_DAY_YEAR: ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y %I:%M:%S %p", "%m/%d/%Y, %I:%M:%S\u202f%p"),
    DateOrder.DAY_NAMED_MONTH_YEAR: ("%d %b %Y", "%d-%b-%y", "%d. %B %Y", "%d%b%Y", "%d %B %Y %H:%M"),
    DateOrder.NAMED_MONTH_DAY_YEAR: ("%B %d, %Y", "%b. %d %y", "%b %d, %Y %I:%M %p"),
}


def read(order: DateOrder, *cells: str) -> list[float | None]:
    days = read_dates(pa.array(cells, pa.string()), None, order)
    return [None if day != day else day for day in days.tolist()]


def day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal() - dt.date(1970, 1, 1).toordinal()


@pytest.mark.parametrize(
    ("order", "pattern"), [(order, each) for order in WRITTEN for each in WRITTEN[order]]
)
@given(moment=st.datetimes(dt.datetime(1969, 1, 1), dt.datetime(2068, 12, 31)))  # noqa: DTZ001 - as above
def test_a_date_written_in_any_order_is_what_strptime_reads(
    order: DateOrder, pattern: str, moment: dt.datetime
) -> None:
    text = moment.strftime(pattern)
    expected = (dt.datetime.strptime(text, pattern) - EPOCH) / dt.timedelta(days=1)  # noqa: DTZ007 - as above
    assert read(order, text) == [pytest.approx(expected, abs=1e-9)]


@given(st.dates(dt.date(1000, 1, 1)), st.booleans())
def test_day_and_month_need_no_second_digit(date: dt.date, day_first: bool) -> None:
    parts = (date.day, date.month) if day_first else (date.month, date.day)
    order = DateOrder.DAY_MONTH_YEAR if day_first else DateOrder.MONTH_DAY_YEAR
    assert read(order, "{}/{}/{}".format(*parts, date.year)) == [day(date.isoformat())]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("31. Januar 2024", "2024-01-31"),
        ("3 März 2021", "2021-03-03"),
        ("3. MÄR. 2021", "2021-03-03"),
        ("1er août 2023", "2023-08-01"),
        ("12 déc. 2023", "2023-12-12"),
        ("5 de enero de 2024", "2024-01-05"),
        ("5-dic-2024", "2024-12-05"),
        ("2nd sept. 2024", "2024-09-02"),
    ],
)
def test_months_have_names_in_four_languages(cell: str, expected: str) -> None:
    assert read(DateOrder.DAY_NAMED_MONTH_YEAR, cell) == [day(expected)]


def test_years_of_two_digits_turn_at_69() -> None:
    assert read(DateOrder.DAY_MONTH_YEAR, "01.01.68", "01.01.69", "01.01.00") == [
        *(day("2068-01-01"), day("1969-01-01"), day("2000-01-01"))
    ]


def test_zones_move_the_moment() -> None:
    assert read(
        DateOrder.ISO,
        *("1970-01-01T12:00Z", "1970-01-01T00:00+06:00", "1970-01-01 00:00:00-0600", "1970-01-01t06:00+06"),
    ) == [0.5, -0.25, 0.25, 0]
    assert read(DateOrder.DAY_MONTH_YEAR, "2.1.1970 06:00 +06:00", "2/1/1970 06:00 UTC") == [1, 1.25]


@pytest.mark.parametrize(
    ("order", "cells"),
    [
        (
            DateOrder.ISO,
            (
                "2021-02-29",
                "2020-13-01",
                "2020-00-01",
                "2020-01-00",
                "2020-1-2",
                "2020-01-02T25:00",
                "2020-01",
            ),
        ),
        (DateOrder.ISO, ("02.01.2020", "20200102", "0000-01-01", "2020-01-02T10:60", "abcdefghij", "")),
        (
            DateOrder.DAY_MONTH_YEAR,
            ("31.04.2024", "1.13.2024", "29/02/2023", "1.2/2024", "1.2.024", "12.2024"),
        ),
        (DateOrder.MONTH_DAY_YEAR, ("13/01/2024", "1/2/2024 13:00 PM", "1/2/2024 0:30 AM", "1/2/2024 10")),
        (DateOrder.DAY_NAMED_MONTH_YEAR, ("31 Foo 2024", "30 Feb 2024", "Jan 2024", "12 Main Street")),
        (DateOrder.COMPACT, ("20240230", "2024013", "202401311")),
    ],
)
def test_what_no_calendar_has_is_no_date(order: DateOrder, cells: tuple[str, ...]) -> None:
    assert read(order, *cells) == [None] * len(cells)
    for cell in cells:
        assert cell == "" or parse_dates(pa.array([cell]), order) is None


def test_missing_cells_have_no_day() -> None:
    days = parse_dates(pa.array(["1970-01-02", None, "", "1970-01-03T12:00"]))
    assert days is not None
    assert [None if each != each else each for each in days.tolist()] == [1, None, None, 2.5]
