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
class Quantile:
    """The value, in the column's unit, below which a share (0..1) of the values lies."""

    share: float
    value: float


@dataclass(frozen=True, slots=True)
class NumericSummary:
    """Statistics of a numeric column's present values, in the column's unit.

    `standard_deviation` is the sample's (n - 1 in the denominator), 0 for one value.
    `quantiles` are of ascending shares, by linear interpolation (Hyndman and Fan 1996,
    type 7); `skewness` is the adjusted Fisher-Pearson coefficient (Joanes and Gill 1998,
    G1), None for fewer than three values or equal ones.
    """

    min: float
    max: float
    mean: float
    standard_deviation: float
    median: float
    histogram: Histogram
    quantiles: tuple[Quantile, ...] = ()
    skewness: float | None = None


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value and the number of rows that have it: text as uploaded, a number in its shortest spelling."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset: its role, why, and what is in it.

    `numeric` is present where the column was read as numbers. `top_values` are
    the ten most frequent present values, most frequent first, ties by value;
    `all_dates` tells that the column was read as dates, whatever the role. `original_name`
    is the header as it stood in the file, "" where there was none or it is `name`.
    `approximate` tells that distinct_count, top_values, median, quantiles and histogram
    are of a sample.
    """

    name: str
    role: ColumnRole
    role_reason: str
    missing_count: int
    distinct_count: int
    numeric: NumericSummary | None
    top_values: tuple[ValueCount, ...]
    all_dates: bool = False
    original_name: str = ""
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class RoleOverride:
    """The role a client gives a column, instead of the detected one."""

    name: str
    role: ColumnRole
