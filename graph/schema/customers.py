"""Customers, and the segments they are assigned to."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain.terms import customers as terms
from domain.terms.segments import UnassignedReason as UnassignedReasonTerm
from graph.resolving.enums import describe

if TYPE_CHECKING:
    from graph.schema.segments import Segment

describe(
    UnassignedReasonTerm,
    "Why a customer belongs to no segment.",
    NOISE="Too far from everybody else.",
    OUTLIER="Set aside as an outlier before the clustering.",
    MISSING_VALUES="Values that the clustering needs are missing.",
)
UnassignedReason = UnassignedReasonTerm


@strawberry.type(description="A customer: a row of a dataset.")
class Customer:
    key: str = strawberry.field(
        description="The identifier as uploaded, where the dataset has a unique and complete one; "
        "else the row's number, counted from 1."
    )
    attributes: JSON = strawberry.field(
        description="The row, from column name to value: a number where the column was read as numbers, "
        "the text as uploaded elsewhere, null where missing."
    )

    @classmethod
    def of(cls, customer: terms.Customer) -> "Customer":
        """Wrap a customer as read from the table."""
        return cls(key=customer.key, attributes=JSON(customer.attributes))


@strawberry.type(description="Which segment of a run a customer is in.")
class Assignment:
    customer: Customer = strawberry.field(description="The customer.")
    segment: Annotated["Segment", strawberry.lazy("graph.schema.segments")] | None = strawberry.field(
        description="Its segment; null where there is none, see `unassigned`."
    )
    unassigned: UnassignedReason | None = strawberry.field(description="Why it is in no segment.")
    confidence: float = strawberry.field(
        description="How clearly the customer belongs to its segment rather than to the next one, 0..1."
    )
