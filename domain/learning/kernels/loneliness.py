"""The compiled loop of outliers: which samples have no others near."""

import numpy as np

from domain.learning.kernels.compiling import compiled_for_sums
from domain.terms.arrays import AnyArray, Mask, Matrix, Rows

LANES = 64
"""References compared at once: their features stand side by side, so that they fill the vector registers."""


def in_lanes(references: Matrix) -> AnyArray:
    """Arrange references (n_references, n_features) as (n_groups, n_features, 64), padded with infinity."""
    groups = -(-len(references) // LANES)
    padded = np.full((groups * LANES, references.shape[1]), np.inf)
    padded[: len(references)] = references
    return np.ascontiguousarray(padded.reshape(groups, LANES, references.shape[1]).transpose(0, 2, 1))


@compiled_for_sums
def lonely(samples: Matrix, references: AnyArray, wanted: Rows, square_radius: float) -> Mask:
    """Tell of which samples fewer than `wanted` references lie within the radius, given squared.

    samples (n_samples, n_features), references as `in_lanes` arranges them, wanted
    (n_samples,). It looks no further once it has found enough.
    """
    count, width = samples.shape
    alone = np.empty(count, dtype=np.bool_)
    squares = np.empty(LANES)
    for row in range(count):
        near = 0
        for group in range(len(references)):
            squares[:] = 0.0
            for feature in range(width):
                value = samples[row, feature]
                for lane in range(LANES):
                    difference = value - references[group, feature, lane]
                    squares[lane] += difference * difference
            for lane in range(LANES):
                near += squares[lane] <= square_radius
            if near >= wanted[row]:
                break
        alone[row] = near < wanted[row]
    return alone


def warm_up() -> None:
    """Compile the loop, or load what was compiled before."""
    lonely(np.zeros((2, 1)), in_lanes(np.zeros((1, 1))), np.ones(2, dtype=np.int64), 1.0)
