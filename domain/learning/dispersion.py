"""How tight clusters are and how far apart, about their centroids."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from domain.terms.arrays import Labels, Matrix


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
    """Average the samples of each cluster: (n_clusters, n_features), by cluster 0 to n_clusters - 1."""
    return np.stack([matrix[labels == cluster].mean(axis=0) for cluster in range(cluster_count)])


def disperse(matrix: Matrix, labels: Labels) -> Dispersion:
    """Measure a labeling.

    `matrix` (n_samples, n_features); `labels` (n_samples,) numbered from 0 without
    a gap, at least two clusters and fewer than there are samples. Source: Davies &
    Bouldin 1979; Caliński & Harabasz 1974. Where all clusters are points the
    first is 0 and the second 1, as in scikit-learn.
    """
    sizes = np.bincount(labels)
    means = cluster_means(matrix, labels, len(sizes))
    squares = [
        np.square(matrix[labels == cluster] - means[cluster]).sum(axis=1) for cluster in range(len(sizes))
    ]
    inertia = float(sum(part.sum() for part in squares))
    between = float(sizes @ np.square(means - matrix.mean(axis=0)).sum(axis=1))
    radii = np.array([np.sqrt(part).mean() for part in squares])
    return Dispersion(
        inertia,
        _davies_bouldin(radii, means),
        between / inertia * (len(labels) - len(sizes)) / (len(sizes) - 1) if inertia else 1.0,
        float(sizes.min() / len(labels)),
    )


def _davies_bouldin(radii: Matrix, means: Matrix) -> float:
    apart = cdist(means, means)
    if np.allclose(radii, 0) or np.allclose(apart, 0):
        return 0.0
    # Clusters about one point, a cluster and itself among them, compare with nothing.
    apart[apart == 0] = np.inf
    return float(((radii[:, None] + radii) / apart).max(axis=1).mean())
