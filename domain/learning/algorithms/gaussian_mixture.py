"""Gaussian mixtures: clusters of any elongation, each sample with the chance of belonging to its own."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from domain.learning.algorithms.assigning import POSTERIOR_ROWS, Posterior
from domain.learning.algorithms.contract import Effort, Partition, Tree
from domain.learning.algorithms.kmeans import KMeansPartitioner
from domain.learning.kernels.blocks import in_blocks
from domain.learning.kernels.lloyd import nearest_centroids, spread_centroids
from domain.learning.progress import unwatched, within
from domain.learning.sampling import generator
from domain.terms.algorithms import GaussianMixtureSettings, KMeansSettings
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.segments import Approximation, ApproximationMethod
from domain.terms.training import Watch

FIT_ROWS = 20_000
"""Up to so many rows the mixture is fitted to all of them; above, to a sample of that size."""

START_ROWS = 2_000
"""Rows that the starts are tried on."""

FLOOR = 1e-3
"""Added to each variance, as a share of the feature's own: a component may be flat in some feature."""

EXPECTED_ERROR = (
    "Measured on 200,000 customers: adjusted Rand index of at least 0.999 with the fit to all of them, "
    "mean log-likelihood lower by at most 0.005."
)
"""As measured on overlapping elongated groups with noise, for 3 and for 6 segments."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many starts, and how long each goes on: until the mean log-likelihood gains less than `gain`."""

    starts: int
    start_rounds: int
    rounds: int
    gain: float


PACES = {Effort.FULL: Pace(10, 30, 200, 1e-4), Effort.QUICK: Pace(2, 20, 20, 1e-3)}


class GaussianMixturePartitioner:
    """A mixture of Gaussians, each with a covariance of its own, by expectation-maximization.

    The best of ten starts on some of the rows, by likelihood, goes on with all rows up
    to FIT_ROWS. Source: Dempster, Laird & Rubin 1977; McLachlan & Peel 2000, chapter 3.
    """

    tree: Tree | None = None
    approximation: Approximation | None = None

    def __init__(
        self, matrix: Matrix, settings: GaussianMixtureSettings, seed: int, effort: Effort, watch: Watch
    ) -> None:
        self._matrix = np.ascontiguousarray(matrix, dtype=np.float64)
        self._seed = seed
        self._effort = effort
        order = generator(seed).permutation(len(matrix))
        self._fitted = self._matrix[np.sort(order[:FIT_ROWS])]
        self._tried = self._matrix[np.sort(order[:START_ROWS])]
        self._floor = _floor(self._fitted)
        if len(matrix) > FIT_ROWS:
            self.approximation = Approximation(ApproximationMethod.SAMPLE, FIT_ROWS, EXPECTED_ERROR)

    def partition(self, cluster_count: int | None, watch: Watch) -> Partition:
        """Divide the samples by their largest posterior; `watch` is told before each start and round.

        A fit that leaves a component without samples gives way to the next best start,
        and in the end to k-means, as a mixture of equal spheres.
        """
        # Only a density algorithm is given None.
        return self._divided(cast("int", cluster_count), watch)

    def _divided(self, cluster_count: int, watch: Watch) -> Partition:
        pace = PACES[self._effort]
        for mixture in self._starts(cluster_count, pace, within(watch, 0.0, 0.4)):
            found = self._fit(mixture, pace, within(watch, 0.4, 0.9))
            partition = self._divide(found, within(watch, 0.9, 1.0))
            if len(np.unique(partition.labels)) == cluster_count:
                return partition
        return self._divide(self._spheres(cluster_count, watch), watch)

    def _starts(self, cluster_count: int, pace: Pace, watch: Watch) -> list[Posterior]:
        """Try the starts, and give the mixtures, the most likely first."""
        random = generator(self._seed)
        whitened = _whiten(self._tried)
        tried: list[tuple[float, Posterior]] = []
        for start in range(pace.starts):
            watch(start / pace.starts, f"mixture of {cluster_count}, start {start + 1} of {pace.starts}")
            near = nearest_centroids(whitened, _start_means(whitened, cluster_count, start, random))
            mixture = _maximize(self._tried, np.eye(cluster_count)[near], self._floor)
            tried.append(_climb(self._tried, mixture, self._floor, pace.start_rounds, pace.gain, unwatched))
        return [mixture for _, mixture in sorted(tried, key=lambda each: -each[0])]

    def _fit(self, mixture: Posterior, pace: Pace, watch: Watch) -> Posterior:
        if self._effort is Effort.QUICK and len(self._fitted) == len(self._tried):
            return mixture
        return _climb(self._fitted, mixture, self._floor, pace.rounds, pace.gain, watch)[1]

    def _divide(self, mixture: Posterior, watch: Watch) -> Partition:
        labels: list[Labels] = []
        confidence: list[Vector] = []
        likelihood, count = 0.0, len(self._matrix)
        parts = in_blocks(lambda rows: mixture.place(self._matrix[rows]), count, POSTERIOR_ROWS)
        for block, (found, largest, evidence) in enumerate(parts):
            watch(min(1.0, block * POSTERIOR_ROWS / count), "posterior of each customer")
            labels.append(found)
            confidence.append(largest)
            likelihood += float(evidence.sum())
        bic = mixture.parameter_count * float(np.log(count)) - 2 * likelihood
        return Partition(np.concatenate(labels), mixture, np.concatenate(confidence), bic)

    def _spheres(self, cluster_count: int, watch: Watch) -> Posterior:
        k_means = KMeansPartitioner(self._matrix, KMeansSettings(), self._seed, self._effort, watch)
        labels, assigner = k_means.divide(cluster_count, watch)
        means = assigner.centroids
        features = self._matrix.shape[1]
        # Equal weights and equal spheres: the largest posterior is of the nearest mean.
        variance = float(np.square(self._matrix - means[labels]).mean()) + float(self._floor.mean())
        whiteners = np.tile(np.eye(features) / np.sqrt(variance), (cluster_count, 1, 1))
        return Posterior(np.full(cluster_count, 1 / cluster_count), means, whiteners)


