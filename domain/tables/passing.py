"""One pass over the rows of a file: converted, counted, and handed on."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
import pyarrow as pa

from domain.tables.files.ledger import Ledger, file_rows
from domain.tables.files.limits import cell_too_long, check_rows
from domain.tables.files.sources import Source
from domain.tables.planning import Plan
from domain.tables.tallies import Tally
from domain.tables.values.cells import blank, first_longer_than
from domain.tables.values.converting import Converted, convert, convert_numbers
from domain.terms.arrays import Mask, Rows
from domain.terms.imports import ImportLimits
from domain.terms.readings import Kind, Reading
from domain.terms.training import Watch


class Misread(Exception):
    """The first rows promised something of a column that the others do not hold."""


class Sink(Protocol):
    """Takes the rows of a table, batch by batch, and notes about it."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""

    def note(self, name: bytes, value: bytes) -> None:
        """Keep a note with the table."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass has met: the rows in the table, what converting changed, and what is left out."""

    row_count: int
    tallies: tuple[Tally, ...]
    ledger: Ledger
    skipped: Rows

    def row_number(self, index: int) -> int:
        """Tell the 1-based number, among the file's data rows, of the table's row `index`."""
        return int(file_rows(np.array([index], np.int64), self.skipped)[0]) + 1


def schema_of(names: Sequence[str], readings: Sequence[Reading]) -> pa.Schema:
    """Give the types in which a table is stored: float64 for numbers, text for everything else."""
    return pa.schema(
        [
            pa.field(name, pa.string() if reading.stored_as_text else pa.float64())
            for name, reading in zip(names, readings, strict=True)
        ]
    )


class SourceRows:
    """The rows of a source as they are read, of which the first can be looked at beforehand."""

    def __init__(self, batches: Generator[pa.RecordBatch], ledger: Ledger) -> None:
        self._batches, self._looked_at = batches, deque[pa.RecordBatch]()
        self.ledger = ledger

    @classmethod
    def of(cls, source: Source, watch: Watch) -> "SourceRows":
        """Begin to read a source."""
        ledger = Ledger()
        return cls(source.read(ledger, watch), ledger)

    def first(self, count: int) -> list[pa.RecordBatch]:
        """Look at the first batches; they come once more with the others."""
        self._looked_at.extend(islice(self._batches, count))
        return list(self._looked_at)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while self._looked_at:
            yield self._looked_at.popleft()
        yield from self._batches

    def close(self) -> None:
        """Read no more."""
        self._looked_at.clear()
        self._batches.close()


def pass_rows(
    rows: SourceRows,
    source: Source,
    plan: Plan,
    limits: ImportLimits,
    take: Callable[[pa.RecordBatch], None],
    path: Sequence[str],
) -> Passed:
    """Convert all rows as planned and hand them on.

    Raises Misread where the plan is not final and does not hold, and UnreadableFile and
    TooLarge, with `path`.
    """
    converting = _Converting(source, plan, limits, rows.ledger, path)
    for batch in rows:
        kept = converting.keep(batch)
        if kept.num_rows:
            take(converting.converted(kept))
    return converting.passed()


class _Converting:
    """A pass, as the rows come by."""

    def __init__(
        self, source: Source, plan: Plan, limits: ImportLimits, ledger: Ledger, path: Sequence[str]
    ) -> None:
        self._source, self._plan, self._limits, self._path = source, plan, limits, path
        self._readings = plan.readings
        self._schema = schema_of(source.head.names, self._readings)
        self._tallies = tuple(Tally() for _ in self._readings)
        self._blank: list[Rows] = []
        self._seen = self._kept = 0
        self.ledger = ledger

    def keep(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Take out the blank rows, and refuse what is too large."""
        self._check_lengths(batch)
        empty = _blank_rows(batch.columns)
        self._blank.append(self._seen + empty)
        self._seen += batch.num_rows
        if len(empty):
            full: Mask = np.ones(batch.num_rows, np.bool_)
            full[empty] = False
            batch = batch.filter(pa.array(full))
        # The blank rows count too: their numbers are kept.
        check_rows(self._seen, self._limits, self._path)
        return batch

    def converted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Convert each column as planned."""
        columns = []
        for cells, reading, tally in zip(batch.columns, self._readings, self._tallies, strict=True):
            found = convert(cells, reading) if pa.types.is_string(cells.type) else convert_numbers(cells)
            if not self._plan.final:
                _hold_against(found, reading)
            tally.add(cells, found, reading, self._kept)
            columns.append(found.cells)
        self._kept += batch.num_rows
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

    def _check_lengths(self, batch: pa.RecordBatch) -> None:
        for name, cells in zip(self._source.head.names, batch.columns, strict=True):
            if not pa.types.is_string(cells.type):
                continue
            position = first_longer_than(cells, self._limits.max_cell_length)
            if position is not None:
                self._source.explain_long_cell()
                here = np.array([self._seen + position], np.int64)
                row = int(file_rows(here, self.ledger.skipped())[0]) + 1
                raise cell_too_long(f'the cell of column "{name}" in row {row:,}', self._limits, self._path)

    def passed(self) -> Passed:
        """Sum up, now that all rows have come by. Raises UnreadableFile where too many were left out."""
        rejected = self.ledger.skipped()
        self.ledger.blank(file_rows(np.concatenate([np.zeros(0, np.int64), *self._blank]), rejected))
        self.ledger.refuse_if_many(self._kept, self._limits.max_rejected_share, self._path)
        return Passed(self._kept, self._tallies, self.ledger, self.ledger.skipped())


def _hold_against(found: Converted, reading: Reading) -> None:
    """Raise Misread where a column is not what its first rows were."""
    if (
        len(found.unfit)
        or len(found.codes)
        or (reading.kind is Kind.NOTHING and found.cells.null_count < len(found.cells))
    ):
        raise Misread


def _blank_rows(columns: Sequence[pa.Array]) -> Rows:
    """Give the positions of the rows in which every cell is blank."""
    candidates: Rows | None = None
    for cells in columns:
        if candidates is not None:
            if not len(candidates):
                break
            cells = cells.take(pa.array(candidates))
        empty = blank(cells) if pa.types.is_string(cells.type) else ~np.asarray(cells.is_valid())
        candidates = np.flatnonzero(empty) if candidates is None else candidates[empty]
    return np.zeros(0, np.int64) if candidates is None else candidates
