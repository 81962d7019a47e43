"""How many different rows there are: no clustering has more clusters than that."""

import numpy as np
from scipy.spatial.distance import cdist

from domain.errors import UnsuitableData
from domain.learning.kernels.blocks import blocks
from domain.terms.arrays import Matrix

BLOCK_ROWS = 1_000
"""Rows looked at together: the head of a table almost always has enough different ones."""


class TooFewDistinct(UnsuitableData):
    """There are fewer different customers than clusters asked for."""

    def __init__(self, distinct: int, wanted: int) -> None:
        told = "1 distinct customer" if distinct == 1 else f"{distinct} distinct customers"
        super().__init__(
            f"There are {told} in the columns used, too few for {wanted} segments: "
            "ask for fewer, or use columns that differ more."
        )
        self.distinct = distinct
        self.wanted = wanted

    def __reduce__(self) -> tuple[type["TooFewDistinct"], tuple[int, int]]:
        # The two counts make it again on the other side of a process.
        return TooFewDistinct, (self.distinct, self.wanted)


def count_distinct(matrix: Matrix, at_most: int) -> int:
    """Count the different rows of a matrix, stopping at `at_most`."""
    known = matrix[:0]
    for rows in blocks(len(matrix), BLOCK_ROWS):
        rest = matrix[rows]
        if len(known):
            # The greatest difference in any feature: 0 from an equal row only.
            rest = rest[cdist(rest, known, "chebyshev").all(axis=1)]
        while len(rest) and len(known) < at_most:
            known = np.vstack([known, rest[:1]])
            rest = rest[(rest != rest[0]).any(axis=1)]
        if len(known) == at_most:
            break
    return len(known)
