"""Looks at the beginning of an uploaded file, and keeps nothing of it."""

from domain.jobs import sources
from domain.jobs.import_dataset import FILE_PATH
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.storage.tables import records
from domain.tables.files.opening import open_source
from domain.tables.planning import Wishes
from domain.tables.previewing import look_at_first_rows
from domain.terms.columns import ColumnRole
from domain.terms.imports import PreviewOrder, TablePreview
from domain.terms.jobs import Bench

OPENING, READING = "OPENING", "READING"


def run(bench: Bench) -> None:
    """Read the first rows of what the order names, and write what they tell."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", PreviewOrder)
    with sources.opened(storage, order.source_key) as file:
        opening = bench.watch(OPENING, 0.0, 0.5)
        source = open_source(file, order.options, order.limits, opening, FILE_PATH)
        wishes = Wishes(order.overrides, order.options)
        look = look_at_first_rows(source, wishes, order.limits, FILE_PATH, bench.watch(READING, 0.5, 1.0))
    numeric = {column.name for column in look.columns if column.role is ColumnRole.NUMERIC}
    rows = records(look.table.slice(0, order.rows), look.whole, numeric)
    preview = TablePreview(tuple(rows), look.columns, look.report, look.row_count, look.complete)
    artifacts.dump(storage, f"{bench.folder}/outcome.json", preview)
