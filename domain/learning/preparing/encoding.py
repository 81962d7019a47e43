"""Features of a matrix: what each stands for, and how any customer's values become its numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TypeAlias

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.kernels.blocks import blocks, in_blocks
from domain.learning.preparing import transforms
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.progress import unwatched
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.preparation import Transform
from domain.terms.training import Watch

_CACHED_ROWS = 4096
"""Rows written at once: so many stay in the processor's cache while feature after feature is written."""


@dataclass(frozen=True, slots=True)
class EncodedFeature:
    """A feature of the matrix.

    Of a number: (transformed value, drawn in to `low`..`high`, less `center`) / `scale` times
    `factor`; a missing value is `fill` before all of that. Of a `category`: `factor` for
    who has it and 0 for who has not; `of_missing` is that of the missing ones.
    """

    column: str
    category: str | None = None
    center: float = 0.0
    scale: float = 1.0
    factor: float = 1.0
    transform: Transform = Transform.NONE
    fill: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    of_missing: bool = False


_Writer: TypeAlias = Callable[[Matrix, slice], None]


def place(
    names: Sequence[EncodedFeature], columns: Sequence[SourceColumn], watch: Watch = unwatched
) -> Matrix:
    """Encode rows of any table as the features say, in one C-contiguous matrix (n_samples, n_features).

    Columns are found by name. A missing number is what it was in training; a category
    that was not there then, or a missing one where none was missing, has 0 in all features of its column.
    Raises UnsuitableData where a column is not there, or is of another kind.
    """
    writers = tuple(_writers(names, columns))
    count = len(columns[0].codes if isinstance(columns[0], CategoricalColumn) else columns[0].values)
    matrix = np.zeros((count, len(names)))

    def write(block: slice) -> int:
        for rows in blocks(block.stop - block.start, _CACHED_ROWS):
            part = slice(block.start + rows.start, block.start + rows.stop)
            for writer in writers:
                writer(matrix[part], part)
        return int(block.stop)

    for written in in_blocks(write, count):
        watch(written / count, "Scaling and encoding the columns")
    return matrix


def _writers(names: Sequence[EncodedFeature], columns: Sequence[SourceColumn]) -> Iterator[_Writer]:
    by_name = {column.name: column for column in columns}
    numbered = groupby(enumerate(names), key=lambda each: each[1].column)
    for name, group in numbered:
        positions, features = zip(*group, strict=True)
        column = by_name.get(name)
        if isinstance(column, NumericColumn) and features[0].category is None:
            yield partial(_write_number, column.values, features[0], positions[0])
        elif isinstance(column, CategoricalColumn) and features[0].category is not None:
            yield partial(
                _write_flags, column.codes, _targets(features, column, positions[0]), features[0].factor
            )
        else:
            raise UnsuitableData(
                f'The column "{name}" that the segments were made with is '
                f"{'missing' if column is None else 'of another kind'} in this table."
            )


def _write_number(
    values: Vector, feature: EncodedFeature, position: int, target: Matrix, rows: slice
) -> None:
    part = values[rows]
    part = np.where(np.isfinite(part), part, feature.fill)
    if feature.transform is Transform.LOG:
        part = transforms.apply(part, feature.transform)
    if np.isfinite(feature.low):
        np.clip(part, feature.low, feature.high, out=part)
    part -= feature.center
    part /= feature.scale
    if feature.factor != 1.0:
        part *= feature.factor
    target[:, position] = part


def _targets(features: Sequence[EncodedFeature], column: CategoricalColumn, first: int) -> Labels:
    """Give the feature of each code of a column, -1 for none; that of missing ones is the last."""
    known = {
        feature.category: place for place, feature in enumerate(features, first) if not feature.of_missing
    }
    missing = [place for place, feature in enumerate(features, first) if feature.of_missing]
    places = [known.get(category, -1) for category in column.categories]
    return np.array([*places, *(missing or [-1])], dtype=np.int64)


def _write_flags(codes: Labels, targets: Labels, height: float, target: Matrix, rows: slice) -> None:
    places = targets[codes[rows]]
    flagged = np.arange(len(places))
    if targets.min() < 0:
        flagged = np.flatnonzero(places >= 0)
        places = places[flagged]
    target[flagged, places] = height
