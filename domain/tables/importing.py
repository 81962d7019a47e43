"""From an uploaded file to a typed table, and everything that is known of it.

The file is read in batches and the table is written as it is read; then each column is
looked at by itself, as it was stored. So memory is for a few batches, and for eight bytes
a row of the columns that are looked at, never for the file.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import pyarrow as pa

from domain.errors import UnsuitableData
from domain.tables.columns.copies import copies_of
from domain.tables.columns.describing import Looks, look_at
from domain.tables.columns.roles import Guess, guess_role
from domain.tables.files.limits import check_columns
from domain.tables.files.sources import Source
from domain.tables.passing import Misread, Passed, Sink, SourceRows, pass_rows, schema_of
from domain.tables.planning import NUMBERS_OF_THE_FORMAT, Plan, Wishes, plan_by_all, plan_by_first
from domain.tables.reporting import columns_of, report
from domain.terms.columns import CLUSTERED_ROLES, Column, ColumnRole
from domain.terms.imports import ImportLimits, ImportOutcome, ImportReport, ImportWarning, ImportWarningCode
from domain.terms.readings import READINGS, Reading, StoredColumn, written
from domain.terms.training import Watch

_READING_SHARE = 0.6
_SHOWN_REASONS = 5
_ROWS_FOR_THREADS = 4_000_000
"""Up to so many rows two columns are looked at at a time; beyond it one, for the memory's sake."""


class Shelf(Protocol):
    """Where a table is put while it is imported, and read back from."""

    def writing(self, schema: pa.Schema) -> AbstractContextManager[Sink]:
        """Take a table, in place of any that is there; it is there when the block ends well."""

    def cells(self, name: str) -> Iterator[pa.Array]:
        """Read a column of the table, batch by batch."""

    def expect_key(self, name: str) -> None:
        """Hear that customers will probably be found by this column."""


@dataclass(frozen=True, slots=True)
class TableImport:
    """What an import works with."""

    source: Source
    wishes: Wishes
    limits: ImportLimits
    shelf: Shelf
    path: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """What reading a table has found, column by column."""

    planned: Plan
    passed: Passed
    looks: tuple[Looks, ...]
    guesses: tuple[Guess, ...]


def import_table(work: TableImport, watch: Watch) -> ImportOutcome:
    """Read a table into its shelf and describe every column.

    Raises UnreadableFile, TooLarge and UnsuitableData (one row, no column to cluster)
    with the path of the input field, and Refused with all wishes that can't be met.
    """
    found = read_table(work, watch)
    columns = columns_of(work.source.head, found.planned, found.looks, found.guesses)
    _refuse_unsuitable(found.passed.row_count, columns, work.path)
    identifier, told = told_of(work, found, columns)
    return ImportOutcome(found.passed.row_count, columns, identifier, told)


def read_table(work: TableImport, watch: Watch) -> Found:
    """Read a table into its shelf and find out what is in it. Raises as `import_table`."""
    check_columns(len(work.source.head.names), work.limits, work.path)
    planned, passed = _read(work, _part_of(watch, 0.0, _READING_SHARE))
    looks = _look(work, planned, passed, _part_of(watch, _READING_SHARE, 1.0))
    guesses = _guesses(work, planned, looks)
    if misfits := _misfits(planned, passed, guesses):
        # Written again as text: as numbers these would not come back as they were uploaded.
        planned = _as_text(planned, misfits)
        passed = _write(work, planned, SourceRows.of(work.source, watch))
    return Found(planned, passed, looks, guesses)


def told_of(work: TableImport, found: Found, columns: Sequence[Column]) -> tuple[str | None, ImportReport]:
    """Name the column that gives Customer.key, None where none can, and report."""
    identifier, about = _identifier(work, columns, found.looks)
    return identifier, report(work.source.head, found.planned, found.passed, identifier, about)


def _read(work: TableImport, watch: Watch) -> tuple[Plan, Passed]:
    """Read as the first rows promise; where the others do not hold that, as all of them tell."""
    rows = SourceRows.of(work.source, watch)
    try:
        first = rows.first(2)
        planned = plan_by_first(work.source.head, work.wishes, first, is_all=len(first) < 2)
        if planned is not None:
            return planned, _write(work, planned, rows)
    except Misread:
        watch(0.0, "reading the file once more: it is not what its first rows promise")
    finally:
        rows.close()
    planned = plan_by_all(work.source, work.wishes, _part_of(watch, 0.0, 0.5))
    return planned, _write(work, planned, SourceRows.of(work.source, _part_of(watch, 0.5, 1.0)))


