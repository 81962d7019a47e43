"""Customers and their segments, read from the tables a page at a time."""

import asyncio
from collections.abc import Iterable
from typing import Any

import numpy as np

from domain.models import ClusteringRun, Dataset, Segment
from domain.services import trainings
from domain.services.runtime import Runtime
from domain.storage import assignments as stored
from domain.storage import tables
from domain.terms.customers import Assignment, Customer


async def of_dataset(runtime: Runtime, dataset: Dataset, offset: int, limit: int) -> list[Customer]:
    """Read customers in the order of the file."""

    def read() -> list[Customer]:
        page = tables.open_table(runtime.storage, dataset.table_key).slice(offset, limit)
        return _customers(dataset, range(offset, offset + limit), page)

    return await asyncio.to_thread(read)


async def of_segment(
    runtime: Runtime, run: ClusteringRun, dataset: Dataset, segment: Segment, offset: int, limit: int
) -> list[Customer]:
    """Read a segment's customers, the most typical first."""

    def read() -> list[Customer]:
        rows = _assignments(runtime, run).members(segment.index, offset, limit)
        page = tables.open_table(runtime.storage, dataset.table_key).take(rows)
        return _customers(dataset, rows.tolist(), page)

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
        customers = _customers(dataset, [row.row for row in found], page)
        return [
            Assignment(customer, row.segment, row.unassigned, row.confidence)
            for customer, row in zip(customers, found, strict=True)
        ]

    return await asyncio.to_thread(read)


def _assignments(runtime: Runtime, run: ClusteringRun) -> stored.StoredAssignments:
    return stored.open_assignments(
        runtime.storage, trainings.assignments_key(run), trainings.members_key(run)
    )


def _customers(dataset: Dataset, rows: Iterable[int], page: Any) -> list[Customer]:
    # A page behind the end is shorter than the rows asked for.
    return [
        Customer(str(attributes[dataset.identifier] if dataset.identifier else row + 1), attributes)
        for row, attributes in zip(rows, tables.records(page), strict=False)
    ]
