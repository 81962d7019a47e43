"""The minimum spanning tree of points, without a matrix of distances."""

import numpy as np

from domain.learning.kernels.compiling import compiled_for_sums
from domain.terms.arrays import Matrix, Rows, Vector

BLOCK = 512
"""Points whose distances are computed together: they stay in the fastest cache."""


@compiled_for_sums
def span(
    points: Matrix, ids: Rows, squared: Vector, reached_from: Rows, edges: Matrix, start: int, stop: int
) -> None:
    """Find the edges `start`..`stop` of the tree: from the points in it to the nearest outside.

    `points` (n_features, n_points) hold those outside first: as many as there are edges
    to find, then the one last reached. `ids`, `squared` and `reached_from` (n_points,)
    are of the points in their places: number, squared distance to the tree, and the
    tree's point that is so near. `edges` (n_points - 1, 3): two points and their distance.
    Source: Prim 1957.
    """
    n_features, n_points = points.shape
    apart = np.empty(BLOCK)
    latest = np.empty(n_features)
    for edge in range(start, stop):
        outside = n_points - 1 - edge
        latest[:] = points[:, outside]
        reached = ids[outside]
        nearest, best = 0, np.inf
        for begin in range(0, outside, BLOCK):
            size = min(BLOCK, outside - begin)
            apart[:size] = 0.0
            for feature in range(n_features):
                column, at = points[feature, begin : begin + size], latest[feature]
                for place in range(size):
                    difference = column[place] - at
                    apart[place] += difference * difference
            near, source = squared[begin : begin + size], reached_from[begin : begin + size]
            nearer = 0
            for place in range(size):
                closer = apart[place] < near[place]
                near[place] = apart[place] if closer else near[place]
                source[place] = reached if closer else source[place]
                nearer += 1 if near[place] < best else 0
            # Most blocks have nothing nearer, and this loop is the slow one.
            if nearer > 0:
                for place in range(size):
                    if near[place] < best:
                        nearest, best = begin + place, near[place]
        edges[edge, 0] = reached_from[nearest]
        edges[edge, 1] = ids[nearest]
        edges[edge, 2] = np.sqrt(best)
        # The point reached changes places with the last one outside.
        last = outside - 1
        for feature in range(n_features):
            points[feature, nearest], points[feature, last] = points[feature, last], points[feature, nearest]
        ids[nearest], ids[last] = ids[last], ids[nearest]
        squared[nearest], reached_from[nearest] = squared[last], reached_from[last]


def warm_up() -> None:
    """Compile the loop, or load it."""
    span(np.zeros((1, 2)), np.arange(2), np.full(2, np.inf), np.zeros(2, np.int64), np.empty((1, 3)), 0, 1)
