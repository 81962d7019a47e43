"""Where samples belong by what a training found, with NumPy alone; each rule made ready to be asked often."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from domain.scoring.distances import Points, squared_distances
from domain.terms.arrays import Labels, Matrix, Rows, Vector
from domain.terms.scoring import CentroidRule, MixtureRule, Rule, SampleRule

_BLOCK_VALUES = 200_000
"""Values measured at a time: what is in between stays in the cache."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where samples belong: labels (n_samples,), -1 for noise.

    `confidence` and `seconds`, the cluster that is next best, are None where the means of the clusters tell.
    """

    labels: Labels
    confidence: Vector | None = None
    seconds: Labels | None = None


class ReadyRule(Protocol):
    """A rule, ready to place samples (n_samples, n_dims)."""

    def place(self, samples: Matrix) -> Placed:
        """Place samples; what a row gets does not depend on the others."""


@dataclass(frozen=True, slots=True)
class Centroids:
    """Whoever is nearest to a centroid, of equals the first. Source: Lloyd 1982, assignment step."""

    rule: CentroidRule

    def place(self, samples: Matrix) -> Placed:
        """Place samples; what a row gets does not depend on the others."""
        labels = np.empty(len(samples), dtype=np.int64)
        for rows in _blocks(len(samples), self.rule.centroids.size):
            labels[rows] = squared_distances(samples[rows], self.rule.centroids).argmin(axis=1)
        return Placed(labels)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The likeliest component, of equals the first. Source: McLachlan & Peel 2000, section 1.15."""

    rule: MixtureRule

    def place(self, samples: Matrix) -> Placed:
        """Place samples; what a row gets does not depend on the others."""
        count = len(self.rule.weights)
        labels, seconds = np.empty((2, len(samples)), dtype=np.int64)
        confidence = np.empty(len(samples))
        for rows in _blocks(len(samples), self.rule.means.size):
            joint = self.log_joint(samples[rows])
            labels[rows] = joint.argmax(axis=1)
            largest = joint.max(axis=1)
            confidence[rows] = 1 / np.exp(joint - largest[:, None]).sum(axis=1)
            joint[np.arange(len(joint)), labels[rows]] = -np.inf
            seconds[rows] = joint.argmax(axis=1) if count > 1 else -1
        return Placed(labels, confidence, seconds)

    def log_joint(self, samples: Matrix) -> Matrix:
        """Give log(weight · density) of each sample in each component, (n_samples, n_clusters)."""
        rule = self.rule
        numbers = samples if rule.numbers is None else samples[:, rule.numbers]
        joint = np.empty((len(samples), len(rule.weights)))
        for component, (mean, whitener) in enumerate(zip(rule.means, rule.whiteners, strict=True)):
            # Not by a matrix product: that adds in an order that depends on how many rows there are.
            whitened = np.einsum("nf,fg->ng", numbers - mean, whitener)
            joint[:, component] = np.einsum("ng,ng->n", whitened, whitened)
        joint /= -2
        joint += self._scales
        if rule.slopes is not None and rule.offsets is not None:
            low, high = _bound(rule.low, -np.inf), _bound(rule.high, np.inf)
            # Nothing is known beyond the two values that a flag had in training.
            joint += np.einsum("nf,cf->nc", np.clip(samples, low, high), rule.slopes) + rule.offsets
        return joint

    @property
    def _scales(self) -> Vector:
        rule = self.rule
        constant = rule.means.shape[1] * np.log(2 * np.pi) / 2
        heights = np.log(np.diagonal(rule.whiteners, axis1=1, axis2=2)).sum(axis=1)
        scales: Vector = heights + np.log(rule.weights) - constant
        return scales


@dataclass(frozen=True)
class Samples:
    """Whoever the nearest known sample is, of equals the first; noise where that does not reach."""

    rule: SampleRule

    def place(self, samples: Matrix) -> Placed:
        """Place samples; what a row gets does not depend on the others."""
        known = self.find(samples)
        strength = self.rule.strength
        return Placed(
            np.append(self.rule.labels, -1)[known],
            None if strength is None else np.append(strength, 0.0)[known],
        )

    def find(self, samples: Matrix) -> Rows:
        """Give the known sample that each sample goes by, -1 where none reaches it."""
        known, squares = self._points.nearest(samples)
        if self.rule.reach is None:
            return known
        # A square of what was compared as a square: rounding a root would let some in or out.
        return np.where(squares <= np.square(np.append(self.rule.reach, 0.0)[known]), known, -1)

    @cached_property
    def _points(self) -> Points:
        return Points(self.rule.samples)


def ready(rule: Rule) -> Centroids | Mixture | Samples:
    """Make a rule ready."""
    if isinstance(rule, CentroidRule):
        return Centroids(rule)
    return Mixture(rule) if isinstance(rule, MixtureRule) else Samples(rule)


def _bound(values: Vector | None, otherwise: float) -> Vector | float:
    return otherwise if values is None else values


def _blocks(count: int, values_a_row: int) -> Iterator[slice]:
    size = max(1, _BLOCK_VALUES // max(1, values_a_row))
    return (slice(start, start + size) for start in range(0, count, size))
