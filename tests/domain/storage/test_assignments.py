"""The two files of a run: pages in the order of the dataset, and segment by segment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.storage.assignments import (
    AssignedRow,
    Assignments,
    StoredAssignments,
    open_assignments,
    write_assignments,
)
from domain.storage.files import Storage
from domain.terms.segments import UnassignedReason

FOUND = Assignments(
    segments=np.array([1, 0, -1, 1, 0, 1, -1]),
    confidence=np.array([0.9, 0.8, 0, 0.7, 0.6, 0.5, 0]),
    typicality=np.array([-2.0, -1.0, 0.0, -1.0, -1.0, -3.0, 9.0]),
    unassigned={UnassignedReason.NOISE: np.array([2]), UnassignedReason.OUTLIER: np.array([6])},
)


def stored(storage: Storage, found: Assignments = FOUND) -> StoredAssignments:
    write_assignments(storage, "runs/1/assignments.parquet", "runs/1/members.parquet", found)
    return open_assignments(storage, "runs/1/assignments.parquet", "runs/1/members.parquet")


def test_a_page_is_in_the_order_of_the_dataset(storage: Storage) -> None:
    assignments = stored(storage)
    assert assignments.row_count == 7
    assert assignments.slice(1, 3) == [
        AssignedRow(1, 0, None, 0.8),
        AssignedRow(2, None, UnassignedReason.NOISE, 0),
        AssignedRow(3, 1, None, 0.7),
    ]
    assert assignments.slice(6, 5) == [AssignedRow(6, None, UnassignedReason.OUTLIER, 0)]
    assert assignments.slice(7, 5) == []
    assert assignments.take(np.array([3, 1, 3])) == [
        AssignedRow(3, 1, None, 0.7),
        AssignedRow(1, 0, None, 0.8),
        AssignedRow(3, 1, None, 0.7),
    ]
    assert assignments.segments().tolist() == FOUND.segments.tolist()


def test_a_segment_is_paged_most_typical_first_and_ties_by_row(folder_storage: Storage) -> None:
    assignments = stored(folder_storage)
    assert assignments.members(1, 0, 10).tolist() == [3, 0, 5]
    assert assignments.members(1, 1, 1).tolist() == [0]
    assert assignments.members(0, 0, 10).tolist() == [1, 4]
    assert assignments.members(1, 3, 10).tolist() == []


def test_a_segment_is_paged_in_the_order_of_the_dataset_too(folder_storage: Storage) -> None:
    assignments = stored(folder_storage)
    assert assignments.segment_rows(1, 0, 10).tolist() == [0, 3, 5]
    assert assignments.segment_slice(1, 1, 2) == [AssignedRow(3, 1, None, 0.7), AssignedRow(5, 1, None, 0.5)]
    assert assignments.segment_rows(0, 1, 10).tolist() == [4]


def test_a_segment_that_is_not_there_is_empty(folder_storage: Storage) -> None:
    assignments = stored(folder_storage)
    assert [assignments.segment_size(segment) for segment in (0, 1, 2)] == [2, 3, 0]
    assert assignments.members(2, 0, 10).tolist() == []
    assert assignments.segment_slice(2, 0, 10) == []


def test_a_run_in_which_nobody_has_a_segment_is_stored(folder_storage: Storage) -> None:
    nobody = Assignments(
        np.array([-1, -1]), np.zeros(2), np.zeros(2), {UnassignedReason.MISSING_VALUES: np.array([0, 1])}
    )
    assignments = stored(folder_storage, nobody)
    assert assignments.slice(1, 1) == [AssignedRow(1, None, UnassignedReason.MISSING_VALUES, 0)]
    assert assignments.segment_size(0) == 0


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(0, 2**32), st.integers(1, 9))
def test_pages_put_together_are_the_segments(
    tmp_path_factory: pytest.TempPathFactory, labels: list[int], seed: int, page: int
) -> None:
    segments = np.array(labels)
    chance = np.random.default_rng(seed)
    typicality = chance.integers(0, 5, len(labels)).astype(float)
    found = Assignments(segments, chance.random(len(labels)), typicality, {})
    assignments = stored(Storage.open(str(tmp_path_factory.mktemp("runs"))), found)
    for segment in range(4):
        rows = np.flatnonzero(segments == segment).tolist()
        typical = sorted(rows, key=lambda row: (-typicality[row], row))
        pages = range(0, max(len(rows), 1), page)
        assert [row for start in pages for row in assignments.segment_rows(segment, start, page)] == rows
        assert [row for start in pages for row in assignments.members(segment, start, page)] == typical


def test_what_does_not_fit_together_is_refused(folder_storage: Storage) -> None:
    for wrong in (
        Assignments(np.array([0, -1]), np.zeros(2), np.zeros(2), {}),
        Assignments(np.array([0, 1]), np.zeros(2), np.zeros(2), {UnassignedReason.NOISE: np.array([1])}),
        Assignments(np.array([0, 1]), np.zeros(1), np.zeros(2), {}),
    ):
        with pytest.raises(ValueError, match=r"length|reason"):
            stored(folder_storage, wrong)
    assert folder_storage.children() == []
