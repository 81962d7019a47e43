"""Reads an uploaded file into a stored table."""

import io

from domain.storage import artifacts, tables
from domain.storage.files import Storage
from domain.tables.importing import import_table
from domain.terms.imports import ImportOrder
from domain.terms.jobs import Bench

READING, WRITING = "READING", "WRITING"


def run(bench: Bench) -> None:
    """Read what the order names, write the table, and then the outcome."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", ImportOrder)
    # pyarrow's own files can't be read by the line.
    with io.BufferedReader(storage.open_input(order.source_key)) as source:
        imported = import_table(
            source, order.format, order.overrides, order.limits, bench.watch(READING, 0.0, 0.8)
        )
    bench.watch(WRITING, 0.8, 1.0)(0.0, "writing the table")
    tables.write_table(storage, order.table_key, imported.table)
    artifacts.dump(storage, f"{bench.folder}/outcome.json", imported.outcome)
