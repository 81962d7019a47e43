"""Customer tables as Parquet files: pages, lookups, columns.

Rows are in groups of 16,384. A page is read from the one or two groups it lies in, so
page 75,000 costs what the first costs: time for one group of the columns asked for,
whatever the size of the table. Every function blocks: call them in a thread.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.errors import DamagedFile
from domain.storage.cells import indices
from domain.storage.files import Storage, Version
from domain.storage.footers import FOOTERS, Footer, footer_of
from domain.terms.arrays import Rows
from domain.terms.readings import READINGS, StoredColumn, noted
from domain.terms.texts import number_text

BLANK_ROWS = b"blank_rows"
"""The note in a table that lists, as JSON, the rows of people who were erased."""

_UNREADABLE = (OSError, ValueError, pa.ArrowException)
"""What comes of reading a file that is damaged."""

_GROUPS_AT_ONCE = 8
"""So many row groups are in memory while rows of many groups are taken."""


def open_table(storage: Storage, key: str) -> "StoredTable":
    """Open a Parquet file; raises FileNotFoundError. Its footer is kept for the next time."""
    footer = FOOTERS.get(storage.url, key)
    if footer is None:
        source, version = storage.open_version(key)
        with source:
            footer = _footer(storage, key, source, version)
    return StoredTable(storage, key, footer)


def open_current(storage: Storage, key: str) -> "StoredTable":
    """Open a Parquet file as it is now, whoever has replaced it; raises FileNotFoundError.

    Costs a look at the file.
    """
    table = open_table(storage, key)
    return table if table.is_current() else open_current(storage, key)


def _footer(storage: Storage, key: str, source: pa.NativeFile, version: Version) -> Footer:
    try:
        footer = footer_of(pq.ParquetFile(source).metadata, version)
    except _UNREADABLE as error:
        _check_damaged(key, error)
        raise
    FOOTERS.keep(storage.url, key, footer)
    return footer


def _check_damaged(key: str, error: Exception) -> None:
    """Raise DamagedFile for a file that makes no sense; not where it is gone, or the system can't read it."""
    if isinstance(error, OSError) and (error.errno is not None or isinstance(error, FileNotFoundError)):
        return
    raise DamagedFile(
        f'the stored file "{key}" was changed since it was written, or its disk fails: have it restored '
        "from a backup, or delete what it belongs to"
    ) from error


