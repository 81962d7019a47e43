"""Gaussian mixtures: clusters of any elongation, each sample with the chance of belonging to its own."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from scipy.spatial.distance import cdist

from domain.learning.algorithms.assigning import POSTERIOR_ROWS, Posterior
from domain.learning.algorithms.contract import Effort, Partition, Tree
from domain.learning.algorithms.kmeans import KMeansPartitioner
from domain.learning.algorithms.levels import Levels, find_levels
from domain.learning.kernels.blocks import in_blocks
from domain.learning.kernels.lloyd import lloyd, nearest_centroids, spread_centroids
from domain.learning.preparing.outliers import FENCE, LEAST_SPREAD, MOST_OUTLIERS, far_rows
from domain.learning.progress import unwatched, within
from domain.learning.sampling import generator, spread_rows
from domain.terms.algorithms import GaussianMixtureSettings, KMeansSettings
from domain.terms.arrays import AnyArray, Labels, Mask, Matrix, Rows, Vector
from domain.terms.segments import Approximation, ApproximationMethod
from domain.terms.training import Watch

FIT_ROWS = 20_000
"""Up to so many rows the mixture is fitted to all of them; above, to a sample of that size."""

START_ROWS = 2_000
"""Rows that the starts are tried on."""

K_MEANS_ROUNDS = 20

FEWEST_ROWS = 200
"""Of fewer rows none is far from all others: there are too few to be in company."""

PROBES, PROBE_NEIGHBOURS = 200, 3
"""A quick fit takes a row as far from all others by the distance to the third of so many."""

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
    early_rounds: int
    finalists: int
    start_rounds: int
    rounds: int
    gain: float


PACES = {Effort.FULL: Pace(10, 10, 3, 40, 200, 1e-4), Effort.QUICK: Pace(2, 6, 1, 20, 20, 1e-3)}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What all components have in common: which features are flags, and the `floor` (n_numbers,)."""

    levels: Levels
    floor: Vector


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
        levels = find_levels(self._matrix[np.sort(order[:FIT_ROWS])])
        self._near = ~_far(self._matrix, levels, effort, watch)
        order = order[self._near[order]]
        self._fitted = self._matrix[np.sort(order[:FIT_ROWS])]
        self._tried = self._matrix[np.sort(order[:START_ROWS])]
        self._shape = _Shape(levels, _floor(self._tried[:, levels.numbers]))
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
        early: list[tuple[float, Posterior]] = []
        for start in range(pace.starts):
            watch(
                0.5 * start / pace.starts, f"mixture of {cluster_count}, start {start + 1} of {pace.starts}"
            )
            labels = self._start(cluster_count, start, random)
            mixture = _maximize(
                _moments(self._tried, np.eye(cluster_count)[labels], self._shape.levels.numbers), self._shape
            )
            early.append(self._try(mixture, pace.early_rounds, pace.gain))
        tried: list[tuple[float, Posterior]] = []
        for _, mixture in sorted(early, key=lambda each: -each[0])[: pace.finalists]:
            watch(0.5 + 0.5 * len(tried) / pace.finalists, f"mixture of {cluster_count}, the best starts")
            tried.append(self._try(mixture, pace.start_rounds, pace.gain))
        return [mixture for _, mixture in sorted(tried, key=lambda each: -each[0])]

    def _try(self, mixture: Posterior, rounds: int, gain: float) -> tuple[float, Posterior]:
        return _climb(self._tried, mixture, self._shape, rounds, gain, unwatched)

    def _start(self, cluster_count: int, start: int, random: np.random.Generator) -> Labels:
        """Divide by k-means, or by centres far apart, or by any: which is best depends on the groups."""
        samples = self._standardized if start == 0 else self._whitened
        if start % 3 == 2:
            centers = samples[random.choice(len(samples), cluster_count, replace=False)]
        else:
            centers = spread_centroids(samples, random.random((cluster_count, 1)))
        if start == 0:
            lloyd(samples, centers, 0.0, K_MEANS_ROUNDS)
        return nearest_centroids(samples, centers)

    @cached_property
    def _standardized(self) -> Matrix:
        return np.ascontiguousarray(_scaled(self._tried, self._shape, whiten=False))

    @cached_property
    def _whitened(self) -> Matrix:
        return np.ascontiguousarray(_scaled(self._tried, self._shape, whiten=True))

    def _fit(self, mixture: Posterior, pace: Pace, watch: Watch) -> Posterior:
        if self._effort is Effort.QUICK and len(self._fitted) == len(self._tried):
            return mixture
        return _climb(self._fitted, mixture, self._shape, pace.rounds, pace.gain, watch)[1]

    def _divide(self, mixture: Posterior, watch: Watch) -> Partition:
        labels: list[Labels] = []
        confidence: list[Vector] = []
        likelihood, count = 0.0, len(self._matrix)
        parts = in_blocks(lambda rows: (rows, *mixture.place(self._matrix[rows])), count, POSTERIOR_ROWS)
        for rows, found, largest, evidence in parts:
            watch(rows.stop / count, "posterior of each customer")
            labels.append(found)
            confidence.append(largest)
            likelihood += float(evidence[self._near[rows]].sum())
        bic = mixture.parameter_count * float(np.log(self._near.sum())) - 2 * likelihood
        return Partition(np.concatenate(labels), mixture, np.concatenate(confidence), bic)

    def _spheres(self, cluster_count: int, watch: Watch) -> Posterior:
        k_means = KMeansPartitioner(self._matrix, KMeansSettings(), self._seed, self._effort, watch)
        labels, assigner = k_means.divide(cluster_count, watch)
        means = assigner.centroids
        features = self._matrix.shape[1]
        # Equal weights and equal spheres: the largest posterior is of the nearest mean.
        variance = float(np.square(self._matrix - means[labels]).mean()) + FLOOR * float(self._matrix.var())
        whiteners = np.tile(np.eye(features) / np.sqrt(variance), (cluster_count, 1, 1))
        return Posterior(np.full(cluster_count, 1 / cluster_count), means, whiteners)


