"""Tables that leave: which customers, in which format, and who of them is held out."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.terms.access import Viewer


class ExportFormat(StrEnum):
    """The file format of an export."""

    CSV = "CSV"
    PARQUET = "PARQUET"
    ARROW = "ARROW"
    XLSX = "XLSX"


EXPORT_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.ARROW: "application/vnd.apache.arrow.stream",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

LARGEST_SHEET_ROWS = 1_048_575
"""Rows that a sheet of a workbook has, its header not counted."""


class AudienceKind(StrEnum):
    """Whether an audience moves."""

    STATIC = "STATIC"
    LIVE = "LIVE"


@dataclass(frozen=True, slots=True)
class AudienceRequest:
    """A client's wish to make a segment an audience: a live one with a model, else a static one.

    An id of None was malformed or of something else: it names nothing.
    """

    name: str
    segment_id: UUID | None
    model_id: UUID | None = None
    model_given: bool = False
    dataset_prediction_id: UUID | None = None
    dataset_prediction_given: bool = False
    description: str | None = None
    holdout_share: float = 0.0
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class AudienceChange:
    """What an audience is to be called, and how described; as before where it is not given.

    A description of None takes it away, if `described`.
    """

    name: str | None = None
    description: str | None = None
    described: bool = False
    holdout_share: float | None = None


@dataclass(frozen=True, slots=True)
class Holdout:
    """The share 0..0.5 of customers who are left alone, to measure what a campaign brings.

    Who is held out depends on the customer's key and the `salt` alone: the first 8 bytes of the SHA-256 of
    `salt`, a colon and the key, as a whole number by 2^64, are below the share.
    """

    share: float
    salt: str


@dataclass(frozen=True, slots=True)
class ExportSegment:
    """A segment as an export calls it."""

    index: int
    name: str


@dataclass(frozen=True, slots=True)
class ExportedCustomers:
    """Customers of a table with their segments, as the job is told of them. Keys are of the storage.

    `columns` are the columns of the table to write beside key, segment and confidence; those that are
    in `numeric` as numbers, the others as text. `scores_key` has what a prediction knows besides, None
    for a run's own; with `segment` only its customers are.
    """

    table_key: str
    identifier: str | None
    assignments_key: str
    scores_key: str | None
    segments: tuple[ExportSegment, ...]
    columns: tuple[str, ...]
    numeric: tuple[str, ...]
    segment: int | None = None
    holdout: Holdout | None = None


@dataclass(frozen=True, slots=True)
class ExportedRecords:
    """Records that were gathered beforehand, a line of JSON each.

    A record has `values`, which come first and in any number, and then the columns of the export's
    own, which all have and which are named here: texts, or numbers where they are in `numeric`.
    """

    records_key: str
    names: tuple[str, ...]
    numeric: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What the job needs to know that writes a file for somebody to take away."""

    content: ExportedCustomers | ExportedRecords
    format: ExportFormat
    export_key: str


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What was written: rows, bytes, and the SHA-256 of the file."""

    row_count: int
    size_in_bytes: int
    checksum: str


@dataclass(frozen=True, slots=True)
class ExportUse:
    """When an address of an export was last given out, as seconds since 1970."""

    at: float


class ExportKind(StrEnum):
    """What is exported: the names of its ways in the API."""

    RUN = "runId"
    SEGMENT = "segmentId"
    AUDIENCE = "audienceId"
    DATASET_PREDICTION = "datasetPredictionId"
    PREDICTIONS = "predictions"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A client's wish to take a table away. An id of None was malformed or of something else.

    `source_id` is of what `kind` says; of remembered predictions it is of a version of a model and
    `run_id` of a run, each where `source_given` and `run_given` say so. `segment_id` picks a segment
    out of a dataset that was placed. `columns` of None are all.
    """

    kind: ExportKind
    source_id: UUID | None
    by: Viewer
    format: ExportFormat = ExportFormat.CSV
    source_given: bool = True
    run_id: UUID | None = None
    run_given: bool = False
    segment_id: UUID | None = None
    segment_given: bool = False
    columns: tuple[str, ...] | None = None
    holdout_share: float = 0.0
    holdout_salt: str | None = None


@dataclass(frozen=True, slots=True)
class ExportAddress:
    """Which file an address opens, and what it is called when it is saved.

    The subject is what the audit says was taken away.
    """

    export_key: str
    file_name: str
    format: ExportFormat
    subject_kind: str
    subject_id: UUID
