"""What goes into an import and what comes out of it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from domain.terms.columns import Column, RoleOverride


class TableFormat(StrEnum):
    """How an uploaded table was written."""

    CSV = "CSV"
    JSON = "JSON"


class ImportWarningCode(StrEnum):
    """What an import changed, guessed or left out."""

    RAGGED_ROW = "RAGGED_ROW"
    BLANK_ROW = "BLANK_ROW"
    HEADER_RENAMED = "HEADER_RENAMED"
    VALUE_TRIMMED = "VALUE_TRIMMED"
    MISSING_SPELLING = "MISSING_SPELLING"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    OUT_OF_RANGE = "OUT_OF_RANGE"


@dataclass(frozen=True, slots=True)
class ImportWarning:
    """One thing an import changed, guessed or left out.

    `row` is the 1-based number of the first data row concerned (the header does
    not count), `count` the number of rows or cells concerned.
    """

    code: ImportWarningCode
    message: str
    column: str | None
    row: int | None
    count: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read, and what it did with it. `encoding` and `delimiter` are of a CSV.

    `rows_read` are the data rows found, blank ones not counted, `rows_rejected` those of
    them that were left out.
    """

    format: TableFormat
    encoding: str | None
    delimiter: str | None
    rows_read: int
    rows_rejected: int
    warnings: tuple[ImportWarning, ...]


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """The largest table an import takes."""

    max_rows: int
    max_columns: int
    max_cell_length: int


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What the import job needs to know. Keys are of the storage."""

    source_key: str
    table_key: str
    format: TableFormat
    overrides: tuple[RoleOverride, ...]
    limits: ImportLimits


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What the import job found. `identifier` names the column whose values are unique and complete."""

    row_count: int
    columns: tuple[Column, ...]
    identifier: str | None
    report: ImportReport


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A file that has arrived, on this machine's disk, and what is to become of it.

    `checksum` is the SHA-256 of the bytes; `source` is the input field it came in.
    """

    path: Path
    name: str
    size: int
    checksum: str
    format: TableFormat
    overrides: tuple[RoleOverride, ...] = ()
    source: str = "file"


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """Customers given as records."""

    name: str
    customers: tuple[object, ...]
    overrides: tuple[RoleOverride, ...] = ()
