"""Points laid out in a tree of boxes, in which a search passes most of them by.

Source: Friedman, Bentley and Finkel 1977, k-d trees; with the boxes drawn tight.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from domain.terms.arrays import Matrix, Rows, Vector

LEAF_POINTS = 24
_SLACK = 1 + 1e-9
"""Bounds are rounded otherwise than distances: what is this near to the bound is looked at."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Points (n, n_features) in the order of the leaves; `order` (n,) has the row each was given in.

    `boxes` (n_nodes, 2, n_features) are the least and greatest corners, `spans` (n_nodes, 2) the points of
    each node; the children of node i are 2i + 1 and 2i + 2.
    """

    points: Matrix
    order: Rows
    boxes: Matrix
    spans: Rows

    def nearest(self, query: Vector, limit: float = np.inf) -> tuple[int, float]:
        """Find the row nearest to a point (n_features,), of equals the first, and its distance squared.

        The row is -1 where none is within a distance squared of `limit`.
        """
        if not len(self.points):
            return -1, np.inf
        bound = min(limit, self._in_leaf(query, self._likely_leaf(query))[1])
        candidates = self._within(query, bound)
        best, square = self._best(query, candidates)
        return (best, square) if square <= limit else (-1, limit)

    def _likely_leaf(self, query: Vector) -> int:
        node = 0
        while 2 * node + 1 < len(self.boxes):
            left, right = self._gaps(query, np.array([2 * node + 1, 2 * node + 2]))
            node = 2 * node + (1 if left <= right else 2)
        return node

    def _in_leaf(self, query: Vector, leaf: int) -> tuple[int, float]:
        return self._best(query, np.arange(*self.spans[leaf]))

    def _within(self, query: Vector, bound: float) -> Rows:
        """List the points of all leaves whose boxes are within the bound."""
        nodes = np.zeros(1, dtype=np.int64)
        while 2 * nodes[0] + 1 < len(self.boxes):
            nodes = np.concatenate([2 * nodes + 1, 2 * nodes + 2])
            nodes = nodes[self._gaps(query, nodes) <= bound * _SLACK]
            if not len(nodes):
                return nodes
        return np.concatenate([np.arange(*self.spans[leaf]) for leaf in nodes.tolist()])

    def _gaps(self, query: Vector, nodes: Rows) -> Vector:
        boxes = self.boxes[nodes]
        gaps = np.maximum(np.maximum(boxes[:, 0] - query, query - boxes[:, 1]), 0.0)
        squares: Vector = np.einsum("nf,nf->n", gaps, gaps)
        return squares

    def _best(self, query: Vector, places: Rows) -> tuple[int, float]:
        if not len(places):
            return -1, np.inf
        squares = squared_distances(query[None, :], self.points[places])[0]
        least = squares.min()
        return int(self.order[places[squares == least]].min()), float(least)


def squared_distances(samples: Matrix, points: Matrix) -> Matrix:
    """Measure every sample (n_samples, n_features) from every point, (n_samples, n_points).

    Added up feature by feature, as the compiled searches do: the sums are equal to the last digit, and
    those of a row do not depend on the others.
    """
    # The longer of both lies in one piece: so the loop over it is the inner one.
    if len(samples) >= len(points):
        return _squares(points, np.ascontiguousarray(samples.T)).T
    return _squares(samples, np.ascontiguousarray(points.T))


def _squares(rows: Matrix, columns: Matrix) -> Matrix:
    """Measure rows (n_rows, n_features) from what lies feature by feature, (n_features, n_columns)."""
    found = np.zeros((len(rows), columns.shape[1]))
    difference = np.empty_like(found)
    for feature, values in enumerate(columns):
        np.subtract(rows[:, feature, None], values, out=difference)
        np.multiply(difference, difference, out=difference)
        found += difference
    return found


def lay_out(rows: Matrix, watch: Callable[[float, str], None] | None = None) -> Layout:
    """Lay rows (n, n_features) out in a tree: halved along the widest feature, and again."""
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
        if watch is not None and (node < 64 or node % 1024 == 0):
            watch(node / parents, "Arranging the customers by nearness")
    points = np.ascontiguousarray(rows[order], dtype=np.float64)
    return Layout(points, order, _boxes(points, spans, parents), spans)


def _halve(rows: Matrix, order: Rows, middle: int) -> None:
    """Sort a node's rows so far that the lower half of its widest feature comes first."""
    inside = rows[order]
    widest = inside[:, np.argmax(inside.max(axis=0) - inside.min(axis=0))]
    order[:] = order[np.argpartition(widest, middle)]


def _boxes(points: Matrix, spans: Rows, parents: int) -> Matrix:
    boxes = np.empty((len(spans), 2, points.shape[1]))
    if not len(points):
        boxes[:] = 0.0
        return boxes
    starts = spans[parents:, 0]
    boxes[parents:, 0] = np.minimum.reduceat(points, starts)
    boxes[parents:, 1] = np.maximum.reduceat(points, starts)
    for level in range((parents + 1).bit_length() - 1, 0, -1):
        above = np.arange(2 ** (level - 1) - 1, 2**level - 1)
        left, right = boxes[2 * above + 1], boxes[2 * above + 2]
        boxes[above, 0] = np.minimum(left[:, 0], right[:, 0])
        boxes[above, 1] = np.maximum(left[:, 1], right[:, 1])
    return boxes
