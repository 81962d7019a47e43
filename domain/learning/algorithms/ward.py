"""Ward's tree of weighted points, exact, in memory that grows with the points."""

from typing import TypeAlias

import numpy as np

from domain.learning.kernels.ward import (
    LEFT,
    MERGED,
    PLACES,
    STATES,
    merge_nearest,
    tighten_all,
)
from domain.terms.arrays import Labels, Matrix, Rows, Vector
from domain.terms.training import Watch

SLICE_LEAVES = 1_000_000
"""Leaves of boxes looked at between two words to `watch`, of few features: about 0.1 s."""


_BoxArrays: TypeAlias = tuple[Matrix, Matrix, Labels, Rows, Matrix, Matrix, Vector, Rows]


def ward_merges(points: Matrix, weights: Vector, watch: Watch) -> Matrix:
    """Merge weighted points (n, n_features) by Ward's criterion until one cluster is left.

    Gives (n - 1, 3): a point of each of the two clusters merged, and the height as SciPy's
    linkage has it; in the order found, which is not that of the heights.
    """
    count = len(points)
    merges = np.empty((count - 1, 3))
    chain, gaps = np.empty(count + 1, dtype=np.int64), np.empty(count + 1)
    state = np.zeros(STATES, dtype=np.int64)
    boxes = _Boxes(points, weights, np.arange(count), np.empty(count, dtype=np.int64))
    state[LEFT] = count
    work = max(1, SLICE_LEAVES // points.shape[1])
    while state[LEFT] > 1:
        # With half of them gone, the leaves are half empty: fewer are quicker.
        keep = max(1, boxes.count // 2)
        merge_nearest(*boxes.arrays(), chain, gaps, merges, state, keep, work)
        watch(float(state[MERGED]) / count, "merging the nearest customers and groups")
        if state[LEFT] == keep > 1:
            boxes = _Boxes(*boxes.remaining())
    return merges


class _Boxes:
    """Clusters in the leaves of a tree of bounding boxes; the arrays are those of the kernel."""

    def __init__(self, points: Matrix, weights: Vector, ids: Labels, place_of: Rows) -> None:
        self.count, n_features = points.shape
        leaves = 1
        while leaves * PLACES < self.count:
            leaves *= 2
        order, starts = _halved(points, leaves)
        self.filled = np.diff(starts)
        leaf = np.repeat(np.arange(leaves), self.filled)
        place = np.arange(self.count) - starts[leaf]
        self.points = np.full((leaves, n_features, PLACES), np.inf)
        self.points[leaf, :, place] = points[order]
        self.weights = np.ones((leaves, PLACES))
        self.weights[leaf, place] = weights[order]
        self.ids = np.zeros((leaves, PLACES), dtype=np.int64)
        self.ids[leaf, place] = ids[order]
        self.place_of = place_of
        self.place_of[ids[order]] = leaf * PLACES + place
        self.low, self.high = np.empty((2 * leaves, n_features)), np.empty((2 * leaves, n_features))
        self.lightest = np.empty(2 * leaves)
        tighten_all(self.points, self.weights, self.filled, self.low, self.high, self.lightest)

    def arrays(self) -> _BoxArrays:
        """Give the arrays in the order in which the kernel takes them."""
        return (
            self.points,
            self.weights,
            self.ids,
            self.filled,
            self.low,
            self.high,
            self.lightest,
            self.place_of,
        )

    def remaining(self) -> tuple[Matrix, Vector, Labels, Rows]:
        """Give what is left, as it goes into new boxes."""
        taken = np.arange(PLACES) < self.filled[:, None]
        leaf, place = np.nonzero(taken)
        return self.points[leaf, :, place], self.weights[taken], self.ids[taken], self.place_of


def _halved(points: Matrix, leaves: int) -> tuple[Rows, Rows]:
    """Order the points so that neighbours lie together: halved again and again across their widest side."""
    order = np.arange(len(points))
    starts = np.array([0, len(points)])
    while len(starts) <= leaves:
        middles = (starts[:-1] + starts[1:]) // 2
        for start, middle, end in zip(starts[:-1], middles, starts[1:], strict=True):
            rows = order[start:end]
            inside = points[rows]
            widest = np.argmax(inside.max(axis=0) - inside.min(axis=0))
            order[start:end] = rows[np.argpartition(inside[:, widest], middle - start)]
        starts = np.sort(np.concatenate([starts, middles]))
    return order, starts
