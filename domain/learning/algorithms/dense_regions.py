"""What both density algorithms start from: how dense it is around each customer, and the way between them.

One spanning tree over mutual reachability answers for every epsilon and every cluster
size: two core samples are in one DBSCAN cluster if no edge between them is longer than
epsilon (Campello, Moulavi and Sander 2013, proposition 1 and corollary 1).
"""

from dataclasses import dataclass

import numpy as np

from domain.learning.algorithms.density_tree import SpanningTree, spanning_tree
from domain.learning.algorithms.folding import fold
from domain.learning.algorithms.neighbours import Neighbours, arrange
from domain.learning.progress import within
from domain.learning.sampling import generator
from domain.terms.arrays import AnyArray, Matrix, Rows, Vector
from domain.terms.segments import Approximation, ApproximationMethod
from domain.terms.training import Watch

EXACT_CELLS = 800_000
"""Rows times features, of 8 at least, that are clustered exactly: beyond 100,000 customers a sample is."""

FEWEST_FEATURES = 8


@dataclass(frozen=True, slots=True)
class Regions:
    """The different samples as points of a tree; the arrays (n_points,) are in the tree's order.

    `rows` are the samples drawn, None for all. `core` are core distances squared; `kind`
    (n_samples drawn,) is the point each sample is.
    """

    rows: Rows | None
    neighbours: Neighbours
    kind: Rows
    core: Vector
    spanning: SpanningTree
    approximation: Approximation | None

    def of_samples(self, values: AnyArray) -> AnyArray:
        """Give each sample drawn the value of its point."""
        return values[self.kind]


def exact_rows(features: int) -> int:
    """Give how many samples of so many features are clustered exactly."""
    return EXACT_CELLS // max(features, FEWEST_FEATURES)


def sampled_rows(matrix: Matrix, seed: int) -> Rows | None:
    """Draw the samples to cluster where there are too many; None where all are."""
    limit = exact_rows(matrix.shape[1])
    if len(matrix) <= limit:
        return None
    return np.sort(generator(seed).choice(len(matrix), limit, replace=False))


def find_regions(
    matrix: Matrix, rows: Rows | None, min_samples: int, expected_error: str, watch: Watch
) -> Regions:
    """Measure the density around each sample, or those drawn, and connect them."""
    drawn = np.ascontiguousarray(matrix if rows is None else matrix[rows], dtype=np.float64)
    folded = fold(drawn, within(watch, 0, 0.02))
    neighbours = arrange(folded.points, folded.weights.astype(np.int64), within(watch, 0.02, 0.05))
    core = neighbours.core_distances(min(min_samples, len(drawn)), within(watch, 0.05, 0.5))
    place = np.empty_like(neighbours.order)
    place[neighbours.order] = np.arange(len(place))
    return Regions(
        rows,
        neighbours,
        place if folded.point_of is None else place[folded.point_of],
        core,
        spanning_tree(neighbours, core, within(watch, 0.5, 1)),
        None if rows is None else Approximation(ApproximationMethod.SAMPLE, len(rows), expected_error),
    )
