"""Key indexes: in which rows of a table a text stands, found without reading the table.

An index is a Parquet file of one column, sorted: in each entry the upper bits are
those of the text's hash and the lower ones, as many as the largest row number has, are the row.
A search reads one row group, which the smallest and largest entries in the footer tell.
Who finds rows must compare their cells: texts may share the bits that are kept.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from domain.storage.cells import as_text, in_one_piece, strings
from domain.storage.files import Storage
from domain.storage.tables import StoredTable, open_table
from domain.storage.writing import table_writer
from domain.terms.arrays import AnyArray, Rows
from domain.terms.texts import Hashes, hash_text

_SCHEMA = pa.schema({"entry": pa.uint64()})
_ROW_BITS = b"row_bits"
_PARTITION = 1 << 20
"""About so many entries are sorted at a time."""

_NONE: Rows = np.empty(0, np.int64)

_COMPARED = 64
"""So many pairs of rows are compared at a time."""


def write_index(storage: Storage, index_key: str, hashes: Hashes, blank: Rows = _NONE) -> None:
    """Write the index of a column, of the hash of each row's text, (n_rows,), but of no `blank` row.

    Besides the hashes, memory is for a partition of them: those that begin with the same bits.
    """
    row_bits = np.uint64(max(1, len(hashes) - 1).bit_length())
    shift = max(0, (len(hashes) - 1) // _PARTITION).bit_length()
    with table_writer(storage, index_key, _SCHEMA) as writer:
        writer.note(_ROW_BITS, str(row_bits).encode())
        for partition in range(1 << shift):
            parts = _entries(hashes, partition, shift, row_bits, blank)
            entries = [part for part in parts if len(part)]
            if entries:
                writer.write(_batch(np.sort(np.concatenate(entries))))


def find(storage: Storage, index_key: str, text: str) -> list[int]:
    """Give the rows, ascending, that may have this text; raises FileNotFoundError. Costs a row group."""
    index = open_table(storage, index_key)
    row_bits = int(index.notes[_ROW_BITS])
    first = int(hash_text(strings([text]))[0]) >> row_bits << row_bits
    last = first | (1 << row_bits) - 1
    entries = np.concatenate([np.empty(0, np.uint64), *_between(index, first, last)])
    low, high = np.searchsorted(entries, np.array([first, last], np.uint64))
    return [int(entry) - first for entry in entries[low : high + 1] if entry <= last]


def is_unique(storage: Storage, index_key: str, table: StoredTable, column: str) -> bool:
    """Tell whether no two rows of the column have the same text; missing cells are the same too.

    Exact: rows that share a hash are compared.
    """
    for pairs in _clashes(open_table(storage, index_key)):
        for start in range(0, len(pairs), _COMPARED):
            some = pairs[start : start + _COMPARED]
            found = table.take(some.ravel(), [column]).column(0)
            texts = as_text(in_one_piece(found)).to_pylist()
            if any(one == other for one, other in zip(texts[::2], texts[1::2], strict=True)):
                return False
    return True


def _entries(
    hashes: Hashes, partition: int, shift: int, row_bits: np.uint64, blank: Rows
) -> Iterator[Hashes]:
    """Make the entries of the hashes whose first bits, `shift` of them, are the partition's number."""
    for start in range(0, len(hashes), _PARTITION):
        block = hashes[start : start + _PARTITION]
        if shift:
            within = np.flatnonzero(block >> np.uint64(64 - shift) == partition)
            kept, rows = block[within], within.astype(np.uint64)
        else:
            kept, rows = block, np.arange(len(block), dtype=np.uint64)
        if len(blank):
            named = np.isin(rows, (blank - start).astype(np.uint64), invert=True)
            kept, rows = kept[named], rows[named]
        yield (kept >> row_bits << row_bits) | (rows + np.uint64(start))


def _between(index: StoredTable, first: int, last: int) -> Iterator[Hashes]:
    """Read the row groups that entries from `first` to `last` may be in."""
    low, high = 0, index.group_count
    while low < high:
        middle = (low + high) // 2
        if _bounds(index, middle)[1] < first:
            low = middle + 1
        else:
            high = middle
    while low < index.group_count and _bounds(index, low)[0] <= last:
        yield _hashes(index.group(low))
        low += 1


def _bounds(index: StoredTable, group: int) -> tuple[int, int]:
    bounds = index.bounds(group, "entry")
    if bounds is None:
        raise ValueError("a row group of an index does not tell its smallest and largest entry")
    return bounds


def _clashes(index: StoredTable) -> Iterator[Rows]:
    """Give the pairs of rows that stand side by side in the index and share the bits kept, (n_pairs, 2)."""
    row_bits = np.uint64(int(index.notes[_ROW_BITS]))
    mask = (np.uint64(1) << row_bits) - np.uint64(1)
    before = np.empty(0, np.uint64)
    for group in index.batches():
        entries = np.concatenate([before, _hashes(group)])
        same = np.flatnonzero(entries[1:] >> row_bits == entries[:-1] >> row_bits)
        yield (np.stack([entries[same], entries[same + 1]], axis=1) & mask).astype(np.int64)
        before = entries[-1:]


def _batch(entries: Hashes) -> pa.RecordBatch:
    cells = pa.Array.from_buffers(pa.uint64(), len(entries), [None, pa.py_buffer(entries)])
    return pa.RecordBatch.from_arrays([cells], schema=_SCHEMA)


def _hashes(group: pa.Table) -> AnyArray:
    cells = in_one_piece(group.column(0))
    return np.frombuffer(cells.buffers()[1], np.uint64)[cells.offset : cells.offset + len(cells)]
