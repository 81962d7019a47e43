"""The silhouette: how much nearer each sample is to its own cluster than to the next one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.sampling import stratified_rows
from domain.terms.arrays import Labels, Matrix, Rows, Vector
from domain.terms.training import Watch

EXACT_LIMIT = 20_000
"""Up to this many samples the silhouette is exact; above, it is that of a stratified sample this large."""

BLOCK_VALUES = 2**20
"""Distances held at a time: 8 MiB, about what a processor keeps near."""


@dataclass(frozen=True, slots=True)
class Silhouettes:
    """The silhouettes of one labeling, -1..1, of the samples in `rows`; all three (n_measured,).

    `sample_size` is None where every sample was measured.
    """

    rows: Rows
    values: Vector
    labels: Labels
    sample_size: int | None

    @property
    def mean(self) -> float:
        """The average silhouette width over the samples measured."""
        return float(self.values.mean())

    def by_cluster(self) -> tuple[float, ...]:
        """The average of each cluster, by cluster number."""
        return tuple((np.bincount(self.labels, self.values) / np.bincount(self.labels)).tolist())


def silhouettes(
    matrix: Matrix, labelings: Sequence[Labels], seed: int, watch: Watch
) -> tuple[Silhouettes, ...]:
    """Measure several labelings at once, for little more than the price of one.

    `matrix` (n_samples, n_features), each labeling (n_samples,) with clusters
    numbered from 0 without a gap, at least two. A cluster of one sample has 0. All
    labelings share one sample of the rows, with at least two of each cluster where
    it has two. Source: Rousseeuw 1987.
    """
    rows = stratified_rows(labelings, EXACT_LIMIT, seed)
    sampled = len(rows) < len(matrix)
    part = matrix[rows] if sampled else matrix
    chosen = [labels[rows] for labels in labelings]
    sums = _distance_sums(part, chosen, watch)
    return tuple(
        Silhouettes(rows, _widths(total, labels), labels, len(rows) if sampled else None)
        for total, labels in zip(sums, chosen, strict=True)
    )


def _distance_sums(matrix: Matrix, labelings: Sequence[Labels], watch: Watch) -> list[Matrix]:
    """Sum each sample's distances to each cluster: (n_samples, n_clusters) a labeling."""
    counts = [int(labels.max()) + 1 for labels in labelings]
    members = np.hstack(
        [np.eye(count)[labels] for count, labels in zip(counts, labelings, strict=True)], dtype=np.float64
    )
    # About the mean the squared norms are least, and so are the errors of their differences.
    centred = matrix - matrix.mean(axis=0)
    norms = np.einsum("ij,ij->i", centred, centred)
    sums = np.empty((len(matrix), sum(counts)))
    step = max(1, BLOCK_VALUES // len(matrix))
    for start in range(0, len(matrix), step):
        watch(start / len(matrix), "measuring how well the clusters are apart")
        sums[start : start + step] = _distances(centred, norms, start, start + step) @ members
    return np.split(sums, np.cumsum(counts)[:-1], axis=1)


def _distances(centred: Matrix, norms: Vector, start: int, stop: int) -> Matrix:
    """Measure the distances of a block of samples to all: (n_block, n_samples)."""
    # ‖x - y‖² = ‖x‖² + ‖y‖² - 2xy, by matrix product. What is below the rounding
    # error of its terms can't be told from 0 and is 0: for equal rows rightly so.
    squares = norms[start:stop, None] + norms
    rounding = squares * (np.finfo(np.float64).eps * (4 + centred.shape[1]))
    squares -= 2 * (centred[start:stop] @ centred.T)
    squares[squares < rounding] = 0.0
    return np.sqrt(squares, out=squares)


def _widths(sums: Matrix, labels: Labels) -> Vector:
    sizes = np.bincount(labels)
    samples = np.arange(len(labels))
    own_size = sizes[labels]
    own = sums[samples, labels] / np.maximum(own_size - 1, 1)
    means = sums / sizes
    means[samples, labels] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    return np.where((own_size > 1) & (larger > 0), (other - own) / np.where(larger > 0, larger, 1.0), 0.0)
