"""Tables that are imported in memory, as tests want to look at them."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from domain.learning.progress import unwatched
from domain.storage.tables import records
from domain.tables.files.opening import open_source
from domain.tables.files.records import open_records
from domain.tables.files.sources import Source
from domain.tables.importing import TableImport, import_table
from domain.tables.planning import Wishes
from domain.tables.previewing import MemoryShelf
from domain.terms.columns import Column, ColumnRole, RoleOverride
from domain.terms.imports import ImportLimits, ImportOutcome, ImportWarning, ImportWarningCode, TableOptions
from domain.terms.readings import READINGS, noted

NO_OPTIONS = TableOptions()
LIMITS = ImportLimits(max_rows=10_000_000, max_columns=1_000, max_cell_length=100_000)
FILE, RECORDS = ("input", "file"), ("input", "customers")


@dataclass(frozen=True)
class ImportedTable:
    """A table as it was imported: as clients see it, as it is stored, and what is known of it."""

    table: pa.Table
    stored: pa.Table
    notes: dict[bytes, bytes]
    outcome: ImportOutcome

    def column(self, name: str) -> Column:
        return next(column for column in self.outcome.columns if column.name == name)

    def values(self, name: str) -> list[object]:
        return list(self.table[name].to_pylist())

    def warnings(self, code: ImportWarningCode) -> list[ImportWarning]:
        return [warning for warning in self.outcome.report.warnings if warning.code is code]

    @property
    def roles(self) -> dict[str, ColumnRole]:
        return {column.name: column.role for column in self.outcome.columns}


def imported(
    source: Source,
    overrides: Sequence[RoleOverride],
    options: TableOptions,
    limits: ImportLimits,
    path: Sequence[str],
) -> ImportedTable:
    shelf = MemoryShelf()
    work = TableImport(source, Wishes(tuple(overrides), options), limits, shelf, path)
    outcome = import_table(work, unwatched)
    numeric = {column.name for column in outcome.columns if column.role is ColumnRole.NUMERIC}
    whole = {name for name, column in noted(shelf.notes[READINGS]).items() if column.whole}
    rows = records(shelf.table, whole, numeric)
    seen = {
        column.name: pa.array([row[column.name] for row in rows], _seen_type(column, whole))
        for column in outcome.columns
    }
    return ImportedTable(pa.table(seen), shelf.table, shelf.notes, outcome)


def _seen_type(column: Column, whole: set[str]) -> pa.DataType:
    if column.role is not ColumnRole.NUMERIC:
        return pa.string()
    return pa.int64() if column.name in whole else pa.float64()


def as_file(content: str | bytes) -> BinaryIO:
    return io.BytesIO(content.encode() if isinstance(content, str) else content)


def import_csv(
    content: str | bytes | BinaryIO,
    overrides: Sequence[RoleOverride] = (),
    limits: ImportLimits = LIMITS,
    options: TableOptions = NO_OPTIONS,
) -> ImportedTable:
    """Import a file of any format; most of those in the tests are CSV."""
    file = as_file(content) if isinstance(content, str | bytes) else content
    source = open_source(file, options, limits, unwatched, FILE)
    return imported(source, overrides, options, limits, FILE)


def import_records(
    content: object, overrides: Sequence[RoleOverride] = (), limits: ImportLimits = LIMITS
) -> ImportedTable:
    """Import the records of importCustomers."""
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    options = TableOptions()
    source = open_records(as_file(text), options, limits, unwatched, RECORDS, by_place=True)
    return imported(source, overrides, options, limits, RECORDS)
