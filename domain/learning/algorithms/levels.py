"""Features that tell of levels, as flags do, beside numbers: a Gaussian does not describe them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.terms.arrays import Mask, Matrix, Rows, Vector

PRIOR_SAMPLES = 1.0
"""Samples with the levels of all, added to each component: a level that it lacks stays possible."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The features of a matrix (n_samples, n_features) apart: numbers, and flags of one category or another.

    `numbers` and `flags` are places of features. A flag has the value `low` or `high`
    (n_flags,). A category is a slice of the flags, of which a sample has one at most;
    `shares` (n_flags,) are of all samples, and those with none of its flags are a level too.
    """

    numbers: Rows
    flags: Rows
    low: Vector
    high: Vector
    categories: tuple[slice, ...]
    shares: Vector

    @property
    def parameter_count(self) -> int:
        """How many free numbers a component has for its levels."""
        remainders = [1.0 - float(self.shares[category].sum()) for category in self.categories]
        # The shares of the levels sum to one.
        return len(self.flags) - sum(not _some(remainder) for remainder in remainders)

    def bounds(self, features: int) -> tuple[Vector, Vector]:
        """Give the lowest and highest value of each of so many features; infinite for numbers."""
        low, high = np.full(features, -np.inf), np.full(features, np.inf)
        low[self.flags], high[self.flags] = self.low, self.high
        return low, high

    def line(self, sums: Matrix, sizes: Vector) -> tuple[Matrix, Vector]:
        """Estimate how likely the levels are in each component, as a line in the features.

        Of the `sums` (n_clusters, n_features) of the samples and the `sizes` (n_clusters,).
        Gives slopes (n_clusters, n_features) and offsets (n_clusters,): a sample's
        log-probability is slopes · sample + offset.
        """
        width = self.high - self.low
        counts = np.maximum(0.0, (sums[:, self.flags] - sizes[:, None] * self.low) / width)
        slopes = np.empty_like(counts)
        offsets = np.zeros(len(sizes))
        for category in self.categories:
            slopes[:, category], none = _log_odds(counts[:, category], sizes, self.shares[category])
            offsets += none
        slopes /= width
        offsets -= slopes @ self.low
        found = np.zeros(sums.shape)
        found[:, self.flags] = slopes
        return found, offsets


def find_levels(samples: Matrix) -> Levels:
    """Tell the features of two values from the others, and which of them are of one category.

    Neighbouring features of one height, of which no sample has two, are levels of one
    category until every sample has one of them.
    """
    low, high = samples.min(axis=0), samples.max(axis=0)
    flagged = ((samples == low) | (samples == high)).all(axis=0) & (high > low)
    flags = np.flatnonzero(flagged)
    has = samples[:, flags] == high[flags]
    return Levels(
        np.flatnonzero(~flagged),
        flags,
        low[flags],
        high[flags],
        tuple(_categories(has, flags, low[flags], high[flags])),
        has.mean(axis=0),
    )


def _categories(has: Mask, flags: Rows, low: Vector, high: Vector) -> Iterator[slice]:
    first = 0
    while first < len(flags):
        taken, last = has[:, first].copy(), first + 1
        while last < len(flags) and not taken.all():
            beside = flags[last] == flags[last - 1] + 1 and low[last] == low[first] == 0.0
            if not beside or high[last] != high[first] or (taken & has[:, last]).any():
                break
            taken |= has[:, last]
            last += 1
        yield slice(first, last)
        first = last


def _log_odds(counts: Matrix, sizes: Vector, shares: Vector) -> tuple[Matrix, Vector]:
    """Give log-probabilities of each level less those of none, and those of none."""
    totals = sizes + PRIOR_SAMPLES
    levels = np.log((counts + PRIOR_SAMPLES * shares) / totals[:, None])
    remainder = 1.0 - float(shares.sum())
    if not _some(remainder):
        # All have one: of a level that was never seen nothing is known, in any component.
        return levels, np.zeros(len(sizes))
    lacking = np.maximum(0.0, sizes - counts.sum(axis=1))
    none = np.log((lacking + PRIOR_SAMPLES * remainder) / totals)
    return levels - none[:, None], none


def _some(remainder: float) -> bool:
    # What rounding leaves of one is no sample.
    return remainder > 1e-9