def _write(work: TableImport, planned: Plan, rows: SourceRows) -> Passed:
    names = work.source.head.names
    with work.shelf.writing(schema_of(names, planned.readings)) as sink, closing(rows):
        passed = pass_rows(rows, work.source, planned, work.limits, sink.write, work.path)
        if not passed.row_count:
            raise UnsuitableData(
                "the table has a header but no rows: add one row for each customer", work.path
            )
        stored = tuple(
            StoredColumn(name, reading, tally.whole)
            for name, reading, tally in zip(names, planned.readings, passed.tallies, strict=True)
        )
        sink.note(READINGS, written(stored))
    return passed


def _look(work: TableImport, planned: Plan, passed: Passed, watch: Watch) -> tuple[Looks, ...]:
    """Look at the columns, several at a time where that is little memory."""
    names = work.source.head.names
    threads = 2 if passed.row_count <= _ROWS_FOR_THREADS else 1
    with ThreadPoolExecutor(threads, "columns") as pool:
        waiting = [
            pool.submit(
                look_at, partial(work.shelf.cells, name), passed.row_count, tally.present, decision.reading
            )
            for name, tally, decision in zip(names, passed.tallies, planned.decisions, strict=True)
        ]
        looks: list[Looks] = []
        expected = False
        try:
            for number, name in enumerate(names):
                watch(number / len(names), f'looking at column "{name[:100]}"')
                looks.append(waiting[number].result())
                if not expected and _is_key(work, name, planned.decisions[number].reading, looks[-1]):
                    expected = True
                    work.shelf.expect_key(name)
        finally:
            pool.shutdown(cancel_futures=True)
    return tuple(looks)


def _is_key(work: TableImport, name: str, reading: Reading, seen: Looks) -> bool:
    """Tell whether a column looks as if it were the key of the customers, the others not yet looked at."""
    wanted = work.wishes.options.identifier_column
    if not seen.unique or wanted not in (None, name):
        return False
    given = work.wishes.roles.get(name)
    return (given or guess_role(name, reading, seen).role) is ColumnRole.IDENTIFIER


def _guesses(work: TableImport, planned: Plan, looks: Sequence[Looks]) -> tuple[Guess, ...]:
    """Settle the roles: those given, those of copies, and those that the values tell."""
    names = work.source.head.names
    guesses = [
        guess_role(name, decision.reading, seen)
        for name, decision, seen in zip(names, planned.decisions, looks, strict=True)
    ]
    cells = [partial(work.shelf.cells, name) for name in names]
    for place, first in copies_of(cells, planned.readings, looks).items():
        guesses[place] = Guess(ColumnRole.IGNORED, f'the same values as in column "{names[first]}"')
    roles = planned.roles
    for place, name in enumerate(names):
        given = roles.get(name)
        if given is not None:
            was = guesses[place]
            guesses[place] = Guess(given, f"given; by its values it would be {was.role}: {was.reason}")
    return tuple(guesses)


def _misfits(planned: Plan, passed: Passed, guesses: Sequence[Guess]) -> set[int]:
    """Find columns that are stored as numbers, are not used as such, and were written in another way."""
    return {
        place
        for place, (reading, tally, guess) in enumerate(
            zip(planned.readings, passed.tallies, guesses, strict=True)
        )
        if not reading.stored_as_text
        and guess.role is not ColumnRole.NUMERIC
        and not (tally.whole and tally.canonical)
        and planned.decisions[place] is not NUMBERS_OF_THE_FORMAT
    }


def _as_text(planned: Plan, places: set[int]) -> Plan:
    decisions = tuple(
        replace(decision, reading=replace(decision.reading, stored_as_text=True))
        if place in places
        else decision
        for place, decision in enumerate(planned.decisions)
    )
    return replace(planned, decisions=decisions, final=True)


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


def _identifier(
    work: TableImport, columns: Sequence[Column], looks: Sequence[Looks]
) -> tuple[str | None, list[ImportWarning]]:
    """Name the column that gives Customer.key: the one that the client names, or the first that can."""
    wanted = work.wishes.options.identifier_column
    for column, seen in zip(columns, looks, strict=True):
        if column.role is not ColumnRole.IDENTIFIER or column.name != (wanted or column.name):
            continue
        if seen.unique:
            return column.name, []
        if wanted is not None:
            message = (
                f'column "{wanted}" has {column.distinct_count:,} different values in {seen.row_count:,} '
                f"rows, {column.missing_count:,} of them empty: Customer.key is the row number instead"
            )
            code = ImportWarningCode.IDENTIFIER_NOT_USED
            return None, [ImportWarning(code, message, wanted, None, seen.row_count)]
    return None, []


def _part_of(watch: Watch, start: float, end: float) -> Watch:
    return lambda fraction, doing: watch(start + fraction * (end - start), doing)
