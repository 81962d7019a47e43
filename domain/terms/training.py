"""What goes into a training and what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from domain.terms.algorithms import (
    Algorithm,
    AlgorithmSettings,
    ClusterCountCriterion,
    ClusterCountRange,
    Linkage,
)
from domain.terms.columns import RoleOverride
from domain.terms.preparation import (
    PLAIN_PREPARATION,
    USUAL_PREPARATION,
    Preparation,
    PreparationSettings,
)
from domain.terms.recommendations import Advice
from domain.terms.segments import (
    Approximation,
    ClusterCountSelection,
    ClusteringMetrics,
    DensityThresholds,
    FeatureImportance,
    ImputedColumn,
    SegmentChange,
    SegmentFindings,
    Structure,
)

Watch: TypeAlias = Callable[[float, str], None]
"""Told how far a long step is, 0..1, and what it is doing; raises to stop it when the job is canceled."""


class RunStage(StrEnum):
    """What a run is doing."""

    QUEUED = "QUEUED"
    LOADING = "LOADING"
    PREPROCESSING = "PREPROCESSING"
    SELECTING = "SELECTING"
    CLUSTERING = "CLUSTERING"
    EVALUATING = "EVALUATING"
    EXPLAINING = "EXPLAINING"
    SAVING = "SAVING"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class PcaSettings:
    """The principal components kept: a number of them, or as many as explain a share 0..1 of the variance."""

    components: int | None = None
    explained_variance: float | None = None


@dataclass(frozen=True, slots=True)
class TrainingParameters:
    """Every setting in force; `columns` holds the role of every column of the dataset.

    Its defaults are what runs were trained with that were stored before there was a choice.
    """

    algorithm: AlgorithmSettings
    columns: tuple[RoleOverride, ...]
    pca: PcaSettings | None
    seed: int
    preparation: PreparationSettings = PLAIN_PREPARATION


@dataclass(frozen=True, slots=True)
class PreviousSegment:
    """A segment of the run that is continued."""

    index: int
    color: str


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """The run that is continued: who was in which segment. Keys are of the storage."""

    run_id: UUID
    same_dataset: bool
    table_key: str
    identifier: str | None
    assignments_key: str
    members_key: str
    segments: tuple[PreviousSegment, ...]


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What the training job needs to know. Keys are of the storage.

    `playbook` is the user's own, as TOML, which extends the shipped one.
    """

    table_key: str
    identifier: str | None
    parameters: TrainingParameters
    previous: PreviousRun | None
    max_encoded_features: int
    playbook: str | None
    assignments_key: str
    members_key: str
    figures_key: str
    scorer_key: str


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What the training job found; the rest is in the files whose keys the order gave.

    `scorer_checksum` is the SHA-256 of the file that places new customers.
    """

    metrics: ClusteringMetrics
    selection: ClusterCountSelection | None
    structure: Structure | None
    approximation: Approximation | None
    density: DensityThresholds | None
    preparation: Preparation
    imputed: tuple[ImputedColumn, ...]
    explained_variance: tuple[float, ...] | None
    segments: tuple[SegmentFindings, ...]
    changes: tuple[SegmentChange, ...]
    feature_importance: tuple[FeatureImportance, ...]
    advice: tuple[Advice, ...]
    scorer_checksum: str | None = None


@dataclass(frozen=True, slots=True)
class AlgorithmChoice:
    """The algorithm as a client asks for it; what is None was left out."""

    algorithm: Algorithm
    cluster_count: int | None = None
    cluster_count_range: ClusterCountRange | None = None
    criterion: ClusterCountCriterion = ClusterCountCriterion.CONSENSUS
    min_segment_share: float = 0.0
    linkage: Linkage = Linkage.WARD
    epsilon: float | None = None
    min_samples: int | None = None
    min_cluster_size: int | None = None


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A client's wish to train; `match_to` is the run whose segments the new ones continue.

    `by` is the account that wishes it.

    An id of None was malformed or of something else: it names nothing.
    """

    dataset_id: UUID | None
    algorithm: AlgorithmChoice
    columns: tuple[RoleOverride, ...] = ()
    pca: PcaSettings | None = None
    preparation: PreparationSettings = USUAL_PREPARATION
    seed: int = 0
    reuse: bool = True
    match_to: UUID | None = None
    match_to_given: bool = False
    by: UUID | None = None
