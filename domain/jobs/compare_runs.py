"""Compares two segmentations: who went where, and how far they agree."""

import numpy as np

from domain.jobs.common_customers import common_rows
from domain.learning.judging.agreement import adjusted_rand_index, cross_table
from domain.storage import artifacts
from domain.storage.assignments import open_assignments
from domain.storage.files import Storage
from domain.storage.moved import write_moved
from domain.terms.arrays import Labels, Rows
from domain.terms.comparisons import (
    MOVED_FILE,
    ComparedRun,
    ComparisonOrder,
    MigrationCount,
    MigrationRow,
    RunAgreement,
)
from domain.terms.jobs import Bench

COMPARING = "COMPARING"


def run(bench: Bench) -> None:
    """Read who is where in both, and write who moved, and last how they agree."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", ComparisonOrder)
    watch = bench.watch(COMPARING, 0.0, 1.0)
    watch(0.0, "reading who is where")
    mine, other = _segments(storage, order.run), _segments(storage, order.other)
    watch(0.4, "finding the customers in both")
    here, there = _common(storage, order, len(mine))
    watch(0.6, "counting who went where")
    moved = np.flatnonzero(mine[here] != other[there])
    moved_key = f"{bench.folder}/{MOVED_FILE}"
    write_moved(storage, moved_key, here[moved], mine[here[moved]], other[there[moved]])
    found = _agreement(mine, other, here, there, len(moved))
    artifacts.dump(storage, f"{bench.folder}/outcome.json", found)


def _segments(storage: Storage, compared: ComparedRun) -> Labels:
    return open_assignments(storage, compared.assignments_key, compared.members_key).segments()


def _common(storage: Storage, order: ComparisonOrder, row_count: int) -> tuple[Rows, Rows]:
    run, other = order.run, order.other
    if run.table_key == other.table_key:
        rows = np.arange(row_count)
        return rows, rows
    nobody = np.empty(0, dtype=np.int64)
    both = common_rows(storage, run.table_key, run.identifier, other.table_key, other.identifier)
    return both or (nobody, nobody)


def _agreement(mine: Labels, other: Labels, here: Rows, there: Rows, moved_count: int) -> RunAgreement:
    # Sizes are of all customers; the last place is for those without a segment.
    sizes = np.bincount(np.where(mine < 0, mine.max(initial=-1) + 1, mine), minlength=int(mine.max()) + 2)
    table = np.zeros((len(sizes), int(other.max(initial=-1)) + 2), dtype=np.int64)
    common = cross_table(mine[here], other[there])
    # Of the clusters that nobody in common is in, there is no row or column; the last ones are nobody's.
    table[: len(common) - 1, : common.shape[1] - 1] = common[:-1, :-1]
    table[-1, : common.shape[1] - 1], table[: len(common) - 1, -1] = common[-1, :-1], common[:-1, -1]
    table[-1, -1] = common[-1, -1]
    known = np.unique(other[other >= 0]).tolist()
    rows = [*np.unique(mine[mine >= 0]).tolist(), -1]
    return RunAgreement(
        common_count=len(here),
        adjusted_rand_index=adjusted_rand_index(table[:-1, :-1]),
        migration=tuple(_row(index, sizes, table, known) for index in rows),
        moved_count=moved_count,
    )


def _row(index: int, sizes: Labels, table: Labels, known: list[int]) -> MigrationRow:
    counts = [MigrationCount(other, int(table[index, other])) for other in known]
    return MigrationRow(
        index=index if index >= 0 else None,
        size=int(sizes[index]),
        counts=(*counts, MigrationCount(None, int(table[index, -1]))),
        absent=int(sizes[index] - table[index].sum()),
    )
