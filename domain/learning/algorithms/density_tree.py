"""The tree of dense regions, and the clusters that last longest in it.

Source: Campello, Moulavi and Sander 2013, "Density-based clustering based on
hierarchical density estimates"; the spanning tree by Borůvka's rounds, as McInnes and
Healy 2017, "Accelerated hierarchical density based clustering".
"""

from dataclasses import dataclass

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.algorithms.neighbours import Neighbours
from domain.learning.kernels import boxes, reachability
from domain.learning.kernels.blocks import blocks
from domain.learning.progress import unwatched
from domain.terms.arrays import Labels, Rows, Vector
from domain.terms.training import Watch

SOUGHT_ROWS = 256
USUAL_ROUNDS = 12
"""Rounds there usually are, for the progress: each at least halves the components."""


@dataclass(frozen=True, slots=True)
class SpanningTree:
    """The shortest `edges` (n - 1, 2) joining all points; `squares` are their squared lengths, ascending."""

    edges: Rows
    squares: Vector


@dataclass(frozen=True, slots=True)
class DensityTree:
    """The merges of points by mutual reachability, in ascending order.

    `children` (n - 1, 2) are points 0..n-1 or merges n.., `lengths` (n - 1,) and
    `core` (n,) are distances, `sizes` (2n - 1,) the samples in each node.
    """

    children: Rows
    lengths: Vector
    sizes: Rows
    core: Vector


@dataclass(frozen=True, slots=True)
class DenseClusters:
    """The cluster of each point, -1 for noise, and how firmly it belongs to it, 0..1; both (n,)."""

    labels: Labels
    strength: Vector


def density_tree(spanning: SpanningTree, weights: Rows, core: Vector) -> DensityTree:
    """Merge the points by mutual reachability; `core` (n,) are their core distances squared."""
    count = len(core)
    children = np.empty((count - 1, 2), dtype=np.int64)
    sizes = np.empty(2 * count - 1, dtype=np.int64)
    reachability.hierarchy(spanning.edges, weights, children, sizes)
    return DensityTree(children, np.sqrt(spanning.squares), sizes, np.sqrt(core))


def spanning_tree(neighbours: Neighbours, core: Vector, watch: Watch = unwatched) -> SpanningTree:
    """Connect the points by the shortest edges of mutual reachability; `core` (n,) are distances squared.

    Raises UnsuitableData where a distance is beyond all numbers.
    """
    count, nodes = len(core), len(neighbours.spans)
    lowest = _lowest(core, neighbours.spans)
    component, parents = np.arange(count), np.arange(count)
    same, other, reach = np.full(nodes, reachability.NOT_ONE), np.full(count, -1), np.zeros(count)
    edges, squares = np.empty((count - 1, 2), dtype=np.int64), np.empty(count - 1)
    made, rounds = 0, 0
    while made < count - 1:
        best = np.full(count, np.inf)
        for rows in blocks(count, SOUGHT_ROWS):
            boxes.seek(
                neighbours.points,
                core,
                lowest,
                neighbours.boxes,
                neighbours.spans,
                component,
                same,
                best,
                other,
                reach,
                rows.start,
                rows.stop,
            )
            watch(min(1.0, (rounds + rows.stop / count) / USUAL_ROUNDS), "Connecting dense regions")
        before = made
        made = reachability.grow(
            component, other, reach, parents, neighbours.spans, same, edges, squares, made
        )
        if made == before:
            raise UnsuitableData(
                "Some customers are too far apart for their distance to be a number: "
                "use another scaling than NONE."
            )
        rounds += 1
    order = np.argsort(squares, kind="stable")
    return SpanningTree(np.ascontiguousarray(edges[order]), squares[order])


def _lowest(core: Vector, spans: Rows) -> Vector:
    """Give the least core distance in each node."""
    leaves_from = len(spans) // 2
    lowest = np.empty(len(spans))
    lowest[leaves_from:] = np.minimum.reduceat(core, spans[leaves_from:, 0])
    for node in range(leaves_from - 1, -1, -1):
        lowest[node] = min(lowest[2 * node + 1], lowest[2 * node + 2])
    return lowest


def longest_lived(tree: DensityTree, min_cluster_size: int) -> DenseClusters:
    """Choose the clusters of most excess of mass, each of at least so many samples; the whole is none."""
    count = len(tree.core)
    cluster, left_at = np.zeros(2 * count - 1, dtype=np.int64), np.zeros(2 * count - 1)
    # A split makes two clusters at least, of `min_cluster_size` samples each or one point each.
    parent, birth = np.empty(2 * count, dtype=np.int64), np.empty(2 * count)
    made = reachability.condense(
        tree.children,
        tree.lengths,
        tree.sizes,
        tree.core,
        min_cluster_size,
        cluster,
        left_at,
        parent,
        birth,
    )
    cluster, left_at, parent, birth = cluster[:count], left_at[:count], parent[:made], birth[:made]
    chosen = _chosen(parent, _stability(cluster, left_at, tree.sizes[:count], parent, birth))
    home = _home(parent, chosen)[cluster]
    death = np.zeros(made)
    np.maximum.at(death, cluster, left_at)
    np.maximum.at(death, parent[1:], birth[1:])
    with np.errstate(invalid="ignore"):
        strength = np.where(np.isinf(left_at), 1.0, np.minimum(left_at, death[home]) / death[home])
    return DenseClusters(home, np.where(home >= 0, strength, 0.0))


def _stability(cluster: Labels, left_at: Vector, weights: Rows, parent: Labels, birth: Vector) -> Vector:
    """Sum over the samples of a cluster how long they stay, in density, until they leave or it splits."""
    stability: Vector = np.zeros(len(parent))
    np.add.at(stability, cluster, (left_at - birth[cluster]) * weights)
    sizes = np.bincount(cluster, weights, len(parent))
    for each in range(len(parent) - 1, 0, -1):
        above = parent[each]
        sizes[above] += sizes[each]
        stability[above] += (birth[each] - birth[above]) * sizes[each]
    return stability


def _chosen(parent: Labels, stability: Vector) -> Labels:
    """Mark the clusters that are worth more than what is below them, the root never."""
    below = np.zeros(len(parent))
    chosen = np.zeros(len(parent), dtype=np.int64)
    for each in range(len(parent) - 1, 0, -1):
        chosen[each] = below[each] <= stability[each]
        below[parent[each]] += max(below[each], stability[each])
    return chosen


def _home(parent: Labels, chosen: Labels) -> Labels:
    """Give for each cluster the chosen one it is in, the uppermost counting; -1 for none."""
    home = np.full(len(parent), -1)
    for each in range(1, len(parent)):
        above = home[parent[each]]
        home[each] = above if above >= 0 else (each if chosen[each] else -1)
    return home
