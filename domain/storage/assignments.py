"""Who is in which segment: the two files of a run, and pages of them.

`assignments` has a row for each customer, in the order of the dataset: a page costs a
row group. `members` has the customers of segment 0, then of segment 1 and so on, in two
orders side by side, most typical first and in the order of the dataset; where each
segment begins is noted in the file. So a page of a segment is a slice too, and costs a
row group however large or scattered the segment is. Every function blocks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from domain.storage.files import Storage
from domain.storage.tables import StoredTable, open_table
from domain.storage.writing import write_table
from domain.terms.arrays import Labels, Rows, Vector
from domain.terms.segments import UnassignedReason

_EXTENTS = b"segments"
_REASONS = tuple(UnassignedReason)


@dataclass(frozen=True, slots=True)
class Assignments:
    """What a run found of each customer.

    `segments`, `confidence` (0..1) and `typicality` (the higher, the more typical of
    its segment) are (n_rows,); a segment of -1 is none, and then `unassigned` has the
    row under its reason.
    """

    segments: Labels
    confidence: Vector
    typicality: Vector
    unassigned: Mapping[UnassignedReason, Rows]


@dataclass(frozen=True, slots=True)
class AssignedRow:
    """A customer, by 0-based row of the dataset, and where it belongs; None where it does not."""

    row: int
    segment: int | None
    unassigned: UnassignedReason | None
    confidence: float


def write_assignments(storage: Storage, assignments_key: str, members_key: str, found: Assignments) -> None:
    """Write both files of a run. Raises ValueError where lengths or reasons do not fit each other."""
    reasons = _reason_codes(found)
    dictionary = pa.DictionaryArray.from_arrays(
        pa.array(reasons, mask=reasons < 0), pa.array([reason.value for reason in _REASONS])
    )
    table = pa.table(
        {
            "segment": pa.array(found.segments.astype(np.int16)),
            "confidence": pa.array(found.confidence.astype(np.float32)),
            "unassigned": dictionary,
        }
    )
    write_table(storage, members_key, _members_table(found))
    write_table(storage, assignments_key, table)


def _reason_codes(found: Assignments) -> Rows:
    """Number the reasons, -1 for none; check that exactly those without a segment have one."""
    if not len(found.segments) == len(found.confidence) == len(found.typicality):
        raise ValueError("segments, confidence and typicality have different lengths")
    codes: Rows = np.full(len(found.segments), -1, np.int64)
    for reason, rows in found.unassigned.items():
        codes[rows] = _REASONS.index(reason)
    if ((found.segments < 0) != (codes >= 0)).any():
        raise ValueError("a customer has either a segment or a reason for having none")
    return codes


def _members_table(found: Assignments) -> pa.Table:
    rows = np.flatnonzero(found.segments >= 0)
    segments = found.segments[rows]
    typical = rows[np.lexsort((rows, -found.typicality[rows], segments))]
    filed = rows[np.argsort(segments, kind="stable")]
    numbers, starts, counts = np.unique(found.segments[filed], return_index=True, return_counts=True)
    extents = {
        str(number): place
        for number, *place in zip(numbers.tolist(), starts.tolist(), counts.tolist(), strict=True)
    }
    confidence = found.confidence.astype(np.float32)
    table = pa.table(
        {
            "row": pa.array(typical),
            "confidence": pa.array(confidence[typical]),
            "filed_row": pa.array(filed),
            "filed_confidence": pa.array(confidence[filed]),
        }
    )
    return table.replace_schema_metadata({_EXTENTS: json.dumps(extents).encode()})


def open_assignments(storage: Storage, assignments_key: str, members_key: str) -> "StoredAssignments":
    """Open both files of a run; raises FileNotFoundError."""
    return StoredAssignments(open_table(storage, assignments_key), open_table(storage, members_key))


class StoredAssignments:
    """The assignments of a run, page by page; any thread may use it."""

    def __init__(self, assignments: StoredTable, members: StoredTable) -> None:
        self._assignments, self._members = assignments, members
        self._extents: dict[str, tuple[int, int]] = json.loads(members.notes[_EXTENTS])

    @property
    def row_count(self) -> int:
        """The number of customers, those without a segment included."""
        return self._assignments.row_count

    def segment_size(self, segment: int) -> int:
        """Give the number of customers in a segment, 0 for one that is not there."""
        return self._extents.get(str(segment), (0, 0))[1]

    def segments(self) -> Labels:
        """Read the segment of every customer, (n_rows,), -1 for none."""
        return np.asarray(self._assignments.column("segment").to_numpy(), np.int64)

    def slice(self, offset: int, length: int) -> list[AssignedRow]:
        """Read a page in the order of the dataset. Costs a row group or two."""
        return _assigned(self._assignments.slice(offset, length), range(offset, offset + length))

    def take(self, rows: Rows) -> list[AssignedRow]:
        """Read the given customers, in the given order. Costs the row groups that hold one."""
        return _assigned(self._assignments.take(rows), rows.tolist())

    def segment_slice(self, segment: int, offset: int, length: int) -> list[AssignedRow]:
        """Read a page of a segment in the order of the dataset. Costs a row group or two."""
        page = self._page(segment, offset, length, "filed_row", "filed_confidence")
        listed = zip(page["filed_row"].to_pylist(), page["filed_confidence"].to_pylist(), strict=True)
        return [AssignedRow(row, segment, None, _exact(confidence)) for row, confidence in listed]

    def segment_rows(self, segment: int, offset: int, length: int) -> Rows:
        """Read the row numbers of a page of a segment, in the order of the dataset."""
        return _numbers(self._page(segment, offset, length, "filed_row"))

    def members(self, segment: int, offset: int, length: int) -> Rows:
        """Read the row numbers of a page of a segment, most typical first. Costs a row group or two."""
        return _numbers(self._page(segment, offset, length, "row"))

    def _page(self, segment: int, offset: int, length: int, *columns: str) -> pa.Table:
        start, count = self._extents.get(str(segment), (0, 0))
        return self._members.slice(start + offset, max(0, min(length, count - offset)), columns)


def _assigned(table: pa.Table, rows: range | list[int]) -> list[AssignedRow]:
    columns = (table[name].to_pylist() for name in ("segment", "unassigned", "confidence"))
    # A page behind the end is shorter than the rows asked for.
    return [
        AssignedRow(
            row,
            segment if segment >= 0 else None,
            None if reason is None else UnassignedReason(reason),
            _exact(confidence),
        )
        for row, segment, reason, confidence in zip(rows, *columns, strict=False)
    ]


def _exact(confidence: float) -> float:
    # What was 0.9 before it was stored in four bytes is 0.9 again.
    return round(confidence, 6)


def _numbers(table: pa.Table) -> Rows:
    # to_numpy would import pandas, which a server does without; a page is short.
    return np.array(table.column(0).to_pylist(), np.int64)
