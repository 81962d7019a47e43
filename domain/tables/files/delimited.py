"""Reads delimited text, CSV and its kin in any dialect and encoding, as batches of text."""

from array import array
from collections.abc import Generator, Sequence
from functools import reduce
from typing import BinaryIO, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from domain.errors import TooLarge, UnreadableFile
from domain.tables.files.decoding import BAD, BAD_BYTES, Utf8Stream
from domain.tables.files.dialects import WHITESPACE
from domain.tables.files.formats import SAVE_AS
from domain.tables.files.ledger import Ledger, file_rows
from domain.tables.files.limits import check_rows
from domain.tables.files.opened_text import OpenedText, open_text
from domain.tables.files.quoting import QuoteWatch, check_quoting
from domain.tables.files.rewriting import SEPARATOR
from domain.tables.files.sources import BATCH_ROWS, Head
from domain.terms.imports import ImportLimits, TableFormat, TableOptions
from domain.terms.training import Watch

_BLOCK_BYTES = (1 << 20, 1 << 25, (1 << 31) - 1)
"""How much is read at a time, and more where a row does not fit into that."""

_COLUMN_BYTES = 1 << 15
"""A block has so many bytes a column: what is done for each column of each block takes its time."""


def open_delimited(
    source: BinaryIO, options: TableOptions, limits: ImportLimits, watch: Watch, path: Sequence[str]
) -> "DelimitedSource":
    """Find out how a text is written, and give its table.

    `source` is seekable. Raises UnreadableFile for what is empty or no text, or has
    broken quotes in its header; TooLarge for a header over the limits; all with `path`.
    """
    text = open_text(source, options, limits, watch, path)
    table = DelimitedSource(source, text, limits, path)
    if text.layout.unused and not text.all_seen:
        # A later row may have a value where the first rows have none.
        used = table.reach(watch)
        text = text.with_reach(used)
    return DelimitedSource(source, text.finished(), limits, path)


class DelimitedSource:
    """A table in a delimited text, all of it text."""

    def __init__(self, source: BinaryIO, text: OpenedText, limits: ImportLimits, path: Sequence[str]) -> None:
        self._source, self._text, self._limits, self._path = source, text, limits, path
        self._quotes_are_right = False

    @property
    def head(self) -> Head:
        """What is known of the table before its rows are read."""
        text = self._text
        return Head(
            format=TableFormat.CSV,
            names=text.names,
            original_names=text.original_names,
            warnings=text.warnings,
            encoding=text.encoding.name,
            encoding_confidence=text.encoding.confidence,
            delimiter=text.dialect.delimiter,
            quote=text.dialect.quote,
            has_header=text.layout.has_header,
        )

    def read(self, ledger: Ledger, watch: Watch) -> Generator[pa.RecordBatch]:
        """Read all rows, as Source says."""
        reading = _Reading(self._text, ledger, self._limits, self._path)
        wide = min(len(self._text.names) * _COLUMN_BYTES, _BLOCK_BYTES[1])
        for block_bytes in (max(_BLOCK_BYTES[0], wide), *_BLOCK_BYTES[1:]):
            quotes = QuoteWatch(self._text.dialect, self._text.cutting_delimiter)
            stream = self._text.stream(self._source, self._text.rows_start, quotes.look, self._path)
            try:
                for batch in reading.batches(stream, block_bytes):
                    # pyarrow reads some blocks ahead of what it gives.
                    watch(min(1.0, stream.done(reading.blocks) / self._text.size), "reading the file")
                    yield batch
            except pa.ArrowInvalid as error:
                stream.stop()
                reading.refuse_if_full()
                self._refuse(str(error))
            else:
                if quotes.suspects():
                    stream.stop()
                    self.explain_long_cell()
                return
            finally:
                stream.stop()
        raise TooLarge(
            "a row of the file is longer than 2 GiB: check its line ends, and that its quotes are closed",
            self._path,
        )

    def explain_long_cell(self) -> None:
        """Raise what is wrong with the file if a cell is so long because of a quote."""
        if self._quotes_are_right:
            return
        text = self._text
        stream = text.stream(self._source, text.table_start, None, self._path)
        check_quoting(
            stream, text.dialect, text.cutting_delimiter, text.layout.has_header, self._limits, self._path
        )
        self._quotes_are_right = True

    def _refuse(self, error: str) -> None:
        """Raise what pyarrow's complaint means; return where a row does not fit into a block."""
        self.explain_long_cell()
        if "straddling" not in error and "block" not in error:
            raise UnreadableFile(f"the file can't be read as CSV ({error}): {SAVE_AS}", self._path)

    def reach(self, watch: Watch) -> int:
        """Count the columns up to the last one with a value in any row."""
        most = len(self._text.layout.header) - self._text.layout.unused
        rows = self.read(Ledger(), watch)
        for batch in rows:
            for place in range(batch.num_columns, most, -1):
                if pc.any(pc.not_equal(pc.utf8_trim_whitespace(batch.column(place - 1)), "")).as_py():
                    most = place
                    break
            if most == batch.num_columns:
                break
        rows.close()
        return most


