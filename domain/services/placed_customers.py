"""The customers of a dataset that was placed, read a page at a time."""

import asyncio

import numpy as np

from domain.services import customers
from domain.services.runtime import Runtime
from domain.services.segmentations import Segmentation
from domain.storage.assignments import AssignedRow, open_assignments
from domain.storage.files import Storage
from domain.storage.tables import open_table
from domain.terms.customers import Customer
from domain.terms.predictions import PlacedCustomer

_DIGITS = 6
"""What is kept in four bytes has so many; the rest is of the way it is kept."""


async def placed(
    runtime: Runtime, segmentation: Segmentation, segment: int | None, offset: int, limit: int
) -> list[PlacedCustomer]:
    """Read where each customer belongs, of all or of one segment, in the order of the file.

    Of a run's own customers, which have no scores, distance and runner-up are None.
    """

    def read() -> list[PlacedCustomer]:
        storage = runtime.storage
        kept = open_assignments(storage, segmentation.assignments_key, segmentation.members_key)
        found = kept.slice(offset, limit) if segment is None else kept.segment_slice(segment, offset, limit)
        people = customers.at(runtime, segmentation.dataset, [row.row for row in found])
        scores = _scores(storage, segmentation.scores_key, found)
        return [
            _placed(customer, row, *score) for customer, row, score in zip(people, found, scores, strict=True)
        ]

    return await asyncio.to_thread(read)


def _scores(storage: Storage, key: str | None, found: list[AssignedRow]) -> list[tuple[float | None, int]]:
    if key is None:
        return [(None, -1)] * len(found)
    table = open_table(storage, key).take(np.array([row.row for row in found], np.int64))
    return list(zip(table["distance"].to_pylist(), table["runner_up"].to_pylist(), strict=True))


def _placed(customer: Customer, row: AssignedRow, distance: float | None, runner_up: int) -> PlacedCustomer:
    return PlacedCustomer(
        customer=customer,
        segment=row.segment,
        unassigned=row.unassigned,
        confidence=row.confidence,
        distance=None if distance is None else float(f"{distance:.{_DIGITS}g}"),
        runner_up=runner_up if runner_up >= 0 else None,
    )