def _climb(
    samples: Matrix, mixture: Posterior, shape: _Shape, rounds: int, gain: float, watch: Watch
) -> tuple[float, Posterior]:
    """Improve a mixture until a round gains little; gives the mean log-likelihood before the last one."""
    before = -np.inf
    for done in range(rounds):
        message = f"mixture of {len(mixture.weights)}, round {done + 1}"
        moments, likelihood = _expect(samples, mixture, within(watch, done / rounds, 1.0), message)
        mixture = _maximize(moments, shape)
        if likelihood - before < gain:
            return likelihood, mixture
        before = likelihood
    return before, mixture


@dataclass(frozen=True, slots=True)
class _Moments:
    """Sums over samples, each counted by its posterior in each component.

    `sizes` (n_clusters,), `sums` (n_clusters, n_features), and `squares` (n_clusters,
    n_numbers, n_numbers) of the products of numbers.
    """

    sizes: Vector
    sums: Matrix
    squares: AnyArray

    def __add__(self, other: "_Moments") -> "_Moments":
        return _Moments(self.sizes + other.sizes, self.sums + other.sums, self.squares + other.squares)


def _expect(samples: Matrix, mixture: Posterior, watch: Watch, message: str) -> tuple[_Moments, float]:
    """Find the moments under the posteriors, and the mean log-likelihood of a sample."""

    def expect(rows: slice) -> tuple[_Moments, float]:
        part = samples[rows]
        joint = mixture.log_joint(part)
        largest = joint.max(axis=1, keepdims=True)
        posteriors = np.exp(joint - largest)
        sums = posteriors.sum(axis=1, keepdims=True)
        posteriors /= sums
        return _moments(part, posteriors, mixture.numbers), float((largest + np.log(sums)).sum())

    parts = in_blocks(expect, len(samples), POSTERIOR_ROWS)
    total, likelihood = next(parts)
    for found, evidence in parts:
        watch(0.0, message)
        total += found
        likelihood += evidence
    return total, likelihood / len(samples)


