"""How good a clustering is."""

from dataclasses import dataclass, replace

import numpy as np

from domain.learning.dispersion import cluster_means, disperse
from domain.learning.silhouette import Silhouettes, silhouettes
from domain.terms.arrays import Labels, Matrix
from domain.terms.segments import ClusteringMetrics
from domain.terms.training import Watch


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a clustering, its silhouettes, and the mean silhouette of each cluster.

    Of the metrics, `stability` and `confidence` are left to their own modules, and
    `encoded_feature_count` counts the features of the matrix evaluated.
    """

    metrics: ClusteringMetrics
    silhouettes: Silhouettes | None
    by_cluster: tuple[float | None, ...]


def evaluate(
    matrix: Matrix, labels: Labels, seed: int, watch: Watch, known: Silhouettes | None = None
) -> Evaluation:
    """Evaluate labels (n_samples,) on the matrix they were made from; -1 is noise and left out.

    Clusters are numbered from 0 without a gap. `known` are silhouettes of these
    labels that need not be measured again. With fewer than two clusters, or with
    no cluster of two samples, only the inertia applies.
    """
    rows = np.flatnonzero(labels >= 0)
    noise = len(labels) - len(rows)
    if noise:
        matrix, labels = matrix[rows], labels[rows]
    count = int(labels.max()) + 1 if len(labels) else 0
    metrics = ClusteringMetrics(
        silhouette=None,
        silhouette_sample_size=None,
        davies_bouldin=None,
        calinski_harabasz=None,
        inertia=_inertia(matrix, labels, count) if count else None,
        stability=None,
        confidence=None,
        sample_count=len(labels) + noise,
        encoded_feature_count=matrix.shape[1],
        noise_count=noise,
    )
    if not 2 <= count < len(labels):
        return Evaluation(metrics, None, (None,) * count)
    widths = known or silhouettes(matrix, [labels], seed, watch)[0]
    figures = disperse(matrix, labels)
    metrics = replace(
        metrics,
        silhouette=widths.mean,
        silhouette_sample_size=widths.sample_size,
        davies_bouldin=figures.davies_bouldin,
        calinski_harabasz=figures.calinski_harabasz,
    )
    return Evaluation(
        metrics, replace(widths, rows=rows[widths.rows]) if noise else widths, widths.by_cluster()
    )


def _inertia(matrix: Matrix, labels: Labels, count: int) -> float:
    return float(np.square(matrix - cluster_means(matrix, labels, count)[labels]).sum())