class _Reading:
    """One pass over the rows of a file, begun again with larger blocks where a row is longer than one."""

    def __init__(self, text: OpenedText, ledger: Ledger, limits: ImportLimits, path: Sequence[str]) -> None:
        self._text, self._ledger = text, ledger
        self._limits, self._path = limits, path
        self._unfit = array("q")
        self._given = 0
        self.blocks = 0
        self._blank_marks = f" \t\r\n{text.dialect.quote}{text.cutting_delimiter}"

    def batches(self, stream: Utf8Stream, block_bytes: int) -> Generator[pa.RecordBatch]:
        """Give the rows that were not given yet."""
        seen = self.blocks = 0
        try:
            reader = self._open(stream, block_bytes)
        except pa.ArrowInvalid as error:
            # A header and nothing behind it: there is no block to begin with.
            if "Empty CSV file" in str(error):
                return
            raise
        for block in reader:
            self.blocks += 1
            fresh = block.slice(max(0, self._given - seen))
            seen += block.num_rows
            for start in range(0, fresh.num_rows, BATCH_ROWS):
                batch = fresh.slice(start, BATCH_ROWS)
                kept = self._readable(batch)
                self._given += batch.num_rows
                if kept.num_rows:
                    yield kept

    def _open(self, stream: Utf8Stream, block_bytes: int) -> pa_csv.CSVStreamingReader:
        text = self._text
        return pa_csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            # Only a single thread knows the numbers of the rows, and text is read no slower by it.
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=text.parsed_names, block_size=block_bytes
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=text.cutting_delimiter,
                quote_char=text.dialect.quote,
                escape_char="\\" if text.dialect.escapes else False,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._take_unfit,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(text.parsed_names, pa.string()),
                include_columns=text.names,
                null_values=[],
                strings_can_be_null=False,
                # What comes in was made UTF-8, or looked at, from end to end.
                check_utf8=False,
            ),
        )

    def _take_unfit(self, row: pa_csv.InvalidRow) -> Literal["skip", "error"]:
        number = row.number - 1
        if self._unfit and number <= self._unfit[-1]:
            return "skip"  # taken down before, when the blocks were smaller
        if len(self._unfit) >= self._limits.max_rows:
            return "error"
        self._unfit.append(number)
        if row.text.strip(self._blank_marks):
            self._ledger.ragged(number, row.actual_columns, row.expected_columns)
        else:
            self._ledger.blank([number])
        return "skip"

    def refuse_if_full(self) -> None:
        """Raise TooLarge where as many rows are left out as a table may have: each is kept count of."""
        check_rows(len(self._unfit) + 1, self._limits, self._path)

    def _readable(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Leave out the rows with bytes that are no characters, and take them down."""
        text = self._text
        if text.dialect.delimiter is not None and text.cutting_delimiter == SEPARATOR:
            batch = _with_delimiters(batch, text.dialect.delimiter)
        if text.encoding.clean:
            return batch
        marked = [pc.match_substring(cells, BAD) for cells in batch.columns if _holds_bad(cells)]
        if not marked:
            return batch
        bad = reduce(pc.or_, marked)
        # Straight to NumPy, pyarrow would import pandas.
        places = np.array(pc.indices_nonzero(bad).to_pylist(), np.int64)
        for row in file_rows(self._given + places, np.array(self._unfit, np.int64)).tolist():
            self._ledger.unreadable(row, f"it has bytes that are no characters in {text.encoding.name}")
        return batch.filter(pc.invert(bad))


def _holds_bad(cells: pa.StringArray) -> bool:
    # Looking at the bytes of all cells at once is ten times as fast as looking at each cell.
    text = cells.buffers()[2]
    return text is not None and BAD_BYTES in text.to_pybytes()


def _with_delimiters(batch: pa.RecordBatch, delimiter: str) -> pa.RecordBatch:
    """Put the delimiter back where it stood within quotes."""
    if delimiter in (SEPARATOR, WHITESPACE):
        return batch
    cells = [pc.replace_substring(each, SEPARATOR, delimiter) for each in batch.columns]
    return pa.RecordBatch.from_arrays(cells, schema=batch.schema)
