"""The top of a merge tree, small enough to draw."""

import numpy as np

from domain.learning.algorithms.contract import Tree
from domain.learning.algorithms.cutting import cut
from domain.terms.arrays import Labels, Matrix
from domain.terms.pictures import DendrogramFigure

MOST_LEAVES = 40


def dendrogram(tree: Tree, segments: Labels) -> DendrogramFigure:
    """Fold all but the last 39 merges of a tree into leaves.

    `segments` (n_samples,) is a cut of the tree into at most 40. Sizes count samples,
    whether each is a leaf of the tree or many are one. Heights stay those of the whole
    tree; the cut lies midway between the last merge within a segment and the first
    between two.
    """
    merges = tree.merges
    leaves = min(MOST_LEAVES, len(merges) + 1)
    folded = cut(merges, leaves)
    leaf_of = folded if tree.leaf_of is None else folded[tree.leaf_of]
    first = np.unique(leaf_of, return_index=True)[1]
    return DendrogramFigure(
        merges=_top(merges, folded, leaves),
        leaf_sizes=np.bincount(leaf_of),
        leaf_segments=segments[first],
        cut=_cut_height(merges, len(np.unique(segments))),
    )


def _top(merges: Matrix, folded: Labels, leaves: int) -> Matrix:
    """Give the last `leaves` - 1 merges as a linkage of folded leaves, counting these.

    `folded` has the new leaf of each leaf of the tree.
    """
    bottom = len(merges) + 1 - leaves
    number = np.empty(len(merges) + len(folded), dtype=np.int64)
    number[: len(folded)] = folded
    for step in range(bottom):
        # Both sides are of one leaf.
        number[len(folded) + step] = number[int(merges[step, 0])]
    number[len(folded) + bottom :] = np.arange(leaves, 2 * leaves - 1)
    top = merges[bottom:].copy()
    pairs = np.sort(number[top[:, :2].astype(np.int64)], axis=1)
    held = np.ones(2 * leaves - 1)
    for step, pair in enumerate(pairs):
        held[leaves + step] = held[pair].sum()
    top[:, :2], top[:, 3] = pairs, held[leaves:]
    return top


def _cut_height(merges: Matrix, clusters: int) -> float:
    heights = merges[:, 2]
    within = float(heights[len(heights) - clusters]) if clusters <= len(heights) else 0.0
    between = float(heights[len(heights) - clusters + 1]) if clusters > 1 else within * 1.1
    return (within + between) / 2
