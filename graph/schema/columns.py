"""Columns of a dataset."""

import strawberry

from domain.terms import columns as terms
from graph.resolving.access import USER
from graph.resolving.enums import describe

describe(
    terms.ColumnRole,
    "What a column is used for. Only NUMERIC, CATEGORICAL and DATETIME columns are clustered.",
    IDENTIFIER="Names the customer, or something else; says nothing about who is alike.",
    NUMERIC="Numbers that can be compared and averaged.",
    CATEGORICAL="One of a few values.",
    DATETIME="Dates, clustered as days.",
    TEXT="Free text.",
    IGNORED="Nothing to be learned from: constant, all missing, nearly unique text, or a copy of another.",
)
ColumnRole = terms.ColumnRole


@strawberry.type(description="How often values occur between edges, ready to be drawn.", directives=[USER])
class Histogram:
    edges: list[float] = strawberry.field(
        description="Edges of the bins in the column's unit, ascending; one more than there are counts."
    )
    counts: list[int] = strawberry.field(description="Customers in each bin.")


@strawberry.type(description="A value that a share of a column's values lies below.", directives=[USER])
class Quantile:
    share: float = strawberry.field(description="The share of the values, 0 to 1.")
    value: float = strawberry.field(description="The value, in the column's unit, interpolated linearly.")


@strawberry.type(
    description="Statistics of a column's present values, in the column's own unit.", directives=[USER]
)
class NumericSummary:
    min: float = strawberry.field(description="The smallest value.")
    max: float = strawberry.field(description="The largest value.")
    mean: float = strawberry.field(description="The arithmetic mean.")
    standard_deviation: float = strawberry.field(
        description="The sample standard deviation, with n - 1 in the denominator."
    )
    median: float = strawberry.field(description="The median.")
    histogram: Histogram = strawberry.field(description="The distribution.")
    quantiles: list[Quantile] = strawberry.field(description="Quantiles, by ascending share.")
    skewness: float | None = strawberry.field(
        description="The adjusted Fisher-Pearson coefficient of skewness, above 0 where the longer tail is "
        "of large values; null for fewer than three values, or equal ones."
    )


@strawberry.type(description="A value and how often it occurs.", directives=[USER])
class ValueCount:
    value: str = strawberry.field(description="The value as uploaded; a number in its shortest spelling.")
    count: int = strawberry.field(description="Customers that have it.")


def _original_name(root: strawberry.Parent[terms.Column]) -> str:
    return root.original_name or root.name


@strawberry.type(
    description="A column of a dataset: what it is used for, why, and what is in it.", directives=[USER]
)
class Column:
    name: str = strawberry.field(description="Its name, unique in the dataset.")
    role: ColumnRole = strawberry.field(description="What it is used for: detected, unless overridden.")
    role_reason: str = strawberry.field(description="Why it has this role, in words.")
    missing_count: int = strawberry.field(description="Customers without a value.")
    distinct_count: int = strawberry.field(description="Different values, missing ones not counted.")
    numeric: NumericSummary | None = strawberry.field(
        description="Statistics; null unless all present values are numbers."
    )
    top_values: list[ValueCount] = strawberry.field(
        description="The most frequent values, at most ten, most frequent first."
    )
    approximate: bool = strawberry.field(
        description="Whether distinctCount, topValues, median, quantiles and histogram are of a sample, as "
        "they are in tables with more than 10,000,000 rows."
    )
    original_name: str = strawberry.field(
        resolver=_original_name,
        description="Its header as it stood in the file; `name` where it had none, or nothing was changed.",
    )


@strawberry.input(description="The role of a column, instead of the detected one.")
class ColumnInput:
    name: str = strawberry.field(description="The column's name.")
    role: ColumnRole = strawberry.field(description="What it shall be used for.")

    def to_term(self) -> terms.RoleOverride:
        """Translate into the domain's terms."""
        return terms.RoleOverride(self.name, self.role)


def overrides(columns: list[ColumnInput] | None) -> tuple[terms.RoleOverride, ...]:
    """Translate the columns of an input; null is none."""
    return tuple(column.to_term() for column in columns or ())
