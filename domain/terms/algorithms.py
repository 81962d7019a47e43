"""The clustering algorithms on offer, their settings and the limits of these."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

MIN_CLUSTERS = 2
MAX_CLUSTERS = 15


class Algorithm(StrEnum):
    """How customers are grouped."""

    KMEANS = "KMEANS"
    HIERARCHICAL = "HIERARCHICAL"


class Linkage(StrEnum):
    """How hierarchical clustering measures the distance between two clusters."""

    WARD = "WARD"
    COMPLETE = "COMPLETE"
    AVERAGE = "AVERAGE"
    SINGLE = "SINGLE"


class ClusterCountCriterion(StrEnum):
    """By what the number of clusters is chosen."""

    SILHOUETTE = "SILHOUETTE"


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
    """Settings of k-means. A `cluster_count` of None is chosen from the range by the criterion."""

    cluster_count: int | None = None
    cluster_count_range: ClusterCountRange = ClusterCountRange()
    criterion: ClusterCountCriterion = ClusterCountCriterion.SILHOUETTE
    algorithm: Literal[Algorithm.KMEANS] = Algorithm.KMEANS


@dataclass(frozen=True, slots=True)
class HierarchicalSettings:
    """Settings of hierarchical clustering, None and the rest as for k-means."""

    linkage: Linkage = Linkage.WARD
    cluster_count: int | None = None
    cluster_count_range: ClusterCountRange = ClusterCountRange()
    criterion: ClusterCountCriterion = ClusterCountCriterion.SILHOUETTE
    algorithm: Literal[Algorithm.HIERARCHICAL] = Algorithm.HIERARCHICAL


# Stored settings say of which algorithm they are: two may have the same fields.
AlgorithmSettings: TypeAlias = Annotated[
    KMeansSettings | HierarchicalSettings, Field(discriminator="algorithm")
]
