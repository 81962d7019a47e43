"""Equal rows, found by hashing."""

import numpy as np

from domain.learning.kernels.compiling import compiled
from domain.terms.arrays import Labels, Matrix, Rows

_MINUS_ZERO = np.uint64(1 << 63)
_ODD = np.uint64(0x9E3779B97F4A7C15)


@compiled
def number_rows(
    matrix: Matrix, table: Rows, number_of: Labels, first: Rows, found: int, start: int, stop: int
) -> int:
    """Number the different rows among `start`..`stop`, from `found` on, by where they first are.

    `matrix` (n_samples, n_features) without NaN; `table` has a power of two places, more
    than there are rows to number, -1 for a free one; `number_of` (n_samples,) and `first`
    (the numbers to give) are filled in. Gives how many were found so far, and stops as
    soon as `first` is full.
    """
    mask = len(table) - 1
    bits = matrix.view(np.uint64)
    for row in range(start, stop):
        key = np.uint64(0)
        for feature in range(matrix.shape[1]):
            value = bits[row, feature]
            # -0.0 equals 0.0.
            key = (key ^ (np.uint64(0) if value == _MINUS_ZERO else value)) * _ODD
            key ^= key >> np.uint64(29)
        place = np.int64(key >> np.uint64(1)) & mask
        while table[place] >= 0 and not _equal(matrix, first[table[place]], row):
            place = (place + 1) & mask
        if table[place] < 0:
            if found == len(first):
                return found + 1
            table[place] = found
            first[found] = row
            found += 1
        number_of[row] = table[place]
    return found


@compiled
def _equal(matrix: Matrix, one: int, other: int) -> bool:
    for feature in range(matrix.shape[1]):  # noqa: SIM110 - numba compiles no generator of `all`
        if matrix[one, feature] != matrix[other, feature]:
            return False
    return True


def warm_up() -> None:
    """Compile the loop, or load it."""
    table, numbers = np.full(4, -1), np.empty(2, dtype=np.int64)
    number_rows(np.zeros((2, 1)), table, numbers, np.empty(2, dtype=np.int64), 0, 0, 2)
