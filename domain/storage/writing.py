"""Writing customer tables as Parquet files, batch by batch."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from domain.storage.files import Storage

ROW_GROUP_SIZE = 16_384

_SAMPLE = 4_096
"""So many first cells of a column tell whether its values repeat."""


@contextmanager
def table_writer(storage: Storage, key: str, schema: pa.Schema) -> Iterator["TableWriter"]:
    """Write a table as it comes; it is there when the block ends well, whole, and not at all otherwise."""
    with storage.open_output(key) as output, TableWriter(output, schema) as writer:
        yield writer


def write_table(storage: Storage, key: str, table: pa.Table) -> None:
    """Write a table that is in memory; it is there whole or not at all."""
    with table_writer(storage, key, table.schema) as writer:
        writer.write(table)


class TableWriter:
    """Makes row groups of 16,384 rows of batches of any size; the last group may be shorter.

    Groups are encoded in a thread of their own, one behind the caller: in memory are the
    group that is filled and the one that is encoded. Use it in `with`.
    """

    def __init__(self, output: pa.NativeFile, schema: pa.Schema) -> None:
        self._output, self._schema = output, schema
        self._filling: list[pa.Table] = []
        self._filled = 0
        self._notes: dict[bytes, bytes] = {}
        self._file: pq.ParquetWriter | None = None
        self._thread = ThreadPoolExecutor(1, "parquet")
        self._encoding: Future[None] | None = None

    def write(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows; raises ValueError where they have other columns, and what befell earlier ones."""
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        if not table.schema.equals(self._schema):
            raise ValueError(
                f"the table has the columns {self._schema.names}, these are {table.schema.names}"
            )
        start = 0
        while start < table.num_rows:
            part = table.slice(start, ROW_GROUP_SIZE - self._filled)
            start += part.num_rows
            self._filling.append(part)
            self._filled += part.num_rows
            if self._filled == ROW_GROUP_SIZE:
                self._hand_over()

    def note(self, name: bytes, value: bytes) -> None:
        """Note something in the file, to be read as `StoredTable.notes`; the last value of a name counts."""
        self._notes[name] = value

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._thread.shutdown()
            # Otherwise it would write to the closed stream when it is collected.
            if self._file is not None:
                self._file.close()

    def _hand_over(self) -> None:
        """Let the thread encode what was filled, when it is done with the group before."""
        # One copy: the group lets go of the batches it is cut from, and encodes faster in one piece.
        group = pa.concat_tables(self._filling).combine_chunks()
        self._filling, self._filled = [], 0
        if self._encoding is not None:
            self._encoding.result()
        self._encoding = self._thread.submit(self._encode, group)

    def _encode(self, group: pa.Table) -> None:
        if self._file is None:
            self._file = _parquet(self._output, self._schema, group)
        self._file.write_table(group, row_group_size=ROW_GROUP_SIZE)

    def _finish(self) -> None:
        if self._filling:
            self._hand_over()
        if self._encoding is not None:
            self._encoding.result()
        if self._file is None:
            self._file = _parquet(self._output, self._schema, self._schema.empty_table())
        self._file.add_key_value_metadata(self._notes)


def _parquet(output: pa.NativeFile, schema: pa.Schema, first: pa.Table) -> pq.ParquetWriter:
    """Open a file for groups such as the first one.

    A dictionary of values that hardly repeat costs time and saves nothing; the smallest
    and largest text of a group cost a tenth of the time, and no search asks for them.
    """
    repeating = [name for name in schema.names if _repeats(first.column(name))]
    measured = [field.name for field in schema if not _is_text(field.type)]
    return pq.ParquetWriter(
        output,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeating or False,
        write_statistics=measured or False,
        # So that a page which was changed since is refused when it is read.
        write_page_checksum=True,
    )


def _repeats(column: pa.ChunkedArray) -> bool:
    sample = column.slice(0, _SAMPLE)
    return 2 * len(sample.unique()) <= len(sample)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))
