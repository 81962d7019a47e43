"""Samples of the rows, drawn by seed: the same seed, the same rows."""

from collections.abc import Sequence

import numpy as np

from domain.terms.arrays import Labels, Rows


def generator(seed: int) -> np.random.Generator:
    """Make the random generator of a seed; a negative one counts from 2³², as a 32-bit word."""
    return np.random.default_rng(seed % 2**32)


def stratified_rows(labelings: Sequence[Labels], size: int, seed: int, at_least: int = 2) -> Rows:
    """Draw `size` rows that hold the clusters of every labeling in proportion, in ascending order.

    `labelings` each (n_samples,). A cluster that comes off with fewer than
    `at_least` rows is given more, as far as it has any, so that a few rows more
    than `size` may be returned; all rows where there are no more than `size`.
    Systematic sampling from a list sorted by cluster (Cochran 1977, chapter 8):
    the stratification is exact for the finest labeling, and near for the others.
    """
    count = len(labelings[0])
    if count <= size:
        return np.arange(count)
    random = generator(seed)
    coarse_to_fine = sorted(labelings, key=lambda labels: int(labels.max()))
    order = np.lexsort((random.random(count), *coarse_to_fine))
    chosen = np.zeros(count, dtype=np.bool_)
    chosen[order[((np.arange(size) + random.random()) * (count / size)).astype(np.int64)]] = True
    for labels in labelings:
        for cluster in np.unique(labels):
            members = order[labels[order] == cluster]
            lacking = at_least - int(chosen[members].sum())
            if lacking > 0:
                chosen[members[~chosen[members]][:lacking]] = True
    return np.flatnonzero(chosen)


def spread_rows(count: int, size: int) -> Rows:
    """Take at most `size` of `count` rows, evenly spaced: for figures that need no randomness."""
    if count <= size:
        return np.arange(count)
    return (np.arange(size) * (count / size)).astype(np.int64)
