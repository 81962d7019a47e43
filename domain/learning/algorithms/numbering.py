"""Clusters numbered so that neither chance nor the order of joining shows."""

import numpy as np

from domain.learning.algorithms.neighbours import Neighbours
from domain.terms.arrays import Labels


def by_size(clusters: Labels, neighbours: Neighbours) -> Labels:
    """Number clusters from 0, that of most samples first, of equals that of the earliest row.

    `clusters` (n_points,) holds any number for each, -1 for none.
    """
    inside = np.flatnonzero(clusters >= 0)
    names, number = np.unique(clusters[inside], return_inverse=True)
    sizes = np.bincount(number, neighbours.weights[inside], len(names))
    earliest = np.full(len(names), len(neighbours.order))
    np.minimum.at(earliest, number, neighbours.order[inside])
    place = np.empty(len(names), dtype=np.int64)
    place[np.lexsort((earliest, -sizes))] = np.arange(len(names))
    labels = np.full(len(clusters), -1)
    labels[inside] = place[number]
    return labels
