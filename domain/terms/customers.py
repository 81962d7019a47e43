"""Customers as they are read back."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.terms.segments import UnassignedReason


@dataclass(frozen=True, slots=True)
class Customer:
    """A row of a dataset.

    `key` is the identifier as uploaded where it is unique and complete, else the
    1-based row number; of somebody who was erased it is "erased-" with that number. `attributes`
    maps each column to a number where its role is NUMERIC, to text elsewhere, None where missing.
    """

    key: str
    attributes: dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which segment a customer is in, by its index, or why in none; confidence is 0..1."""

    customer: Customer
    segment_index: int | None
    unassigned: UnassignedReason | None
    confidence: float


@dataclass(frozen=True, slots=True)
class IndexOrder:
    """What the index job needs to know: the table, where its index goes, and the column that is the key."""

    table_key: str
    index_key: str
    column: str


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """Whether the column's values are unique and complete; there is no index of one whose are not."""

    unique: bool


class SortDirection(StrEnum):
    """Which comes first."""

    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What must hold of a column, all that is given; None is not given.

    `among` and `not_among` are whole values, in the case they are written in; `contains`
    is a part of one. Bounds belong to the range. `missing` tells whether there is no value.
    """

    column: str
    among: tuple[str, ...] | None = None
    not_among: tuple[str, ...] | None = None
    contains: str | None = None
    min: float | None = None
    max: float | None = None
    since: datetime | None = None
    until: datetime | None = None
    missing: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """By which column customers are sorted: numbers by size, dates by time, text by code points.

    Those without a value come last either way, equal ones in the order of the file.
    """

    column: str
    direction: SortDirection = SortDirection.ASCENDING
