"""Rows of a table made into a matrix, as features say."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.kernels.blocks import blocks, in_blocks
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.progress import unwatched
from domain.scoring.encoding import by_column, flag_places, number_feature, write_flags
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.scoring import EncodedFeature
from domain.terms.training import Watch

_CACHED_ROWS = 4096
"""Rows written at once: so many stay in the processor's cache while feature after feature is written."""


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
    for name, position, features in by_column(names):
        column = by_name.get(name)
        if isinstance(column, NumericColumn) and features[0].category is None:
            yield partial(_write_number, column.values, features[0], position)
        elif isinstance(column, CategoricalColumn) and features[0].category is not None:
            places = flag_places(features, column.categories, position)
            yield partial(_write_flags, column.codes, places, features[0].factor)
        else:
            raise UnsuitableData(
                f'The column "{name}" that the segments were made with is '
                f"{'missing' if column is None else 'of another kind'} in this table."
            )


def _write_number(
    values: Vector, feature: EncodedFeature, position: int, target: Matrix, rows: slice
) -> None:
    target[:, position] = number_feature(values[rows], feature)


def _write_flags(codes: Labels, places: Labels, height: float, target: Matrix, rows: slice) -> None:
    write_flags(codes[rows], places, height, target)
