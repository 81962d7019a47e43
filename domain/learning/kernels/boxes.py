"""Compiled searches in a tree of boxes: how dense it is around a point, and the nearest ones.

All of them read a tree of boxes (see `neighbours.py`): `points` (n, n_features) lie so
that those of node i are `spans[i]`, inside the box `boxes[i]`, lower corner first; the
children of node i are 2i + 1 and 2i + 2. Distances are squared. A gap to a box is summed
in the order in which a distance is, so that rounding never makes it the larger one.
"""

import numpy as np

from domain.learning.kernels.compiling import compiled
from domain.terms.arrays import Matrix, Rows, Vector

DEPTH = 96
"""Nodes that wait at most: one a level, and a tree has far fewer levels."""


@compiled
def distance(left: Vector, right: Vector) -> float:
    """Give the squared distance of two points."""
    total = 0.0
    for feature in range(len(left)):
        total += (left[feature] - right[feature]) ** 2
    return total


@compiled
def gap(query: Vector, box: Matrix) -> float:
    """Give the squared distance of a point from a box, 0 inside it."""
    total = 0.0
    for feature in range(len(query)):
        if query[feature] < box[0, feature]:
            total += (query[feature] - box[0, feature]) ** 2
        elif query[feature] > box[1, feature]:
            total += (query[feature] - box[1, feature]) ** 2
    return total


@compiled
def push_children(
    query: Vector, node: int, boxes: Matrix, bound: float, stack: Rows, gaps: Vector, depth: int
) -> int:
    """Put the children of a node that are not beyond `bound` on the stack, the nearer one on top."""
    near, far = 2 * node + 1, 2 * node + 2
    near_gap, far_gap = gap(query, boxes[near]), gap(query, boxes[far])
    if far_gap < near_gap:
        near, far, near_gap, far_gap = far, near, far_gap, near_gap
    if far_gap <= bound:
        stack[depth], gaps[depth] = far, far_gap
        depth += 1
    if near_gap <= bound:
        stack[depth], gaps[depth] = near, near_gap
        depth += 1
    return depth


@compiled
def core_distances(
    points: Matrix, weights: Rows, boxes: Matrix, spans: Rows, queries: Matrix, least: int, found: Vector
) -> None:
    """Find the squared distance within which the points around each query weigh `least`.

    Infinite where all points weigh less. Fills `found` (n_queries,).
    """
    leaves_from = len(boxes) // 2
    stack, gaps = np.empty(DEPTH, np.int64), np.empty(DEPTH)
    near, mass = np.empty(least + 1), np.empty(least + 1, np.int64)
    for row in range(len(queries)):
        query = queries[row]
        held, total, bound = 0, 0, np.inf
        stack[0], gaps[0], depth = 0, 0.0, 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if gaps[depth] >= bound:
                continue
            if node < leaves_from:
                depth = push_children(query, node, boxes, bound, stack, gaps, depth)
                continue
            for point in range(spans[node, 0], spans[node, 1]):
                away = distance(points[point], query)
                if away >= bound:
                    continue
                place = held
                while place > 0 and near[place - 1] > away:
                    near[place], mass[place] = near[place - 1], mass[place - 1]
                    place -= 1
                near[place], mass[place] = away, weights[point]
                held += 1
                total += weights[point]
                while total - mass[held - 1] >= least:
                    held -= 1
                    total -= mass[held]
                if total >= least:
                    bound = near[held - 1]
        found[row] = bound


@compiled
def nearest(
    points: Matrix,
    ranks: Rows,
    boxes: Matrix,
    spans: Rows,
    queries: Matrix,
    limit: float,
    found: Rows,
    squares: Vector,
) -> None:
    """Find the point nearest to each query within a squared distance of `limit`, of equals the lowest rank.

    Fills `found` (n_queries,) with ranks, -1 where there is none, and `squares` with the distances.
    """
    leaves_from = len(boxes) // 2
    stack, gaps = np.empty(DEPTH, np.int64), np.empty(DEPTH)
    for row in range(len(queries)):
        query = queries[row]
        best, bound = -1, limit
        stack[0], gaps[0], depth = 0, 0.0, 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if gaps[depth] > bound:
                continue
            if node < leaves_from:
                depth = push_children(query, node, boxes, bound, stack, gaps, depth)
                continue
            for point in range(spans[node, 0], spans[node, 1]):
                away = distance(points[point], query)
                if away < bound or (away == bound and (best < 0 or ranks[point] < best)):
                    best, bound = ranks[point], away
        found[row], squares[row] = best, bound


@compiled
def seek(
    points: Matrix,
    core: Vector,
    lowest: Vector,
    boxes: Matrix,
    spans: Rows,
    component: Rows,
    same: Rows,
    best: Vector,
    other: Rows,
    reach: Vector,
    first: int,
    last: int,
) -> None:
    """Find for the points `first`..`last` the nearest one outside their component, by mutual reachability.

    That of two points is the largest of their core distances and their own distance.
    `lowest` (n_nodes,) is the least core distance of a node, `same` (n_nodes,) its component,
    none where its points are of several. `best` (n,) is the shortest way out known for each
    component, shortened here: no point is searched farther than that. `other` (n,) gets what was
    found, or -1, and `reach` (n,) how far it is, or how far there is nothing: both outlive their round.
    """
    leaves_from = len(boxes) // 2
    stack, gaps = np.empty(DEPTH, np.int64), np.empty(DEPTH)
    for row in range(first, last):
        own, bound = component[row], best[component[row]]
        if other[row] >= 0 and component[other[row]] != own:
            best[own] = min(bound, reach[row])
            continue
        if reach[row] >= bound:
            continue
        query, found = points[row], -1
        stack[0], gaps[0], depth = 0, 0.0, 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if max(gaps[depth], lowest[node], core[row]) >= bound or same[node] == own:
                continue
            if node < leaves_from:
                depth = push_children(query, node, boxes, bound, stack, gaps, depth)
                continue
            for point in range(spans[node, 0], spans[node, 1]):
                if component[point] == own or core[point] >= bound:
                    continue
                away = max(distance(points[point], query), core[row], core[point])
                if away < bound:
                    found, bound = point, away
        other[row], reach[row] = found, bound
        best[own] = bound


def warm_up() -> None:
    """Compile the loops of this module."""
    points, order = np.zeros((3, 1)), np.arange(3)
    boxes, spans = np.zeros((1, 2, 1)), np.array([[0, 3]])
    core_distances(points, order, boxes, spans, points, 2, np.empty(3))
    nearest(points, order, boxes, spans, points, 1.0, np.empty(3, np.int64), np.empty(3))
    core, component, same = np.ones(3), np.arange(3), np.full(1, -1)
    best, other, reach = np.full(3, np.inf), np.full(3, -1), np.zeros(3)
    seek(points, core, np.ones(1), boxes, spans, component, same, best, other, reach, 0, 3)
