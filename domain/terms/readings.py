"""How the cells of a column are read: as numbers or dates written so and so, or as they stand."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import lru_cache

from pydantic import TypeAdapter


class Kind(Enum):
    """What the present values of a column are."""

    NUMBERS = "numbers"
    DATES = "dates"
    TEXT = "text"
    NOTHING = "nothing"


class DecimalMark(StrEnum):
    """What separates the whole part of a number from its fraction."""

    POINT = "POINT"
    COMMA = "COMMA"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How numbers are written.

    `grouping` separates thousands: "," "." " " "'" or "_", None where nothing does. `unit`
    stands beside every number, or most of them, and is no part of it: a currency's sign
    or code, or "%" (12.5 % is 12.5); None where there is none.
    """

    decimal: DecimalMark = DecimalMark.POINT
    grouping: str | None = None
    unit: str | None = None


PLAIN = NumberFormat()
"""Numbers as programs write them: 1234.5, -1e-3."""


class DateOrder(StrEnum):
    """In which order the parts of a date stand, and whether months are words."""

    ISO = "ISO"
    """ISO 8601, with or without a time: 2024-01-31T12:00:00Z."""

    COMPACT = "COMPACT"
    """20240131."""

    YEAR_MONTH_DAY = "YEAR_MONTH_DAY"
    DAY_MONTH_YEAR = "DAY_MONTH_YEAR"
    MONTH_DAY_YEAR = "MONTH_DAY_YEAR"
    """The three with any of / . - or a blank between the parts, and with a time behind them or without."""

    DAY_NAMED_MONTH_YEAR = "DAY_NAMED_MONTH_YEAR"
    """31 Jan 2024, 31-Jan-24."""

    NAMED_MONTH_DAY_YEAR = "NAMED_MONTH_DAY_YEAR"
    """January 31, 2024."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a column are read.

    `numbers` and `dates` belong to the kinds of these names. `missing` are the spellings of
    a missing value in this column, in lower case, besides blank cells. `stored_as_text`
    tells that the table holds the cells as uploaded although they can be read as numbers.
    """

    kind: Kind
    numbers: NumberFormat = PLAIN
    dates: DateOrder = DateOrder.ISO
    missing: tuple[str, ...] = ()
    stored_as_text: bool = True


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """How a column of a stored table was read; `whole` tells that its numbers are all whole."""

    name: str
    reading: Reading
    whole: bool


READINGS = b"readings"
"""The note in a stored table that tells how its columns were read."""

_NOTE: TypeAdapter[tuple[StoredColumn, ...]] = TypeAdapter(tuple[StoredColumn, ...])


def written(columns: tuple[StoredColumn, ...]) -> bytes:
    """Write the note."""
    return _NOTE.dump_json(columns)


@lru_cache(maxsize=64)
def noted(note: bytes | None) -> dict[str, StoredColumn]:
    """Read the note, by column; empty for a table of an older release, which has none.

    Do not change what it gives: others are given the same.
    """
    return {} if note is None else {each.name: each for each in _NOTE.validate_json(note)}
