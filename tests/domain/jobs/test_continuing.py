"""Segments are continued over the files of two runs."""

from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest

from domain.jobs import continuing, source_columns
from domain.learning.preparing.features import Features, encode
from domain.storage.assignments import Assignments, write_assignments
from domain.storage.files import Storage
from domain.storage.tables import open_table
from domain.storage.writing import write_table
from domain.terms.algorithms import KMeansSettings
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.preparation import MissingTreatment, PreparationSettings
from domain.terms.segments import SegmentChange, SegmentChangeKind, UnassignedReason
from domain.terms.training import PreviousRun, PreviousSegment, TrainingOrder, TrainingParameters

ROLES = (RoleOverride("id", ColumnRole.IDENTIFIER), RoleOverride("spend", ColumnRole.NUMERIC))
SPEND: list[float | None] = [1.0, 2.0, 3.0, 51.0, 52.0, 53.0, None, 100.0, 101.0]
BEFORE = np.array([3, 3, 3, 0, 0, 0, -1, 0, 0])
CONTINUED, SPLIT = SegmentChangeKind.CONTINUED, SegmentChangeKind.SPLIT
NEW, GONE = SegmentChangeKind.NEW, SegmentChangeKind.GONE


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage.open(str(tmp_path))


def write(storage: Storage, key: str, ids: list[str], spend: list[float | None]) -> None:
    write_table(storage, key, pa.table({"id": ids, "spend": pa.array(spend, pa.float64())}))


def order(storage: Storage, same: bool, identified: bool) -> TrainingOrder:
    """Store the table of a run, and what the run before found in a table of the same or other people."""
    ids = [f"c{number}" for number in range(9)]
    write(storage, "old.parquet", ids, SPEND)
    found = Assignments(BEFORE, np.ones(9), np.ones(9), {UnassignedReason.MISSING_VALUES: np.array([6])})
    write_assignments(storage, "a.parquet", "m.parquet", found)
    write(storage, "new.parquet", ids[::-1] if not same else ids, SPEND[::-1] if not same else SPEND)
    segments = tuple(PreviousSegment(index, SEGMENT_COLORS[5 + index]) for index in (0, 3))
    key = "id" if identified else None
    return TrainingOrder(
        table_key="old.parquet" if same else "new.parquet",
        identifier=key,
        parameters=TrainingParameters(KMeansSettings(3), ROLES, None, 0),
        previous=PreviousRun(uuid4(), same, "old.parquet", key, "a.parquet", "m.parquet", segments),
        max_encoded_features=10,
        playbook=None,
        assignments_key="",
        members_key="",
        figures_key="",
        scorer_key="runs/this/scorer.npz",
    )


def features(storage: Storage, given: TrainingOrder) -> Features:
    columns = source_columns.read(open_table(storage, given.table_key), ROLES)
    return encode(columns, PreparationSettings(missing=MissingTreatment.LEAVE_OUT), 10)


def test_the_same_customers_say_what_was_split(storage: Storage) -> None:
    given = order(storage, same=True, identified=False)
    labels = np.array([1, 1, 1, 0, 0, 0, -1, 2, 2])
    found = continuing.identities(storage, given, features(storage, given), labels)
    assert [(each.index, each.previous_index) for each in found.identities] == [(0, 0), (3, 3), (1, None)]
    assert found.changes == (
        SegmentChange(CONTINUED, 0, 0, 0.6),
        SegmentChange(SPLIT, 1, 0, 0.4),
        SegmentChange(CONTINUED, 3, 3, 1.0),
    )
    assert continuing.colors(found.identities, given.previous) == (
        SEGMENT_COLORS[5],
        SEGMENT_COLORS[8],
        SEGMENT_COLORS[0],
    )


def test_customers_in_another_order_are_found_by_their_identifiers(storage: Storage) -> None:
    given = order(storage, same=False, identified=True)
    labels = np.array([2, 2, -1, 0, 0, 0, 1, 1, 1])
    found = continuing.identities(storage, given, features(storage, given), labels)
    assert [each.previous_index for each in found.identities] == [0, 3, None]
    assert [each.kind for each in found.changes] == [CONTINUED, SPLIT, CONTINUED]


def test_without_identifiers_places_count_and_rows_left_out_have_none(storage: Storage) -> None:
    given = order(storage, same=False, identified=False)
    prepared = features(storage, given)
    assert prepared.rows is not None
    assert prepared.rows.tolist() == [0, 1, 3, 4, 5, 6, 7, 8]
    # One cluster where segment 3 lay; the other is far from where segment 0 lay.
    labels = np.array([0, 0, -1, -1, -1, -1, 1, 1, 1])
    found = continuing.identities(storage, given, prepared, labels)
    assert [each.previous_index for each in found.identities] == [None, 3]
    assert found.changes == (
        SegmentChange(NEW, 0, None, None),
        SegmentChange(CONTINUED, 3, 3, None),
        SegmentChange(GONE, None, 0, None),
    )


def test_a_first_run_and_one_whose_forerunner_was_deleted_change_nothing(storage: Storage) -> None:
    given = order(storage, same=True, identified=False)
    prepared, labels = features(storage, given), np.array([1, 1, 1, 0, 0, 0, -1, 0, 0])
    storage.delete("a.parquet")
    found = continuing.identities(storage, given, prepared, labels)
    assert found.changes == ()
    assert [(each.index, each.previous_index) for each in found.identities] == [(0, None), (1, None)]
