"""How much each column decides between the clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.kernels.blocks import in_blocks
from domain.learning.preparing.features import Features
from domain.learning.sampling import spread_rows
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.scoring import EncodedFeature
from domain.terms.segments import FeatureImportance

CELLS = 10
"""Cells of a number that a cluster and the rest are compared by."""

COMPARED_ROWS = 10_000
"""Samples that the cells are cut by, at most."""


@dataclass(frozen=True, slots=True)
class _Moments:
    """Cluster sizes, their means less the mean of all, and the variance of all; noise left out.

    Of a feature that does not vary, offsets and variance are 0.
    """

    sizes: Vector
    offsets: Matrix
    total: Vector


def importance(features: Features, labels: Labels) -> tuple[FeatureImportance, ...]:
    """Share out importance among the columns, 0..1 each and 1 in sum, greatest first.

    `labels` (n_samples,) numbered from 0 without a gap, -1 for noise, which is left
    out. A column's weight is the share of its variance that lies between the clusters,
    over all the features it makes, less what chance alone would give: epsilon squared
    (Kelley 1935), floored at 0, so that a column that has nothing to do with the
    clusters has about none. Of a category it is the R² of Light & Margolin 1971. All
    columns have the same importance where none has any.
    """
    moments = _measure(features.matrix, labels)
    return _shared_out(
        features.names, _between(moments), moments.total, moments.sizes.sum(), len(moments.sizes)
    )


def by_cluster(features: Features, labels: Labels) -> tuple[tuple[FeatureImportance, ...], ...]:
    """Share out importance among the columns that tell a cluster from the rest: one tuple a cluster.

    A column's weight is the squared Hellinger distance between the cluster and the
    rest, 0 for equal and 1 for disjoint ones, of the shares of the categories, or of at
    most ten cells of a number that hold about as many samples each; less what chance
    gives where there is no difference, (cells - 1) (1/n + 1/m) / 8. So a cluster in the
    middle of all others has its columns too. Each tuple sums to 1.
    Source: Hellinger 1909; Le Cam & Yang 2000 for its expansion.
    """
    kept = np.flatnonzero(labels >= 0)
    everybody = len(kept) == len(labels)
    labels = labels if everybody else labels[kept]
    count = int(labels.max()) + 1
    columns, position = _columns(features.names)

    def distances(place: int) -> Vector:
        parts = np.flatnonzero(position == place)
        values = features.matrix[:, parts] if everybody else features.matrix[np.ix_(kept, parts)]
        return _distances(_cells(values), labels, count)

    weights = np.stack([distances(place) for place in range(len(columns))])
    return tuple(_listed(columns, weights[:, cluster]) for cluster in range(count))


def variances(features: Features, labels: Labels) -> tuple[Vector, Vector]:
    """Measure each feature's variance between the clusters, and in all, without noise: both (n_features,)."""
    moments = _measure(features.matrix, labels)
    return _between(moments), moments.total


def _between(moments: _Moments) -> Vector:
    between: Vector = moments.sizes @ np.square(moments.offsets) / moments.sizes.sum()
    return between


def _shared_out(
    names: Sequence[EncodedFeature], between: Vector, total: Vector, count: float, clusters: int
) -> tuple[FeatureImportance, ...]:
    columns, position = _columns(names)
    whole = np.bincount(position, total)
    explained = np.bincount(position, between) / np.where(whole > 0, whole, 1.0)
    chance = (count - 1) / (count - clusters) if count > clusters else 1.0
    return _listed(columns, np.where(whole > 0, np.clip(1 - (1 - explained) * chance, 0.0, 1.0), 0.0))


def _columns(names: Sequence[EncodedFeature]) -> tuple[list[str], Labels]:
    """List the columns, and each feature's place among them."""
    columns = list(dict.fromkeys(feature.column for feature in names))
    places = {column: place for place, column in enumerate(columns)}
    return columns, np.array([places[feature.column] for feature in names])


def _listed(columns: Sequence[str], weights: Vector) -> tuple[FeatureImportance, ...]:
    shares = weights / weights.sum() if weights.any() else np.full(len(columns), 1 / len(columns))
    order = np.argsort(-shares, kind="stable").tolist()
    return tuple(FeatureImportance(columns[index], float(shares[index])) for index in order)


def _cells(values: Matrix) -> Labels:
    """Number the category of each sample, or the cell of its number: (n_samples,)."""
    if values.shape[1] > 1:
        levels: Labels = values.argmax(axis=1)
        return levels
    number = np.ascontiguousarray(values[:, 0])
    some = number[spread_rows(len(number), COMPARED_ROWS)]
    edges = np.unique(np.quantile(some, np.linspace(0, 1, CELLS + 1)[1:-1], method="inverted_cdf"))
    cells: Labels = np.searchsorted(edges, number, side="left")
    return cells


def _distances(cells: Labels, labels: Labels, count: int) -> Vector:
    """Measure each cluster's distance from the rest, less chance, by how many samples each cell has."""
    width = int(cells.max()) + 1
    table = np.bincount(labels * width + cells, minlength=count * width).reshape(count, width)
    rest = table.sum(axis=0) - table
    here, there = table.sum(axis=1), rest.sum(axis=1)
    if not there.all():
        # A single cluster has no rest to be told from.
        return np.zeros(count)
    affinity = np.sqrt(table * rest).sum(axis=1) / np.sqrt(here * there)
    chance = (np.count_nonzero(table.sum(axis=0)) - 1) * (1 / here + 1 / there) / 8
    found: Vector = np.clip(1 - affinity - chance, 0.0, 1.0)
    return found


def _measure(matrix: Matrix, labels: Labels) -> _Moments:
    """Measure all in one pass over the matrix (n_samples, n_features)."""
    clusters = np.arange(int(labels.max()) + 1)
    # About a point near the mean, squares lose no digits.
    pivot = matrix[spread_rows(len(matrix), 1000)].mean(axis=0)

    def sums(block: slice) -> tuple[Vector, Matrix, Vector]:
        members = (labels[block] == clusters[:, None]).astype(np.float64)
        shifted = matrix[block] - pivot
        return members.sum(axis=1), members @ shifted, members.sum(axis=0) @ np.square(shifted)

    parts = list(in_blocks(sums, len(matrix)))
    sizes, totals, squares = (sum(each) for each in zip(*parts, strict=True))
    mean, square = totals.sum(axis=0) / sizes.sum(), squares / sizes.sum()
    variance = square - np.square(mean)
    # What is left of a constant by rounding is no variance.
    varies = variance > 1e-12 * square
    offsets = totals / sizes[:, None] - mean
    return _Moments(sizes, np.where(varies, offsets, 0.0), np.where(varies, variance, 0.0))
