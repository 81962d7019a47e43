"""Customers and their segments, read from the tables a page at a time."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.models import ClusteringRun, Dataset, Segment
from domain.services import trainings
from domain.services.runtime import Runtime
from domain.services.segmentations import Segmentation
from domain.storage import assignments as stored
from domain.storage import finding, indexes, tables
from domain.storage.cells import as_text, from_floats, in_one_piece, strings, truths
from domain.storage.finding import FoundRows
from domain.storage.tables import StoredTable
from domain.tables.values import conversion
from domain.terms.arrays import Rows
from domain.terms.columns import ColumnRole
from domain.terms.customers import Assignment, Customer
from domain.terms.readings import Kind

_MOST_DIGITS = 15
"""Row numbers have fewer."""


async def of_dataset(runtime: Runtime, dataset: Dataset, offset: int, limit: int) -> list[Customer]:
    """Read customers in the order of the file."""

    def read() -> list[Customer]:
        table = tables.open_table(runtime.storage, dataset.table_key)
        return _customers(dataset, table, range(offset, offset + limit), table.slice(offset, limit))

    return await asyncio.to_thread(read)


async def of_found(
    runtime: Runtime, dataset: Dataset, found: FoundRows, offset: int, limit: int
) -> list[Customer]:
    """Read a page of the customers that a search found."""
    rows = found[offset : offset + limit].astype(np.int64)
    return await asyncio.to_thread(_taken, runtime, dataset, rows)


async def of_segment(
    runtime: Runtime, run: ClusteringRun, dataset: Dataset, segment: Segment, offset: int, limit: int
) -> list[Customer]:
    """Read a segment's customers, the most typical first."""

    def read() -> list[Customer]:
        return _taken(runtime, dataset, _assignments(runtime, run).members(segment.index, offset, limit))

    return await asyncio.to_thread(read)


async def of_segmentation(
    runtime: Runtime, segmentation: Segmentation, segment: int, offset: int, limit: int
) -> list[Customer]:
    """Read a segment's customers, also of a dataset that was placed, the most typical first."""

    def read() -> list[Customer]:
        kept = stored.open_assignments(
            runtime.storage, segmentation.assignments_key, segmentation.members_key
        )
        return _taken(runtime, segmentation.dataset, kept.members(segment, offset, limit))

    return await asyncio.to_thread(read)


async def find(runtime: Runtime, dataset: Dataset, key: str) -> Customer | None:
    """Look a customer up by its key; None where there is none.

    Costs a row group of the index and one of the table.
    """

    def read() -> Customer | None:
        row = row_of(runtime, dataset, key)
        return None if row is None else _taken(runtime, dataset, np.array([row], np.int64))[0]

    return await asyncio.to_thread(read)


async def assigned(
    runtime: Runtime, run: ClusteringRun, dataset: Dataset, segment: Segment | None, offset: int, limit: int
) -> list[Assignment]:
    """Read which segment each customer is in, of all or of one segment, in the order of the file."""

    def read() -> list[Assignment]:
        kept = _assignments(runtime, run)
        table = tables.open_table(runtime.storage, dataset.table_key)
        if segment is None:
            found, page = kept.slice(offset, limit), table.slice(offset, limit)
        else:
            found = kept.segment_slice(segment.index, offset, limit)
            page = table.take(np.array([row.row for row in found], np.int64))
        customers = _customers(dataset, table, [row.row for row in found], page)
        return [
            Assignment(customer, row.segment, row.unassigned, row.confidence)
            for customer, row in zip(customers, found, strict=True)
        ]

    return await asyncio.to_thread(read)


def at(runtime: Runtime, dataset: Dataset, rows: Sequence[int]) -> list[Customer]:
    """Read the customers of 0-based rows, in their order. Blocks; costs the row groups that hold one."""
    return _taken(runtime, dataset, np.array(rows, np.int64))


def _assignments(runtime: Runtime, run: ClusteringRun) -> stored.StoredAssignments:
    return stored.open_assignments(
        runtime.storage, trainings.assignments_key(run), trainings.members_key(run)
    )


def _taken(runtime: Runtime, dataset: Dataset, rows: Rows) -> list[Customer]:
    table = tables.open_table(runtime.storage, dataset.table_key)
    return _customers(dataset, table, rows.tolist(), table.take(rows))


def _customers(dataset: Dataset, table: StoredTable, rows: Iterable[int], page: Any) -> list[Customer]:
    numeric = {column.name for column in dataset.columns if column.role is ColumnRole.NUMERIC}
    whole = {name for name, column in table.readings.items() if column.whole}
    records = tables.records(_with_numbers(table, page, numeric), whole, numeric)
    # A page behind the end is shorter than the rows asked for.
    return [
        Customer(_key(dataset, row, attributes), attributes)
        for row, attributes in zip(rows, records, strict=False)
    ]


def _key(dataset: Dataset, row: int, attributes: Mapping[str, object]) -> str:
    if dataset.identifier is None:
        return str(row + 1)
    key = attributes[dataset.identifier]
    # The identifier is complete, but for those who were erased.
    return f"erased-{row + 1}" if key is None else str(key)


def _with_numbers(table: StoredTable, page: Any, numeric: Collection[str]) -> Any:
    """Read the columns that are numbers by now, but were stored as text, as numbers."""
    for place, field in enumerate(page.schema):
        noted = table.readings.get(field.name)
        is_text = pa.types.is_string(field.type)
        if is_text and field.name in numeric and noted and noted.reading.kind is Kind.NUMBERS:
            numbers = conversion.numbers(page.column(place), noted.reading.numbers)
            page = page.set_column(place, field.name, from_floats(numbers))
    return page


def row_of(runtime: Runtime, dataset: Dataset, key: str) -> int | None:
    """Find the 0-based row of a customer by its key; None where there is none. Blocks."""
    table = tables.open_table(runtime.storage, dataset.table_key)
    index_key, identifier = dataset.index_key, dataset.identifier
    if index_key is None or identifier is None:
        return _row_numbered(table, key)
    try:
        rows = indexes.find(runtime.storage, index_key, key)
    except FileNotFoundError:
        # A dataset from before there were indexes: its column is read.
        return _row_read(table, identifier, key)
    found = table.take(np.array(rows, np.int64), [identifier])
    texts = as_text(in_one_piece(found.column(0))).to_pylist()
    return next((row for row, text in zip(rows, texts, strict=True) if text == key), None)


def _row_numbered(table: StoredTable, key: str) -> int | None:
    is_plain = key.isascii() and key.isdigit() and not key.startswith("0") and len(key) < _MOST_DIGITS
    return int(key) - 1 if is_plain and int(key) <= table.row_count else None


def _row_read(table: StoredTable, identifier: str, key: str) -> int | None:
    wanted = strings([key])
    is_key = finding.Condition(identifier, lambda cells: truths(pc.is_in(as_text(cells), value_set=wanted)))
    return next(iter(finding.matching(table, [is_key]).tolist()), None)
