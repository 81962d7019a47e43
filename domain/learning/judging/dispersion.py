"""How tight clusters are and how far apart, about their centroids."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from domain.learning.kernels.blocks import in_blocks
from domain.terms.arrays import Labels, Matrix, Vector


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Figures of one labeling. `smallest_share` is the smallest cluster's, 0..1.

    `inertia` is the sum of squared distances to the cluster means. For
    Davies-Bouldin (from 0) less is better, for Calinski-Harabasz (from 0) more is.
    """

    inertia: float
    davies_bouldin: float
    calinski_harabasz: float
    smallest_share: float


def cluster_means(matrix: Matrix, labels: Labels, cluster_count: int) -> Matrix:
    """Average the samples of each cluster: (n_clusters, n_features), by cluster 0 to n_clusters - 1.

    `labels` (n_samples,) leaves none of these empty; -1 is noise and left out.
    """

    def add(rows: slice) -> Matrix:
        # Noise is counted in a cluster of its own, the first.
        clusters = labels[rows] + 1
        columns = np.ascontiguousarray(matrix[rows].T)
        return np.stack([np.bincount(clusters, column, cluster_count + 1)[1:] for column in columns])

    sums = sum(in_blocks(add, len(matrix)), np.zeros((matrix.shape[1], cluster_count)))
    return np.ascontiguousarray(sums.T) / _sizes(labels, cluster_count)[:, None]


def disperse(matrix: Matrix, labels: Labels) -> Dispersion:
    """Measure a labeling.

    `matrix` (n_samples, n_features); `labels` (n_samples,) numbered from 0 without
    a gap, at least two clusters and fewer than there are samples; -1 is noise and left
    out. Two passes, the second about the means of the first. Source: Davies & Bouldin
    1979; Caliński & Harabasz 1974. Where all clusters are points the first is 0 and
    the second 1, as in scikit-learn.
    """
    count = int(labels.max()) + 1
    sizes, means = _sizes(labels, count), cluster_means(matrix, labels, count)
    squares, radii = _spreads(matrix, labels, means)
    inertia, clustered = float(squares.sum()), int(sizes.sum())
    between = float(sizes @ np.square(means - sizes @ means / clustered).sum(axis=1))
    return Dispersion(
        inertia,
        _davies_bouldin(radii / sizes, means),
        between / inertia * (clustered - count) / (count - 1) if inertia else 1.0,
        float(sizes.min() / clustered),
    )


def inertia(matrix: Matrix, labels: Labels) -> float:
    """Sum the squared distances of the samples to their cluster's mean; noise, -1, is left out."""
    means = cluster_means(matrix, labels, int(labels.max()) + 1)
    return float(_spreads(matrix, labels, means)[0].sum())


def _sizes(labels: Labels, cluster_count: int) -> Labels:
    sizes: Labels = np.bincount(labels + 1, minlength=cluster_count + 1)[1:]
    return sizes


def _spreads(matrix: Matrix, labels: Labels, means: Matrix) -> tuple[Vector, Vector]:
    """Sum the squared distances to the mean of each cluster, and the distances: (n_clusters,) both."""

    def add(rows: slice) -> Matrix:
        clusters = labels[rows] + 1
        # Noise, -1, is measured against the last mean, and dropped.
        apart = matrix[rows] - means[labels[rows]]
        squares = np.einsum("ij,ij->i", apart, apart)
        return np.stack(
            [np.bincount(clusters, each, len(means) + 1)[1:] for each in (squares, np.sqrt(squares))]
        )

    squares, distances = sum(in_blocks(add, len(matrix)), np.zeros((2, len(means))))
    return squares, distances


def _davies_bouldin(radii: Vector, means: Matrix) -> float:
    apart = cdist(means, means)
    if np.allclose(radii, 0) or np.allclose(apart, 0):
        return 0.0
    # Clusters about one point, a cluster and itself among them, compare with nothing.
    apart[apart == 0] = np.inf
    return float(((radii[:, None] + radii) / apart).max(axis=1).mean())
