"""Puts a table that is imported into the storage, and reads it back from there."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

import pyarrow as pa

from domain.jobs.index_customers import index
from domain.storage.files import Storage
from domain.storage.tables import open_table
from domain.storage.writing import TableWriter, table_writer
from domain.terms.customers import IndexOrder


class StorageShelf:
    """A table in the storage, and the index by which its customers are found. Use it in `with`.

    The index is begun in a thread of its own while other columns are still looked at.
    """

    def __init__(self, storage: Storage, table_key: str, index_key: str) -> None:
        self._storage, self._table_key, self._index_key = storage, table_key, index_key
        self._thread = ThreadPoolExecutor(1, "index")
        self._begun: tuple[str, Future[None]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def writing(self, schema: pa.Schema) -> AbstractContextManager[TableWriter]:
        """Write the table, in place of any that is there, of which the index is of no more use."""
        self._waited()
        return table_writer(self._storage, self._table_key, schema)

    def cells(self, name: str) -> Iterator[pa.Array]:
        """Read a column, row group by row group."""
        for group in open_table(self._storage, self._table_key).batches([name], coded=True):
            yield from group.column(0).chunks

    def expect_key(self, name: str) -> None:
        """Begin the index of a column."""
        order = IndexOrder(self._table_key, self._index_key, name)
        self._begun = name, self._thread.submit(index, self._storage, order)

    def settle_key(self, name: str | None) -> None:
        """Have the index of this column and of no other; None for no index at all."""
        indexed = self._waited()
        if name is None:
            self._storage.delete(self._index_key)
        elif name != indexed:
            index(self._storage, IndexOrder(self._table_key, self._index_key, name))

    def _waited(self) -> str | None:
        """Wait for an index that was begun, and name its column."""
        if self._begun is None:
            return None
        (name, written), self._begun = self._begun, None
        written.result()
        return name
