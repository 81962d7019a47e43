"""Compiled loops of HDBSCAN: a minimum spanning tree over mutual reachability, and the tree of its clusters.

The mutual reachability of two points is the largest of their core distances and their
own distance; all are squared. Points lie in a tree of boxes, as in `boxes.py`.
"""

import numpy as np

from domain.learning.kernels.compiling import compiled
from domain.terms.arrays import Labels, Rows, Vector

NOT_ONE = -1
"""What stands for a node whose points are of several components."""


@compiled
def root_of(parents: Rows, point: int) -> int:
    """Find what stands for a point's component, shortening the way there."""
    while parents[point] != point:
        parents[point] = parents[parents[point]]
        point = parents[point]
    return point


@compiled
def grow(
    component: Rows,
    other: Rows,
    reach: Vector,
    parents: Rows,
    spans: Rows,
    same: Rows,
    edges: Rows,
    lengths: Vector,
    made: int,
) -> int:
    """Join each component with the nearest one, and answer how many edges there are now.

    Writes the edges found (n - 1, 2), their `lengths`, the new `component` of each point and node.
    """
    count = len(component)
    chosen = np.full(count, -1)
    for row in range(count):
        own = component[row]
        if (
            other[row] >= 0
            and component[other[row]] != own
            and (chosen[own] < 0 or reach[row] < reach[chosen[own]])
        ):
            chosen[own] = row
    for own in range(count):
        row = chosen[own]
        if row < 0:
            continue
        left, right = root_of(parents, row), root_of(parents, other[row])
        # Of equally long ways two components may have chosen two: the second would close a circle.
        if left != right:
            parents[max(left, right)] = min(left, right)
            edges[made, 0], edges[made, 1], lengths[made] = row, other[row], reach[row]
            made += 1
    for row in range(count):
        component[row] = root_of(parents, row)
    for node in range(len(spans) - 1, -1, -1):
        if node >= len(spans) // 2:
            same[node] = component[spans[node, 0]]
            for point in range(spans[node, 0], spans[node, 1]):
                if component[point] != same[node]:
                    same[node] = NOT_ONE
        else:
            same[node] = same[2 * node + 1] if same[2 * node + 1] == same[2 * node + 2] else NOT_ONE
    return made


@compiled
def hierarchy(edges: Rows, weights: Rows, children: Rows, sizes: Rows) -> None:
    """Turn ascending edges into merges: node n + i joins `children[i]` and weighs `sizes[n + i]`."""
    count = len(weights)
    parents, node_of = np.arange(count), np.arange(count)
    for point in range(count):
        sizes[point] = weights[point]
    for merge in range(count - 1):
        left, right = root_of(parents, edges[merge, 0]), root_of(parents, edges[merge, 1])
        children[merge, 0], children[merge, 1] = node_of[left], node_of[right]
        sizes[count + merge] = sizes[node_of[left]] + sizes[node_of[right]]
        parents[right] = left
        node_of[left] = count + merge


@compiled
def condense(
    children: Rows,
    lengths: Vector,
    sizes: Rows,
    core: Vector,
    least: int,
    cluster: Labels,
    density: Vector,
    parent: Labels,
    birth: Vector,
) -> int:
    """Condense a tree of merges to the clusters of weight `least` or more; answer how many there are.

    `lengths` and `core` are distances. Fills the `cluster` each node leaves and at which
    `density`, 1 / distance, and of the clusters, 0 the root, the `parent` and the density of
    their `birth`. Merges of one length are one: which of them came first is chance.
    Source: Campello, Moulavi and Sander 2013, section 3; ties as said there.
    """
    count = len(core)
    nodes = 2 * count - 1
    top, large = np.arange(nodes), np.zeros(nodes, np.int64)
    for node in range(nodes - 1, count - 1, -1):
        for side in range(2):
            child = children[node - count, side]
            if child >= count and lengths[child - count] == lengths[node - count]:
                top[child] = top[node]
            elif sizes[child] >= least:
                large[top[node]] += 1
    made = 1
    parent[0], birth[0] = -1, 0.0
    gone = np.zeros(nodes, np.bool_)
    cluster[nodes - 1] = 0
    for node in range(nodes - 1, count - 1, -1):
        at = 1.0 / lengths[node - count]
        for side in range(2):
            child = children[node - count, side]
            cluster[child] = cluster[node]
            gone[child] = gone[node]
            density[child] = density[node]
            if gone[node] or (child >= count and top[child] == top[node]):
                continue
            if sizes[child] < least:
                gone[child] = True
                density[child] = at
            elif large[top[node]] > 1:
                parent[made], birth[made] = cluster[node], at
                cluster[child] = made
                made += 1
    for point in range(count):
        if not gone[point]:
            # Equal samples, enough for a cluster, part at their core distance.
            density[point] = 1.0 / core[point] if core[point] > 0 else np.inf
    return made


def warm_up() -> None:
    """Compile the loops of this module."""
    count, core, spans = 3, np.ones(3), np.array([[0, 3]])
    component, parents, same = np.arange(count), np.arange(count), np.full(1, NOT_ONE)
    other, reach = np.full(count, -1), np.zeros(count)
    edges, lengths = np.zeros((count - 1, 2), np.int64), np.zeros(count - 1)
    grow(component, other, reach, parents, spans, same, edges, lengths, 0)
    edges[:] = [[0, 1], [1, 2]]
    children, sizes = np.zeros((count - 1, 2), np.int64), np.zeros(2 * count - 1, np.int64)
    hierarchy(edges, np.ones(count, np.int64), children, sizes)
    left, parent = np.zeros(2 * count - 1, np.int64), np.zeros(2 * count, np.int64)
    condense(
        children,
        np.ones(2),
        sizes,
        core,
        2,
        left,
        np.zeros(2 * count - 1),
        parent,
        np.zeros(2 * count),
    )
