"""How far samples are from points, and which of many points is the nearest."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domain.terms.arrays import Matrix, Rows, Vector

_TILE_POINTS = 4_096
_TILE_VALUES = 262_144
"""Points, and points times samples, estimated at a time: they stay in the cache."""


def squared_distances(samples: Matrix, points: Matrix) -> Matrix:
    """Measure every sample (n_samples, n_features) from every point, (n_samples, n_points).

    Added up feature by feature, as the compiled searches do: the sums are equal to the last digit, and
    those of a row do not depend on the others.
    """
    # The longer of both lies in one piece: so the loop over it is the inner one.
    if len(samples) >= len(points):
        return _squares(points, np.ascontiguousarray(samples.T)).T
    return _squares(samples, np.ascontiguousarray(points.T))


def _squares(rows: Matrix, columns: Matrix) -> Matrix:
    """Measure rows (n_rows, n_features) from what lies feature by feature, (n_features, n_columns)."""
    found = np.zeros((len(rows), columns.shape[1]))
    difference = np.empty_like(found)
    for feature, values in enumerate(columns):
        np.subtract(rows[:, feature, None], values, out=difference)
        np.multiply(difference, difference, out=difference)
        found += difference
    return found


@dataclass(frozen=True)
class Points:
    """Points (n_points, n_features), ready to be searched for the nearest.

    A matrix product estimates all distances, and bounds how far off it is; the few points that
    may be the nearest are measured as `squared_distances` does.
    """

    points: Matrix

    def nearest(self, samples: Matrix) -> tuple[Rows, Vector]:
        """Find the point nearest to each sample, of equals the first, and its distance squared.

        Without any point it is -1, infinitely far.
        """
        found, squares = np.full(len(samples), -1), np.full(len(samples), np.inf)
        if not len(self.points):
            return found, squares
        step = max(1, _TILE_VALUES // min(len(self.points), _TILE_POINTS))
        for start in range(0, len(samples), step):
            rows = slice(start, start + step)
            found[rows], squares[rows] = self._decided(samples[rows], *self._possible(samples[rows]))
        return found, squares

    def _possible(self, samples: Matrix) -> tuple[Rows, Rows]:
        """List samples and points, pair by pair, that may be nearest."""
        samples = samples - self._middle
        # The part of the error that grows with the sample, twice: an estimate may be above and below.
        slack = 2 * self._error * np.einsum("nf,nf->n", samples, samples)
        bound = np.full(len(samples), np.inf)
        every = np.arange(len(samples))
        parts: list[tuple[Rows, Rows, Vector]] = []
        for start in range(0, len(self.points), _TILE_POINTS):
            tile = slice(start, start + _TILE_POINTS)
            # Less the sample's own square, which is the same for all points.
            estimates = samples @ self._folded[tile].T
            estimates += self._lowest[tile]
            likely = estimates.argmin(axis=1)
            np.minimum(bound, estimates[every, likely] + self._spread[tile][likely] + slack, out=bound)
            row, place = np.nonzero(estimates <= bound[:, None])
            parts.append((row, place + start, estimates[row, place]))
        row, place, estimate = (np.concatenate(part) for part in zip(*parts, strict=True))
        possible = estimate <= bound[row]
        return row[possible], place[possible]

    def _decided(self, samples: Matrix, row: Rows, place: Rows) -> tuple[Rows, Vector]:
        squares = np.zeros(len(row))
        for feature in range(samples.shape[1]):
            difference = samples[row, feature] - self.points[place, feature]
            squares += difference * difference
        order = np.lexsort((place, squares, row))
        # Every sample has a pair at least: the first of its own is the one.
        first = order[np.searchsorted(row[order], np.arange(len(samples)))]
        return place[first], squares[first]

    @cached_property
    def _middle(self) -> Vector:
        # Of numbers far from zero the products would keep few digits.
        middle: Vector = self.points.mean(axis=0)
        return middle

    @cached_property
    def _folded(self) -> Matrix:
        """The points about their middle, times -2."""
        return (self.points - self._middle) * -2.0

    @cached_property
    def _error(self) -> float:
        """How far an estimate may be off, as a share of both squares: many times what rounding can do."""
        error: float = 4 * (self.points.shape[1] + 8) * float(np.finfo(np.float64).eps)
        return error

    @cached_property
    def _lowest(self) -> Vector:
        """The points' squares, less what they may be off."""
        squares: Vector = np.einsum("nf,nf->n", self._folded, self._folded) / 4
        return squares * (1 - self._error)

    @cached_property
    def _spread(self) -> Vector:
        return self._lowest * (2 * self._error / (1 - self._error))
