"""A look at the beginning of a table, without keeping any of it."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from domain.tables.files.ledger import Ledger
from domain.tables.files.sources import Head, Source
from domain.tables.importing import TableImport, read_table, told_of
from domain.tables.passing import Sink
from domain.tables.planning import Wishes
from domain.tables.reporting import columns_of
from domain.terms.columns import Column
from domain.terms.imports import ImportLimits, ImportReport
from domain.terms.training import Watch

ROWS_LOOKED_AT = 10_000
"""So many first rows tell the columns' roles."""


class MemoryShelf:
    """Keeps a table in memory, for as long as it is looked at."""

    def __init__(self) -> None:
        self.table = pa.table({})
        self.notes: dict[bytes, bytes] = {}

    @contextmanager
    def writing(self, schema: pa.Schema) -> Iterator[Sink]:
        """Take a table."""
        taking = _Taking()
        yield taking
        self.table = pa.Table.from_batches(taking.batches, schema)
        self.notes = taking.notes

    def cells(self, name: str) -> Iterator[pa.Array]:
        """Read a column."""
        yield from self.table.column(name).chunks

    def expect_key(self, name: str) -> None:
        """Do nothing: customers are looked for in stored tables only."""


class _Taking:
    def __init__(self) -> None:
        self.batches: list[pa.RecordBatch] = []
        self.notes: dict[bytes, bytes] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        self.batches.append(batch)

    def note(self, name: bytes, value: bytes) -> None:
        self.notes[name] = value


class FirstRows:
    """The beginning of a source, as a source; `complete` tells, after reading, that it is all of it."""

    def __init__(self, source: Source, rows: int) -> None:
        self._source, self._rows = source, rows
        self.complete = True

    @property
    def head(self) -> Head:
        """What is known of the whole table before its rows are read."""
        return self._source.head

    def read(self, ledger: Ledger, watch: Watch) -> Generator[pa.RecordBatch]:
        """Read the first rows."""
        left = self._rows
        self.complete = True
        batches = self._source.read(ledger, watch)
        try:
            for batch in batches:
                if batch.num_rows > left:
                    self.complete = False
                    batch = batch.slice(0, left)
                if batch.num_rows:
                    yield batch
                left -= batch.num_rows
                if not self.complete:
                    break
        finally:
            batches.close()

    def explain_long_cell(self) -> None:
        """Raise what is wrong with the file."""
        self._source.explain_long_cell()


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What the beginning of a table holds: its rows as they would be stored, and what is known of them."""

    table: pa.Table
    whole: frozenset[str]
    columns: tuple[Column, ...]
    report: ImportReport
    row_count: int
    complete: bool


def look_at_first_rows(
    source: Source, wishes: Wishes, limits: ImportLimits, path: Sequence[str], watch: Watch
) -> FirstLook:
    """Read the beginning of a table as an import would.

    Raises as `import_table`, but for a table that has too few rows or nothing to cluster.
    """
    shelf, first = MemoryShelf(), FirstRows(source, ROWS_LOOKED_AT)
    work = TableImport(first, wishes, limits, shelf, path)
    found = read_table(work, watch)
    columns = columns_of(first.head, found.planned, found.looks, found.guesses)
    _, report = told_of(work, found, columns)
    tallies = zip(first.head.names, found.passed.tallies, strict=True)
    whole = frozenset(name for name, tally in tallies if tally.whole)
    return FirstLook(shelf.table, whole, columns, report, found.passed.row_count, first.complete)
