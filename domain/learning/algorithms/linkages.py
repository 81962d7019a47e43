"""Exact trees of merges by each linkage, of weighted points that all differ."""

import numpy as np

from domain.learning.algorithms.ward import ward_merges
from domain.learning.kernels.blocks import in_blocks
from domain.learning.kernels.chains import (
    CHAINED,
    LEFT,
    START,
    STATES,
    condense,
    measure,
    merge_nearest,
    number_nodes,
)
from domain.learning.kernels.spanning import span
from domain.learning.progress import within
from domain.terms.algorithms import Linkage
from domain.terms.arrays import Matrix, Rows, Vector
from domain.terms.training import Watch

MEASURED_ROWS = 128
"""Rows of the triangle of distances that are measured together."""

SLICE_DISTANCES = 10_000_000
"""Distances looked at between two words to `watch`: about 0.1 s."""


def merge_tree(points: Matrix, weights: Vector, linkage: Linkage, watch: Watch) -> Matrix:
    """Merge points (n_points, n_features) until one cluster is left; equal to SciPy's linkage.

    `weights` (n_points,) are the samples that a point stands for. Gives (n_points - 1, 4):
    two nodes, the height, the samples; in ascending order of the heights. Where heights
    tie, which goes first may differ from SciPy's.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    if len(points) == 1:
        return np.empty((0, 4))
    if linkage is Linkage.WARD:
        return in_order(ward_merges(points, weights, watch), weights)
    if linkage is Linkage.SINGLE:
        return in_order(_spanning_tree(points, watch), weights)
    return in_order(_chain_merges(points, weights, linkage is Linkage.AVERAGE, watch), weights)


def in_order(found: Matrix, weights: Vector) -> Matrix:
    """Sort merges by height and number their nodes as SciPy's linkage does.

    `found` (n_points - 1, 3): a point of each of the two clusters, and the height.
    """
    found = found[np.argsort(found[:, 2], kind="stable")]
    merges = np.empty((len(found), 4))
    merges[:, 2] = found[:, 2]
    number_nodes(found[:, :2].astype(np.int64), weights, merges)
    return merges


def _spanning_tree(points: Matrix, watch: Watch) -> Matrix:
    """Find the edges of the minimum spanning tree: the merges of single linkage (Gower and Ross 1969)."""
    count, n_features = points.shape
    edges = np.empty((count - 1, 3))
    columns, ids = points.T.copy(), np.arange(count)
    squared, reached_from = np.full(count, np.inf), np.zeros(count, dtype=np.int64)
    at = 0
    while at < count - 1:
        stop = min(count - 1, at + 1 + 8 * SLICE_DISTANCES // (n_features * (count - at)))
        span(columns, ids, squared, reached_from, edges, at, stop)
        at = stop
        # What is outside shrinks, and with it the time of a step.
        watch(1 - (1 - at / count) ** 2, "joining each customer to the nearest")
    return edges


def _chain_merges(points: Matrix, weights: Vector, average: bool, watch: Watch) -> Matrix:
    """Merge by average or complete linkage; holds all 4 n² bytes of distances."""
    distances = _distances(points, within(watch, 0.0, 0.3))
    watch = within(watch, 0.3, 1.0)
    count = len(points)
    merges, state = np.empty((count - 1, 3)), np.zeros(STATES, dtype=np.int64)
    state[LEFT] = count
    sizes, ids = weights.astype(np.float64), np.arange(count)
    while state[LEFT] > 1:
        keep = max(1, len(sizes) // 2)
        chain = np.empty(len(sizes), dtype=np.int64)
        # The places are others now: chains begin anew.
        state[CHAINED], state[START] = 0, 0
        while state[LEFT] > keep:
            merge_nearest(distances, sizes, chain, merges, state, ids, average, keep, SLICE_DISTANCES)
            watch(1 - (state[LEFT] / count) ** 2, "merging the nearest customers and groups")
        # With half of them gone, the rest is moved together: less memory is read from then on.
        kept: Rows = np.flatnonzero(sizes)
        condense(distances, kept)
        sizes, ids = sizes[kept], ids[kept]
    return merges


def _distances(points: Matrix, watch: Watch) -> Vector:
    count = len(points)
    distances = np.empty(count * (count - 1) // 2)

    def measured(rows: slice) -> int:
        measure(points, distances, rows.start, rows.stop)
        return int(rows.stop)

    for stop in in_blocks(measured, count, MEASURED_ROWS):
        watch((stop / count) ** 2, "measuring the distances between customers")
    return distances
