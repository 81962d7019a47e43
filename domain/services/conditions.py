"""What a search asks for, as conditions that rows of a stored table meet or not."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import Invalid
from domain.models import Dataset
from domain.storage.cells import floats, strings, truths
from domain.storage.finding import Condition
from domain.storage.tables import StoredTable
from domain.tables.overrides import unknown_column
from domain.tables.values import conversion
from domain.terms.arrays import Mask, Vector
from domain.terms.customers import CustomerFilter
from domain.terms.readings import Kind, Reading
from domain.terms.texts import present

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_A_DAY = timedelta(days=1) / _MICROSECOND


@dataclass(frozen=True, slots=True)
class SearchedColumn:
    """A column, how it was read, and whether it is stored as text, whatever that is read as."""

    name: str
    reading: Reading
    is_text: bool

    @property
    def holds_numbers(self) -> bool:
        """Whether it was read as numbers."""
        return self.reading.kind is Kind.NUMBERS

    @property
    def holds_dates(self) -> bool:
        """Whether it was read as dates."""
        return self.reading.kind is Kind.DATES

    def numbers(self, cells: pa.Array) -> Vector:
        """Read cells as numbers, NaN where missing, (n_rows,)."""
        if self.is_text:
            return conversion.numbers(pa.chunked_array([cells]), self.reading.numbers)
        return floats(cells)

    def days(self, cells: pa.Array) -> Vector:
        """Read cells as days since 1970-01-01, NaN where missing, (n_rows,)."""
        return conversion.days(pa.chunked_array([cells]), self.reading.dates)


def searched_column(table: StoredTable, dataset: Dataset, name: str, path: Sequence[str]) -> SearchedColumn:
    """Give a column by its name; raises Invalid."""
    if name not in table.column_names:
        raise Invalid(unknown_column(name, table.column_names), path)
    noted = table.readings.get(name)
    is_text = bool(pa.types.is_string(table.schema.field(name).type))
    reading = noted.reading if noted else _reading_before(dataset, name, is_text=is_text)
    return SearchedColumn(name, reading, is_text)


def _reading_before(dataset: Dataset, name: str, *, is_text: bool) -> Reading:
    """Tell how a column was read when that was not noted yet."""
    if not is_text:
        return Reading(Kind.NUMBERS, stored_as_text=False)
    all_dates = any(column.all_dates for column in dataset.columns if column.name == name)
    return Reading(Kind.DATES if all_dates else Kind.TEXT)


def conditions(column: SearchedColumn, given: CustomerFilter, path: tuple[str, ...]) -> list[Condition]:
    """Translate a filter of a column; raises Invalid where it does not fit."""
    found = [
        *_of_missing(column, given),
        *_of_numbers(column, given, path),
        *_of_dates(column, given, path),
        *_of_values(column, given, path),
        *_of_parts(column, given, path),
    ]
    if not found:
        raise Invalid(f'the filter of "{given.column}" asks for nothing: give it a condition', path)
    return found


def _of_missing(column: SearchedColumn, given: CustomerFilter) -> Iterator[Condition]:
    if given.missing is not None:
        wanted = given.missing
        yield Condition(column.name, lambda cells: present(cells) != wanted)


def _of_numbers(column: SearchedColumn, given: CustomerFilter, path: tuple[str, ...]) -> Iterator[Condition]:
    if given.min is None and given.max is None:
        return
    if not column.holds_numbers:
        name = "min" if given.min is not None else "max"
        raise Invalid(f'"{column.name}" was not read as numbers: {name} does not fit it', (*path, name))
    low = -math.inf if given.min is None else given.min
    high = math.inf if given.max is None else given.max
    if low > high:
        raise Invalid(f"min is {low}, which is more than max, {high}: nothing lies between", (*path, "min"))
    yield _between(column, column.numbers, low, high)


def _of_dates(column: SearchedColumn, given: CustomerFilter, path: tuple[str, ...]) -> Iterator[Condition]:
    if given.since is None and given.until is None:
        return
    if not column.holds_dates:
        name = "since" if given.since is not None else "until"
        raise Invalid(f'"{column.name}" was not read as dates: {name} does not fit it', (*path, name))
    low = -math.inf if given.since is None else _days(given.since)
    high = math.inf if given.until is None else _days(given.until)
    if low > high:
        raise Invalid("since is later than until: nothing lies between", (*path, "since"))
    yield _between(column, column.days, low, high)


def _of_values(column: SearchedColumn, given: CustomerFilter, path: tuple[str, ...]) -> Iterator[Condition]:
    for name, values, wanted in (("in", given.among, True), ("notIn", given.not_among, False)):
        if values is None:
            continue
        if not values:
            raise Invalid(f"{name} is an empty list: give it a value, or leave it out", (*path, name))
        if column.is_text:
            yield Condition(column.name, _is_one_of(values, wanted=wanted))
        else:
            yield _is_one_of_numbers(column, values, (*path, name), wanted=wanted)


def _of_parts(column: SearchedColumn, given: CustomerFilter, path: tuple[str, ...]) -> Iterator[Condition]:
    if given.contains is None:
        return
    part = given.contains
    if not column.is_text:
        message = f'"{column.name}" holds numbers, which contain no text: use in, min or max'
        raise Invalid(message, (*path, "contains"))
    if not part:
        raise Invalid("contains is empty: give it a character, or leave it out", (*path, "contains"))
    yield Condition(column.name, lambda cells: truths(pc.match_substring(cells, part)))


def _between(
    column: SearchedColumn, read: Callable[[pa.Array], Vector], low: float, high: float
) -> Condition:
    def holds(cells: pa.Array) -> Mask:
        numbers = read(cells)
        # Both are false for NaN, which is a missing value.
        return (numbers >= low) & (numbers <= high)

    # What is noted of a row group is of the numbers stored; of dates it would be of their text.
    return Condition(column.name, holds) if column.is_text else Condition(column.name, holds, low, high)


def _is_one_of(values: Sequence[str], *, wanted: bool) -> Callable[[pa.Array], Mask]:
    listed = strings(values)
    return lambda cells: truths(pc.is_in(cells, value_set=listed)) == wanted


def _is_one_of_numbers(
    column: SearchedColumn, values: Sequence[str], path: tuple[str, ...], *, wanted: bool
) -> Condition:
    listed = np.array([_number(column, value, path) for value in values])

    def holds(cells: pa.Array) -> Mask:
        found: Mask = np.isin(floats(cells), listed)
        return found if wanted else ~found

    if not wanted:
        return Condition(column.name, holds)
    return Condition(column.name, holds, float(listed.min()), float(listed.max()))


def _number(column: SearchedColumn, value: str, path: tuple[str, ...]) -> float:
    try:
        # Python reads 1_0 as ten, which nobody writes who means a number.
        number = math.nan if "_" in value else float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid(f'"{value[:50]}" is no number, and "{column.name}" holds numbers', path)
    return number


def _days(moment: datetime) -> float:
    """Count the days since 1970-01-01 UTC; a time without a zone is taken as UTC."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (zoned - _EPOCH) // _MICROSECOND / _MICROSECONDS_A_DAY
