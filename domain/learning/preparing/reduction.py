"""Fewer dimensions before clustering: principal components."""

from dataclasses import dataclass
from math import floor, log10

import numpy as np
from sklearn.decomposition import PCA

from domain.errors import Invalid, UnsuitableData
from domain.learning.kernels.blocks import in_blocks
from domain.scoring.projecting import onto
from domain.terms.arrays import Matrix, Vector
from domain.terms.training import PcaSettings

DIGITS = 12
"""Digits kept of the largest score: rounding errors differ between rows that are equal and must stay so."""

_LARGEST_OFFSET = 1e4
_PROBED = 1_000


@dataclass(frozen=True, slots=True)
class Reduction:
    """The matrix to cluster; with PCA, the share of the variance that each component explains, 0..1.

    `center` (n_features,) is subtracted of a sample before it is projected on the
    `components` (n_components, n_features); both are None without PCA. Scores are rounded
    to so many `decimals`, which may be below 0.
    """

    matrix: Matrix
    explained_variance: tuple[float, ...] | None
    center: Vector | None = None
    components: Matrix | None = None
    decimals: int = 0

    def project(self, matrix: Matrix) -> Matrix:
        """Bring other samples (n_rows, n_features) into the space of the matrix."""
        if self.center is None or self.components is None:
            return matrix
        return _rounded(_project(matrix, self.center, self.components), self.decimals)


def reduce(matrix: Matrix, settings: PcaSettings | None) -> Reduction:
    """Project a matrix (n_samples, n_features) on its first principal components; as it is without settings.

    Deterministic: a full decomposition, and each component's largest loading is
    positive. Raises Invalid for a number or a share out of range, with the limit, and
    UnsuitableData where the rows differ by less than can be computed with.
    Source: Jolliffe 2002, section 6.1.1 for the share of explained variance.
    """
    if settings is None:
        return Reduction(matrix, None)
    _check(settings, min(matrix.shape))
    count = settings.components or settings.explained_variance
    # scikit-learn takes shares below 1 only; all components explain all of it.
    full = PCA(None if count == 1.0 and settings.components is None else count, svd_solver=solver(matrix))
    with np.errstate(invalid="ignore"):
        full.fit(matrix)
    if not full.explained_variance_ratio_[0] > 0:
        raise UnsuitableData(
            "The customers differ too little to find principal components. Use scaling STANDARD, or no pca."
        )
    shares = tuple(float(share) for share in full.explained_variance_ratio_)
    scores = _project(matrix, full.mean_, full.components_)
    decimals = _decimals(float(np.abs(scores).max()))
    return Reduction(_rounded(scores, decimals), shares, full.mean_, full.components_, decimals)


def solver(matrix: Matrix) -> str:
    """Choose how to decompose a matrix: exactly, either way."""
    few = matrix[:: len(matrix) // _PROBED + 1]
    # Through the covariance a tall matrix is decomposed many times faster, but what
    # varies little about a large mean loses its digits there.
    offset = bool(
        (np.abs(few.mean(axis=0)) > _LARGEST_OFFSET * few.std(axis=0)).any(where=few.std(axis=0) > 0)
    )
    return "full" if offset or matrix.shape[0] < 10 * matrix.shape[1] else "covariance_eigh"


def _project(matrix: Matrix, center: Vector, components: Matrix) -> Matrix:
    scores = np.empty((len(matrix), len(components)))

    def project(rows: slice) -> int:
        scores[rows] = onto(matrix[rows], center, components)
        return int(rows.stop)

    for _ in in_blocks(project, len(matrix)):
        pass
    return scores


def _decimals(largest: float) -> int:
    """Choose how many decimals the scores keep, by the largest of them: 11 of 1 to 10."""
    # Powers of ten end at 308.
    return min(DIGITS - 1 - floor(log10(largest)), 200) if largest > 0 else 0


def _rounded(scores: Matrix, decimals: int) -> Matrix:
    rounded: Matrix = np.round(scores, decimals, out=scores)
    return rounded


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
