"""What a training finds: segments, their figures, and how good they are."""

from dataclasses import dataclass
from enum import StrEnum

from domain.terms.algorithms import ClusterCountCriterion, StructureVerdict


class UnassignedReason(StrEnum):
    """Why a customer belongs to no segment."""

    NOISE = "NOISE"
    OUTLIER = "OUTLIER"
    MISSING_VALUES = "MISSING_VALUES"
    UNSEEN_CATEGORY = "UNSEEN_CATEGORY"


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

    `silhouette_sample_size` and `silhouette_standard_error` are None when the
    silhouette is exact. `noise_count` counts those the algorithm left out. `stability` is
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
    silhouette_standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterCountCandidate:
    """The evidence for one cluster count.

    `smallest_share` is 0..1 of the clustered customers; `stability` as in the
    metrics; `bic` of Gaussian mixtures only, less is better.
    """

    cluster_count: int
    inertia: float
    silhouette: float
    davies_bouldin: float
    calinski_harabasz: float
    smallest_share: float
    stability: float | None = None
    bic: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterCountVote:
    """The cluster count that a criterion is for; None where it has no opinion."""

    criterion: ClusterCountCriterion
    cluster_count: int | None


@dataclass(frozen=True, slots=True)
class Structure:
    """Whether there are groups at all: the silhouette beside that of samples without any.

    `reference_silhouette` is the mean over `references` draws from a model without
    groups, clustered in the same way, `reference_deviation` their standard deviation.
    """

    verdict: StructureVerdict
    reason: str
    silhouette: float | None
    reference_silhouette: float | None
    reference_deviation: float | None
    references: int


@dataclass(frozen=True, slots=True)
class ClusterCountSelection:
    """How the number of clusters was chosen. `elbow` is None where the inertia has no knee.

    `verdict` and its reason are those of the run's structure. `votes` has every
    criterion's own choice, `reason` why the chosen one won and who was against it.
    """

    chosen: int
    criterion: ClusterCountCriterion
    verdict: StructureVerdict
    verdict_reason: str
    elbow: int | None
    candidates: tuple[ClusterCountCandidate, ...]
    votes: tuple[ClusterCountVote, ...] = ()
    reason: str = ""
    silhouette_sample_size: int | None = None


@dataclass(frozen=True, slots=True)
class ImputedColumn:
    """How the missing values of a column were filled: with the median, or as a level of their own."""

    column: str
    count: int
    filled_with: str


class ApproximationMethod(StrEnum):
    """How a clustering of too many customers for the exact algorithm was made."""

    MICRO_CLUSTERS = "MICRO_CLUSTERS"
    SAMPLE = "SAMPLE"


@dataclass(frozen=True, slots=True)
class Approximation:
    """What was clustered instead of all customers: `size` micro-clusters, or a sample of that size.

    `expected_error` says in words how far the answer is from the exact one, as measured.
    """

    method: ApproximationMethod
    size: int
    expected_error: str


@dataclass(frozen=True, slots=True)
class DensityThresholds:
    """The settings in force of a clustering by density; None where the algorithm has no such setting."""

    epsilon: float | None
    min_samples: int
    min_cluster_size: int | None


class SegmentChangeKind(StrEnum):
    """What became of a segment over a retraining."""

    CONTINUED = "CONTINUED"
    SPLIT = "SPLIT"
    MERGED = "MERGED"
    NEW = "NEW"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """What became of one segment since the previous run, by the indexes it has there and here.

    CONTINUED: both. SPLIT: a new segment `index` whose people were mostly of
    `previous_index`, which goes on elsewhere. MERGED: `previous_index` is no more, most
    of its people are in `index`. NEW: `index` only. GONE: `previous_index` only.
    `overlap` is the Jaccard index of the two, 0..1, over the people in both runs; None
    where the people are others.
    """

    kind: SegmentChangeKind
    index: int | None
    previous_index: int | None
    overlap: float | None


@dataclass(frozen=True, slots=True)
class SegmentFindings:
    """Everything a training says of one segment. `share` is 0..1 of all who are in one."""

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
    feature_importance: tuple[FeatureImportance, ...] = ()
