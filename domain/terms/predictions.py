"""Where customers belong who were in no training, as far as requests and answers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.terms.customers import Customer
from domain.terms.scoring import Reasons
from domain.terms.segments import UnassignedReason


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """A client's wish to place customers, by a version of a model or by a run: one of both.

    `customers` are records as JSON has them. `move_to` is the segment that `explain` looks for a way
    to; None for the runner-up. An id of None was malformed or of something else: it names nothing.
    """

    model_version_id: UUID | None
    run_id: UUID | None
    customers: Sequence[object]
    model_version_given: bool = False
    run_given: bool = False
    remember: bool = False
    explain: bool = False
    move_to: UUID | None = None
    move_to_given: bool = False
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class RowMistake:
    """What keeps a record from being placed: the column that is to blame, None for the record as a whole."""

    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one customer belongs. Segments are by index in their run.

    `segment` is None for who is in none, for the reason in `unassigned`, and where there are `mistakes`;
    then the figures are None too. `distance` is to the segment's mean on the scale that was clustered.
    """

    segment: int | None
    unassigned: UnassignedReason | None = None
    confidence: float | None = None
    distance: float | None = None
    runner_up: int | None = None
    mistakes: tuple[RowMistake, ...] = ()
    reasons: Reasons | None = None


class PredictionStage(StrEnum):
    """What the placing of a whole dataset is at."""

    QUEUED = "QUEUED"
    LOADING = "LOADING"
    PLACING = "PLACING"
    SAVING = "SAVING"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class DatasetPredictionRequest:
    """A client's wish to place a whole dataset, by a version of a model or by a run: one of both.

    With `reuse` an equal answer is taken that is there, or under way. An id of None was
    malformed or of something else: it names nothing.
    """

    model_version_id: UUID | None
    run_id: UUID | None
    dataset_id: UUID | None
    model_version_given: bool = False
    run_given: bool = False
    reuse: bool = True
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class DatasetPredictionOrder:
    """What the job needs to know that places a whole dataset. Keys are of the storage.

    The scorer is read only if its SHA-256 is `scorer_checksum`.
    """

    table_key: str
    scorer_key: str
    scorer_checksum: str
    assignments_key: str
    members_key: str
    scores_key: str


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """How many customers are in a segment, by index."""

    index: int
    count: int


@dataclass(frozen=True, slots=True)
class UnseenCategory:
    """A category that the training did not see, and how many customers have it."""

    column: str
    category: str
    count: int


@dataclass(frozen=True, slots=True)
class DatasetPredictionOutcome:
    """What came of placing a whole dataset.

    `counts` has every segment of the run, by index, `unassigned` those who are in none, by why.
    `unseen` are the most frequent categories that training did not see.
    """

    row_count: int
    counts: tuple[SegmentCount, ...]
    unassigned: Mapping[UnassignedReason, int]
    unseen: tuple[UnseenCategory, ...]
    mean_confidence: float | None


@dataclass(frozen=True, slots=True)
class PlacedCustomer:
    """A customer of a dataset that was placed, and where it belongs. Segments are by index in their run.

    `segment` is None for who is in none: then `unassigned` says why, and there is no `distance`. `distance`
    is to the segment's mean on the scale that was clustered.
    """

    customer: Customer
    segment: int | None
    unassigned: UnassignedReason | None
    confidence: float
    distance: float | None
    runner_up: int | None
