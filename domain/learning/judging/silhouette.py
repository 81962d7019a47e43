"""The silhouette: how much nearer each sample is to its own cluster than to the next one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.kernels.blocks import blocks, in_blocks
from domain.learning.kernels.silhouettes import FEATURES_AT_ONCE, distance_sums
from domain.learning.progress import within
from domain.learning.sampling import generator, stratified_rows
from domain.terms.arrays import Labels, Matrix, Rows, Vector
from domain.terms.training import Watch

EXACT_LIMIT = 50_000
"""Up to this many samples the silhouette is exact."""

SAMPLE_ROWS = 20_000
"""Above the limit it is that of a stratified sample this large, or of `limit` where that is less."""

BLOCK_SAMPLES = 256
"""Samples measured against all that follow in one go: 50,000 of eight features are some 10 ms."""


GROUPS = 20
"""Parts of a sample whose means tell its error; that is itself off by 1/√38, a sixth, typically."""


@dataclass(frozen=True, slots=True)
class Silhouettes:
    """The silhouettes of one labeling, -1..1, of the samples in `rows`; all three (n_measured,).

    `sizes` (n_clusters,) counts all samples of each cluster, measured or not.
    `sample_size` is None where every sample was measured; `standard_error`, of the
    mean, as well, and where no two clusters have enough of the sample to tell.
    """

    rows: Rows
    values: Vector
    labels: Labels
    sizes: Labels
    sample_size: int | None
    standard_error: float | None

    @property
    def mean(self) -> float:
        """The average silhouette width; of a sample each cluster counts as large as it is."""
        if self.sample_size is None:
            return float(self.values.mean())
        return float(self.sizes @ np.array(self.by_cluster()) / self.sizes.sum())

    def by_cluster(self) -> tuple[float, ...]:
        """The average of each cluster, by cluster number."""
        return tuple((np.bincount(self.labels, self.values) / np.bincount(self.labels)).tolist())


def measured_rows(sample_count: int, limit: int = EXACT_LIMIT) -> int:
    """Say how many of so many samples are measured; a sample may have a few more, for its rare clusters."""
    return sample_count if sample_count <= limit else min(limit, SAMPLE_ROWS)


def silhouettes(
    matrix: Matrix, labelings: Sequence[Labels], seed: int, watch: Watch, limit: int = EXACT_LIMIT
) -> tuple[Silhouettes, ...]:
    """Measure labelings, exactly up to `limit` samples, and above it on a sample of the rows.

    `matrix` (n_samples, n_features), each labeling (n_samples,) with clusters
    numbered from 0 without a gap, at least two, and no noise. A cluster of one
    sample has 0. All labelings share one sample, with at least two of each cluster
    where it has two; its members are compared with the sample. Source: Rousseeuw 1987.
    """
    wanted = measured_rows(len(matrix), limit)
    sampled = wanted < len(matrix)
    rows = stratified_rows(labelings, wanted, seed) if sampled else np.arange(len(matrix))
    part = matrix[rows] if sampled else matrix
    found = []
    for index, labels in enumerate(labelings):
        step = within(watch, index / len(labelings), (index + 1) / len(labelings))
        chosen, sizes = (labels[rows] if sampled else labels), np.bincount(labels)
        widths = _widths(part, chosen, within(step, 0.0, 0.9))
        error = _standard_error(part, chosen, sizes, seed, within(step, 0.9, 1.0)) if sampled else None
        found.append(Silhouettes(rows, widths, chosen, sizes, len(rows) if sampled else None, error))
    return tuple(found)


def _standard_error(matrix: Matrix, labels: Labels, sizes: Labels, seed: int, watch: Watch) -> float | None:
    """Estimate how far the mean of a sample is off, from the means of parts of it.

    Each part is a stratified sample of its own, measured within itself as the whole
    sample is: so the error of comparing with a sample instead of with everybody is in
    it, which the formula of stratified sampling for the widths alone leaves out; that
    tells little more than half. Clusters of fewer than two samples a part are left out:
    they would be in some parts and not in others. None where that leaves one cluster.
    Source: random groups, Wolter 2007, chapter 2; the correction for a finite
    population, Cochran 1977, chapter 2.
    """
    drawn = np.bincount(labels)
    common = np.flatnonzero((drawn >= 2 * GROUPS)[labels])
    if drawn[labels[common]].max(initial=0) == len(common):
        return None
    # Dealt out like cards, cluster after cluster, shuffled within each.
    order = common[np.lexsort((generator(seed).random(len(common)), labels[common]))]
    kept, chosen = np.unique(labels[order], return_inverse=True)
    means = []
    for group in range(GROUPS):
        clusters = chosen[group::GROUPS]
        step = within(watch, group / GROUPS, (group + 1) / GROUPS)
        widths = _widths(matrix[order[group::GROUPS]], clusters, step)
        means.append(sizes[kept] @ (np.bincount(clusters, widths) / np.bincount(clusters)))
    unseen = 1 - len(labels) / sizes.sum()
    return float(np.sqrt(unseen * np.var(means, ddof=1) / GROUPS) / sizes[kept].sum())


def _widths(matrix: Matrix, labels: Labels, watch: Watch) -> Vector:
    """Measure every sample: (n_samples,). Memory is about one more matrix."""
    order = np.argsort(labels, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels))])
    own, other = _mean_distances(_columns(matrix, order), starts, watch)
    larger = np.maximum(own, other)
    apart = (np.diff(starts)[labels[order]] > 1) & (larger > 0)
    widths = np.empty(len(matrix))
    widths[order] = np.where(apart, (other - own) / np.where(larger > 0, larger, 1.0), 0.0)
    return widths


def _columns(matrix: Matrix, order: Rows) -> Matrix:
    """Lay out the samples in an order, a feature after the other, filled up with features of zeros."""
    count = matrix.shape[1]
    columns = np.zeros((max(1, -(-count // FEATURES_AT_ONCE)) * FEATURES_AT_ONCE, len(matrix)))
    for feature in range(count):
        columns[feature] = matrix[order, feature]
    return columns


def _mean_distances(columns: Matrix, starts: Labels, watch: Watch) -> tuple[Vector, Vector]:
    """Average each sample's distances to the others of its cluster, and to the nearest other cluster."""
    # Each pair is measured once, for both: a block of a cluster meets itself and all
    # samples that follow it, and these keep what they received from the cluster.
    count = columns.shape[1]
    tasks = [
        (cluster, int(starts[cluster]) + block.start, int(starts[cluster]) + block.stop)
        for cluster in range(len(starts) - 1)
        for block in blocks(int(starts[cluster + 1] - starts[cluster]), BLOCK_SAMPLES)
    ]

    def measure(index: slice) -> tuple[Vector, Vector, Vector]:
        cluster, first, last = tasks[index.start]
        own, nearest = np.zeros(last - first), np.full(last - first, np.inf)
        received = np.zeros(count - first)
        distance_sums(columns, starts, cluster, first, last, own, nearest, received)
        return own, nearest, received[last - first :]

    own, nearest = np.zeros(count), np.full(count, np.inf)
    from_cluster = np.zeros(count)
    for (cluster, first, last), part in zip(tasks, in_blocks(measure, len(tasks), 1), strict=True):
        watch(_done(first, count), "measuring how well the clusters are apart")
        own[first:last] += part[0]
        nearest[first:last] = np.minimum(nearest[first:last], part[1])
        from_cluster[last:] += part[2]
        end = starts[cluster + 1]
        if last == end:
            size = end - starts[cluster]
            own[starts[cluster] : end] += from_cluster[starts[cluster] : end]
            own[starts[cluster] : end] /= max(1, size - 1)
            nearest[end:] = np.minimum(nearest[end:], from_cluster[end:] / size)
            from_cluster[end:] = 0.0
    return own, nearest


def _done(first: int, count: int) -> float:
    """Say how much of the pairs is measured, 0..1, when the samples up to `first` are."""
    return 1 - (1 - first / count) ** 2
