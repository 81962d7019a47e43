"""Reads an uploaded file into a stored table."""

from functools import partial

from domain.jobs import sources
from domain.jobs.shelves import StorageShelf
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.tables.files.opening import open_source
from domain.tables.files.records import open_records
from domain.tables.importing import TableImport, import_table
from domain.tables.planning import Wishes
from domain.terms.imports import ImportOrder
from domain.terms.jobs import Bench

OPENING, READING = "OPENING", "READING"
FILE_PATH, RECORDS_PATH = ("input", "file"), ("input", "customers")


def run(bench: Bench) -> None:
    """Read what the order names, write the table and its index, and then the outcome."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", ImportOrder)
    with sources.opened(storage, order.source_key) as file:
        opening, path = bench.watch(OPENING, 0.0, 0.1), RECORDS_PATH if order.records else FILE_PATH
        open_it = partial(open_records, by_place=True) if order.records else open_source
        source = open_it(file, order.options, order.limits, opening, path)
        wishes = Wishes(order.overrides, order.options)
        with StorageShelf(storage, order.table_key, order.index_key) as shelf:
            work = TableImport(source, wishes, order.limits, shelf, path)
            outcome = import_table(work, bench.watch(READING, 0.1, 1.0))
            shelf.settle_key(outcome.identifier)
    artifacts.dump(storage, f"{bench.folder}/outcome.json", outcome)
