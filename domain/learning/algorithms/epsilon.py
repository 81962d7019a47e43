"""The radius of DBSCAN, read from the distances to the k-th neighbour.

Source: Ester, Kriegel, Sander and Xu 1996, section 4.2, the sorted k-distance graph; its knee
as in Satopaa, Albrecht, Irwin and Raghavan 2011, "Finding a Kneedle in a haystack".
"""

from collections.abc import Iterator, Sequence

import numpy as np

from domain.terms.arrays import Vector

KEPT_SHARE = 0.99
"""The curve is looked at below this share of the samples: a single far one would bend all of it."""

NARROWEST, WIDEST, STEP = 0.75, 2.0, 1.04
"""The radii tried, in times the knee, each `STEP` times the one before.

The raw knee left 4 to 20 pieces of two moons or rings, which 1.25 to 2 times it join;
of groups in 20 features, 0.8 to 1.1 times it keep apart what 1.5 times it joins.
"""

SUBSTANTIAL_SHARE = 0.02
"""What a cluster has at least of the samples to count: crumbs come and go with every radius."""

FARTHER_STEPS = 60
"""Wider radii still, where all those leave too many clusters: up to ten times as wide."""


def read_knee(distances: Vector) -> float:
    """Read the knee of the sorted distances of each sample to its k-th neighbour (n_samples,).

    It is 0 where almost all are 0, of samples that are equal to others.
    """
    curve = np.sort(distances)[: max(2, int(np.ceil(KEPT_SHARE * len(distances))))]
    return knee(curve)


def knee(curve: Vector) -> float:
    """Give the value of an ascending curve where it lies deepest below the line of its two ends."""
    rise = curve[-1] - curve[0]
    if rise <= 0:
        return float(curve[-1])
    line = np.linspace(0, 1, len(curve))
    return float(curve[np.argmax(line - (curve - curve[0]) / rise)])


def near(knee: float) -> list[float]:
    """Give the radii to try about a knee, ascending."""
    steps = int(np.log(WIDEST / NARROWEST) / np.log(STEP)) + 1
    return [knee * NARROWEST * STEP**step for step in range(steps)]


def farther(knee: float) -> Iterator[float]:
    """Give radii beyond those, ascending."""
    return (knee * WIDEST * STEP**step for step in range(1, FARTHER_STEPS + 1))


def longest_run(counts: Sequence[int | None]) -> int | None:
    """Find the last place of the longest run of one count, of equals the later one; None for no count."""
    best, best_length, length = None, 0, 0
    for place, count in enumerate(counts):
        length = length + 1 if place and count == counts[place - 1] else 1
        if count is not None and length >= best_length:
            best, best_length = place, length
    return best
