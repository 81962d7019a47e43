"""How much each column decides between the clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.kernels.blocks import in_blocks
from domain.learning.preparing.encoding import EncodedFeature
from domain.learning.preparing.features import Features
from domain.learning.sampling import spread_rows
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.segments import FeatureImportance


@dataclass(frozen=True, slots=True)
class _Moments:
    """Cluster sizes, their means less the mean of all, and their variances; mean and variance of all.

    Noise is left out. Of a feature that does not vary, offsets and variances are 0.
    """

    sizes: Vector
    offsets: Matrix
    spreads: Matrix
    mean: Vector
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
    rest, 0 for equal and 1 for disjoint ones: of the normal distributions with their
    means and variances, or of the shares of the categories; less what chance gives
    where there is no difference, a count of parameters times (1/n + 1/m) / 8. So a
    cluster in the middle of all others has its columns too. Each tuple sums to 1.
    Source: Hellinger 1909; Le Cam & Yang 2000 for its expansion.
    """
    moments = _measure(features.matrix, labels)
    count = moments.sizes.sum()
    columns, position = _columns(features.names)
    found = []
    for cluster, size in enumerate(moments.sizes):
        rest = count - size
        if not rest:
            found.append(_listed(columns, np.zeros(len(columns))))
            continue
        overlap = _overlaps(features.names, moments, cluster)
        category = np.array([feature.category is not None for feature in features.names])
        affinity = np.bincount(position, overlap)
        parameters = np.where(
            np.bincount(position, category) > 0, np.bincount(position, moments.total > 0) - 1, 2
        )
        varies = np.bincount(position, moments.total) > 0
        chance = np.maximum(parameters, 1) * (1 / size + 1 / rest) / 8
        found.append(_listed(columns, np.where(varies, np.clip(1 - affinity - chance, 0.0, 1.0), 0.0)))
    return tuple(found)


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


def _overlaps(names: Sequence[EncodedFeature], moments: _Moments, cluster: int) -> Vector:
    """Measure each feature's part in the affinity of a cluster and the rest, ∫√(pq); it is 1 of equals."""
    size = moments.sizes[cluster]
    rest = moments.sizes.sum() - size
    mine, others = moments.offsets[cluster], -moments.offsets[cluster] * (size / rest)
    within = moments.spreads[cluster]
    # The squares about the mean of all, less those of the cluster.
    all_squares = moments.total * moments.sizes.sum()
    outside = np.maximum((all_squares - size * (within + np.square(mine))) / rest - np.square(others), 0.0)
    both = within + outside
    spread = np.where(both > 0, both, 1.0)
    normal = np.sqrt(2 * np.sqrt(within * outside) / spread) * np.exp(
        -np.square(mine - others) / (4 * spread)
    )
    normal = np.where(both > 0, normal, np.square(mine - others) <= 0)
    factors = np.array([feature.factor for feature in names])
    here = np.clip((moments.mean + mine) / factors, 0.0, 1.0)
    there = np.clip((moments.mean + others) / factors, 0.0, 1.0)
    is_category = np.array([feature.category is not None for feature in names])
    return np.where(is_category, np.sqrt(here * there), normal)


def _measure(matrix: Matrix, labels: Labels) -> _Moments:
    """Measure all in one pass over the matrix (n_samples, n_features)."""
    clusters = np.arange(int(labels.max()) + 1)
    # About a point near the mean, squares lose no digits.
    pivot = matrix[spread_rows(len(matrix), 1000)].mean(axis=0)

    def sums(block: slice) -> tuple[Vector, Matrix, Matrix]:
        members = (labels[block] == clusters[:, None]).astype(np.float64)
        shifted = matrix[block] - pivot
        return members.sum(axis=1), members @ shifted, members @ np.square(shifted)

    parts = list(in_blocks(sums, len(matrix)))
    sizes, totals, squares = (sum(each) for each in zip(*parts, strict=True))
    mean = totals.sum(axis=0) / sizes.sum()
    square = squares.sum(axis=0) / sizes.sum()
    variance = square - np.square(mean)
    # What is left of a constant by rounding is no variance.
    varies = variance > 1e-12 * square
    means = totals / sizes[:, None]
    return _Moments(
        sizes,
        np.where(varies, means - mean, 0.0),
        np.where(varies, np.maximum(squares / sizes[:, None] - np.square(means), 0.0), 0.0),
        mean + pivot,
        np.where(varies, variance, 0.0),
    )
