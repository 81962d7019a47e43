"""Ward's linkage without a matrix of distances: a nearest-neighbour chain over a tree of boxes.

The clusters lie in the leaves of a binary tree of bounding boxes, numbered as a heap: node 1 is
the root, node n_leaves + i the leaf i. A leaf keeps its clusters feature by feature, so that a
loop over them reads consecutive numbers; free places are infinitely far away.

    points (n_leaves, n_features, PLACES), weights and ids (n_leaves, PLACES), filled (n_leaves,)
    low and high (2 n_leaves, n_features), lightest (2 n_leaves,): what is below a node
    place_of (n_clusters,): of each cluster that is left, leaf · PLACES + place
    chain and gaps (n_clusters + 1,): the chain and, for each link, the distance to the next one
    merges (n_clusters - 1, 3): the two merged and the height, in the order found
    state: see the constants
"""

import numpy as np

from domain.learning.kernels.compiling import compiled_for_sums
from domain.terms.arrays import Labels, Matrix, Rows, Vector

PLACES = 64
"""Clusters a leaf of the tree of boxes."""

CHAINED, MERGED, LEFT, START, STATES = 0, 1, 2, 3, 4
"""In `state`: the links of the chain, merges made, clusters left, the leaf where the next chain starts."""


@compiled_for_sums
def merge_nearest(
    points: Matrix,
    weights: Matrix,
    ids: Labels,
    filled: Rows,
    low: Matrix,
    high: Matrix,
    lightest: Vector,
    place_of: Rows,
    chain: Rows,
    gaps: Vector,
    merges: Matrix,
    state: Rows,
    keep: int,
    work: int,
) -> None:
    """Merge clusters by Ward's criterion until `keep` are left, or `work` leaves were looked at.

    Two clusters lie 2·w₁·w₂ / (w₁ + w₂) · ‖c₁ - c₂‖² apart, and merge once each is the other's
    nearest: no later merge comes between such two. The heights are the roots, in SciPy's scale.
    Source: Murtagh 1983 (the chain); Müllner 2011 (its correctness for Ward).
    """
    n_features = points.shape[1]
    point = np.empty(n_features)
    apart = np.empty(PLACES)
    waiting = np.empty(128, dtype=np.int64)
    bounds = np.empty(128)
    while state[LEFT] > keep and work > 0:
        if state[CHAINED] == 0:
            state[START] = (state[START] + 1) % len(filled)
            while filled[state[START]] == 0:
                state[START] = (state[START] + 1) % len(filled)
            chain[0] = ids[state[START], 0]
            state[CHAINED] = 1
        end = state[CHAINED] - 1
        current = chain[end]
        # A new neighbour must be strictly nearer than the link before: so ties and rounding end.
        before = chain[end - 1] if end > 0 else -1
        nearest, best = before, gaps[end - 1] if end > 0 else np.inf
        own, place = place_of[current] // PLACES, place_of[current] % PLACES
        weight = weights[own, place]
        for feature in range(n_features):
            point[feature] = points[own, feature, place]
        points[own, 0, place] = np.inf  # not its own neighbour
        best, found = _nearest_in_leaf(points, weights, own, point, weight, apart, best)
        if found >= 0:
            nearest = ids[own, found]
        depth = 1
        waiting[0], bounds[0] = 1, 0.0
        while depth > 0:
            depth -= 1
            node = waiting[depth]
            if bounds[depth] >= best:
                continue
            if node >= len(filled):
                leaf = node - len(filled)
                if leaf == own:
                    continue
                work -= 1
                best, found = _nearest_in_leaf(points, weights, leaf, point, weight, apart, best)
                if found >= 0:
                    nearest = ids[leaf, found]
                continue
            near, far = 2 * node, 2 * node + 1
            near_bound = _bound(low, high, lightest, near, point, weight)
            far_bound = _bound(low, high, lightest, far, point, weight)
            if far_bound < near_bound:
                near, far = far, near
                near_bound, far_bound = far_bound, near_bound
            if far_bound < best:
                waiting[depth], bounds[depth] = far, far_bound
                depth += 1
            if near_bound < best:
                waiting[depth], bounds[depth] = near, near_bound
                depth += 1
        points[own, 0, place] = point[0]
        work -= 1
        if nearest < 0:
            # Every distance is too large for a number: any two will do.
            nearest = _any_other(ids, filled, current)
        if nearest != before:
            gaps[end] = best
            chain[end + 1] = nearest
            state[CHAINED] += 1
            continue
        merges[state[MERGED], 0] = current
        merges[state[MERGED], 1] = nearest
        merges[state[MERGED], 2] = np.sqrt(best)
        state[MERGED] += 1
        state[LEFT] -= 1
        state[CHAINED] -= 2
        _merge(points, weights, ids, filled, place_of, current, nearest)
        _tighten(points, weights, filled, low, high, lightest, own)
        stays = place_of[nearest] // PLACES
        if stays != own:
            _tighten(points, weights, filled, low, high, lightest, stays)


