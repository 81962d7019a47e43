"""Trees of merges: the nearest-neighbour chain over a matrix of distances, and putting merges in order."""

import numpy as np

from domain.learning.kernels.compiling import compiled, compiled_for_sums
from domain.terms.arrays import Labels, Matrix, Rows, Vector

CHAINED, MERGED, LEFT, START, STATES = 0, 1, 2, 3, 4
"""In `state`: the links of the chain, merges made, clusters left, where the next chain starts."""


@compiled_for_sums
def measure(points: Matrix, distances: Vector, start: int, stop: int) -> None:
    """Fill the rows `start`..`stop` of a triangle: Euclidean distances of a point to those before it.

    `points` (n_points, n_features); `distances` (n_points · (n_points - 1) / 2,) has row
    by row the distances of point i to the points 0..i-1, from i·(i-1)/2 on.
    """
    for point in range(start, stop):
        row = point * (point - 1) // 2
        for other in range(point):
            total = 0.0
            for feature in range(points.shape[1]):
                difference = points[point, feature] - points[other, feature]
                total += difference * difference
            distances[row + other] = np.sqrt(total)


@compiled
def merge_nearest(
    distances: Vector,
    sizes: Vector,
    chain: Rows,
    merges: Matrix,
    state: Rows,
    ids: Rows,
    average: bool,
    keep: int,
    work: int,
) -> None:
    """Merge clusters until `keep` are left, or `work` distances were looked at.

    `distances` as `measure` fills it, of the clusters in their places; `sizes`
    (n_places,) their samples, 0 for a free place; `ids` (n_places,) a point of each;
    `chain` (n_places,) holds places. By average linkage, else by complete. Merges
    (n_points - 1, 3) are the ids of the two and the height, in the order found.
    Source: Müllner 2011, algorithm NN-chain.
    """
    count = len(sizes)
    while state[LEFT] > keep and work > 0:
        if state[CHAINED] == 0:
            while sizes[state[START]] == 0.0:
                state[START] += 1
            chain[0] = state[START]
            state[CHAINED] = 1
        current = chain[state[CHAINED] - 1]
        # Of equals the link before: so ties end.
        before = chain[state[CHAINED] - 2] if state[CHAINED] > 1 else -1
        nearest, best = before, np.inf
        if before >= 0:
            best = distances[_place(current, before)]
        row = current * (current - 1) // 2
        for other in range(current):
            if sizes[other] > 0.0 and (distances[row + other] < best or nearest < 0):
                nearest, best = other, distances[row + other]
        at = (current + 1) * current // 2 + current
        for other in range(current + 1, count):
            if sizes[other] > 0.0 and (distances[at] < best or nearest < 0):
                nearest, best = other, distances[at]
            at += other
        work -= count
        if nearest != before:
            chain[state[CHAINED]] = nearest
            state[CHAINED] += 1
            continue
        merges[state[MERGED], 0] = ids[current]
        merges[state[MERGED], 1] = ids[nearest]
        merges[state[MERGED], 2] = best
        state[MERGED] += 1
        state[LEFT] -= 1
        state[CHAINED] -= 2
        _join(distances, sizes, current, nearest, average)
        work -= 2 * count


@compiled
def _place(one: int, other: int) -> int:
    if one > other:
        return one * (one - 1) // 2 + other
    return other * (other - 1) // 2 + one


@compiled
def _join(distances: Vector, sizes: Vector, gone: int, stays: int, average: bool) -> None:
    total = sizes[gone] + sizes[stays]
    for other in range(len(sizes)):
        if sizes[other] == 0.0 or other in (gone, stays):
            continue
        at = _place(stays, other)
        one, two = distances[_place(gone, other)], distances[at]
        mean = (sizes[gone] * one + sizes[stays] * two) / total
        distances[at] = mean if average else max(one, two)
    sizes[stays] = total
    sizes[gone] = 0.0


@compiled
def condense(distances: Vector, kept: Rows) -> None:
    """Move the distances between the places `kept`, in ascending order, to the front."""
    at = 0
    for one in range(len(kept)):
        row = kept[one] * (kept[one] - 1) // 2
        for other in range(one):
            distances[at] = distances[row + kept[other]]
            at += 1


def number_nodes(pairs: Rows, counts: Vector, merges: Matrix) -> None:
    """Write which nodes the merges join and how many samples they hold, as SciPy's linkage does.

    `pairs` (n_points - 1, 2): a point of each of the two, in ascending order of the
    heights; `counts` (n_points,) the samples of a point; `merges` (n_points - 1, 4).
    Source: Müllner 2011, algorithm LABEL.
    """
    n_nodes = 2 * len(counts) - 1
    held = np.append(counts, np.empty(len(counts) - 1))
    _number(pairs, held, np.arange(n_nodes), merges)


@compiled
def _number(pairs: Rows, held: Vector, parent: Rows, merges: Matrix) -> None:
    n_points = len(pairs) + 1
    for step in range(len(pairs)):
        one, other = _root(parent, pairs[step, 0]), _root(parent, pairs[step, 1])
        node = n_points + step
        parent[one], parent[other] = node, node
        held[node] = held[one] + held[other]
        merges[step, 0], merges[step, 1] = min(one, other), max(one, other)
        merges[step, 3] = held[node]


@compiled
def _root(parent: Labels, node: int) -> int:
    root = node
    while parent[root] != root:
        root = parent[root]
    while parent[node] != root:
        parent[node], node = root, parent[node]
    return root


@compiled
def hand_down(pairs: Rows, root: Rows, n_leaves: int) -> None:
    """Give the nodes of each merge its root; `pairs` (n_merges, 2) from the bottom of the tree."""
    # From the top down, so that a node knows its own root before it hands it on.
    for step in range(len(pairs) - 1, -1, -1):
        root[pairs[step, 0]] = root[n_leaves + step]
        root[pairs[step, 1]] = root[n_leaves + step]


def warm_up() -> None:
    """Compile the loops, or load them."""
    points, distances = np.arange(3.0)[:, None], np.empty(3)
    measure(points, distances, 0, 3)
    found, state = np.empty((2, 3)), np.array([0, 0, 3, 0])
    chain, ids = np.empty(3, np.int64), np.arange(3)
    merge_nearest(distances, np.ones(3), chain, found, state, ids, True, 1, 1_000)
    condense(distances, np.arange(2))
    number_nodes(np.array([[0, 1], [1, 2]]), np.ones(3), np.empty((2, 4)))
    hand_down(np.array([[0, 1]]), np.arange(5), 3)
