"""Customers whose segments are known, and customers who have none."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.terms.arrays import Labels, Matrix, Vector

NUMBERS = ("age", "income", "visits", "spending")
"""The columns that the segments differ in; spending is lognormal, income and spending go together."""

STRONG_LEVELS = ("basic", "family", "premium", "student", "trial", "business")
WEAK_LEVELS = ("east", "north", "south", "west", "centre", "islands", "abroad", "unknown place")
CORRELATION = 0.6
OUTLIER_DISTANCE = 9.0
"""How far outliers lie beyond the customer farthest from the middle, in deviations of a segment."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Columns of customers and the segment of each, `truth` (rows,): -1 for an outlier, who is of none."""

    columns: tuple[SourceColumn, ...]
    truth: Labels


def plant(
    seed: int,
    rows: int = 2000,
    segments: int = 5,
    separation: float = 5.0,
    outliers: float = 0.01,
    missing: float = 0.02,
    strong: int = 1,
    weak: int = 1,
    noise_columns: int = 1,
    smallest: float = 0.4,
    strong_levels: int = len(STRONG_LEVELS),
    weak_levels: int = len(WEAK_LEVELS),
) -> Planted:
    """Draw customers of known segments, in an order that tells nothing.

    Centres are at least `separation` deviations of a segment apart. A strong category
    column has a favourite level for each segment, which 85 % of its customers have; in a weak
    one 30 % do. `outliers` and `missing` are shares; the smallest segment has `smallest`
    times as many customers as the largest. With fewer strong levels than segments, some share a favourite.
    """
    rng = np.random.default_rng(seed)
    truth = _sizes(rng, rows, segments, smallest)
    points = _centres(rng, segments, separation)[truth] + _within(rng, rows)
    out = rng.random(rows) < outliers
    points[out] = _far(rng, int(out.sum()), points)
    columns: list[SourceColumn] = _numbers(rng, points, missing)
    columns += [
        _category(rng, f"plan {n}", STRONG_LEVELS[:strong_levels], truth, 0.85, missing)
        for n in range(strong)
    ]
    columns += [
        _category(rng, f"region {n}", WEAK_LEVELS[:weak_levels], truth, 0.30, missing) for n in range(weak)
    ]
    columns += [NumericColumn(f"noise {n}", rng.normal(50, 10, rows)) for n in range(noise_columns)]
    return Planted(tuple(columns), np.where(out, -1, truth).astype(np.int64))


def noise(seed: int, rows: int = 2000, missing: float = 0.02) -> tuple[SourceColumn, ...]:
    """Draw customers without any segments: the same columns, correlated and skewed as those of `plant`."""
    rng = np.random.default_rng(seed)
    nobody = np.zeros(rows, dtype=np.int64)
    columns = _numbers(rng, _within(rng, rows), missing)
    plan = _category(rng, "plan 0", STRONG_LEVELS, nobody, 0.0, missing)
    region = _category(rng, "region 0", WEAK_LEVELS, nobody, 0.0, missing)
    return (*columns, plan, region, NumericColumn("noise 0", rng.normal(50, 10, rows)))


def _sizes(rng: np.random.Generator, rows: int, segments: int, smallest: float) -> Labels:
    shares = np.linspace(1.0, smallest, segments)
    return rng.choice(segments, rows, p=shares / shares.sum())


def _centres(rng: np.random.Generator, segments: int, separation: float) -> Matrix:
    # In a box just large enough: centres stay near each other, as segments of real customers do.
    side = separation
    while True:
        for _ in range(50):
            centres: Matrix = rng.uniform(-side / 2, side / 2, (segments, len(NUMBERS)))
            if segments == 1 or cdist(centres, centres)[np.triu_indices(segments, 1)].min() >= separation:
                return centres
        side *= 1.1


def _within(rng: np.random.Generator, rows: int) -> Matrix:
    covariance = np.eye(len(NUMBERS))
    covariance[1, 3] = covariance[3, 1] = CORRELATION
    return rng.multivariate_normal(np.zeros(len(NUMBERS)), covariance, rows)


def _far(rng: np.random.Generator, count: int, points: Matrix) -> Matrix:
    middle = points.mean(axis=0)
    reach = np.linalg.norm(points - middle, axis=1).max() + OUTLIER_DISTANCE
    directions = rng.normal(size=(count, points.shape[1]))
    far: Matrix = middle + reach * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return far


def _numbers(rng: np.random.Generator, points: Matrix, missing: float) -> list[SourceColumn]:
    scaled = {
        "age": 45 + 6 * points[:, 0],
        "income": 40_000 + 5_000 * points[:, 1],
        "visits": 30 + 4 * points[:, 2],
        "spending": np.exp(5 + 0.4 * points[:, 3]),
    }
    return [NumericColumn(name, _holed(rng, values, missing)) for name, values in scaled.items()]


def _holed(rng: np.random.Generator, values: Vector, missing: float) -> Vector:
    return np.where(rng.random(len(values)) < missing, np.nan, values)


def _category(
    rng: np.random.Generator,
    name: str,
    levels: tuple[str, ...],
    truth: Labels,
    favoured: float,
    missing: float,
) -> CategoricalColumn:
    favourite = rng.permutation(max(len(levels), int(truth.max(initial=0)) + 1)) % len(levels)
    anything = rng.integers(0, len(levels), len(truth))
    codes = np.where(rng.random(len(truth)) < favoured, favourite[truth], anything)
    return CategoricalColumn(
        name, np.where(rng.random(len(truth)) < missing, -1, codes).astype(np.int64), levels
    )
