"""Customer tables as Parquet files: pages, lookups, columns.

Rows are in groups of 16,384. A page is read from the one or two groups it lies in, so
page 75,000 costs what the first costs: time for one group of the columns asked for,
whatever the size of the table. Every function blocks: call them in a thread.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.storage.files import Storage
from domain.storage.footers import FOOTERS, Footer, footer_of
from domain.terms.arrays import Rows

ROW_GROUP_SIZE = 16_384


def write_table(storage: Storage, key: str, table: pa.Table) -> None:
    """Write a table as a Parquet file; it is there whole or not at all."""
    with storage.open_output(key) as output:
        pq.write_table(table, output, row_group_size=ROW_GROUP_SIZE, compression="zstd")


def open_table(storage: Storage, key: str) -> "StoredTable":
    """Open a Parquet file; raises FileNotFoundError. Its footer is kept for the next time."""
    footer = FOOTERS.get(storage.url, key)
    if footer is None:
        with storage.open_input(key) as source:
            footer = footer_of(pq.ParquetFile(source).metadata)
        FOOTERS.keep(storage.url, key, footer)
    return StoredTable(storage, key, footer)


class StoredTable:
    """A table in a Parquet file. It holds no file open; any thread may use it."""

    def __init__(self, storage: Storage, key: str, footer: Footer) -> None:
        self._storage, self._key, self._footer = storage, key, footer

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return int(self._footer.starts[-1])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the file."""
        return tuple(self._schema.names)

    @property
    def notes(self) -> dict[bytes, bytes]:
        """What was noted in the file when it was written."""
        return dict(self._footer.metadata.metadata or {})

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
        groups = self._groups_of(rows)
        order = np.argsort(groups, kind="stable")
        parts = []
        for group in np.unique(groups).tolist():
            places = order[slice(*np.searchsorted(groups[order], [group, group + 1]))]
            within = rows[places] - self._footer.starts[group]
            parts.append(self._read([group], columns).take(_indices(within)))
        back = np.empty(len(rows), np.int64)
        back[order] = np.arange(len(rows))
        return pa.concat_tables(parts).take(_indices(back))

    def column(self, name: str) -> pa.ChunkedArray:
        """Read a whole column; raises KeyError."""
        return self.read([name]).column(0)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the whole table, or some columns of it; raises KeyError."""
        if not self.row_count:
            return self._empty(columns)
        return self._read(range(self._footer.metadata.num_row_groups), columns)

    @property
    def _schema(self) -> pa.Schema:
        return self._footer.metadata.schema.to_arrow_schema()

    def _empty(self, columns: Sequence[str] | None) -> pa.Table:
        table = self._schema.empty_table()
        return table if columns is None else table.select(list(columns))

    def _groups_of(self, rows: Rows) -> Rows:
        return np.searchsorted(self._footer.starts, rows, side="right") - 1

    def _read(self, groups: Sequence[int], columns: Sequence[str] | None) -> pa.Table:
        with self._storage.open_input(self._key) as source:
            file = pq.ParquetFile(source, metadata=self._footer.metadata)
            names = None if columns is None else list(columns)
            # A page is too little work for several threads; many pages are asked for at once.
            table = file.read_row_groups(list(groups), columns=names, use_threads=len(groups) > 2)
        # A dot in a name is a path to Parquet: asked for "a", it gives "a.b" too.
        return table if names is None else table.select(names)


def records(table: pa.Table) -> list[dict[str, Any]]:
    """Give the rows as dictionaries: column to number or text, None where missing."""
    return list(table.to_pylist())


def _indices(rows: Rows) -> pa.Array:
    # pa.array would import pandas, which a server does without.
    return pa.Array.from_buffers(
        pa.int64(), len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows, np.int64))]
    )
