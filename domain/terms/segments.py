"""What a training finds: segments, their figures, and how good they are."""

from dataclasses import dataclass
from enum import StrEnum

from domain.terms.algorithms import ClusterCountCriterion, StructureVerdict


class UnassignedReason(StrEnum):
    """Why a customer belongs to no segment."""

    NOISE = "NOISE"
    OUTLIER = "OUTLIER"
    MISSING_VALUES = "MISSING_VALUES"


@dataclass(frozen=True, slots=True)
class FeatureValue:
    """A numeric column and a value of it, in the column's unit."""

    feature: str
    value: float


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One thing that sets a segment apart from all clustered customers.

    Of a numeric column (`category` None): the two values are means in the
    column's unit, `effect` is their difference in standard deviations of the
    population. Of a category: the two values are shares 0..1, `effect` is
    Cohen's h, 2·asin√p₁ - 2·asin√p₂.
    """

    text: str
    column: str
    category: str | None
    segment_value: float
    population_value: float
    effect: float


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """A short rule that finds most of a segment by its columns, in words and as a SQL condition.

    `precision` is the share of the customers the rule finds that are of the
    segment, `coverage` the share of the segment that it finds; both 0..1.
    """

    text: str
    sql: str
    precision: float
    coverage: float


@dataclass(frozen=True, slots=True)
class FeatureImportance:
    """How much a column decides between the segments, 0..1; over all columns they sum to 1."""

    feature: str
    importance: float


@dataclass(frozen=True, slots=True)
class ClusteringMetrics:
    """How good a clustering is. None where a figure does not apply.

    `silhouette_sample_size` is None when the silhouette is exact. `stability` is
    the mean Jaccard of the segments over resamples, `confidence` the
    cross-validated accuracy of predicting the segment from the columns; both 0..1.
    """

    silhouette: float | None
    silhouette_sample_size: int | None
    davies_bouldin: float | None
    calinski_harabasz: float | None
    inertia: float | None
    stability: float | None
    confidence: float | None
    sample_count: int
    encoded_feature_count: int
    noise_count: int


@dataclass(frozen=True, slots=True)
class ClusterCountCandidate:
    """The evidence for one cluster count. `smallest_share` is 0..1 of the clustered customers."""

    cluster_count: int
    inertia: float
    silhouette: float
    davies_bouldin: float
    calinski_harabasz: float
    smallest_share: float


@dataclass(frozen=True, slots=True)
class ClusterCountSelection:
    """How the number of clusters was chosen. `elbow` is None where the inertia has no knee."""

    chosen: int
    criterion: ClusterCountCriterion
    verdict: StructureVerdict
    verdict_reason: str
    elbow: int | None
    candidates: tuple[ClusterCountCandidate, ...]


@dataclass(frozen=True, slots=True)
class ImputedColumn:
    """How the missing values of a column were filled: with the median, or as a level of their own."""

    column: str
    count: int
    filled_with: str


@dataclass(frozen=True, slots=True)
class SegmentFindings:
    """Everything a training says of one segment. `share` is 0..1 of the clustered customers."""

    index: int
    generated_name: str
    color: str
    previous_index: int | None
    size: int
    share: float
    centroid: tuple[FeatureValue, ...]
    characteristics: tuple[Characteristic, ...]
    rule: SegmentRule | None
    silhouette: float | None
    stability: float | None
