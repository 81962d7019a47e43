"""How far two segmentations agree on who belongs together, and who moved between them."""

from dataclasses import dataclass

from domain.terms.customers import Customer

MOVED_FILE = "moved.parquet"
"""What the file is called, beside the outcome, that has who moved."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of two segmentations that are compared: a run's own, or of a dataset that it placed.

    Keys are of the storage.
    """

    table_key: str
    identifier: str | None
    assignments_key: str
    members_key: str


@dataclass(frozen=True, slots=True)
class ComparisonOrder:
    """What the comparing job needs to know."""

    run: ComparedRun
    other: ComparedRun


@dataclass(frozen=True, slots=True)
class MigrationCount:
    """How many customers are in a segment of the other run; `index` None: in none of its segments."""

    index: int | None
    count: int


@dataclass(frozen=True, slots=True)
class MigrationRow:
    """Where a segment's customers are in the other run; `index` None: those without a segment.

    The counts and `absent`, the customers that the other run does not have, sum to `size`.
    """

    index: int | None
    size: int
    counts: tuple[MigrationCount, ...]
    absent: int


@dataclass(frozen=True, slots=True)
class RunAgreement:
    """How far two runs agree. `common_count` customers are in both.

    `adjusted_rand_index`, up to 1, is over those with a segment in both; None where
    there are none. `migration` has the segments of the first run, by index, then those
    without one. `moved_count` of those in both are in segments of different indexes, or have one
    in only one of the two; the others stayed.
    """

    common_count: int
    adjusted_rand_index: float | None
    migration: tuple[MigrationRow, ...]
    moved_count: int

    @property
    def stayed_count(self) -> int:
        """Those in both who are where they were: in the segment of the same index, or in none."""
        return self.common_count - self.moved_count


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A customer who moved, by 0-based row of the first dataset; a segment of None is none."""

    row: int
    origin: int | None
    target: int | None


@dataclass(frozen=True, slots=True)
class MovedCustomer:
    """A customer who moved, as the first dataset has it; a segment, by index, of None is none."""

    customer: Customer
    origin: int | None
    target: int | None
