"""Sums of distances from each sample to each cluster, every pair measured once."""

import numpy as np

from domain.learning.kernels.compiling import compiled_for_sums
from domain.terms.arrays import Labels, Matrix, Vector

FEATURES_AT_ONCE = 8
"""The rows of `columns` are a multiple of this many; zeros fill them up."""

SAMPLES_AT_ONCE = 256
"""Samples that stay near the processor, 16 KiB for eight features, while a block of others goes by."""


@compiled_for_sums
def distance_sums(
    columns: Matrix,
    starts: Labels,
    cluster: int,
    first: int,
    last: int,
    own: Vector,
    nearest: Vector,
    received: Vector,
) -> None:
    """Measure the samples `first` to `last`, all of one cluster, against themselves and all that follow.

    `columns` (n_features, n_samples) has the samples in the order of their clusters,
    cluster c from starts[c] to starts[c + 1]. Adds to `own` (n_block,) the distances
    to the own cluster from `first` on, lowers `nearest` (n_block,) to the least mean
    distance to a later cluster, and adds to `received` (n_samples - first,) the
    distances that each sample has to the block. Features are subtracted, without the
    shortcut by scalar products: equal samples are at distance 0 exactly.
    """
    squares = np.empty(SAMPLES_AT_ONCE)
    sums = np.empty(last - first)
    for other in range(cluster, len(starts) - 1):
        sums[:] = 0.0
        for begin in range(max(starts[other], first), starts[other + 1], SAMPLES_AT_ONCE):
            end = min(begin + SAMPLES_AT_ONCE, starts[other + 1])
            theirs = received[begin - first : end - first]
            for sample in range(first, last):
                sums[sample - first] += _distances(columns, sample, begin, end, squares, theirs)
        if other == cluster:
            own += sums
        else:
            size = starts[other + 1] - starts[other]
            for sample in range(last - first):
                nearest[sample] = min(nearest[sample], sums[sample] / size)


@compiled_for_sums
def _distances(
    columns: Matrix, sample: int, begin: int, end: int, squares: Vector, received: Vector
) -> float:
    """Sum the distances of a sample to those from `begin` to `end`, and add each to `received`."""
    squares[: end - begin] = 0.0
    # Eight features a pass, each written out: so the compiler measures eight samples an
    # instruction, and reads and writes the squares once for eight features.
    for group in range(0, columns.shape[0], FEATURES_AT_ONCE):
        a, b = columns[group, begin:end], columns[group + 1, begin:end]
        c, d = columns[group + 2, begin:end], columns[group + 3, begin:end]
        e, f = columns[group + 4, begin:end], columns[group + 5, begin:end]
        g, h = columns[group + 6, begin:end], columns[group + 7, begin:end]
        at_a, at_b = columns[group, sample], columns[group + 1, sample]
        at_c, at_d = columns[group + 2, sample], columns[group + 3, sample]
        at_e, at_f = columns[group + 4, sample], columns[group + 5, sample]
        at_g, at_h = columns[group + 6, sample], columns[group + 7, sample]
        for other in range(end - begin):
            squares[other] += (
                ((a[other] - at_a) ** 2 + (b[other] - at_b) ** 2)
                + ((c[other] - at_c) ** 2 + (d[other] - at_d) ** 2)
                + ((e[other] - at_e) ** 2 + (f[other] - at_f) ** 2)
                + ((g[other] - at_g) ** 2 + (h[other] - at_h) ** 2)
            )
    total = 0.0
    for other in range(end - begin):
        distance = np.sqrt(squares[other])
        total += distance
        received[other] += distance
    return total


def warm_up() -> None:
    """Compile the loop."""
    sums = np.zeros(2)
    distance_sums(
        np.zeros((FEATURES_AT_ONCE, 2)), np.array([0, 1, 2]), 0, 0, 1, sums[:1], sums[1:], np.zeros(2)
    )
