"""What goes into an import and what comes out of it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from domain.terms.columns import Column, RoleOverride
from domain.terms.readings import DecimalMark


class TableFormat(StrEnum):
    """How an uploaded table was written."""

    CSV = "CSV"
    XLSX = "XLSX"
    PARQUET = "PARQUET"
    JSON = "JSON"


class ImportWarningCode(StrEnum):
    """What an import changed, guessed or left out."""

    ENCODING_GUESSED = "ENCODING_GUESSED"
    JUNK_LINE = "JUNK_LINE"
    HEADER_MISSING = "HEADER_MISSING"
    HEADER_RENAMED = "HEADER_RENAMED"
    EMPTY_COLUMN = "EMPTY_COLUMN"
    COLUMN_LEFT_OUT = "COLUMN_LEFT_OUT"
    SHEETS_LEFT_OUT = "SHEETS_LEFT_OUT"
    RAGGED_ROW = "RAGGED_ROW"
    UNREADABLE_ROW = "UNREADABLE_ROW"
    BLANK_ROW = "BLANK_ROW"
    VALUE_TRIMMED = "VALUE_TRIMMED"
    VALUE_CONVERTED = "VALUE_CONVERTED"
    MISSING_SPELLING = "MISSING_SPELLING"
    MISSING_SPELLING_KEPT = "MISSING_SPELLING_KEPT"
    NUMBER_FORMAT = "NUMBER_FORMAT"
    NUMBER_AMBIGUOUS = "NUMBER_AMBIGUOUS"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    DATE_FORMAT = "DATE_FORMAT"
    DATE_AMBIGUOUS = "DATE_AMBIGUOUS"
    NOT_A_DATE = "NOT_A_DATE"
    BOOLEAN_SPELLING = "BOOLEAN_SPELLING"
    IDENTIFIER_NOT_USED = "IDENTIFIER_NOT_USED"


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
class RejectedRow:
    """A row that was left out: its 1-based number among the file's data rows, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read, and what it did with it.

    `rows_read` are the data rows found, blank ones not counted, `rows_rejected` those of
    them that were left out, the first hundred of which are `rejected_rows`. What a
    format does not have is None: `encoding` (with the confidence 0..1 of its detection),
    `delimiter` ("whitespace" for runs of blanks) and `quote` are of a CSV, `sheet` is of
    a workbook, `has_header` of both; `decimal` is that of most columns, None
    where none is of numbers. `identifier_column` gives Customer.key, None where the row
    number does.
    """

    format: TableFormat
    encoding: str | None
    delimiter: str | None
    rows_read: int
    rows_rejected: int
    warnings: tuple[ImportWarning, ...]
    encoding_confidence: float | None = None
    quote: str | None = None
    decimal: DecimalMark | None = None
    has_header: bool | None = None
    sheet: str | None = None
    identifier_column: str | None = None
    rejected_rows: tuple[RejectedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What a client knows of its file; None is found out. Each wins over what the file looks like.

    `delimiter` is one character, "tab", or "whitespace" for runs of blanks; `encoding` any name
    that Python knows; `missing_values` are the spellings of a missing value, in place of
    the usual ones.
    """

    delimiter: str | None = None
    encoding: str | None = None
    decimal: DecimalMark | None = None
    has_header: bool | None = None
    sheet: str | None = None
    identifier_column: str | None = None
    missing_values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """The largest and the worst table an import takes.

    `max_rejected_share` (0..1) is of the rows; `max_decompressed_bytes` is of what a
    packed file holds.
    """

    max_rows: int
    max_columns: int
    max_cell_length: int
    max_rejected_share: float = 0.1
    max_sheets: int = 100
    max_decompressed_bytes: int = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What the import job needs to know. Keys are of the storage."""

    source_key: str
    table_key: str
    index_key: str
    overrides: tuple[RoleOverride, ...]
    options: TableOptions
    limits: ImportLimits
    records: bool
    """Whether the source are the records of importCustomers, and not a file."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What the import job found. `identifier` names the column whose values are unique and complete."""

    row_count: int
    columns: tuple[Column, ...]
    identifier: str | None
    report: ImportReport


@dataclass(frozen=True, slots=True)
class PreviewOrder:
    """What the preview job needs to know: an order without a place for the table; `rows` are to be shown."""

    source_key: str
    overrides: tuple[RoleOverride, ...]
    options: TableOptions
    limits: ImportLimits
    rows: int


@dataclass(frozen=True, slots=True)
class TablePreview:
    """A table as an import would read it, by its beginning.

    `rows` are the first ones, from column to number or text, None where missing. Columns
    and report are of the first `rows_looked_at` rows, of all of them where `complete`.
    """

    rows: tuple[dict[str, str | int | float | None], ...]
    columns: tuple[Column, ...]
    report: ImportReport
    rows_looked_at: int
    complete: bool


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A file that has arrived, on this machine's disk, and what is to become of it.

    `checksum` is the SHA-256 of the bytes; `source` is the input field it came in; `by` is
    the account that sent it.
    """

    path: Path
    name: str
    size: int
    checksum: str
    overrides: tuple[RoleOverride, ...] = ()
    options: TableOptions = TableOptions()
    source: str = "file"
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """Customers given as records; `by` is the account that sent them."""

    name: str
    customers: tuple[object, ...]
    overrides: tuple[RoleOverride, ...] = ()
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """A file that has arrived, on this machine's disk, and how many `rows` of it are to be shown."""

    path: Path
    rows: int
    overrides: tuple[RoleOverride, ...] = ()
    options: TableOptions = TableOptions()


@dataclass(frozen=True, slots=True)
class DatasetUpdate:
    """What is to change about a dataset; None, and no columns, change nothing."""

    dataset_id: UUID | None
    name: str | None = None
    columns: tuple[RoleOverride, ...] = ()
