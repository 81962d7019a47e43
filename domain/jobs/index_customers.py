"""Makes a column of a stored table the one that customers are found by."""

import numpy as np

from domain.storage import artifacts, indexes
from domain.storage.cells import as_text, in_one_piece
from domain.storage.files import Storage
from domain.storage.tables import StoredTable, open_current
from domain.terms.customers import IndexOrder, IndexOutcome
from domain.terms.jobs import Bench
from domain.terms.texts import Hashes, hash_text
from domain.terms.training import Watch

HASHING, WRITING = "HASHING", "WRITING"


def run(bench: Bench) -> None:
    """Write the index that the order names, and then whether it tells customers apart.

    There is no index of a column that does not.
    """
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", IndexOrder)
    table = open_current(storage, order.table_key)
    hashes = _hashes(table, order.column, bench.watch(HASHING, 0.0, 0.8))
    bench.watch(WRITING, 0.8, 1.0)(0.0, "writing the index")
    unique = hashes is not None and _indexed(storage, order, table, hashes)
    artifacts.dump(storage, f"{bench.folder}/outcome.json", IndexOutcome(unique))


def index(storage: Storage, order: IndexOrder) -> None:
    """Write the index of a column that is known to tell customers apart."""
    table = open_current(storage, order.table_key)
    hashes = _hashes(table, order.column, lambda *_: None)
    if hashes is not None:
        indexes.write_index(storage, order.index_key, hashes, table.blank_rows)


def _hashes(table: StoredTable, column: str, watch: Watch) -> Hashes | None:
    """Hash the column's cells, (n_rows,); None where one is missing, blank rows aside."""
    hashes = np.empty(table.row_count, np.uint64)
    blank = table.blank_rows
    for group, read in enumerate(table.batches([column])):
        cells = as_text(in_one_piece(read.column(0)))
        start, end = table.first_row(group), table.first_row(group + 1)
        if cells.null_count > np.count_nonzero((blank >= start) & (blank < end)):
            return None
        hashes[start:end] = hash_text(cells)
        watch(end / table.row_count, f"read {end:,} rows")
    return hashes


def _indexed(storage: Storage, order: IndexOrder, table: StoredTable, hashes: Hashes) -> bool:
    indexes.write_index(storage, order.index_key, hashes, table.blank_rows)
    unique = indexes.is_unique(storage, order.index_key, table, order.column)
    if not unique:
        storage.delete(order.index_key)
    return unique
