"""How much a categorical column counts beside the numeric ones."""

from collections.abc import Sequence

import numpy as np

from domain.terms.arrays import Vector
from domain.terms.preparation import CategoryBalance

CATEGORY_SHARE = 0.25
"""The variance of a categorical column's features together, as a share of a numeric column's.

Chosen by measuring, docs/learning/preparing.md: plain 0/1 makes the silhouette find
one cluster a category, and a whole numeric variance does so more surely. Two customers
of different categories, L equally frequent ones, are then 0.5·L/(L-1) apart, squared: from 1
down to 0.5 times a numeric variance. This is the range of k-prototypes' gamma, a half to the whole
of the average deviation (Huang 1997, 1998; the half is the default of the package kmodes).
"""


def typical_variance(variances: Sequence[float]) -> float:
    """Find what a numeric column counts: the median variance of the scaled ones; 1 where there is none."""
    varying = [variance for variance in variances if variance > 0]
    return float(np.median(varying)) if varying else 1.0


def height(counts: Vector, typical: float, balance: CategoryBalance) -> float:
    """Choose the number that stands for "has this category", where 0 stands for "has not".

    `counts` (n_levels,) are the customers of each level. BALANCED: the height that gives all
    levels together `CATEGORY_SHARE` of the `typical` variance, but never more than the
    root of it, which is 1 beside standardized numbers: without that bound a level that hardly
    anybody has would lie farther off than any number. UNIT: 1.
    """
    if balance is CategoryBalance.UNIT:
        return 1.0
    shares = counts / counts.sum()
    variance = float((shares * (1 - shares)).sum())
    if variance <= CATEGORY_SHARE:
        return float(np.sqrt(typical))
    return float(np.sqrt(CATEGORY_SHARE * typical / variance))
