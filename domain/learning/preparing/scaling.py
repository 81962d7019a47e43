"""How a column of numbers comes on the common scale: what is subtracted, and what divides it."""

from typing import NamedTuple

import numpy as np

from domain.learning.preparing.quantiles import quantiles
from domain.terms.arrays import Vector
from domain.terms.preparation import Scaling


class Scale(NamedTuple):
    """A value becomes (value - center) / scale."""

    center: float
    scale: float


def choose(values: Vector, scaling: Scaling) -> Scale:
    """Find center and scale of the values (n_samples,), none of which is missing.

    STANDARD: mean and population deviation. ROBUST: median and the distance between the quartiles;
    where these are equal, as of a column that is mostly zero, the population deviation. MIN_MAX:
    smallest value and range. NONE: 0 and 1. The scale of a constant column is 1, so
    that it becomes zeros. Source: StandardScaler, RobustScaler and MinMaxScaler of
    scikit-learn, equal but for ROBUST with equal quartiles, which it leaves unscaled.
    """
    if scaling is Scaling.NONE:
        return Scale(0.0, 1.0)
    if scaling is Scaling.STANDARD:
        return Scale(float(values.mean()), deviation(values))
    if scaling is Scaling.MIN_MAX:
        low, high = float(values.min()), float(values.max())
        return Scale(low, high - low or 1.0)
    low, middle, high = quantiles(values, (0.25, 0.5, 0.75))
    return Scale(middle, high - low or deviation(values))


def deviation(values: Vector) -> float:
    """Measure the population standard deviation; 1 of a constant column."""
    mean, variance = float(values.mean()), float(values.var())
    return 1.0 if is_constant(mean, variance, len(values)) else float(np.sqrt(variance))


def is_constant(mean: float, variance: float, count: int) -> bool:
    """Tell whether a variance is nothing but the rounding errors of a constant column.

    Source: the bound of Chan, Golub & LeVeque 1983 for the two-pass algorithm, as StandardScaler has it.
    """
    epsilon = float(np.finfo(np.float64).eps)
    return variance <= count * epsilon * variance + (count * mean * epsilon) ** 2
