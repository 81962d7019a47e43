"""Equal samples as one point that weighs as many: whatever groups the samples has these together."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from domain.learning.kernels.duplicates import number_rows
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.training import Watch

SLICE_VALUES = 4_000_000
"""Values read between two words to `watch`."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The samples that differ.

    `points` (n_points, n_features), `weights` (n_points,) how many samples are equal to
    each, `point_of` (n_samples,) the point of each sample, None where no two are equal.
    Points are numbered by their first sample.
    """

    points: Matrix
    weights: Vector
    point_of: Labels | None


def fold(matrix: Matrix, watch: Watch) -> Folded:
    """Fold a matrix (n_samples, n_features) of which any number of samples may differ."""
    folded = fold_few(matrix, len(matrix), watch)
    # No more can differ than there are.
    return cast("Folded", folded)


def fold_few(matrix: Matrix, at_most: int, watch: Watch) -> Folded | None:
    """Fold a matrix (n_samples, n_features); None where more than `at_most` samples differ."""
    count, n_features = matrix.shape
    most = min(count, at_most)
    table = np.full(1 << (2 * most).bit_length(), -1, dtype=np.int64)
    number_of, first = np.empty(count, dtype=np.int64), np.empty(most, dtype=np.int64)
    found, step = 0, max(1, SLICE_VALUES // n_features)
    for start in range(0, count, step):
        found = number_rows(matrix, table, number_of, first, found, start, min(count, start + step))
        if found > most:
            return None
        watch(start / count, "looking for equal customers")
    if found == count:
        return Folded(matrix, np.ones(count), None)
    return Folded(matrix[first[:found]], np.bincount(number_of).astype(np.float64), number_of)
