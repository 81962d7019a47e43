"""Rows that occur several times, counted: equal customers are one point of a greater weight."""

from dataclasses import dataclass

import numpy as np

from domain.terms.arrays import Matrix, Rows


@dataclass(frozen=True, slots=True)
class Repeats:
    """`rows` (n_distinct,) are the first of each kind of row, ascending; `weights` counts them.

    `kind` (n_samples,) says of which kind each row is.
    """

    rows: Rows
    kind: Rows
    weights: Rows


def repeats(matrix: Matrix) -> Repeats:
    """Find the different rows of a matrix; 0 and -0 are one number."""
    # Sorting a number a row is many times faster than sorting rows.
    marks = _marks(matrix)
    _, first, kind = np.unique(marks, return_index=True, return_inverse=True)
    if not np.array_equal(matrix[first[kind]], matrix):
        _, first, kind = np.unique(matrix, axis=0, return_index=True, return_inverse=True)
        kind = kind.reshape(-1)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    kind = place[kind]
    return Repeats(first[order], kind, np.bincount(kind, minlength=len(order)))


def _marks(matrix: Matrix) -> Rows:
    """Mix each row into one number, equal for equal rows."""
    bits = (matrix + 0.0).view(np.uint64)
    marks = np.zeros(len(matrix), dtype=np.uint64)
    for column in bits.T:
        marks = (marks ^ column) * np.uint64(0x9E3779B97F4A7C15)
        marks ^= marks >> np.uint64(29)
    return marks.view(np.int64)
