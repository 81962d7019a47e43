"""How many different rows there are: no clustering has more clusters than that."""

from domain.errors import UnsuitableData
from domain.terms.arrays import Matrix


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
    # The head of a table almost always has enough of them.
    head = _count(matrix[:1000], at_most)
    return head if head == at_most else _count(matrix, at_most)


def _count(matrix: Matrix, at_most: int) -> int:
    found = 0
    while found < at_most and len(matrix):
        matrix = matrix[(matrix != matrix[0]).any(axis=1)]
        found += 1
    return found
