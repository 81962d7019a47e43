"""Reads a comma-separated file in UTF-8 (RFC 4180) into a table of text."""

import codecs
import io
import threading
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from domain.errors import TooLarge, UnreadableFile, UnsuitableData
from domain.tables.cells import blank_rows, first_longer_than
from domain.tables.encodings import refuse_other_encodings
from domain.tables.first_row import read_header
from domain.tables.headers import usable_names
from domain.tables.limits import cell_too_long, check_columns, check_rows
from domain.tables.quoting import QuoteWatch, check_quoting
from domain.tables.raw import RawTable, file_rows
from domain.tables.rejects import Rejects
from domain.tables.signatures import (
    SAVE_AS_CSV,
    refuse_zero_byte,
)
from domain.terms.arrays import Mask, Rows
from domain.terms.imports import ImportLimits, ImportWarning
from domain.terms.training import Watch

_BLOCK_BYTES = (1 << 20, 1 << 25, (1 << 31) - 1)


def read_delimited(source: BinaryIO, limits: ImportLimits, watch: Watch, path: Sequence[str]) -> RawTable:
    """Read a CSV file, from its beginning, into a table of text.

    `source` is seekable. A row with too many or too few cells is left out with a
    warning, a blank row too. Raises UnreadableFile (binary, empty, other encoding or
    delimiter, broken quotes, too many ragged rows), UnsuitableData (no row) and
    TooLarge, all with `path`.
    """
    header, start = read_header(source, limits, path)
    names, renamed = usable_names(header)
    check_columns(len(names), limits, path)
    for block_bytes in _BLOCK_BYTES:
        reading = _Reading(source, start, names, limits, watch, path)
        try:
            reading.read(block_bytes)
        except pa.ArrowInvalid as error:
            _refuse(source, str(error), path)
        else:
            return reading.table(renamed)
    raise TooLarge("a row of the file is longer than 2 GiB", path)


class _Blocks(io.RawIOBase):
    """The file behind its header, as pyarrow's own thread asks for it; each block is looked at."""

    def __init__(self, source: BinaryIO, start: int, path: Sequence[str]) -> None:
        self._source, self._path = source, path
        self.size = source.seek(0, io.SEEK_END)
        self._read = source.seek(start)
        self._turn = threading.Lock()
        self._stopped = False
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.quotes = QuoteWatch()

    def readable(self) -> bool:
        """Tell pyarrow that it may read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give the next block; raise UnreadableFile where it is not text."""
        with self._turn:
            if self._stopped:
                return b""
            block = self._source.read(size)
            if b"\0" in block:
                refuse_zero_byte(block, self._read + block.index(b"\0"), self._path)
            self._decode(block)
            self.quotes.look(block)
            self._read += len(block)
            return block

    def _decode(self, block: bytes) -> None:
        # pyarrow looks too, but not at ragged rows, and can't tell where in the file.
        if block.isascii() and block and not self._decoder.getstate()[0]:
            return
        try:
            self._decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            refuse_other_encodings(self._source, self._path)
            raise

    def stop(self) -> None:
        """Leave the file alone from now on: who reads ahead would move it under another reader."""
        with self._turn:
            self._stopped = True


class _Reading:
    """One pass over the rows of a file."""

    def __init__(
        self,
        source: BinaryIO,
        start: int,
        names: tuple[str, ...],
        limits: ImportLimits,
        watch: Watch,
        path: Sequence[str],
    ) -> None:
        self._source, self._names, self._limits = source, names, limits
        self._watch, self._path = watch, path
        self._blocks = _Blocks(source, start, path)
        self._rejects = Rejects()
        self._batches: list[pa.RecordBatch] = []
        self._blank: list[Rows] = []
        self._seen = 0
        self._kept = 0

    def read(self, block_bytes: int) -> None:
        """Read all rows in blocks of the given size, in which each row has to fit."""
        try:
            for number, batch in enumerate(self._open(block_bytes)):
                # A batch is of a block; pyarrow itself is some blocks ahead.
                self._watch(min(1.0, number * block_bytes / self._blocks.size), "reading the file")
                self._take(batch)
        except pa.ArrowInvalid as error:
            # A header and nothing behind it: there is no block to begin with.
            if "Empty CSV file" not in str(error):
                raise
        finally:
            self._blocks.stop()
        if self._blocks.quotes.suspects():
            check_quoting(self._source, self._path)

    def _open(self, block_bytes: int) -> pa_csv.CSVStreamingReader:
        return pa_csv.open_csv(
            pa.PythonFile(self._blocks, mode="r"),
            # Only a single thread knows the numbers of the rows, and text is read no slower by it.
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=self._names, block_size=block_bytes
            ),
            parse_options=pa_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=self._rejects.take
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()),
                null_values=[],
                strings_can_be_null=False,
            ),
        )

    def _take(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows == 0:
            return
        self._check_cells(batch)
        empty = blank_rows(batch.columns)
        self._blank.append(self._seen + empty)
        self._seen += batch.num_rows
        if len(empty):
            full: Mask = np.ones(batch.num_rows, np.bool_)
            full[empty] = False
            batch = batch.filter(pa.array(full))
        self._kept += batch.num_rows
        check_rows(self._kept, self._limits, self._path)
        self._batches.append(batch)

    def _check_cells(self, batch: pa.RecordBatch) -> None:
        for name, cells in zip(self._names, batch.columns, strict=True):
            position = first_longer_than(cells, self._limits.max_cell_length)
            if position is not None:
                # A quote that is never closed makes a long cell, too.
                self._blocks.stop()
                check_quoting(self._source, self._path)
                here = np.array([self._seen + position], np.int64)
                row = int(file_rows(here, self._rejects.rows())[0]) + 1
                raise cell_too_long(f'the cell of column "{name}" in row {row:,}', self._limits, self._path)

    def table(self, warnings: tuple[ImportWarning, ...]) -> RawTable:
        """Put together what was read."""
        rejected = self._rejects.rows()
        blank = file_rows(np.concatenate([np.zeros(0, np.int64), *self._blank]), rejected)
        self._rejects.refuse_if_many(self._kept, len(self._names), self._path)
        if not self._kept:
            raise UnsuitableData(
                "the table has a header but no rows: add one row for each customer", self._path
            )
        text = pa.schema([pa.field(name, pa.string()) for name in self._names])
        table = pa.Table.from_batches(self._batches, text)
        return RawTable(
            names=self._names,
            columns=tuple(table.columns),
            row_count=self._kept,
            skipped=np.union1d(rejected, blank),
            rows_rejected=self._rejects.ragged_count,
            encoding="UTF-8",
            delimiter=",",
            warnings=(*warnings, *self._rejects.warnings(len(self._names), blank)),
        )


def _refuse(source: BinaryIO, error: str, path: Sequence[str]) -> None:
    """Raise what pyarrow's complaint means; return where a row does not fit into a block."""
    check_quoting(source, path)
    if "straddling" not in error and "block" not in error:
        raise UnreadableFile(f"the file can't be read as CSV ({error}): {SAVE_AS_CSV}", path)
