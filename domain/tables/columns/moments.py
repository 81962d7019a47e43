"""Mean, spread and skewness of numbers that come in parts."""

from dataclasses import dataclass

import numpy as np

from domain.terms.arrays import Vector


@dataclass
class Moments:
    """Count, extremes and central moments of the numbers seen so far.

    Parts are merged by the formulas of Chan, Golub and LeVeque 1979 and Pébay 2008
    (equations 2.1 and 3.1), of what the numbers are beside the first one: so no digits
    are lost where the mean is large beside the spread.
    """

    count: int = 0
    low: float = np.inf
    high: float = -np.inf
    _first: float = 0.0
    _beside: float = 0.0
    _squares: float = 0.0
    _cubes: float = 0.0

    def add(self, numbers: Vector) -> None:
        """Take in numbers, (n,) without NaN."""
        if not len(numbers):
            return
        if not self.count:
            self._first = float(numbers[0])
        beside = numbers - self._first
        mean = float(beside.mean())
        deviations = beside - mean
        squared = deviations * deviations
        # The cubes of very large numbers are infinite: then the skewness is not told.
        with np.errstate(over="ignore", invalid="ignore"):
            cubes = float((squared * deviations).sum())
        self._merge(len(numbers), mean, float(squared.sum()), cubes)
        self.low = min(self.low, float(numbers.min()))
        self.high = max(self.high, float(numbers.max()))

    def _merge(self, count: int, mean: float, squares: float, cubes: float) -> None:
        total = self.count + count
        delta = mean - self._beside
        step = delta / total
        self._cubes += (
            cubes
            + delta * step * step * self.count * count * (self.count - count)
            + 3.0 * step * (self.count * squares - count * self._squares)
        )
        self._squares += squares + delta * step * self.count * count
        self._beside += step * count
        self.count = total

    @property
    def mean(self) -> float:
        """The arithmetic mean; 0 of no numbers."""
        # Rounding can put the mean of equal numbers beside them.
        return float(np.clip(self._first + self._beside, self.low, self.high)) if self.count else 0.0

    @property
    def standard_deviation(self) -> float:
        """The sample's, with n - 1 in the denominator; 0 for one number, or for equal ones."""
        if self.count < 2 or self.low == self.high:
            return 0.0
        return float(np.sqrt(self._squares / (self.count - 1)))

    @property
    def skewness(self) -> float | None:
        """The adjusted Fisher-Pearson coefficient, G1 (Joanes and Gill 1998); None where it is undefined."""
        n = self.count
        if n < 3 or self.low == self.high or self._squares <= 0.0:
            return None
        biased = np.sqrt(n) * self._cubes / self._squares / np.sqrt(self._squares)
        skewness = float(np.sqrt(n * (n - 1)) / (n - 2) * biased)
        return skewness if np.isfinite(skewness) else None
