"""Tables that leave: which customers, in which format, and who of them is held out."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


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
class ExportOrder:
    """What the job needs to know that writes customers and their segments to a file. Keys are of the storage.

    `columns` are the columns of the table to write beside key, segment and confidence; with `segment`
    only its customers are. `scores_key` has what a prediction knows besides, None for a run's own.
    """

    table_key: str
    identifier: str | None
    assignments_key: str
    members_key: str
    scores_key: str | None
    segments: tuple[ExportSegment, ...]
    columns: tuple[str, ...]
    segment: int | None
    holdout: Holdout | None
    format: ExportFormat
    export_key: str


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What was written: rows, bytes, and the SHA-256 of the file."""

    row_count: int
    size_in_bytes: int
    checksum: str


@dataclass(frozen=True, slots=True)
class ExportAddress:
    """Which file an address opens, and what it is called when it is saved."""

    export_key: str
    file_name: str
    format: ExportFormat
    subject_kind: str
    subject_id: UUID