def _climb(
    samples: Matrix, mixture: Posterior, floor: Vector, rounds: int, gain: float, watch: Watch
) -> tuple[float, Posterior]:
    """Improve a mixture until a round gains little; gives the mean log-likelihood before the last one."""
    before = -np.inf
    for done in range(rounds):
        watch(done / rounds, f"mixture of {len(mixture.weights)}, round {done + 1}")
        posteriors, likelihood = _expect(samples, mixture)
        mixture = _maximize(samples, posteriors, floor)
        if likelihood - before < gain:
            return likelihood, mixture
        before = likelihood
    return before, mixture


def _expect(samples: Matrix, mixture: Posterior) -> tuple[Matrix, float]:
    """Find the posteriors (n_samples, n_clusters) and the mean log-likelihood of a sample."""
    joint = mixture.log_joint(samples)
    largest = joint.max(axis=1, keepdims=True)
    posteriors = np.exp(joint - largest)
    sums = posteriors.sum(axis=1, keepdims=True)
    posteriors /= sums
    return posteriors, float((largest + np.log(sums)).mean())


def _maximize(samples: Matrix, posteriors: Matrix, floor: Vector) -> Posterior:
    """Make the mixture that is the most likely one for these posteriors."""
    sizes = posteriors.sum(axis=0) + 10 * np.finfo(np.float64).eps
    means = (posteriors.T @ samples) / sizes[:, None]
    whiteners = np.empty((len(sizes), samples.shape[1], samples.shape[1]))
    for component, mean in enumerate(means):
        off = samples - mean
        covariance = (off.T * posteriors[:, component]) @ off / sizes[component]
        whiteners[component] = _whitener(covariance + np.diag(floor))
    return Posterior(sizes / sizes.sum(), means, whiteners)


def _whitener(covariance: Matrix) -> Matrix:
    # Upper triangular: rows times it have the identity as their covariance.
    return np.linalg.inv(np.linalg.cholesky(covariance)).T


def _whiten(samples: Matrix) -> Matrix:
    """Take out the correlation of all samples together: starts are drawn on that scale."""
    off = samples - samples.mean(axis=0)
    covariance = off.T @ off / len(samples)
    return np.ascontiguousarray(off @ _whitener(covariance + np.diag(_floor(samples))))


def _start_means(whitened: Matrix, cluster_count: int, start: int, random: np.random.Generator) -> Matrix:
    # Far apart, or anywhere: which of the two leads to the better mixture depends on the groups.
    if start % 2 == 0:
        return spread_centroids(whitened, random.random((cluster_count, 1)))
    return whitened[random.choice(len(whitened), cluster_count, replace=False)]


def _floor(samples: Matrix) -> Vector:
    variances = samples.var(axis=0)
    # A constant feature has none: any positive number does, it is the same for all components.
    mean = float(variances.mean())
    floor: Vector = FLOOR * np.where(variances > 1e-12 * mean, variances, mean if mean > 0 else 1.0)
    return floor
