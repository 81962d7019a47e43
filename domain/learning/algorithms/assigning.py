"""Where any sample belongs, by what a training found."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from domain.learning.algorithms.neighbours import Neighbours, arrange
from domain.learning.kernels.blocks import in_blocks
from domain.learning.kernels.lloyd import nearest_centroids
from domain.learning.progress import unwatched
from domain.terms.arrays import AnyArray, Labels, Matrix, Rows, Vector
from domain.terms.training import Watch


@dataclass(frozen=True, slots=True)
class NearestCentroid:
    """A sample belongs to the nearest of the centroids (n_clusters, n_features), of equals the first.

    Source: Lloyd 1982, assignment step.
    """

    centroids: Matrix

    def assign(self, samples: Matrix) -> Labels:
        """Give the cluster of each sample."""
        centroids = np.ascontiguousarray(self.centroids, dtype=np.float64)

        def nearest(rows: slice) -> Labels:
            return nearest_centroids(np.ascontiguousarray(samples[rows], dtype=np.float64), centroids)

        return _joined(list(in_blocks(nearest, len(samples))))


POSTERIOR_ROWS, FEWEST_POSTERIOR_ROWS = 4096, 64
"""Rows whose posteriors are computed at a time: what is in between stays in the cache."""

POSTERIOR_VALUES = 1_000_000
"""Rows times components times features computed at a time: of wide mixtures fewer rows are."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """A sample belongs to the component it most likely comes from, of equals the first.

    `weights` (n_clusters,) sum to 1. Of the features `numbers`, each component has a
    Gaussian: `means` (n_clusters, n_numbers) and `whiteners` (n_clusters, n_numbers,
    n_numbers), upper triangular, the transposed inverse Cholesky factors of the
    covariances. What the other features add to the logarithm of the density is
    `slopes` (n_clusters, n_features) times the sample, plus `offsets` (n_clusters,), the
    sample drawn in to `low` and `high` (n_features,); without `numbers` all features are numbers.
    A component has `level_parameters` free numbers for them.
    Source: McLachlan & Peel 2000, section 1.15; Hunt & Jorgensen 1999.
    """

    weights: Vector
    means: Matrix
    whiteners: AnyArray
    numbers: Rows | None = None
    slopes: Matrix | None = None
    offsets: Vector | None = None
    level_parameters: int = 0
    low: Vector | float = -np.inf
    high: Vector | float = np.inf

    @property
    def parameter_count(self) -> int:
        """How many free numbers the mixture has, for the BIC."""
        components, features = len(self.means), int(self.means.shape[1])
        each = features * (features + 3) // 2 + self.level_parameters
        return components * each + components - 1

    def log_joint(self, samples: Matrix) -> Matrix:
        """Give log(weight · density) of each sample in each component, (n_samples, n_clusters)."""
        components, features = self.means.shape
        # About their middle: of numbers far from zero the products would keep few digits.
        middle = self.means.mean(axis=0)
        numbers = (samples if self.numbers is None else samples[:, self.numbers]) - middle
        # One product for all components: (n_samples, n_clusters · n_numbers).
        whiteners = self.whiteners.transpose(1, 0, 2).reshape(features, components * features)
        centers = np.einsum("cf,cfg->cg", self.means - middle, self.whiteners).ravel()
        whitened = numbers @ whiteners
        whitened -= centers
        parts = whitened.reshape(len(samples), components, features)
        distances = np.einsum("ncf,ncf->nc", parts, parts)
        joint: Matrix = self._scales() - distances / 2
        if self.slopes is not None and self.offsets is not None:
            # Nothing is known beyond the two values that a flag had in training.
            joint += np.clip(samples, self.low, self.high) @ self.slopes.T + self.offsets
        return joint

    def _scales(self) -> Vector:
        constant = self.means.shape[1] * np.log(2 * np.pi) / 2
        heights = np.log(np.diagonal(self.whiteners, axis1=1, axis2=2)).sum(axis=1)
        scales: Vector = heights + np.log(self.weights) - constant
        return scales

    def place(self, samples: Matrix) -> tuple[Labels, Vector, Vector]:
        """Give of each sample its cluster, the posterior of that, 0..1, and its log-likelihood."""
        joint = self.log_joint(samples)
        labels: Labels = joint.argmax(axis=1)
        largest = joint.max(axis=1)
        evidence = np.log(np.exp(joint - largest[:, None]).sum(axis=1))
        return labels, np.exp(-evidence), largest + evidence

    def assign(self, samples: Matrix) -> Labels:
        """Give the cluster of each sample."""

        def likeliest(rows: slice) -> Labels:
            return self.place(samples[rows])[0]

        return _joined(list(in_blocks(likeliest, len(samples), posterior_rows(self))))


def posterior_rows(mixture: Posterior) -> int:
    """Give how many rows' posteriors are computed at a time: by the mixture alone, never by the threads."""
    return max(FEWEST_POSTERIOR_ROWS, min(POSTERIOR_ROWS, POSTERIOR_VALUES // max(1, mixture.means.size)))


@dataclass(frozen=True)
class NearestSample:
    """A sample belongs where the nearest known sample does, by Euclidean distance, of equals the first.

    `samples` (n_known, n_features), `labels` (n_known,), -1 for noise. With `reach`
    (n_known,), a sample farther off from the nearest known one than that one's reach is
    noise. `strength` (n_known,) 0..1 is how sure it is who goes by that one. Without a known
    sample all is noise.
    """

    samples: Matrix
    labels: Labels
    reach: Vector | None = field(default=None)
    strength: Vector | None = field(default=None)

    @cached_property
    def _neighbours(self) -> Neighbours:
        return arrange(self.samples, np.ones(len(self.samples), dtype=np.int64))

    def assign(self, samples: Matrix) -> Labels:
        """Give the cluster of each sample."""
        known = self.find(samples)
        return np.append(self.labels, -1)[known]

    def find(self, samples: Matrix, watch: Watch = unwatched) -> Rows:
        """Give the known sample that each sample goes by, -1 where none reaches it."""
        if not len(self.samples):
            return np.full(len(samples), -1)
        if self.reach is None:
            return self._neighbours.nearest(samples, watch=watch)[0]
        # A square of what was compared as a square: rounding a root would let some in or out.
        known, squares = self._neighbours.nearest(samples, float(self.reach.max()) ** 2, watch)
        return np.where(squares <= np.square(np.append(self.reach, 0.0)[known]), known, -1)


def _joined(parts: list[Labels]) -> Labels:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
