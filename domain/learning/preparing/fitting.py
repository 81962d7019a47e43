"""How each column is encoded, found from its values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.errors import TooLarge, UnsuitableData
from domain.learning.kernels.blocks import in_blocks
from domain.learning.preparing import balance, outliers, scaling, transforms
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn, occurring
from domain.learning.preparing.quantiles import median
from domain.scoring import encoding
from domain.terms.arrays import Vector
from domain.terms.preparation import OutlierTreatment, PreparationSettings, PreparedColumn, Scaling, Transform
from domain.terms.scoring import EncodedFeature
from domain.terms.training import Watch

LARGEST = 1e70
"""Correlations multiply two sums of squares: of a million weighed numbers of this size that can be done."""

LARGEST_MATRIX = 1_000_000_000
"""Values, rows times features, that a matrix has at most: 8 GB. Algorithms copy parts of it, some all."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of one column; `variance` is what one of numbers has when scaled, before its weight."""

    features: tuple[EncodedFeature, ...]
    prepared: PreparedColumn
    variance: float
    varies: bool


def fit(
    columns: Sequence[SourceColumn], settings: PreparationSettings, max_features: int, watch: Watch
) -> tuple[Fit, ...]:
    """Fit every column, of which each has a value.

    Raises TooLarge above `max_features`, or where the matrix would have more than
    LARGEST_MATRIX values, naming the widest column, and UnsuitableData where numbers are
    too large or no column has two different values.
    """
    _check_width(columns, max_features)
    numeric = [column for column in columns if isinstance(column, NumericColumn)]
    fitted: dict[str, Fit] = {}
    # A column a block: they are fitted side by side.
    for found in in_blocks(lambda one: fit_number(numeric[one.start], settings), len(numeric), size=1):
        fitted[found.prepared.column] = found
        watch(len(fitted) / len(columns), "Measuring the columns")
    typical = balance.typical_variance([found.variance for found in fitted.values()])
    for column in columns:
        if isinstance(column, CategoricalColumn):
            fitted[column.name] = fit_categories(column, settings, typical)
    fits = tuple(fitted[column.name] for column in columns)
    if not any(found.varies for found in fits):
        raise UnsuitableData(
            "All customers are alike: no column used has two different values. Use other columns."
        )
    return fits


def fit_number(column: NumericColumn, settings: PreparationSettings) -> Fit:
    """Fit a column of numbers: fill, transform, draw in, scale, weigh, in this order."""
    values = column.values[np.isfinite(column.values)]
    _check_size(column.name, values)
    missing = len(column.values) - len(values)
    fill = median(values)
    transform = transforms.choose(column, values, settings.transform)
    transformed = encoding.transformed(_filled(values, fill, missing), transform)
    low, high = -np.inf, np.inf
    clipped = 0
    if settings.outliers is OutlierTreatment.CLIP:
        low, high = outliers.fences(transformed)
        clipped = int(((transformed < low) | (transformed > high)).sum())
        transformed = np.clip(transformed, low, high)
    center, scale = scaling.choose(transformed, settings.scaling)
    constant = scaling.is_constant(transformed)
    # What differs by rounding errors must not be told apart: it becomes zeros.
    noise = constant and bool(transformed.min() < transformed.max())
    weight = _weight(column, settings)
    spread = scale if settings.scaling is Scaling.STANDARD else scaling.deviation(transformed)
    factor = 0.0 if noise else weight**0.5
    feature = EncodedFeature(
        column.name, None, center, scale, factor, transform, fill, float(low), float(high)
    )
    told = _told_median(column, fill) if missing else None
    prepared = PreparedColumn(column.name, transform, center, scale, weight, 1, clipped, missing, told)
    return Fit((feature,), prepared, 0.0 if constant else (spread / scale) ** 2, not constant)


def fit_categories(column: CategoricalColumn, settings: PreparationSettings, typical: float) -> Fit:
    """Fit a column of categories, beside numbers of the `typical` variance: a feature a level that occurs."""
    found = occurring(column)
    weight = _weight(column, settings)
    counts = np.array([level.size for level in found], dtype=np.float64)
    factor = balance.height(counts, typical, settings.categories) * weight**0.5
    features = tuple(
        EncodedFeature(column.name, level.text, factor=factor, of_missing=level.code < 0) for level in found
    )
    lacking = next((level for level in found if level.code < 0), None)
    missing, told = (lacking.size, lacking.text) if lacking else (0, None)
    prepared = PreparedColumn(column.name, Transform.NONE, None, None, weight, len(found), 0, missing, told)
    return Fit(features, prepared, 0.0, len(found) > 1)


def _check_width(columns: Sequence[SourceColumn], max_features: int) -> None:
    widths = [len(occurring(column)) if isinstance(column, CategoricalColumn) else 1 for column in columns]
    features, widest = sum(widths), int(np.argmax(widths))
    alone = f'column "{columns[widest].name}" alone makes {widths[widest]:,}'
    if features > max_features:
        raise TooLarge(
            f"The columns make {features:,} features, more than the {max_features:,} allowed: "
            f"{alone}. Give it the role IGNORED or TEXT."
        )
    rows = len(columns[0].codes if isinstance(columns[0], CategoricalColumn) else columns[0].values)
    if rows * features > LARGEST_MATRIX:
        raise TooLarge(
            f"The columns make {features:,} features of {rows:,} customers, {rows * features:,} values, more "
            f"than the {LARGEST_MATRIX:,} allowed: {alone} features. Give it the role IGNORED or TEXT, or "
            "upload a sample of the customers."
        )


def _check_size(name: str, values: Vector) -> None:
    if scaling.reach(values) > LARGEST:
        raise UnsuitableData(
            f'The numbers of column "{name}" are too large to compute with. Give it the role IGNORED.'
        )


def _filled(values: Vector, fill: float, missing: int) -> Vector:
    # Statistics don't ask for the order of the rows.
    return np.concatenate([values, np.full(missing, fill)]) if missing else values


def _told_median(column: NumericColumn, fill: float) -> str:
    return f"median {np.datetime64(int(fill // 1), 'D') if column.dates else format(fill, '.15g')}"


def _weight(column: SourceColumn, settings: PreparationSettings) -> float:
    return next((given.weight for given in settings.weights if given.name == column.name), 1.0)
