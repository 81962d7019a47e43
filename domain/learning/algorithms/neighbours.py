"""Different rows laid out in a tree of boxes, in which a search passes most of them by.

Source: Friedman, Bentley and Finkel 1977, k-d trees; with the boxes drawn tight.
"""

from dataclasses import dataclass

import numpy as np

from domain.learning.kernels import boxes
from domain.learning.kernels.blocks import in_blocks
from domain.learning.progress import unwatched
from domain.terms.arrays import Matrix, Rows, Vector
from domain.terms.training import Watch

LEAF_POINTS = 24
SEARCHED_ROWS = 256
"""Rows a block of a search: few enough that even a wide table's block takes about a tenth of a second."""


@dataclass(frozen=True)
class Neighbours:
    """Points (n, n_features) in a tree of boxes; `weights` (n,) says how many samples each stands for.

    `order` (n,) has the row each point was given in. `boxes` (n_nodes, 2, n_features) and
    `spans` (n_nodes, 2) are as the loops in `kernels/boxes.py` read them.
    """

    points: Matrix
    weights: Rows
    order: Rows
    boxes: Matrix
    spans: Rows

    def core_distances(self, least: int, watch: Watch = unwatched) -> Vector:
        """Find for each point the distance squared within which `least` samples lie, itself included."""
        queries = self.points
        found = np.empty(len(queries))

        def search(rows: slice) -> int:
            boxes.core_distances(
                self.points, self.weights, self.boxes, self.spans, queries[rows], least, found[rows]
            )
            return int(rows.stop)

        for done in in_blocks(search, len(queries), SEARCHED_ROWS):
            watch(done / len(queries), "Measuring the density")
        return found

    def nearest(
        self, queries: Matrix, limit: float = np.inf, watch: Watch = unwatched
    ) -> tuple[Rows, Vector]:
        """Find the given row nearest to each query, of equals the first, and its distance squared.

        The row is -1 where none is within a distance squared of `limit`.
        """
        rows, squares = np.empty(len(queries), np.int64), np.empty(len(queries))
        queries = np.ascontiguousarray(queries, dtype=np.float64)

        def search(block: slice) -> int:
            boxes.nearest(
                self.points,
                self.order,
                self.boxes,
                self.spans,
                queries[block],
                float(limit),
                rows[block],
                squares[block],
            )
            return int(block.stop)

        for done in in_blocks(search, len(queries), SEARCHED_ROWS):
            watch(done / len(queries), "Assigning customers by nearness")
        return rows, squares

    def part(self, chosen: Rows) -> "Neighbours":
        """Lay out some of the points again, each as one sample."""
        return arrange(self.points[chosen], np.ones(len(chosen), dtype=np.int64))


def arrange(rows: Matrix, weights: Rows, watch: Watch = unwatched) -> Neighbours:
    """Lay different rows (n, n_features), each of a weight (n,), out in a tree."""
    levels = max(0, int(np.ceil(np.log2(max(len(rows), 1) / LEAF_POINTS))))
    order = np.arange(len(rows))
    spans = np.zeros((2 ** (levels + 1) - 1, 2), dtype=np.int64)
    spans[0] = 0, len(rows)
    parents = 2**levels - 1
    for node in range(parents):
        first, last = spans[node]
        middle = (first + last) // 2
        _halve(rows, order[first:last], middle - first)
        spans[2 * node + 1], spans[2 * node + 2] = (first, middle), (middle, last)
        if node < 64 or node % 1024 == 0:
            watch(node / parents, "Arranging the customers by nearness")
    points = np.ascontiguousarray(rows[order], dtype=np.float64)
    return Neighbours(points, weights[order].astype(np.int64), order, _boxes(points, spans, parents), spans)


def _halve(rows: Matrix, order: Rows, middle: int) -> None:
    """Sort a node's rows so far that the lower half of its widest feature comes first."""
    inside = rows[order]
    widest = inside[:, np.argmax(inside.max(axis=0) - inside.min(axis=0))]
    order[:] = order[np.argpartition(widest, middle)]


def _boxes(points: Matrix, spans: Rows, parents: int) -> Matrix:
    boxes = np.empty((len(spans), 2, points.shape[1]))
    starts = spans[parents:, 0]
    boxes[parents:, 0] = np.minimum.reduceat(points, starts)
    boxes[parents:, 1] = np.maximum.reduceat(points, starts)
    for level in range((parents + 1).bit_length() - 1, 0, -1):
        above = np.arange(2 ** (level - 1) - 1, 2**level - 1)
        left, right = boxes[2 * above + 1], boxes[2 * above + 2]
        boxes[above, 0] = np.minimum(left[:, 0], right[:, 0])
        boxes[above, 1] = np.maximum(left[:, 1], right[:, 1])
    return boxes
