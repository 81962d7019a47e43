"""Puts a table that is imported into the storage, and reads it back from there."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pyarrow as pa

from domain.storage.files import Storage
from domain.storage.tables import open_table
from domain.storage.writing import TableWriter, table_writer


class StorageShelf:
    """A table in the storage, under its key."""

    def __init__(self, storage: Storage, key: str) -> None:
        self._storage, self._key = storage, key

    def writing(self, schema: pa.Schema) -> AbstractContextManager[TableWriter]:
        """Write the table, in place of any that is there."""
        return table_writer(self._storage, self._key, schema)

    def cells(self, name: str) -> Iterator[pa.Array]:
        """Read a column, row group by row group."""
        for group in open_table(self._storage, self._key).batches([name], coded=True):
            yield from group.column(0).chunks
