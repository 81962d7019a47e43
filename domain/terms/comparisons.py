"""How far two runs agree on who belongs together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One of two runs that are compared. Keys are of the storage."""

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
    without one.
    """

    common_count: int
    adjusted_rand_index: float | None
    migration: tuple[MigrationRow, ...]
