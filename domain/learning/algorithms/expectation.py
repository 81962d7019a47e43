"""Expectation-maximization: a mixture of Gaussians becomes a likelier one, round by round.

Source: Dempster, Laird & Rubin 1977; McLachlan & Peel 2000, chapter 3.
"""

from dataclasses import dataclass

import numpy as np

from domain.learning.algorithms.assigning import Posterior, posterior_rows
from domain.learning.algorithms.levels import Levels
from domain.learning.kernels.blocks import in_blocks
from domain.learning.progress import within
from domain.terms.arrays import AnyArray, Matrix, Rows, Vector
from domain.terms.training import Watch


@dataclass(frozen=True, slots=True)
class Shape:
    """What all components have in common: which features are flags, and the `floor` (n_numbers,)."""

    levels: Levels
    floor: Vector


def climb(
    samples: Matrix, mixture: Posterior, shape: Shape, rounds: int, gain: float, watch: Watch
) -> tuple[float, Posterior]:
    """Improve a mixture until a round gains little; gives the mean log-likelihood before the last one.

    The samples (n_samples, n_features) should lie about zero: their squares are added up.
    `watch` is told before each round.
    """
    before = -np.inf
    for done in range(rounds):
        message = f"mixture of {len(mixture.weights)}, round {done + 1}"
        watch(done / rounds, message)
        moments, likelihood = expect(samples, mixture, within(watch, done / rounds, 1.0), message)
        mixture = maximize(moments, shape)
        if likelihood - before < gain:
            return likelihood, mixture
        before = likelihood
    return before, mixture


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over samples, each counted by its posterior in each component.

    `sizes` (n_clusters,), `sums` (n_clusters, n_features), and `squares` (n_clusters,
    n_numbers, n_numbers) of the products of numbers.
    """

    sizes: Vector
    sums: Matrix
    squares: AnyArray

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.sizes + other.sizes, self.sums + other.sums, self.squares + other.squares)


def expect(samples: Matrix, mixture: Posterior, watch: Watch, message: str) -> tuple[Moments, float]:
    """Find the moments under the posteriors, and the mean log-likelihood of a sample."""

    def expect_part(rows: slice) -> tuple[Moments, float]:
        part = samples[rows]
        joint = mixture.log_joint(part)
        largest = joint.max(axis=1, keepdims=True)
        posteriors = np.exp(joint - largest)
        sums = posteriors.sum(axis=1, keepdims=True)
        posteriors /= sums
        return find_moments(part, posteriors, mixture.numbers), float((largest + np.log(sums)).sum())

    parts = in_blocks(expect_part, len(samples), posterior_rows(mixture))
    total, likelihood = next(parts)
    for found, evidence in parts:
        watch(0.0, message)
        total += found
        likelihood += evidence
    return total, likelihood / len(samples)


def find_moments(samples: Matrix, posteriors: Matrix, places: Rows | None) -> Moments:
    """Add up samples by their posteriors (n_samples, n_clusters); `places` are the numbers, None for all."""
    numbers = samples if places is None else samples[:, places]
    count, features = numbers.shape
    components = posteriors.shape[1]
    # One product for all components.
    counted = (posteriors[:, :, None] * numbers[:, None, :]).reshape(count, components * features)
    squares = (counted.T @ numbers).reshape(components, features, features)
    return Moments(posteriors.sum(axis=0), posteriors.T @ samples, squares)


def maximize(moments: Moments, shape: Shape) -> Posterior:
    """Make the mixture that is the most likely one for these moments."""
    sizes = moments.sizes + 10 * np.finfo(np.float64).eps
    means = moments.sums[:, shape.levels.numbers] / sizes[:, None]
    covariances = moments.squares / sizes[:, None, None] - means[:, :, None] * means[:, None, :]
    whiteners = whitener(covariances + np.diag(shape.floor))
    weights = sizes / sizes.sum()
    if not len(shape.levels.flags):
        return Posterior(weights, means, whiteners)
    levels = shape.levels
    slopes, offsets = levels.line(moments.sums, moments.sizes)
    low, high = levels.bounds(moments.sums.shape[1])
    return Posterior(
        weights, means, whiteners, levels.numbers, slopes, offsets, levels.parameter_count, low, high
    )


def whitener(covariances: AnyArray) -> AnyArray:
    """Give upper triangular matrices: rows times one have the identity as their covariance."""
    return np.swapaxes(np.linalg.inv(np.linalg.cholesky(covariances)), -1, -2)
