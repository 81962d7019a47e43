"""The knee of a curve: where more clusters begin to pay less."""

from collections.abc import Sequence

import numpy as np

SENSITIVITY = 1.0
"""How much the curve must level off to have a knee; Kneedle's S, 1 by its authors' advice."""


def elbow(counts: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Find the cluster count at the knee of a falling, convex curve; None where there is none.

    `counts` ascending, one inertia each. Source: Satopaa, Albrecht, Irwin &
    Raghavan 2011 (Kneedle): the first local maximum of the normalized curve's
    distance from its chord that the curve then falls away from. Their smoothing is
    left out: a dozen exact points have no noise.
    """
    x, y = np.asarray(counts, dtype=np.float64), np.asarray(inertias, dtype=np.float64)
    if len(x) < 3 or y[0] <= y.min():
        return None
    along = (x - x[0]) / (x[-1] - x[0])
    above = (y.max() - y) / (y.max() - y.min()) - along
    fall = SENSITIVITY * float(np.diff(along).mean())
    for peak in range(1, len(x) - 1):
        if above[peak] <= above[peak - 1] or above[peak] < above[peak + 1]:
            continue
        for later in above[peak + 1 :]:
            if later > above[peak]:
                break
            if later < above[peak] - fall:
                return int(counts[peak])
    return None
