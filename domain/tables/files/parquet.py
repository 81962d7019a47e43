"""Reads a Parquet file in small batches, and counts what it unpacks to before it is unpacked."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.parquet import ParquetFile

from domain.errors import UnreadableFile, UnsuitableData
from domain.tables.files.headers import usable_names
from domain.tables.files.ledger import Ledger
from domain.tables.files.limits import cell_too_long, check_columns, check_rows, check_unpacked
from domain.tables.files.parquet_batches import Pending, parts
from domain.tables.files.parquet_columns import ParquetColumn, is_text, leaf_count, settle
from domain.tables.files.sources import BATCH_ROWS, Head
from domain.terms.arrays import AnyArray
from domain.terms.imports import ImportLimits, ImportWarning, ImportWarningCode, TableFormat, TableOptions
from domain.terms.training import Watch

_READ_ROWS = 4_096
"""So many rows are decoded at a time: what a footer says of their size need not be true."""

_NUMBER_BYTES = 8


def open_parquet(
    source: BinaryIO, options: TableOptions, limits: ImportLimits, watch: Watch, path: Sequence[str]
) -> "ParquetSource":
    """Open a Parquet file; columns that are nested, binary or of a kind unknown here are left out.

    Columns of long whole numbers and of moments are looked at once, to settle how they
    are written. Memory is for a few megabytes of cells, and for a page of each column: a
    page has at most 2 GB, which is bounded by the machine alone. Raises UnreadableFile for
    broken and encrypted files, TooLarge by the footer, and UnsuitableData where nothing
    is left. Parquet knows none of the options.
    """
    file = _open(source, (), path)
    check_rows(file.metadata.num_rows, limits, path)
    schema = file.schema_arrow
    check_columns(len(schema), limits, path)
    found = _flat_columns(file, path)
    left_out = [_left_out(field) for field, leaf in zip(schema, found, strict=True) if leaf is None]
    flat = [(field, leaf) for field, leaf in zip(schema, found, strict=True) if leaf is not None]
    if not flat or not file.metadata.num_rows:
        what = "no rows" if flat else "no column of numbers, text, dates or truth values"
        raise UnsuitableData(f"the file has {what}: upload a table with a row for each customer", path)
    names, originals, renamed = usable_names([field.name for field, _ in flat])
    columns = []
    for place, (name, (field, leaf)) in enumerate(zip(names, flat, strict=True)):
        watch(place / len(flat), f'looking at column "{name[:100]}"')
        columns.append(settle(name, leaf, field.type, _read(file, [leaf], BATCH_ROWS, path)))
    _refuse_bomb(file, len(columns), limits, path)
    head = Head(TableFormat.PARQUET, names, originals, (*left_out, *renamed))
    return ParquetSource(head, source, tuple(columns), limits, path)


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """A table in Parquet: float64 for numbers, text for all else."""

    head: Head
    source: BinaryIO
    columns: tuple[ParquetColumn, ...]
    limits: ImportLimits
    path: Sequence[str]

    def read(self, ledger: Ledger, watch: Watch) -> Generator[pa.RecordBatch]:
        """Read all rows; raise TooLarge for cells, and for all of them, before they are unpacked."""
        text_leaves = [column.leaf for column in self.columns if is_text(column.type)]
        file = _open(self.source, text_leaves, self.path)
        rows = unpacked = 0
        pending = Pending(self.head.names)
        for raw in _read(file, [column.leaf for column in self.columns], _READ_ROWS, self.path):
            sizes = self._row_bytes(raw, rows)
            unpacked += int(sizes.sum())
            check_unpacked(unpacked, self.limits, self.path)
            for start, stop in parts(sizes):
                part = raw.slice(start, stop - start)
                cells = [
                    column.convert(each) for column, each in zip(self.columns, part.columns, strict=True)
                ]
                yield from pending.take(cells, int(sizes[start:stop].sum()))
            rows += raw.num_rows
            check_rows(rows, self.limits, self.path)
            watch(min(1.0, rows / file.metadata.num_rows), "reading the rows")
        yield from pending.rest()
        if rows != file.metadata.num_rows:
            promised = f"{file.metadata.num_rows:,} rows promised, {rows:,} found"
            raise _broken(promised, self.path)

    def _row_bytes(self, raw: pa.RecordBatch, first_row: int) -> AnyArray:
        """Count the bytes of each row once its text is unpacked, (n,); raise TooLarge for a long cell."""
        sizes = np.full(raw.num_rows, _NUMBER_BYTES * len(self.columns), np.int64)
        for column, cells in zip(self.columns, raw.columns, strict=True):
            if is_text(column.type):
                sizes += self._text_bytes(column, cells, first_row)
        return sizes

    def _text_bytes(self, column: ParquetColumn, cells: pa.Array, first_row: int) -> AnyArray:
        try:
            texts, codes = _distinct(cells)
        except pa.ArrowException as error:
            raise _broken(error, self.path) from None
        self._refuse_unclean(column, texts)
        lengths = _lengths(pc.binary_length(texts))[codes]
        if lengths.max(initial=0) <= self.limits.max_cell_length:
            return lengths
        characters = _lengths(pc.utf8_length(texts))[codes]
        too_long = np.flatnonzero(characters > self.limits.max_cell_length)
        if len(too_long):
            place = f'the value of column "{column.name}" in row {first_row + int(too_long[0]) + 1:,}'
            raise cell_too_long(place, self.limits, self.path)
        return lengths

    def _refuse_unclean(self, column: ParquetColumn, texts: pa.Array) -> None:
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            raise UnreadableFile(
                f'column "{column.name}" holds text that is not UTF-8: write it as UTF-8', self.path
            ) from None
        if pc.any(pc.match_substring(texts, "\0")).as_py():
            raise UnreadableFile(
                f'column "{column.name}" has a zero character in its text: take it out', self.path
            )

    def explain_long_cell(self) -> None:
        """Do nothing: a long cell in Parquet is what it is."""


def _open(source: BinaryIO, text_leaves: Sequence[int], path: Sequence[str]) -> Any:
    """Open the file, the given columns to be read as dictionaries: so a text that repeats is there once."""
    source.seek(-4, 2)
    if source.read(4) == b"PARE":
        raise UnreadableFile("the Parquet file is encrypted: save it without encryption", path)
    try:
        source.seek(0)
        file = ParquetFile(source, pre_buffer=False)
        if text_leaves:
            names = [file.schema.column(leaf).path for leaf in text_leaves]
            file = ParquetFile(
                source,
                read_dictionary=names,
                pre_buffer=False,
                buffer_size=1024**2,
                page_checksum_verification=True,
            )
        file.schema_arrow  # noqa: B018  # names that are not UTF-8 are found here
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _broken(error, path) from None
    return file


def _read(file: Any, leaves: list[int], rows: int, path: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Read columns by their place: ParquetFile.iter_batches knows them by name, which two may share."""
    groups = list(range(file.metadata.num_row_groups))
    batches = file.reader.iter_batches(rows, row_groups=groups, column_indices=leaves, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _broken(error, path) from None
        if batch is None:
            return
        if batch.num_rows:
            yield batch


def _broken(error: object, path: Sequence[str]) -> UnreadableFile:
    reason = str(error).strip().split("\n")[0][:200].rstrip(".")
    return UnreadableFile(f"the Parquet file is broken or encrypted ({reason}): write it again", path)


def _flat_columns(file: Any, path: Sequence[str]) -> list[int | None]:
    """Give for each column its place among the stored ones, None where it fits no table."""
    places: list[int | None] = []
    leaf = 0
    for field in file.schema_arrow:
        places.append(leaf if ParquetColumn.fits(field.type) else None)
        leaf += leaf_count(field.type)
    if leaf != len(file.schema):
        raise UnreadableFile("the Parquet file is broken (its two schemas differ): write it again", path)
    return places


def _left_out(field: pa.Field) -> ImportWarning:
    shown = str(field.type)
    what = "no number, text, date or truth value"
    message = f'column "{field.name[:100]}" is left out: its type, {shown[:100]}, is {what}'
    return ImportWarning(ImportWarningCode.COLUMN_LEFT_OUT, message, column=field.name, row=None, count=1)


def _refuse_bomb(file: Any, columns: int, limits: ImportLimits, path: Sequence[str]) -> None:
    """Raise TooLarge by what the footer says, and by eight bytes a cell at the least."""
    # A group's own figure: to ask a damaged footer for its columns ends the process in pyarrow 26.
    stored = sum(file.metadata.row_group(place).total_byte_size for place in range(file.num_row_groups))
    check_unpacked(max(stored, file.metadata.num_rows * columns * _NUMBER_BYTES), limits, path)


def _distinct(cells: pa.Array) -> tuple[pa.Array, AnyArray]:
    """Give the texts there are, and which of them each cell has; null is one of them."""
    if not pa.types.is_dictionary(cells.type):
        return cells, np.arange(len(cells))
    codes = np.asarray(pc.fill_null(cells.indices, -1))
    # A dictionary is a row group's, and most of it is of other rows.
    used, codes = np.unique(codes, return_inverse=True)
    has_null = bool(len(used) and used[0] < 0)
    texts = cells.dictionary.take(pa.array(used[int(has_null) :]))
    return (pa.concat_arrays([pa.nulls(1, texts.type), texts]) if has_null else texts), codes


def _lengths(lengths: pa.Array) -> AnyArray:
    return np.asarray(pc.fill_null(lengths, 0), np.int64)
