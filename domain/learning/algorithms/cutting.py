"""Cutting a tree of merges into clusters."""

import numpy as np

from domain.learning.kernels.chains import hand_down
from domain.terms.arrays import Labels, Matrix


def cut(merges: Matrix, cluster_count: int) -> Labels:
    """Undo the last `cluster_count` - 1 merges; clusters are numbered by their first leaf.

    `merges` (n_leaves - 1, 4) as SciPy's linkage gives it; labels are of the leaves.
    SciPy's own cut, fcluster by "maxclust", cuts at one height: where merges tie it
    undoes all of them or none, and so can give fewer clusters; without ties the two
    are equal.
    """
    leaves = len(merges) + 1
    root = np.arange(2 * leaves - 1)
    hand_down(np.ascontiguousarray(merges[: leaves - cluster_count, :2], dtype=np.int64), root, leaves)
    _, first, labels = np.unique(root[:leaves], return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[labels]
