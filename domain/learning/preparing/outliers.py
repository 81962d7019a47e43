"""Samples far from the others: drawn in feature by feature, or found to be set apart."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from domain.learning.kernels.blocks import in_blocks
from domain.learning.kernels.loneliness import in_lanes, lonely
from domain.learning.preparing.quantiles import quantiles
from domain.learning.progress import within
from domain.learning.sampling import spread_rows
from domain.terms.arrays import Mask, Matrix, Rows, Vector
from domain.terms.training import Watch

FENCE = 3.0
"""How many quartile distances beyond the quartiles a value is far out (Tukey 1977, the outer fences)."""

NEIGHBOURS = 5
"""Samples that have so many others near them are a group, however small, and no outliers."""

REFERENCES = 4096
"""Samples that the neighbours are looked for among; drawn by chance where there are more."""

MOST_OUTLIERS = 0.05
"""The greatest share of the samples that is set apart: more of them are no exceptions."""

LEAST_SPREAD = np.log(2) / FENCE
"""Far is at least twice as far as the upper quartile, however alike the distances are."""

_PROBES = 1024
_FEW_PROBES, _FEW_NEIGHBOURS = 200, 3
_NO_DISTANCE = 1e-6
"""What a distance of 0 counts as where logarithms are taken, in deviations of a feature."""

_WIDER = 1.25
_BLOCK_ROWS = 8192


def fences(values: Vector) -> tuple[float, float]:
    """Find the outer fences of the values (n_samples,): 3 quartile distances beyond the quartiles.

    Without any spread between the quartiles, as of a flag or a mostly zero column,
    nothing is far out: the fences are infinite. Source: Tukey 1977, section 2D.
    """
    low, high = quantiles(values, (0.25, 0.75))
    if low == high:
        return -np.inf, np.inf
    return low - FENCE * (high - low), high + FENCE * (high - low)


@dataclass(frozen=True, slots=True)
class Far:
    """The samples far from everything, ascending, and by what they were found.

    `references` (n_references,) are rows, `in_company` (n_references,) tells of each whether
    others are near, within the `radius`. A radius of None: nobody is far.
    """

    rows: Rows
    references: Rows
    in_company: Mask
    radius: float | None


def far_rows(matrix: Matrix, watch: Watch) -> Rows:
    """Find the samples far from everything, as `find_far` does."""
    return find_far(matrix, watch).rows


def find_far(matrix: Matrix, watch: Watch) -> Far:
    """Find the samples far from everything, in a matrix (n_samples, n_features) on a robust scale.

    A sample is in company when at least 5 others of the references lie within a radius, and far when
    it is neither in company nor within the radius of one that is. The references are all
    samples, or 4,096 of them drawn by chance. The radius is the outer fence, on a scale
    of logarithms, of how far the fifth neighbours of the references are; it is widened until at most
    5 % are far. So a group of 6, or in large tables of about 0.3 %, stays. Source: the noise of
    Ester, Kriegel, Sander & Xu 1996; the distance to a neighbour of Ramaswamy, Rastogi & Shim 2000.
    """
    if len(matrix) <= NEIGHBOURS:
        return _NOBODY
    chosen = _references(len(matrix))
    # In one layout, which the loop is compiled for, and which has a sample's features side by side.
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    radius = _radius(matrix[chosen])
    if radius is None:
        return _NOBODY
    left = 1.0
    far = _far_within(matrix, chosen, radius, within(watch, 0.0, 0.5))
    while len(far.rows) > MOST_OUTLIERS * len(matrix):
        radius *= _WIDER
        # How often it has to be widened nobody knows: each time takes half of what is left.
        left /= 2
        far = _far_within(matrix, chosen, radius, within(watch, 1.0 - left, 1.0 - left / 2))
    return far


def far_at_a_glance(matrix: Matrix) -> Mask:
    """Tell which samples (n_samples, n_features) are far from all others, by the third nearest of 200.

    Like `far_rows`, in short: for where there are many tables, and each must be quick. None
    is where these would be more than 5 %.
    """
    references = matrix[spread_rows(len(matrix), _FEW_PROBES)]
    squares = cdist(matrix, references, "sqeuclidean")
    distances = np.sqrt(np.partition(squares, _FEW_NEIGHBOURS, axis=1)[:, _FEW_NEIGHBOURS])
    far: Mask = distances > fence(np.maximum(distances, _NO_DISTANCE))
    return far if far.mean() <= MOST_OUTLIERS else np.zeros(len(matrix), dtype=np.bool_)


def fence(distances: Vector) -> float:
    """Find beyond which of the distances (n_samples,), all above 0, one is far out.

    On a scale of logarithms: the distances are skewed, and differ by factors between
    dense and loose groups.
    """
    low, high = np.percentile(np.log(distances), (25, 75))
    return float(np.exp(high + FENCE * max(high - low, LEAST_SPREAD)))


def _far_within(matrix: Matrix, chosen: Rows, radius: float, watch: Watch) -> Far:
    alone = _without_company(matrix, matrix[chosen], radius, within(watch, 0.0, 0.9))
    in_company = ~alone[chosen]
    far = np.flatnonzero(alone)
    one = np.ones(len(far), dtype=np.int64)
    rows = far[_lonely(matrix[far], matrix[chosen[in_company]], one, radius, within(watch, 0.9, 1.0))]
    return Far(rows, chosen, in_company, radius)


def _without_company(matrix: Matrix, references: Matrix, radius: float, watch: Watch) -> Mask:
    """Tell which samples have fewer than NEIGHBOURS others near; equal samples are told the same."""
    # Whoever is among the references is near itself, and so is its equal: who has one more than
    # enough is in company either way, and of the few others it is looked up.
    wanted = np.full(len(matrix), NEIGHBOURS + 1, dtype=np.int64)
    alone = _lonely(matrix, references, wanted, radius, within(watch, 0.0, 0.9))
    few = np.flatnonzero(alone)
    few = few[~_among(matrix[few], references)]
    alone[few] = _lonely(matrix[few], references, wanted[few] - 1, radius, within(watch, 0.9, 1.0))
    return alone


def _among(samples: Matrix, references: Matrix) -> Mask:
    # Zero added: there are two zeros, of different bytes.
    known = {row.tobytes() for row in references + 0.0}
    return np.array([row.tobytes() in known for row in samples + 0.0], dtype=np.bool_)


_NOBODY = Far(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_), None)


def _references(count: int) -> Rows:
    # In an order by chance: then whoever has near ones meets them soon.
    drawn = np.random.default_rng(0).permutation(count)[:REFERENCES]
    return drawn.astype(np.int64)


def _radius(references: Matrix) -> float | None:
    squares = cdist(references[:_PROBES], references, "sqeuclidean")
    # Each is the nearest to himself.
    distances = np.sqrt(np.partition(squares, NEIGHBOURS, axis=1)[:, NEIGHBOURS])
    apart = distances[distances > 0]
    return fence(apart) if len(apart) else None


def _lonely(matrix: Matrix, references: Matrix, wanted: Rows, radius: float, watch: Watch) -> Mask:
    lanes = in_lanes(references)
    alone = np.empty(len(matrix), dtype=np.bool_)

    def look(block: slice) -> int:
        alone[block] = lonely(matrix[block], lanes, wanted[block], radius * radius)
        return int(block.stop)

    for done in in_blocks(look, len(matrix), _BLOCK_ROWS):
        watch(done / len(matrix), "Looking for customers far from all others")
    return alone
