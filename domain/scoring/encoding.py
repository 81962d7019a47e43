"""How a customer's values become the numbers of a row: the same in training and ever after."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.preparation import Transform
from domain.terms.scoring import EncodedFeature, Measured, ScoredColumn

LARGEST = 1e100
"""What a feature is at most, either way: its square is still a number, and training saw nobody as far off."""


def transformed(values: Vector, transform: Transform) -> Vector:
    """Give the values on the transformed scale."""
    if transform is Transform.NONE:
        return values
    # Of other customers than those it was chosen by, some may be below zero.
    logs: Vector = np.log1p(np.maximum(values, 0.0))
    return logs


def number_feature(values: Vector, feature: EncodedFeature) -> Vector:
    """Encode numbers (n_rows,), those that are not finite being missing."""
    part: Vector = np.where(np.isfinite(values), values, feature.fill)
    if feature.transform is Transform.LOG:
        part = transformed(part, feature.transform)
    if np.isfinite(feature.low):
        np.clip(part, feature.low, feature.high, out=part)
    part -= feature.center
    part /= feature.scale
    if feature.factor != 1.0:
        part *= feature.factor
    return part


def flag_places(features: Sequence[EncodedFeature], categories: Sequence[str], first: int) -> Labels:
    """Give the feature of each code of a column, -1 for none; that of missing ones is the last.

    `first` is the place of the first of these features among all.
    """
    known = {
        feature.category: place for place, feature in enumerate(features, first) if not feature.of_missing
    }
    missing = [place for place, feature in enumerate(features, first) if feature.of_missing]
    places = [known.get(category, -1) for category in categories]
    return np.array([*places, *(missing or [-1])], dtype=np.int64)


def write_flags(codes: Labels, places: Labels, height: float, target: Matrix) -> None:
    """Write the flags of codes (n_rows,), -1 where missing, into rows of zeros."""
    flagged_places = places[codes]
    flagged = np.arange(len(flagged_places))
    if places.min() < 0:
        flagged = np.flatnonzero(flagged_places >= 0)
        flagged_places = flagged_places[flagged]
    target[flagged, flagged_places] = height


def by_column(features: Sequence[EncodedFeature]) -> Iterator[tuple[str, int, tuple[EncodedFeature, ...]]]:
    """List the columns, the place of the first feature of each, and its features."""
    for name, group in groupby(enumerate(features), key=lambda each: each[1].column):
        places, of_column = zip(*group, strict=True)
        yield name, places[0], of_column


def encode(features: Sequence[EncodedFeature], columns: Sequence[ScoredColumn], measured: Measured) -> Matrix:
    """Encode measured customers, (n_rows, n_features); all numbers are finite, at most LARGEST either way."""
    categories = {column.name: column.categories for column in columns}
    matrix = np.zeros((measured.count, len(features)))
    for name, first, of_column in by_column(features):
        if of_column[0].category is None:
            with np.errstate(over="ignore", invalid="ignore"):
                matrix[:, first] = _finite(number_feature(measured.numbers[name], of_column[0]))
        else:
            places = flag_places(of_column, categories[name], first)
            write_flags(measured.codes[name], places, of_column[0].factor, matrix)
    return matrix


def _finite(values: Vector) -> Vector:
    """Draw in what is too large to compute with; what no number is left of is 0."""
    if values.min(initial=0.0) >= -LARGEST and values.max(initial=0.0) <= LARGEST:
        return values
    drawn: Vector = np.clip(np.nan_to_num(values, nan=0.0), -LARGEST, LARGEST)
    return drawn
