"""How a column of numbers comes on the common scale: what is subtracted, and what divides it."""

from typing import NamedTuple

import numpy as np

from domain.learning.preparing.quantiles import quantiles
from domain.terms.arrays import Vector
from domain.terms.preparation import Scaling

ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Values that differ by no more than this share of the largest differ by rounding errors."""

_SMALL = 1e-100
"""Below it squares come near to what a computer takes for zero."""


class Scale(NamedTuple):
    """A value becomes (value - center) / scale."""

    center: float
    scale: float


def choose(values: Vector, scaling: Scaling) -> Scale:
    """Find center and scale of the values (n_samples,), none of which is missing.

    STANDARD: mean and population deviation. ROBUST: median and the distance between the quartiles;
    where these are equal, as of a column that is mostly zero, the population deviation. MIN_MAX:
    smallest value and range. NONE: 0 and 1. The scale of a constant column is 1, so
    that it becomes zeros. Quartiles that differ by rounding errors are equal. Source:
    StandardScaler, RobustScaler and MinMaxScaler of scikit-learn, equal but for ROBUST with
    equal quartiles, which it leaves unscaled, and for what is a constant: there it depends
    on the number of values, which leaves large numbers close together unscaled.
    """
    if scaling is Scaling.NONE:
        return Scale(0.0, 1.0)
    if scaling is Scaling.STANDARD:
        return Scale(float(values.mean()), deviation(values))
    if scaling is Scaling.MIN_MAX:
        low, high = float(values.min()), float(values.max())
        return Scale(low, high - low or 1.0)
    low, middle, high = quantiles(values, (0.25, 0.5, 0.75))
    return Scale(middle, high - low if high - low > ROUNDING * reach(values) else deviation(values))


def deviation(values: Vector) -> float:
    """Measure the population standard deviation; 1 of a constant column."""
    if is_constant(values):
        return 1.0
    largest = reach(values)
    if largest < _SMALL:
        # In a larger unit: the squares of these are zero to a computer.
        return float((values / largest).std()) * largest
    return float(values.std())


def is_constant(values: Vector) -> bool:
    """Tell whether the values differ by nothing but rounding errors, however many there are."""
    return float(values.max()) - float(values.min()) <= ROUNDING * reach(values)


def reach(values: Vector) -> float:
    """Find the largest magnitude."""
    return max(float(values.max()), -float(values.min()))
