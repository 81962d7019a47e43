"""What is known of a table's columns."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnRole(StrEnum):
    """What a column is used for. Only NUMERIC, CATEGORICAL and DATETIME are clustered."""

    IDENTIFIER = "IDENTIFIER"
    NUMERIC = "NUMERIC"
    CATEGORICAL = "CATEGORICAL"
    DATETIME = "DATETIME"
    TEXT = "TEXT"
    IGNORED = "IGNORED"


CLUSTERED_ROLES = frozenset({ColumnRole.NUMERIC, ColumnRole.CATEGORICAL, ColumnRole.DATETIME})
"""The roles that take part in a clustering."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges; `edges` has one entry more than `counts`, in the column's unit."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NumericSummary:
    """Statistics of a numeric column's present values, in the column's unit.

    `standard_deviation` is the sample's (n - 1 in the denominator), 0 for one value.
    """

    min: float
    max: float
    mean: float
    standard_deviation: float
    median: float
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value as uploaded and the number of rows that have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset: its role, why, and what is in it.

    `numeric` is present where the column was read as numbers. `top_values` are
    the ten most frequent present values, most frequent first, ties by value;
    `all_dates` tells that all present values are dates, whatever the role.
    """

    name: str
    role: ColumnRole
    role_reason: str
    missing_count: int
    distinct_count: int
    numeric: NumericSummary | None
    top_values: tuple[ValueCount, ...]
    all_dates: bool = False


@dataclass(frozen=True, slots=True)
class RoleOverride:
    """The role a client gives a column, instead of the detected one."""

    name: str
    role: ColumnRole
