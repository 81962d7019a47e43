"""Where the clusters of one table lie on the scale of another."""

from collections.abc import Sequence

import numpy as np

from domain.learning.features import CategoricalColumn, EncodedFeature, SourceColumn, levels, present
from domain.terms.arrays import Labels, Matrix, Vector


def place_centroids(
    features: Sequence[EncodedFeature], columns: Sequence[SourceColumn], labels: Labels, clusters: Labels
) -> Matrix | None:
    """Find the means of clusters of another table's rows, on the scale of these features.

    `columns` and `labels` (n_rows,) are of the other table; `clusters` (n_clusters,)
    are those to place. Returns (n_clusters, n_features); None where a feature's
    column is not among the columns, or is of another kind there.
    """
    by_name = {column.name: column for column in columns}
    placed = np.empty((len(clusters), len(features)))
    for position, feature in enumerate(features):
        column = by_name.get(feature.column)
        if column is None or isinstance(column, CategoricalColumn) != (feature.category is not None):
            return None
        values = (_values(column, feature) - feature.mean) / feature.scale
        placed[:, position] = [_mean(values[labels == cluster]) for cluster in clusters]
    return placed


def _values(column: SourceColumn, feature: EncodedFeature) -> Vector:
    if not isinstance(column, CategoricalColumn):
        return present(column)
    texts, codes = levels(column)
    if feature.category not in texts:
        # Nobody there has this level.
        return np.zeros(len(codes))
    flags: Vector = (codes == texts.index(feature.category)).astype(np.float64)
    return flags


def _mean(values: Vector) -> float:
    present = values[~np.isnan(values)]
    # A cluster without a value lies at the mean of the scale, as imputing puts it near there.
    return float(present.mean()) if len(present) else 0.0
