"""How a cluster's stability over resamples is read."""

from enum import StrEnum

DISSOLVED_TO = 0.5
DOUBTFUL_TO = 0.75


class StabilityReading(StrEnum):
    """What the mean Jaccard index of a cluster over resamples says of it."""

    DISSOLVED = "DISSOLVED"
    DOUBTFUL = "DOUBTFUL"
    STABLE = "STABLE"


def read_stability(value: float) -> StabilityReading:
    """Read a mean Jaccard index, 0..1.

    To 0.5 the cluster is dissolved; below 0.75 a pattern is there and who belongs to
    it is doubtful; from 0.75 it is valid and stable. Source: Hennig 2008, Dissolution
    point and isolation robustness, for 0.5; the help page of R's fpc::clusterboot, by
    the same author, for the rest. It tells two finer steps: a cluster below 0.6 is not
    to be trusted, one from 0.85 is highly stable.
    """
    if value <= DISSOLVED_TO:
        return StabilityReading.DISSOLVED
    return StabilityReading.DOUBTFUL if value < DOUBTFUL_TO else StabilityReading.STABLE
