"""Whether the logarithm is taken of a skewed column."""

import numpy as np

from domain.learning.kernels.blocks import blocks
from domain.learning.preparing.columns import NumericColumn
from domain.terms.arrays import Vector
from domain.terms.preparation import Transform

CLEAR_SKEWNESS = 1.0
"""Above it a column is clearly skewed, below it not (Bulmer 1979, Principles of Statistics, p. 63)."""

LEAST_GAIN = 2.0
"""By how much the logarithm has to divide the skewness, to be worth a scale that is harder to read."""

_CACHED_ROWS = 8192


def choose(column: NumericColumn, values: Vector, wanted: Transform) -> Transform:
    """Choose between the values as they are and log(1 + value).

    `values` are the column's, without the missing ones. Dates and columns with negative
    values have no zero to count from and stay as they are, whatever is wanted. AUTO takes
    the logarithm of a column with more than two values that is clearly skewed to the
    right, where that halves the skewness at least and leaves no clear one: it does of
    amounts that multiply, not of groups of unequal size nor of a few outliers.
    """
    if wanted is Transform.NONE or column.dates or values.min() < 0:
        return Transform.NONE
    if wanted is Transform.LOG or _is_tamed(values):
        return Transform.LOG
    return Transform.NONE


def skewness(values: Vector) -> float:
    """Measure the third standardized moment, 0 of a constant.

    Source: Fisher's g1 (Joanes & Gill 1998), as scipy.stats.skew.
    """
    mean, reach = values.mean(), float(values.max() - values.min())
    if reach == 0.0:
        return 0.0
    squares = cubes = 0.0
    for block in blocks(len(values), _CACHED_ROWS):
        # Divided before it is cubed, so that large numbers don't overflow.
        deviations = (values[block] - mean) / reach
        square = deviations * deviations
        squares += float(square.sum())
        cubes += float(square @ deviations)
    count = len(values)
    return float((cubes / count) / (squares / count) ** 1.5)


def _is_tamed(values: Vector) -> bool:
    before = skewness(values)
    if before <= CLEAR_SKEWNESS or not _has_a_middle(values):
        return False
    return abs(skewness(np.log1p(values))) <= min(CLEAR_SKEWNESS, before / LEAST_GAIN)


def _has_a_middle(values: Vector) -> bool:
    low, high = values.min(), values.max()
    return bool(((values > low) & (values < high)).any())
