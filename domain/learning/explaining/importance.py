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
    """Cluster sizes, cluster means less the mean of all, and the features' variances; noise left out."""

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
    """Share out importance, as `importance` does, of each cluster against the rest: one tuple each.

    They are the columns that decide whether a sample is in the cluster. Each tuple
    sums to 1.
    """
    moments = _measure(features.matrix, labels)
    count = moments.sizes.sum()
    found = []
    for size, offset in zip(moments.sizes, moments.offsets, strict=True):
        # n_c·d² of the cluster and n_r·(d·n_c / n_r)² of the rest, d from the mean of all.
        rest = count - size
        between = np.square(offset) * (size / rest if rest else 0.0)
        found.append(_shared_out(features.names, between, moments.total, count, 2))
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
    columns = list(dict.fromkeys(feature.column for feature in names))
    places = {column: place for place, column in enumerate(columns)}
    position = np.array([places[feature.column] for feature in names])
    whole = np.bincount(position, total)
    explained = np.bincount(position, between) / np.where(whole > 0, whole, 1.0)
    chance = (count - 1) / (count - clusters) if count > clusters else 1.0
    weights = np.where(whole > 0, np.clip(1 - (1 - explained) * chance, 0.0, 1.0), 0.0)
    shares = weights / weights.sum() if weights.any() else np.full(len(columns), 1 / len(columns))
    order = np.argsort(-shares, kind="stable").tolist()
    return tuple(FeatureImportance(columns[index], float(shares[index])) for index in order)


def _measure(matrix: Matrix, labels: Labels) -> _Moments:
    """Measure all in one pass over the matrix (n_samples, n_features)."""
    clusters = np.arange(int(labels.max()) + 1)
    # About a point near the mean, squares lose no digits.
    pivot = matrix[spread_rows(len(matrix), 1000)].mean(axis=0)

    def sums(block: slice) -> tuple[Vector, Matrix, Vector]:
        members = (labels[block] == clusters[:, None]).astype(np.float64)
        shifted = matrix[block] - pivot
        clustered = members.sum(axis=0)
        return members.sum(axis=1), members @ shifted, clustered @ np.square(shifted)

    parts = list(in_blocks(sums, len(matrix)))
    sizes, totals, squares = (sum(each) for each in zip(*parts, strict=True))
    mean = totals.sum(axis=0) / sizes.sum()
    variance = squares / sizes.sum() - np.square(mean)
    # What is left of a constant by rounding is no variance.
    return _Moments(sizes, totals / sizes[:, None] - mean, np.where(variance > 1e-24, variance, 0.0))
