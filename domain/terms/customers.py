"""Customers as they are read back."""

from dataclasses import dataclass

from domain.terms.segments import UnassignedReason


@dataclass(frozen=True, slots=True)
class Customer:
    """A row of a dataset.

    `key` is the identifier as uploaded where it is unique and complete, else the
    1-based row number. `attributes` maps each column to a number where the column
    was read as numbers, the text as uploaded elsewhere, None where missing.
    """

    key: str
    attributes: dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which segment a customer is in, by its index, or why in none; confidence is 0..1."""

    customer: Customer
    segment_index: int | None
    unassigned: UnassignedReason | None
    confidence: float
