"""What is kept of one person, and what was erased of it."""

from dataclasses import dataclass
from uuid import UUID

from domain.terms.segments import UnassignedReason

ERASED = "(erased)"
"""What stands where a category was that only an erased person had; with a number where it stands already."""


@dataclass(frozen=True, slots=True)
class KeptAssignment:
    """Where a run put the person: a segment, or why in none; confidence is 0..1."""

    run_id: UUID
    segment_id: UUID | None
    unassigned: UnassignedReason | None
    confidence: float


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """The person's row of a dataset, from column to number or text, and its place in every finished run."""

    dataset_id: UUID
    attributes: dict[str, str | int | float | None]
    assignments: tuple[KeptAssignment, ...]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that is kept under a key, the newest dataset first."""

    records: tuple[KeptRecord, ...]


@dataclass(frozen=True, slots=True)
class ErasedRecord:
    """How many rows of a dataset were blanked."""

    dataset_id: UUID
    rows: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, the newest dataset first; and how many predictions and profiles there were."""

    datasets: tuple[ErasedRecord, ...]
    predictions: int = 0
    profiles: int = 0


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """What the erasing job needs to know: the table, the row to blank, and the index of the identifier.

    The row is counted from 0. Nothing in it tells who it is about.
    """

    table_key: str
    index_key: str
    identifier: str
    row: int


@dataclass(frozen=True, slots=True)
class ErasureOutcome:
    """How many rows of the table are blank by now."""

    blank_rows: int