class StoredTable:
    """A table in a Parquet file. It holds no file open; any thread may use it.

    The file may be replaced meanwhile by one of the same columns and rows, in which some
    rows are blank: what is read from then on is as it is now.
    """

    def __init__(self, storage: Storage, key: str, footer: Footer) -> None:
        self._storage, self._key, self._footer = storage, key, footer

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return int(self._footer.starts[-1])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        return tuple(self.schema.names)

    @property
    def schema(self) -> pa.Schema:
        """The columns' names and types."""
        return self._footer.metadata.schema.to_arrow_schema()

    @property
    def readings(self) -> dict[str, StoredColumn]:
        """How the columns were read, by name; none in a table from before that was noted."""
        return noted(self.notes.get(READINGS))

    @property
    def notes(self) -> dict[bytes, bytes]:
        """What was noted in the file when it was written."""
        return dict(self._footer.metadata.metadata or {})

    @property
    def version(self) -> Version:
        """Which content of its key this is, as far as it was read."""
        return self._footer.version

    @property
    def blank_rows(self) -> Rows:
        """The rows that were blanked since the import, ascending."""
        return np.array(json.loads(self.notes.get(BLANK_ROWS, b"[]")), np.int64)

    def is_current(self) -> bool:
        """Look whether this is still what is in the file; raises FileNotFoundError."""
        if self._storage.version(self._key) == self._footer.version:
            return True
        FOOTERS.forget(self._storage.url, self._key)
        return False

    def slice(self, offset: int, length: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Read up to `length` rows from row `offset` on; behind the end there are none.

        Costs the row groups that the slice touches, and of them the columns named.
        """
        if offset < 0 or length < 0:
            raise ValueError(f"a slice begins at 0 or later and has no negative length: {offset}, {length}")
        end = min(offset + length, self.row_count)
        if offset >= end:
            return self._empty(columns)
        first, last = self._groups_of(np.array([offset, end - 1], np.int64)).tolist()
        rows = self._read(range(first, last + 1), columns)
        return rows.slice(offset - int(self._footer.starts[first]), end - offset)

    def take(self, rows: Rows, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the given rows, in the given order; a row may come more than once.

        Costs the row groups that hold a row, each once. Raises IndexError.
        """
        if not len(rows):
            return self._empty(columns)
        if rows.min() < 0 or rows.max() >= self.row_count:
            raise IndexError(f"the table has rows 0 to {self.row_count - 1}")
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        groups = self._groups_of(ascending)
        touched, parts = np.unique(groups), []
        starts = range(0, len(touched), _GROUPS_AT_ONCE)
        some_groups = [touched[start : start + _GROUPS_AT_ONCE] for start in starts]
        # Of text that repeats itself, the codes are read and only the rows taken are spelled out.
        reading = self._read_each([some.tolist() for some in some_groups], columns, coded=True)
        for some, read in zip(some_groups, reading, strict=True):
            low, high = np.searchsorted(groups, [some[0], some[-1] + 1])
            taken = read.take(indices(self._places(ascending[low:high], some)))
            parts.append(taken.cast(self._part_of_schema(columns)))
        back = np.empty(len(rows), np.int64)
        back[order] = np.arange(len(rows))
        return pa.concat_tables(parts).take(indices(back))

    def column(self, name: str) -> pa.ChunkedArray:
        """Read a whole column; raises KeyError."""
        return self.read([name]).column(0)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the whole table, or some columns of it; raises KeyError."""
        if not self.row_count:
            return self._empty(columns)
        return self._read(range(self._footer.metadata.num_row_groups), columns)

    def batches(self, columns: Sequence[str] | None = None, *, coded: bool = False) -> Iterator[pa.Table]:
        """Read some columns, or all, row group by row group.

        With `coded`, text that repeats comes as dictionaries, as it is stored, which is faster.
        """
        return self._read_each([[group] for group in range(self.group_count)], columns, coded=coded)

    @property
    def group_count(self) -> int:
        """The number of row groups."""
        return int(self._footer.metadata.num_row_groups)

    def first_row(self, group: int) -> int:
        """Give the number of a group's first row; for the group behind the last, the number of rows."""
        return int(self._footer.starts[group])

    def group(self, group: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a row group."""
        return self._read([group], columns)

    def bounds(self, group: int, column: str) -> tuple[Any, Any] | None:
        """Give the smallest and the largest value of a group's column, None where that was not noted.

        Costs nothing; numbers have it, text has not. Raises ValueError for an unknown column.
        """
        return self._footer.bounds(group, self.column_names.index(column))

    def _empty(self, columns: Sequence[str] | None) -> pa.Table:
        return self._part_of_schema(columns).empty_table()

    def _part_of_schema(self, columns: Sequence[str] | None) -> pa.Schema:
        if columns is None:
            return self.schema
        return pa.schema([self.schema.field(name) for name in columns], self.schema.metadata)

    def _places(self, rows: Rows, groups: Rows) -> Rows:
        """Tell where rows are in a table of these groups, one behind the other."""
        starts, ends = self._footer.starts[groups], self._footer.starts[groups + 1]
        shifts = np.cumsum(ends - starts) - ends
        return rows + shifts[np.searchsorted(groups, self._groups_of(rows))]

    def _groups_of(self, rows: Rows) -> Rows:
        return np.searchsorted(self._footer.starts, rows, side="right") - 1

    def _read_each(
        self, parts: Sequence[Sequence[int]], columns: Sequence[str] | None, *, coded: bool = False
    ) -> Iterator[pa.Table]:
        """Read parts of the table, each of some row groups, from a file that may be replaced meanwhile.

        Raises DamagedFile, and OSError where the system can't read it.
        """
        place = 0
        seen: Version = None
        while place < len(parts):
            try:
                with self._opened(coded=coded) as file:
                    while place < len(parts):
                        read = _read(file, parts[place], columns)
                        place += 1
                        yield read
            except (*_UNREADABLE, DamagedFile) as error:
                # A folder's open file stays what it was; a bucket's becomes the new one at once,
                # where the old footer leads astray. One that is new and can't be read is damaged.
                if self.is_current() or self._storage.version(self._key) == seen:
                    _check_damaged(self._key, error)
                    raise
                seen = self._storage.version(self._key)

    @contextmanager
    def _opened(self, *, coded: bool = False) -> Iterator[pq.ParquetFile]:
        """Open the file; with `coded`, of text that repeats the dictionaries are kept."""
        source, version = self._storage.open_version(self._key)
        with source:
            if version != self._footer.version:
                self._footer = _footer(self._storage, self._key, source, version)
            footer = self._footer
            kept = list(footer.repeating) if coded else []
            yield pq.ParquetFile(
                source, metadata=footer.metadata, read_dictionary=kept, page_checksum_verification=True
            )

    def _read(self, groups: Sequence[int], columns: Sequence[str] | None) -> pa.Table:
        return next(self._read_each([groups], columns))


def records(
    table: pa.Table, whole: Collection[str] = (), numeric: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Give the rows as dictionaries: column to number or text, None where missing.

    Columns named in `whole` hold whole numbers, whatever type they have. Numbers of
    columns that are not in `numeric` become text; None leaves all numbers numbers.
    """
    names = table.column_names
    columns = [
        _values(table.column(name), name in whole, numeric is None or name in numeric) for name in names
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray, is_whole: bool, as_numbers: bool) -> list[Any]:
    cells = column.to_pylist()
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return list(cells)
    if not as_numbers:
        return [None if cell is None else number_text(cell) for cell in cells]
    return [None if cell is None else int(cell) for cell in cells] if is_whole else list(cells)


def _read(file: pq.ParquetFile, groups: Sequence[int], columns: Sequence[str] | None) -> pa.Table:
    names = None if columns is None else list(columns)
    # A page is too little work for several threads; many pages are asked for at once.
    table = file.read_row_groups(list(groups), columns=names, use_threads=len(groups) > 2)
    # A dot in a name is a path to Parquet: asked for "a", it gives "a.b" too.
    return table if names is None else table.select(names)
