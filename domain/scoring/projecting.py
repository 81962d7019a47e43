"""Fewer dimensions: samples brought onto the principal components that a training found."""

import numpy as np

from domain.terms.arrays import Matrix, Vector
from domain.terms.scoring import Projection


def onto(matrix: Matrix, center: Vector, components: Matrix) -> Matrix:
    """Project samples (n_rows, n_features) on components (n_components, n_features), less their center.

    Not by a matrix product: that adds in an order that depends on how many rows there are.
    """
    # Subtracted first: of numbers far from zero the product would keep few digits.
    scores: Matrix = np.einsum("nf,cf->nc", matrix - center, components)
    return scores


def projected(matrix: Matrix, projection: Projection | None) -> Matrix:
    """Project samples as a training did; as they are where it did not."""
    if projection is None:
        return matrix
    scores = onto(matrix, projection.center, projection.components)
    return np.round(scores, projection.decimals, out=scores)
