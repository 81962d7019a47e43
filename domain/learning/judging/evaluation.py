"""How good a clustering is."""

from dataclasses import dataclass, replace

import numpy as np

from domain.learning.judging.dispersion import disperse, inertia
from domain.learning.judging.silhouette import Silhouettes, measured_rows, silhouettes
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
    labels, taken over where as many samples were measured as would be here. With fewer
    than two clusters, or with no cluster of two samples, only the inertia applies.
    """
    clustered = int((labels >= 0).sum())
    count = int(labels.max()) + 1 if clustered else 0
    metrics = ClusteringMetrics(
        silhouette=None,
        silhouette_sample_size=None,
        davies_bouldin=None,
        calinski_harabasz=None,
        inertia=None,
        stability=None,
        confidence=None,
        sample_count=len(labels),
        encoded_feature_count=matrix.shape[1],
        noise_count=len(labels) - clustered,
    )
    if not 2 <= count < clustered:
        only = inertia(matrix, labels) if count else None
        return Evaluation(replace(metrics, inertia=only), None, (None,) * count)
    figures = disperse(matrix, labels)
    widths = known if known and _as_exact(known, clustered) else _measured(matrix, labels, seed, watch)
    metrics = replace(
        metrics,
        silhouette=widths.mean,
        silhouette_sample_size=widths.sample_size,
        silhouette_standard_error=widths.standard_error,
        davies_bouldin=figures.davies_bouldin,
        calinski_harabasz=figures.calinski_harabasz,
        inertia=figures.inertia,
    )
    return Evaluation(metrics, widths, widths.by_cluster())


def _as_exact(known: Silhouettes, clustered: int) -> bool:
    return len(known.rows) >= measured_rows(clustered)


def _measured(matrix: Matrix, labels: Labels, seed: int, watch: Watch) -> Silhouettes:
    if labels.min() >= 0:
        return silhouettes(matrix, [labels], seed, watch)[0]
    rows = np.flatnonzero(labels >= 0)
    widths = silhouettes(matrix[rows], [labels[rows]], seed, watch)[0]
    return replace(widths, rows=rows[widths.rows])
