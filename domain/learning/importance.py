"""How much each column decides between the clusters."""

import numpy as np

from domain.learning.dispersion import cluster_means
from domain.learning.features import Features
from domain.terms.arrays import Labels, Vector
from domain.terms.segments import FeatureImportance


def importance(features: Features, labels: Labels) -> tuple[FeatureImportance, ...]:
    """Share out importance among the columns, 0..1 each and 1 in sum, greatest first.

    `labels` (n_samples,) numbered from 0 without a gap. A column's weight is the
    share of its variance that lies between the clusters, over all the features it
    makes, less what chance alone would give: epsilon squared (Kelley 1935), floored
    at 0, so that a column that has nothing to do with the clusters has about none. Of a
    category it is the R² of Light & Margolin 1971. All columns have the same
    importance where none has any.
    """
    count, clusters = len(labels), int(labels.max()) + 1
    between, total = variances(features, labels)
    names = list(dict.fromkeys(feature.column for feature in features.names))
    position = np.array([names.index(feature.column) for feature in features.names])
    whole = np.bincount(position, total)
    explained = np.bincount(position, between) / np.where(whole > 0, whole, 1.0)
    chance = (count - 1) / (count - clusters) if count > clusters else 1.0
    weights = np.where(whole > 0, np.clip(1 - (1 - explained) * chance, 0.0, 1.0), 0.0)
    shares = weights / weights.sum() if weights.any() else np.full(len(names), 1 / len(names))
    order = np.argsort(-shares, kind="stable").tolist()
    return tuple(FeatureImportance(names[index], float(shares[index])) for index in order)


def variances(features: Features, labels: Labels) -> tuple[Vector, Vector]:
    """Measure each feature's variance between the clusters, and in all: both (n_features,)."""
    sizes = np.bincount(labels)
    means = cluster_means(features.matrix, labels, len(sizes))
    between = sizes @ np.square(means - features.matrix.mean(axis=0)) / len(labels)
    total = features.matrix.var(axis=0)
    # What is left of a constant by rounding is no variance.
    return between, np.where(total > 1e-24, total, 0.0)
