"""Samples without groups that are like the real ones in everything else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.stats import norm, rankdata

from domain.learning.choosing.unimodal import Quantiles, unimodal
from domain.learning.preparing.features import Features
from domain.learning.preparing.reduction import Reduction
from domain.learning.sampling import spread_rows
from domain.terms.arrays import Matrix, Rows, Vector

FITTED_ROWS = 4_000
"""Rows the model is fitted to, at most."""

FEW_VALUES = 10
"""A number of no more different values than this is drawn from these values, as they are."""

DrawReference: TypeAlias = Callable[[int, np.random.Generator], Matrix]
"""Draws so many samples of a model without groups."""


@dataclass(frozen=True, slots=True)
class _Number:
    """A numeric feature: its place in the matrix, and the distribution it is drawn from."""

    place: int
    quantiles: Callable[[Vector], Vector]


@dataclass(frozen=True, slots=True)
class NullModel:
    """The matrix of the features as it might be without groups.

    `mixing` (n_numbers, n_numbers) makes independent normal numbers correlated;
    `categories` has, of each categorical column, its places in the matrix and the rows
    of these, which are drawn as they are.
    """

    width: int
    numbers: tuple[_Number, ...]
    mixing: Matrix
    categories: tuple[tuple[Rows, Matrix], ...]

    def draw(self, count: int, random: np.random.Generator) -> Matrix:
        """Draw so many samples (count, n_features)."""
        found = np.empty((count, self.width))
        levels = norm.cdf(random.normal(size=(count, len(self.numbers))) @ self.mixing.T)
        for level, number in zip(levels.T, self.numbers, strict=True):
            found[:, number.place] = number.quantiles(level)
        for places, rows in self.categories:
            found[:, places] = rows[random.integers(len(rows), size=count)]
        return found


def null_model(features: Features, reduction: Reduction) -> DrawReference:
    """Fit a model without groups to prepared columns, and give what draws from it.

    Numbers keep their correlations (of their normal scores: a Gaussian copula), and
    each its own distribution with all modes but one levelled, see `unimodal`; one of at
    most 10 different values keeps these and how often each is there. Categorical
    columns keep how often each level is there, and depend on nothing. Then they are
    projected as the real samples are. So skew, heavy tails, correlations, and levels
    are no groups, but gaps and several modes are. The same idea with a uniform box:
    Tibshirani, Walther & Hastie 2001; with one mode for each axis: Silverman 1981.
    """
    fitted = features.matrix[spread_rows(len(features.matrix), FITTED_ROWS)]
    model = fit(fitted, [name.column if name.category is not None else None for name in features.names])
    return lambda count, random: reduction.project(model.draw(count, random))


def fit(matrix: Matrix, columns: list[str | None]) -> NullModel:
    """Fit the model to a matrix (n_samples, n_features).

    `columns` has the categorical column of each feature, None of a number.
    """
    places = [place for place, column in enumerate(columns) if column is None]
    names = dict.fromkeys(column for column in columns if column is not None)
    blocks = [np.flatnonzero([column == name for column in columns]) for name in names]
    return NullModel(
        len(columns),
        tuple(_Number(place, _quantiles(matrix[:, place])) for place in places),
        _mixing(matrix[:, places]),
        tuple((block, np.ascontiguousarray(matrix[:, block])) for block in blocks),
    )


def _quantiles(values: Vector) -> Callable[[Vector], Vector]:
    if len(np.unique(values)) > FEW_VALUES:
        found: Quantiles = unimodal(values)
        return found.at
    ordered = np.sort(values)
    return lambda levels: ordered[np.minimum((levels * len(ordered)).astype(np.int64), len(ordered) - 1)]


def _mixing(numbers: Matrix) -> Matrix:
    """Give a root of the correlation of the normal scores: (n_numbers, n_numbers)."""
    count = numbers.shape[1]
    if not count:
        return np.empty((0, 0))
    scores = norm.ppf((rankdata(numbers, axis=0) - 0.5) / len(numbers))
    deviations = scores.std(axis=0)
    scaled = (scores - scores.mean(axis=0)) / np.where(deviations > 0, deviations, 1.0)
    correlation = scaled.T @ scaled / len(numbers)
    # A constant has no correlation, and is drawn as a constant whatever its score.
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    mixing: Matrix = vectors * np.sqrt(np.maximum(values, 0.0))
    return mixing