def _moments(samples: Matrix, posteriors: Matrix, places: Rows | None) -> _Moments:
    numbers = samples if places is None else samples[:, places]
    count, features = numbers.shape
    components = posteriors.shape[1]
    # One product for all components.
    counted = (posteriors[:, :, None] * numbers[:, None, :]).reshape(count, components * features)
    squares = (counted.T @ numbers).reshape(components, features, features)
    return _Moments(posteriors.sum(axis=0), posteriors.T @ samples, squares)


def _maximize(moments: _Moments, shape: _Shape) -> Posterior:
    """Make the mixture that is the most likely one for these moments."""
    sizes = moments.sizes + 10 * np.finfo(np.float64).eps
    means = moments.sums[:, shape.levels.numbers] / sizes[:, None]
    covariances = moments.squares / sizes[:, None, None] - means[:, :, None] * means[:, None, :]
    whiteners = _whitener(covariances + np.diag(shape.floor))
    weights = sizes / sizes.sum()
    if not len(shape.levels.flags):
        return Posterior(weights, means, whiteners)
    slopes, offsets = shape.levels.line(moments.sums, moments.sizes)
    return Posterior(
        weights, means, whiteners, shape.levels.numbers, slopes, offsets, shape.levels.parameter_count
    )


def _whitener(covariances: AnyArray) -> AnyArray:
    # Upper triangular: rows times it have the identity as their covariance.
    return np.swapaxes(np.linalg.inv(np.linalg.cholesky(covariances)), -1, -2)


def _scaled(samples: Matrix, shape: _Shape, whiten: bool) -> Matrix:
    """Bring samples on the scale that starts are drawn on.

    Numbers with a variance of one each, or without the correlation of all samples
    together; flags as high beside them as they were beside a typical number.
    """
    numbers = samples[:, shape.levels.numbers]
    off = numbers - numbers.mean(axis=0)
    covariance = off.T @ off / len(samples) + np.diag(shape.floor)
    deviations = np.sqrt(np.diag(covariance))
    off = off @ _whitener(covariance) if whiten else off / deviations
    typical = float(np.median(deviations)) if len(deviations) else 1.0
    return np.hstack([off, samples[:, shape.levels.flags] / typical])


def _far(matrix: Matrix, levels: Levels, effort: Effort, watch: Watch) -> Mask:
    """Find the samples far from all others in their numbers: a component of such would be of nobody else."""
    found = np.zeros(len(matrix), dtype=np.bool_)
    if len(matrix) < FEWEST_ROWS or not len(levels.numbers):
        return found
    numbers = matrix[:, levels.numbers]
    deviations = numbers.std(axis=0)
    numbers /= np.where(deviations > 0, deviations, 1.0)
    if effort is Effort.FULL:
        found[far_rows(numbers, watch)] = True
        return found
    # The same in short, among few: where there are many fits, each must be quick.
    references = numbers[spread_rows(len(numbers), PROBES)]
    squares = cdist(numbers, references, "sqeuclidean")
    distances = np.log(np.partition(squares, PROBE_NEIGHBOURS, axis=1)[:, PROBE_NEIGHBOURS] + 1e-12) / 2
    low, high = np.percentile(distances, (25, 75))
    far: Mask = distances > high + FENCE * max(high - low, LEAST_SPREAD)
    return far if far.mean() <= MOST_OUTLIERS else found


def _floor(samples: Matrix) -> Vector:
    variances = samples.var(axis=0)
    # A constant feature has none: any positive number does, it is the same for all components.
    mean = float(variances.mean()) if len(variances) else 0.0
    floor: Vector = FLOOR * np.where(variances > 1e-12 * mean, variances, mean if mean > 0 else 1.0)
    return np.maximum(floor, np.square([_step(values) for values in samples.T]) / 12)


def _step(values: Vector) -> float:
    """Tell how far apart the values of a feature typically are, counting each once."""
    gaps = np.diff(np.unique(values))
    return float(np.median(gaps)) if len(gaps) else 0.0
