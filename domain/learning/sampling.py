"""Samples of the rows, drawn by seed: the same seed, the same rows."""

from collections.abc import Sequence

import numpy as np

from domain.terms.arrays import Labels, Mask, Rows

MOST_CODES = 2**62
"""Codes times rows up to this many fit an integer of 64 bits."""


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
    shuffled = random.permutation(count)
    order = _sorted_rows(labelings, shuffled)
    chosen = np.zeros(count, dtype=np.bool_)
    chosen[order[((np.arange(size) + random.random()) * (count / size)).astype(np.int64)]] = True
    for labels in labelings:
        _top_up(chosen, labels - labels.min(), shuffled, at_least)
    return np.flatnonzero(chosen)


def _sorted_rows(labelings: Sequence[Labels], shuffled: Rows) -> Rows:
    """List the rows by the clusters of the finest labeling, within these of the next, then as shuffled."""
    count = len(labelings[0])
    codes, code_count = np.zeros(count, dtype=np.int64), 1
    for labels in sorted(labelings, key=lambda labels: -int(labels.max())):
        lowest = int(labels.min())
        cluster_count = int(labels.max()) - lowest + 1
        if code_count * cluster_count * count > MOST_CODES:
            codes = np.unique(codes, return_inverse=True)[1]
            code_count = int(codes.max()) + 1
        codes *= cluster_count
        codes += labels
        codes -= lowest
        code_count *= cluster_count
    # One sort of plain numbers, no two alike: cluster first, place in the shuffle second.
    keys = codes[shuffled] * count
    keys += np.arange(count)
    keys.sort()
    keys %= count
    return shuffled[keys]


def _top_up(chosen: Mask, labels: Labels, order: Rows, at_least: int) -> None:
    """Choose more rows of the clusters that have too few chosen, in the order given."""
    lacking = at_least - np.bincount(labels[chosen], minlength=int(labels.max()) + 1)
    if lacking.max() <= 0:
        return
    spare = order[(~chosen & (lacking > 0)[labels])[order]]
    spare = spare[np.argsort(labels[spare], kind="stable")]
    clusters = labels[spare]
    place = np.arange(len(spare)) - np.searchsorted(clusters, clusters)
    chosen[spare[place < lacking[clusters]]] = True


def spread_rows(count: int, size: int) -> Rows:
    """Take at most `size` of `count` rows, evenly spaced: for figures that need no randomness."""
    if count <= size:
        return np.arange(count)
    return (np.arange(size) * (count / size)).astype(np.int64)
