"""The clustering algorithms on offer, their settings and the limits of these."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias, TypeGuard

from pydantic import Field

MIN_CLUSTERS = 2
MAX_CLUSTERS = 15
"""Segments of a run at most, whatever the algorithm: what fifteen colours can tell apart."""
MAX_NEIGHBOURS = 1_000
"""The most `min_samples` of DBSCAN and HDBSCAN: for each sample, so many distances are kept in order."""


class Algorithm(StrEnum):
    """How customers are grouped."""

    KMEANS = "KMEANS"
    HIERARCHICAL = "HIERARCHICAL"
    DBSCAN = "DBSCAN"
    HDBSCAN = "HDBSCAN"
    GAUSSIAN_MIXTURE = "GAUSSIAN_MIXTURE"


class Linkage(StrEnum):
    """How hierarchical clustering measures the distance between two clusters."""

    WARD = "WARD"
    COMPLETE = "COMPLETE"
    AVERAGE = "AVERAGE"
    SINGLE = "SINGLE"


class ClusterCountCriterion(StrEnum):
    """By what the number of clusters is chosen."""

    SILHOUETTE = "SILHOUETTE"
    ELBOW = "ELBOW"
    CALINSKI_HARABASZ = "CALINSKI_HARABASZ"
    DAVIES_BOULDIN = "DAVIES_BOULDIN"
    BIC = "BIC"
    CONSENSUS = "CONSENSUS"


class StructureVerdict(StrEnum):
    """Whether the customers fall into groups at all."""

    STRONG = "STRONG"
    WEAK = "WEAK"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class ClusterCountRange:
    """The cluster counts to try, both ends included."""

    min: int = MIN_CLUSTERS
    max: int = 10


@dataclass(frozen=True, slots=True)
class KMeansSettings:
    """Settings of k-means.

    A `cluster_count` of None is chosen from the range by the criterion, among the
    counts whose smallest cluster has `min_segment_share` (0..1) of the samples.
    """

    cluster_count: int | None = None
    cluster_count_range: ClusterCountRange = ClusterCountRange()
    criterion: ClusterCountCriterion = ClusterCountCriterion.CONSENSUS
    min_segment_share: float = 0.0
    algorithm: Literal[Algorithm.KMEANS] = Algorithm.KMEANS


@dataclass(frozen=True, slots=True)
class HierarchicalSettings:
    """Settings of hierarchical clustering; how the count is chosen as for k-means."""

    linkage: Linkage = Linkage.WARD
    cluster_count: int | None = None
    cluster_count_range: ClusterCountRange = ClusterCountRange()
    criterion: ClusterCountCriterion = ClusterCountCriterion.CONSENSUS
    min_segment_share: float = 0.0
    algorithm: Literal[Algorithm.HIERARCHICAL] = Algorithm.HIERARCHICAL


@dataclass(frozen=True, slots=True)
class GaussianMixtureSettings:
    """Settings of a mixture of Gaussians; how the count is chosen as for k-means."""

    cluster_count: int | None = None
    cluster_count_range: ClusterCountRange = ClusterCountRange()
    criterion: ClusterCountCriterion = ClusterCountCriterion.CONSENSUS
    min_segment_share: float = 0.0
    algorithm: Literal[Algorithm.GAUSSIAN_MIXTURE] = Algorithm.GAUSSIAN_MIXTURE


@dataclass(frozen=True, slots=True)
class DbscanSettings:
    """Settings of DBSCAN. An `epsilon` of None is read from the k-distance curve."""

    epsilon: float | None = None
    min_samples: int = 5
    algorithm: Literal[Algorithm.DBSCAN] = Algorithm.DBSCAN


@dataclass(frozen=True, slots=True)
class HdbscanSettings:
    """Settings of HDBSCAN.

    A `min_cluster_size` of None goes by the number of samples, `min_samples` by that size.
    """

    min_cluster_size: int | None = None
    min_samples: int | None = None
    algorithm: Literal[Algorithm.HDBSCAN] = Algorithm.HDBSCAN


CountedSettings: TypeAlias = KMeansSettings | HierarchicalSettings | GaussianMixtureSettings
"""Settings of the algorithms that are asked for a number of clusters."""

# Stored settings say of which algorithm they are: two may have the same fields.
AlgorithmSettings: TypeAlias = Annotated[
    KMeansSettings | HierarchicalSettings | GaussianMixtureSettings | DbscanSettings | HdbscanSettings,
    Field(discriminator="algorithm"),
]


def is_counted(settings: AlgorithmSettings) -> TypeGuard[CountedSettings]:
    """Tell whether the algorithm is asked for a number of clusters."""
    return isinstance(settings, CountedSettings)


def chooses_count(settings: AlgorithmSettings) -> bool:
    """Tell whether the number of clusters is to be chosen from a range."""
    return is_counted(settings) and settings.cluster_count is None
