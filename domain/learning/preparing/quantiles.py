"""Quantiles of long columns, exact, without sorting or partitioning all of them."""

from collections.abc import Sequence

import numpy as np

from domain.terms.arrays import Vector

_SAMPLE = 4096
_MARGIN = 160
"""The wanted value is looked for between so many sampled ones to either side: 5 standard deviations."""


def quantiles(values: Vector, shares: Sequence[float]) -> list[float]:
    """Find the quantiles (0..1 each) of values without missing ones, between two of them by their distance.

    Source: Hyndman & Fan 1996, definition 7, as numpy.percentile; selecting between two
    sampled values is that of Floyd & Rivest 1975.
    """
    sample = np.sort(values[:: max(len(values) // _SAMPLE, 1)])
    return [_quantile(values, sample, share) for share in shares]


def median(values: Vector) -> float:
    """Find the median of values without missing ones."""
    return quantiles(values, (0.5,))[0]


def _quantile(values: Vector, sample: Vector, share: float) -> float:
    place = share * (len(values) - 1)
    below = int(place)
    low, high = _neighbours(values, sample, below, min(below + 1, len(values) - 1))
    return low + (high - low) * (place - below)


def _neighbours(values: Vector, sample: Vector, first: int, second: int) -> tuple[float, float]:
    expected = first * len(sample) // len(values)
    start, end = expected - _MARGIN, expected + _MARGIN
    floor = sample[start] if start > 0 else -np.inf
    ceiling = sample[end] if end < len(sample) else np.inf
    between = values[(values >= floor) & (values <= ceiling)]
    skipped = int(np.count_nonzero(values < floor))
    if not skipped <= first <= second < skipped + len(between):
        # The sample was none of chance: the values come in an order that repeats.
        between, skipped = values, 0
    ordered = np.partition(between, (first - skipped, second - skipped))
    return float(ordered[first - skipped]), float(ordered[second - skipped])
