"""The top of a merge tree, small enough to draw."""

import numpy as np

from domain.learning.hierarchical import cut
from domain.terms.arrays import Labels, Matrix
from domain.terms.pictures import DendrogramFigure

MOST_LEAVES = 40


def dendrogram(merges: Matrix, segments: Labels) -> DendrogramFigure:
    """Fold all but the last 39 merges of a tree into leaves.

    `merges` (n_samples - 1, 4) as SciPy's linkage gives it; `segments` (n_samples,)
    a cut of it into at most 40. Heights stay those of the whole tree; the cut lies
    midway between the last merge within a segment and the first between two.
    """
    samples = len(merges) + 1
    leaves = min(MOST_LEAVES, samples)
    leaf_of = cut(merges, leaves)
    first = np.unique(leaf_of, return_index=True)[1]
    clusters = len(np.unique(segments))
    return DendrogramFigure(
        merges=_folded(merges, leaf_of, leaves),
        leaf_sizes=np.bincount(leaf_of),
        leaf_segments=segments[first],
        cut=_cut_height(merges, clusters),
    )


def _folded(merges: Matrix, leaf_of: Labels, leaves: int) -> Matrix:
    samples = len(merges) + 1
    number = np.empty(2 * samples - 1, dtype=np.int64)
    number[:samples] = leaf_of
    counts = np.ones(2 * leaves - 1)
    top: list[tuple[float, float, float, float]] = []
    for step, (one, other, height, _) in enumerate(merges.tolist()):
        pair = number[int(one)], number[int(other)]
        if step < samples - leaves:
            # Both sides are of one leaf.
            number[samples + step] = pair[0]
            continue
        node = leaves + len(top)
        counts[node] = counts[pair[0]] + counts[pair[1]]
        number[samples + step] = node
        top.append((float(min(pair)), float(max(pair)), height, counts[node]))
    return np.array(top, dtype=np.float64)


def _cut_height(merges: Matrix, clusters: int) -> float:
    heights = merges[:, 2]
    within = float(heights[len(heights) - clusters]) if clusters <= len(heights) else 0.0
    between = float(heights[len(heights) - clusters + 1]) if clusters > 1 else within * 1.1
    return (within + between) / 2
