"""The columns of a table as learning takes them, before any scaling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from domain.terms.arrays import Labels, Mask, Rows, Vector

MISSING = "(missing)"
"""The level that missing categories make, unless a real category is called so."""


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """Numbers (n_samples,), NaN or infinite where missing. With `dates` they are days since 1970-01-01."""

    name: str
    values: Vector
    dates: bool = False


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """Categories by code: `codes` (n_samples,) index `categories`, -1 where missing."""

    name: str
    codes: Labels
    categories: tuple[str, ...]


SourceColumn: TypeAlias = NumericColumn | CategoricalColumn


class Level(NamedTuple):
    """A category that occurs: its text, its code, -1 of the missing ones, and its customers."""

    text: str
    code: int
    size: int


def occurring(column: CategoricalColumn) -> tuple[Level, ...]:
    """List the levels that occur, sorted by text, missing among them."""
    # Counted, not sorted: a million codes have a handful of values.
    counts = np.bincount(column.codes + 1)
    found = (
        Level(column.categories[code] if code >= 0 else missing_level(column), code, int(counts[code + 1]))
        for code in (np.flatnonzero(counts) - 1).tolist()
    )
    return tuple(sorted(found))


def levels(column: CategoricalColumn) -> tuple[tuple[str, ...], Labels]:
    """List the levels that occur, sorted, missing among them, and each row's level as an index into these."""
    found = occurring(column)
    position = np.zeros(len(column.categories) + 1, dtype=np.int64)
    # Code -1 lands on the last place, which no category has.
    position[[level.code for level in found]] = np.arange(len(found))
    return tuple(level.text for level in found), position[column.codes]


def missing_level(column: CategoricalColumn) -> str:
    """Name the level of missing values: "(missing)", or that with a number where a category is called so."""
    name, number = MISSING, 2
    while name in column.categories:
        name, number = f"(missing {number})", number + 1
    return name


def present(column: NumericColumn) -> Vector:
    """Give the values with NaN for everything that is not a finite number."""
    return np.where(np.isfinite(column.values), column.values, np.nan)


def missing(column: SourceColumn) -> Mask:
    """Tell of which rows (n_samples,) the value is missing."""
    if isinstance(column, CategoricalColumn):
        return np.less(column.codes, 0)
    return ~np.isfinite(column.values)


def take(columns: Sequence[SourceColumn], rows: Rows | None) -> tuple[SourceColumn, ...]:
    """Give the columns of some rows, in the order of `rows`; all of them for None."""
    if rows is None:
        return tuple(columns)
    return tuple(
        replace(column, codes=column.codes[rows])
        if isinstance(column, CategoricalColumn)
        else replace(column, values=column.values[rows])
        for column in columns
    )