@compiled_for_sums
def _nearest_in_leaf(
    points: Matrix, weights: Matrix, leaf: int, point: Vector, weight: float, apart: Vector, best: float
) -> tuple[float, int]:
    inside, heavy = points[leaf], weights[leaf]
    # Not the constant: a loop that short would be unrolled rather than vectorised.
    places = len(heavy)
    apart[:] = 0.0
    for feature in range(len(point)):
        at = point[feature]
        for place in range(places):
            difference = inside[feature, place] - at
            apart[place] += difference * difference
    # Most leaves have nothing nearer, and are passed over without a division.
    nearer = 0
    for place in range(places):
        other = heavy[place]
        nearer += 1 if 2.0 * weight * other * apart[place] < best * (weight + other) else 0
    found = -1
    if nearer > 0:
        for place in range(places):
            other = heavy[place]
            distance = 2.0 * weight * other / (weight + other) * apart[place]
            if distance < best:
                best, found = distance, place
    return best, found


@compiled_for_sums
def _bound(low: Matrix, high: Matrix, lightest: Vector, node: int, point: Vector, weight: float) -> float:
    # No cluster below the node is nearer: none is outside the box, and none is lighter.
    total = 0.0
    for feature in range(len(point)):
        below = low[node, feature] - point[feature]
        above = point[feature] - high[node, feature]
        outside = max(below, above, 0.0)
        total += outside * outside
    other = lightest[node]
    return float(total * 2.0 * weight * other / (weight + other))


@compiled_for_sums
def _merge(
    points: Matrix, weights: Matrix, ids: Labels, filled: Rows, place_of: Rows, gone: int, stays: int
) -> None:
    leaf, place = place_of[gone] // PLACES, place_of[gone] % PLACES
    into, at = place_of[stays] // PLACES, place_of[stays] % PLACES
    weight = weights[leaf, place] + weights[into, at]
    share = weights[leaf, place] / weight
    last = filled[leaf] - 1
    for feature in range(points.shape[1]):
        points[into, feature, at] += share * (points[leaf, feature, place] - points[into, feature, at])
        points[leaf, feature, place] = points[leaf, feature, last]
        points[leaf, feature, last] = np.inf
    weights[into, at] = weight
    weights[leaf, place] = weights[leaf, last]
    weights[leaf, last] = 1.0
    ids[leaf, place] = ids[leaf, last]
    place_of[ids[leaf, place]] = leaf * PLACES + place
    filled[leaf] = last


@compiled_for_sums
def _tighten(
    points: Matrix, weights: Matrix, filled: Rows, low: Matrix, high: Matrix, lightest: Vector, leaf: int
) -> None:
    n_features = points.shape[1]
    node = len(filled) + leaf
    low[node, :] = np.inf
    high[node, :] = -np.inf
    # Infinity would make the bound of an empty leaf undefined.
    lightest[node] = weights[leaf, 0]
    for place in range(filled[leaf]):
        lightest[node] = min(lightest[node], weights[leaf, place])
        for feature in range(n_features):
            low[node, feature] = min(low[node, feature], points[leaf, feature, place])
            high[node, feature] = max(high[node, feature], points[leaf, feature, place])
    node //= 2
    while node > 0:
        lightest[node] = min(lightest[2 * node], lightest[2 * node + 1])
        for feature in range(n_features):
            low[node, feature] = min(low[2 * node, feature], low[2 * node + 1, feature])
            high[node, feature] = max(high[2 * node, feature], high[2 * node + 1, feature])
        node //= 2


@compiled_for_sums
def tighten_all(
    points: Matrix, weights: Matrix, filled: Rows, low: Matrix, high: Matrix, lightest: Vector
) -> None:
    """Make every box as small as what is in it."""
    for leaf in range(len(filled)):
        _tighten(points, weights, filled, low, high, lightest, leaf)


@compiled_for_sums
def _any_other(ids: Labels, filled: Rows, current: int) -> int:
    for leaf in range(len(filled)):
        for place in range(filled[leaf]):
            if ids[leaf, place] != current:
                return int(ids[leaf, place])
    return -1


def warm_up() -> None:
    """Compile the loops, or load them."""
    points = np.full((1, 1, PLACES), np.inf)
    points[0, 0, :2] = 0.0, 1.0
    weights, ids, filled = np.ones((1, PLACES)), np.zeros((1, PLACES), dtype=np.int64), np.array([2])
    ids[0, 1] = 1
    low, high, lightest = np.empty((2, 1)), np.empty((2, 1)), np.empty(2)
    tighten_all(points, weights, filled, low, high, lightest)
    chain, gaps, merges = np.empty(3, dtype=np.int64), np.empty(3), np.empty((1, 3))
    boxes = (points, weights, ids, filled, low, high, lightest, np.arange(2))
    merge_nearest(*boxes, chain, gaps, merges, np.array([0, 0, 2, 0]), 1, 1)
