"""How the numbers of a column are distributed: quantiles, and a histogram fit for drawing."""

import numpy as np

from domain.tables.columns.moments import Moments
from domain.terms.arrays import Vector
from domain.terms.columns import Histogram, NumericSummary, Quantile

MAX_BINS = 20
SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def summarise(moments: Moments, ordered: Vector, whole: bool) -> NumericSummary:
    """Describe numbers by their moments and by all of them, or a sample, sorted, (n,) with n of 1 or more.

    `whole`: they are all whole.
    """
    return NumericSummary(
        min=moments.low,
        max=moments.high,
        mean=moments.mean,
        standard_deviation=moments.standard_deviation,
        median=quantile(ordered, 0.5),
        histogram=_histogram(ordered, whole, moments),
        quantiles=tuple(Quantile(share, quantile(ordered, share)) for share in SHARES),
        skewness=moments.skewness,
    )


def quantile(ordered: Vector, share: float) -> float:
    """Give a quantile of sorted numbers, by linear interpolation (Hyndman and Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def _histogram(ordered: Vector, whole: bool, moments: Moments) -> Histogram:
    """Count sorted numbers in bins of equal width, the upper edge counting to the last bin alone.

    Equal numbers are one bin, from half below to half above. The counts of a sample are
    scaled to all numbers, and add up to them.
    """
    low, high = moments.low, moments.high
    if low == high:
        return Histogram((low - 0.5, high + 0.5), (moments.count,))
    bins = _bin_count(ordered, whole, high - low)
    edges = np.linspace(low, high, bins + 1)
    while bins > 1 and not (np.diff(edges) > 0).all():
        # A few neighbouring floats have no room for so many edges.
        bins //= 2
        edges = np.linspace(low, high, bins + 1)
    below = np.concatenate([[0], np.searchsorted(ordered, edges[1:-1], side="left"), [len(ordered)]])
    scaled = np.round(below * (moments.count / len(ordered))).astype(np.int64)
    return Histogram(tuple(edges.tolist()), tuple(np.diff(scaled).tolist()))


def _bin_count(ordered: Vector, whole: bool, span: float) -> int:
    """Choose the number of bins by Freedman and Diaconis (1981): a width of 2·IQR·n^(-1/3), within 1..20."""
    spread = quantile(ordered, 0.75) - quantile(ordered, 0.25)
    wanted = span / (2 * spread * len(ordered) ** (-1 / 3)) if spread > 0 else MAX_BINS
    # Whole numbers leave bins narrower than one empty.
    most = min(MAX_BINS, span + 1) if whole else MAX_BINS
    return int(max(1, min(np.ceil(wanted), most)))
