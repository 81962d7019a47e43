"""Fewer dimensions before clustering: principal components."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from domain.errors import Invalid
from domain.terms.arrays import Matrix, Vector
from domain.terms.training import PcaSettings

DECIMALS = 10
"""The decimals kept of a component: rounding errors differ between rows that are equal and must stay so."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """The matrix to cluster; with PCA, the share of the variance that each component explains, 0..1.

    `center` (n_features,) is subtracted of a sample before it is projected on the
    `components` (n_components, n_features); both are None without PCA.
    """

    matrix: Matrix
    explained_variance: tuple[float, ...] | None
    center: Vector | None = None
    components: Matrix | None = None

    def project(self, matrix: Matrix) -> Matrix:
        """Bring other samples (n_rows, n_features) into the space of the matrix."""
        if self.center is None or self.components is None:
            return matrix
        return _project(matrix, self.center, self.components)


def reduce(matrix: Matrix, settings: PcaSettings | None) -> Reduction:
    """Project a matrix (n_samples, n_features) on its first principal components; as it is without settings.

    Deterministic: a full decomposition, and each component's largest loading is
    positive. Raises Invalid for a number or a share out of range, with the limit.
    Source: Jolliffe 2002, section 6.1.1 for the share of explained variance.
    """
    if settings is None:
        return Reduction(matrix, None)
    _check(settings, min(matrix.shape))
    count = settings.components or settings.explained_variance
    # scikit-learn takes shares below 1 only; all components explain all of it.
    full = PCA(None if count == 1.0 and settings.components is None else count, svd_solver=solver(matrix))
    full.fit(matrix)
    shares = tuple(float(share) for share in full.explained_variance_ratio_)
    scores = _project(matrix, full.mean_, full.components_)
    return Reduction(scores, shares, full.mean_, full.components_)


def solver(matrix: Matrix) -> str:
    """Choose how to decompose a matrix: exactly, either way."""
    # Through the covariance a tall matrix is decomposed many times faster.
    return "covariance_eigh" if matrix.shape[0] >= 10 * matrix.shape[1] else "full"


def _project(matrix: Matrix, center: Vector, components: Matrix) -> Matrix:
    scores = matrix @ components.T
    scores -= center @ components.T
    projected: Matrix = np.round(scores, DECIMALS, out=scores)
    return np.ascontiguousarray(projected)


def _check(settings: PcaSettings, limit: int) -> None:
    components, share = settings.components, settings.explained_variance
    if (components is None) == (share is None):
        raise Invalid("Give either the number of principal components or the variance to explain.", ("pca",))
    if components is not None and not 1 <= components <= limit:
        raise Invalid(
            f"{components} principal components are not possible: these columns and rows allow 1 to {limit}.",
            ("pca", "components"),
        )
    if share is not None and not 0 < share <= 1:
        raise Invalid(f"The variance to explain is {share:g}; it should be above 0 and at most 1.", ("pca",))
