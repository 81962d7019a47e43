"""Blanks one row of a stored table, so that nobody is in it, and all rows keep their numbers."""

import json

import numpy as np
import pyarrow as pa

from domain.errors import Conflict
from domain.jobs.index_customers import index
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.storage.tables import BLANK_ROWS, StoredTable, open_current
from domain.storage.writing import table_writer
from domain.terms.arrays import Rows
from domain.terms.customers import IndexOrder
from domain.terms.jobs import Bench
from domain.terms.personal_data import ErasureOrder, ErasureOutcome
from domain.terms.training import Watch

REWRITING, INDEXING = "REWRITING", "INDEXING"


def run(bench: Bench) -> None:
    """Put a table without the row in place of the one that the order names, then the same with its index.

    Where it is begun a second time, the table may be in place already, and the index is made.
    """
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", ErasureOrder)
    table = open_current(storage, order.table_key)
    blank = np.union1d(table.blank_rows, [order.row])
    if len(blank) > len(table.blank_rows):
        _rewrite(storage, order, table, blank, bench.watch(REWRITING, 0.0, 0.8))
    bench.watch(INDEXING, 0.8, 1.0)(0.0, "writing the index")
    index(storage, IndexOrder(order.table_key, order.index_key, order.identifier))
    artifacts.dump(storage, f"{bench.folder}/outcome.json", ErasureOutcome(len(blank)))


def _rewrite(storage: Storage, order: ErasureOrder, table: StoredTable, blank: Rows, watch: Watch) -> None:
    """Write the table anew, row group by row group, with the notes that it has."""
    with table_writer(storage, order.table_key, table.schema) as writer:
        for group, rows in enumerate(table.batches()):
            start, end = table.first_row(group), table.first_row(group + 1)
            writer.write(_blanked(rows, order.row - start) if start <= order.row < end else rows)
            watch(end / table.row_count, f"wrote {end:,} rows")
        for name, value in table.notes.items():
            # The schema is written anew, and would be there twice.
            if not name.startswith(b"ARROW:"):
                writer.note(name, value)
        writer.note(BLANK_ROWS, json.dumps(blank.tolist()).encode())
        if not table.is_current():
            # Otherwise whoever was erased meanwhile would be there again.
            raise Conflict("somebody else was erased at the same moment: send the request again", ["input"])


def _blanked(rows: pa.Table, place: int) -> pa.Table:
    nothing = pa.table([pa.nulls(1, field.type) for field in rows.schema], schema=rows.schema)
    return pa.concat_tables([rows.slice(0, place), nothing, rows.slice(place + 1)])
