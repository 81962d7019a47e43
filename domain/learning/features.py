"""Columns of a table made into a matrix on one scale.

Numbers: a missing one becomes the median of the column, then all are
standardized. Categories: one feature a level, 1 where the row has it and 0 where
not; missing is a level of its own. The numbers are those of scikit-learn's
SimpleImputer(strategy="median"), StandardScaler and OneHotEncoder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from domain.errors import TooLarge, UnsuitableData
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.segments import ImputedColumn

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


@dataclass(frozen=True, slots=True)
class EncodedFeature:
    """A feature of the matrix: (value - mean) / scale of a number, 0 or 1 of a category (mean 0, scale 1)."""

    column: str
    category: str | None
    mean: float
    scale: float


@dataclass(frozen=True, slots=True)
class Features:
    """The matrix (n_samples, n_features), what its columns stand for, and what was filled in."""

    matrix: Matrix
    names: tuple[EncodedFeature, ...]
    imputed: tuple[ImputedColumn, ...]


def encode(columns: Sequence[SourceColumn], max_features: int) -> Features:
    """Turn columns of one length into a matrix, features in the order of the columns.

    A number column without any value is left out. Raises UnsuitableData where
    there is nothing to cluster on: no column, no row, or no column with two
    different values; TooLarge above `max_features`, naming the widest column.
    """
    usable = [column for column in columns if _has_values(column)]
    if not usable:
        raise UnsuitableData(
            "There is no column to cluster on: give at least one the role NUMERIC, CATEGORICAL or DATETIME."
        )
    spread = [levels(column) if isinstance(column, CategoricalColumn) else None for column in usable]
    _check_width(usable, [1 if level is None else len(level[0]) for level in spread], max_features)
    names: list[EncodedFeature] = []
    imputed: list[ImputedColumn] = []
    parts: list[Vector] = []
    for column, level in zip(usable, spread, strict=True):
        imputed += _imputed(column)
        for feature, values in (
            _number(column) if isinstance(column, NumericColumn) else _flags(column, level)
        ):
            names.append(feature)
            parts.append(values)
    matrix = np.ascontiguousarray(np.stack(parts, axis=1))
    if not np.ptp(matrix, axis=0).any():
        raise UnsuitableData(
            "All customers are alike: no column used has two different values. Use other columns."
        )
    return Features(matrix, tuple(names), tuple(imputed))


def levels(column: CategoricalColumn) -> tuple[tuple[str, ...], Labels]:
    """List the levels that occur, sorted, missing among them, and each row's level as an index into these."""
    occurring = np.unique(column.codes)
    texts = {int(code): column.categories[code] if code >= 0 else missing_level(column) for code in occurring}
    order = sorted(texts, key=texts.__getitem__)
    position = np.zeros(len(column.categories) + 1, dtype=np.int64)
    position[order] = np.arange(len(order))  # code -1 lands on the last place, which no category has
    return tuple(texts[code] for code in order), position[column.codes]


def missing_level(column: CategoricalColumn) -> str:
    """Name the level of missing values: "(missing)", or that with a number where a category is called so."""
    name, number = MISSING, 2
    while name in column.categories:
        name, number = f"(missing {number})", number + 1
    return name


def present(column: NumericColumn) -> Vector:
    """Give the values with NaN for everything that is not a finite number."""
    return np.where(np.isfinite(column.values), column.values, np.nan)


def _has_values(column: SourceColumn) -> bool:
    if isinstance(column, NumericColumn):
        return bool(np.isfinite(column.values).any())
    return len(column.codes) > 0


def _check_width(columns: Sequence[SourceColumn], widths: Sequence[int], max_features: int) -> None:
    if sum(widths) <= max_features:
        return
    widest = int(np.argmax(widths))
    raise TooLarge(
        f"The columns make {sum(widths):,} features, more than the {max_features:,} allowed: "
        f'column "{columns[widest].name}" alone makes {widths[widest]:,}. Give it the role IGNORED or TEXT.'
    )


def _imputed(column: SourceColumn) -> Iterator[ImputedColumn]:
    if isinstance(column, CategoricalColumn):
        if missing := int((column.codes < 0).sum()):
            yield ImputedColumn(column.name, missing, missing_level(column))
    elif missing := int((~np.isfinite(column.values)).sum()):
        yield ImputedColumn(column.name, missing, f"median {_median(column):.15g}")


def _median(column: NumericColumn) -> float:
    return float(np.median(column.values[np.isfinite(column.values)]))


def _number(column: NumericColumn) -> Iterator[tuple[EncodedFeature, Vector]]:
    values = np.where(np.isfinite(column.values), column.values, _median(column))
    with np.errstate(over="ignore", invalid="ignore"):
        mean, variance = float(values.mean()), float(values.var())
    if not np.isfinite(variance):
        raise UnsuitableData(
            f'The numbers of column "{column.name}" are too large to compute with. Give it the role IGNORED.'
        )
    scale = 1.0 if _is_constant(mean, variance, len(values)) else float(np.sqrt(variance))
    yield EncodedFeature(column.name, None, mean, scale), (values - mean) / scale


def _is_constant(mean: float, variance: float, count: int) -> bool:
    # A constant column has a variance of rounding errors: the bound on these for
    # the two-pass algorithm (Chan, Golub & LeVeque 1983), as StandardScaler has it.
    epsilon = float(np.finfo(np.float64).eps)
    return variance <= count * epsilon * variance + (count * mean * epsilon) ** 2


def _flags(
    column: CategoricalColumn, spread: tuple[tuple[str, ...], Labels] | None
) -> Iterator[tuple[EncodedFeature, Vector]]:
    texts, codes = spread or levels(column)
    for index, text in enumerate(texts):
        yield EncodedFeature(column.name, text, 0.0, 1.0), (codes == index).astype(np.float64)
