"""Where the clusters of one table lie on the scale of another."""

from collections.abc import Sequence

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.judging.dispersion import cluster_means
from domain.learning.preparing.columns import SourceColumn
from domain.learning.preparing.encoding import place
from domain.terms.arrays import Labels, Matrix
from domain.terms.scoring import EncodedFeature


def place_centroids(
    features: Sequence[EncodedFeature], columns: Sequence[SourceColumn], labels: Labels, clusters: Labels
) -> Matrix | None:
    """Find the means of clusters of another table's rows, on the scale of these features.

    `columns` and `labels` (n_rows,) are of the other table; `clusters` (n_clusters,)
    are those to place, each of at least one row. What is missing there is filled as it
    was here. Returns (n_clusters, n_features); None where a feature's column is not among the
    columns, or is of another kind there.
    """
    try:
        placed = place(features, columns)
    except UnsuitableData:
        return None
    # Rows of no cluster to place are noise here, as -1 stays: the last of these places.
    wanted = np.full(int(labels.max()) + 2, -1)
    wanted[clusters] = np.arange(len(clusters))
    return cluster_means(placed, wanted[labels], len(clusters))
