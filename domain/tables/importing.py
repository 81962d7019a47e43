"""From an uploaded file to a typed table, and everything that is known of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from domain.errors import UnsuitableData
from domain.tables.delimited import read_delimited
from domain.tables.kinds import Kind, TypedColumn, read_column
from domain.tables.overrides import check_fit, check_names, refuse
from domain.tables.raw import RawTable
from domain.tables.records import read_records
from domain.tables.roles import Guess, guess_role
from domain.tables.summaries import Frequencies, number_frequencies, summarise, text_frequencies
from domain.terms.arrays import Vector
from domain.terms.columns import CLUSTERED_ROLES, Column, ColumnRole, RoleOverride
from domain.terms.imports import (
    ImportLimits,
    ImportOutcome,
    ImportReport,
    ImportWarning,
    ImportWarningCode,
    TableFormat,
)
from domain.terms.training import Watch

OVERRIDES_PATH = ("input", "columns")
"""Where a request holds the roles given by the client; mistakes in them are told by this path."""

_READING_SHARE = 0.5
_SHOWN_REASONS = 5

_Reader = Callable[[BinaryIO, ImportLimits, Watch, Sequence[str]], RawTable]
_READERS: Mapping[TableFormat, tuple[_Reader, tuple[str, ...]]] = {
    TableFormat.CSV: (read_delimited, ("input", "file")),
    TableFormat.JSON: (read_records, ("input", "customers")),
}


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """A typed table and what is known of it.

    In `table` a NUMERIC column holds int64 where all numbers are whole and below 2^53,
    float64 else; every other column holds the text exactly as uploaded. Null is missing.
    """

    table: pa.Table
    outcome: ImportOutcome


@dataclass(frozen=True, slots=True)
class _Finished:
    """A column as it is stored, and as it is described."""

    stored: pa.ChunkedArray
    column: Column
    warnings: tuple[ImportWarning, ...]


def import_table(
    source: BinaryIO,
    format: TableFormat,
    overrides: Sequence[RoleOverride],
    limits: ImportLimits,
    watch: Watch,
) -> ImportedTable:
    """Read an uploaded file, from its beginning, into a typed table, and describe every column.

    `source` is seekable. Raises UnreadableFile, TooLarge and UnsuitableData (one row, no
    column to cluster), and Refused with all mistakes of `overrides` or of JSON records.
    Takes memory for the whole table as text, and for one column more.
    """
    read, path = _READERS[format]
    raw = read(source, limits, _part_of(watch, 0.0, _READING_SHARE), path)
    watch(_READING_SHARE, "looking at the columns")
    finished = _finish_columns(raw, overrides, _part_of(watch, _READING_SHARE, 1.0))
    columns = tuple(part.column for part in finished)
    _refuse_unsuitable(raw.row_count, columns, path)
    table = pa.table([part.stored for part in finished], names=list(raw.names))
    report = _report(raw, format, finished)
    return ImportedTable(table, ImportOutcome(raw.row_count, columns, _identifier(columns, raw), report))


def _part_of(watch: Watch, start: float, end: float) -> Watch:
    return lambda fraction, doing: watch(start + fraction * (end - start), doing)


def _finish_columns(raw: RawTable, overrides: Sequence[RoleOverride], watch: Watch) -> list[_Finished]:
    """Type and describe all columns; raise the mistakes of the overrides together."""
    mistakes = check_names(overrides, raw.names, OVERRIDES_PATH)
    given = {override.name: place for place, override in reversed(list(enumerate(overrides)))}
    finished = []
    for number, (name, cells) in enumerate(zip(raw.names, raw.columns, strict=True)):
        watch(number / len(raw.names), f'looking at column "{name[:100]}"')
        column = read_column(name, cells, raw.row_number)
        role = overrides[given[name]].role if name in given else None
        if role is not None and (unfit := check_fit(given[name], role, column, OVERRIDES_PATH)):
            mistakes += unfit
            continue
        finished.append(_finish(column, role, raw.row_number))
    refuse(mistakes)
    return finished


def _finish(column: TypedColumn, given: ColumnRole | None, row_number: Callable[[int], int]) -> _Finished:
    """Settle what a column is used for, is stored as, and holds."""
    ordered = None if column.numbers is None else np.sort(column.numbers)[: column.present_count]
    counted = text_frequencies(column.text) if ordered is None else number_frequencies(ordered)
    guess = guess_role(column, counted.distinct_count, ordered)
    if given is not None:
        guess = Guess(given, f"given; by its values it would be {guess.role}: {guess.reason}")
    if guess.role is ColumnRole.NUMERIC and column.numbers is not None:
        stored = _stored_numbers(column.numbers, column.whole)
    else:
        stored = column.text
        counted = counted if ordered is None else text_frequencies(column.text)
    described = _described(column, guess, counted, ordered)
    return _Finished(stored, described, tuple(_warnings(column, guess.role, row_number)))


def _stored_numbers(numbers: Vector, whole: bool) -> pa.ChunkedArray:
    missing = np.isnan(numbers)
    if whole:
        return pa.chunked_array([pa.array(np.where(missing, 0, numbers).astype(np.int64), mask=missing)])
    return pa.chunked_array([pa.array(numbers, mask=missing)])


def _described(column: TypedColumn, guess: Guess, counted: Frequencies, ordered: Vector | None) -> Column:
    return Column(
        name=column.name,
        role=guess.role,
        role_reason=guess.reason,
        missing_count=len(column.text) - column.present_count,
        distinct_count=counted.distinct_count,
        numeric=None if ordered is None else summarise(ordered, column.whole),
        top_values=counted.top_values,
        all_dates=column.kind is Kind.DATES,
    )


def _warnings(column: TypedColumn, role: ColumnRole, row_number: Callable[[int], int]) -> list[ImportWarning]:
    """Tell what reading a column as numbers has changed."""
    told = []
    if len(column.trimmed) and role is ColumnRole.NUMERIC:
        count, row = len(column.trimmed), row_number(int(column.trimmed[0]))
        message = f'column "{column.name}": blanks around {count:,} numbers were taken off'
        told.append(ImportWarning(ImportWarningCode.VALUE_TRIMMED, message, column.name, row, count))
    if len(column.spelled):
        count, row = len(column.spelled), row_number(int(column.spelled[0]))
        message = f'column "{column.name}": {count:,} cells such as NA or - are taken as missing numbers'
        told.append(ImportWarning(ImportWarningCode.MISSING_SPELLING, message, column.name, row, count))
    return [*told, *([column.almost] if column.almost else [])]


def _refuse_unsuitable(row_count: int, columns: Sequence[Column], path: Sequence[str]) -> None:
    if row_count < 2:
        raise UnsuitableData(
            "the table has one row: segments need at least two customers, and mean something with fifty", path
        )
    if not any(column.role in CLUSTERED_ROLES for column in columns):
        reasons = "; ".join(
            f'"{column.name[:50]}" is {column.role} ({column.role_reason})'
            for column in columns[:_SHOWN_REASONS]
        )
        more = len(columns) - _SHOWN_REASONS
        raise UnsuitableData(
            f"the table has no column to cluster by: {reasons}{f'; and {more:,} more' if more > 0 else ''}. "
            "Add a column of numbers, categories or dates, or give a column such a role",
            path,
        )


def _identifier(columns: Sequence[Column], raw: RawTable) -> str | None:
    """Name the first IDENTIFIER column that is unique and complete."""
    for column in columns:
        if column.role is ColumnRole.IDENTIFIER and column.distinct_count == raw.row_count:
            return column.name
    return None


def _report(raw: RawTable, format: TableFormat, finished: Sequence[_Finished]) -> ImportReport:
    return ImportReport(
        format=format,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        rows_read=raw.row_count + raw.rows_rejected,
        rows_rejected=raw.rows_rejected,
        warnings=(*raw.warnings, *(warning for part in finished for warning in part.warnings)),
    )
