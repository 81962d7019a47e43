"""Customers, and the segments they are assigned to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.scalars import JSON

from domain.terms import customers as terms
from domain.terms.segments import UnassignedReason as UnassignedReasonTerm
from graph.resolving.access import USER
from graph.resolving.enums import describe
from graph.resolving.unset import given

if TYPE_CHECKING:
    from graph.schema.segments import Segment

Unset = strawberry.UNSET

describe(
    UnassignedReasonTerm,
    "Why a customer belongs to no segment.",
    NOISE="Too far from everybody else.",
    OUTLIER="Set aside as an outlier before the clustering.",
    MISSING_VALUES="Values that the clustering needs are missing.",
    UNSEEN_CATEGORY="It has a category that the training did not see; of predictions only.",
)
UnassignedReason = UnassignedReasonTerm


@strawberry.type(description="A customer: a row of a dataset.", directives=[USER])
class Customer:
    key: str = strawberry.field(
        description="The identifier as uploaded, where the dataset has a unique and complete one; "
        "else the row's number, counted from 1. Of somebody who was erased it is `erased-` with that "
        "number, and finds nobody."
    )
    attributes: JSON = strawberry.field(
        description="The row, from column name to value: a number where the column's role is NUMERIC, "
        "text elsewhere, null where missing."
    )

    @classmethod
    def of(cls, customer: terms.Customer) -> "Customer":
        """Wrap a customer as read from the table."""
        return cls(key=customer.key, attributes=JSON(customer.attributes))


describe(
    terms.SortDirection,
    "Which comes first. Customers without a value come last either way.",
    ASCENDING="The smallest, the earliest, or what comes first by Unicode code points.",
    DESCENDING="The largest, the latest, or what comes last by Unicode code points.",
)
SortDirection = terms.SortDirection


@strawberry.input(description="What must hold of a column: all that is given here, one condition at least.")
class CustomerFilterInput:
    column: str = strawberry.field(description="The column's name.")
    among: list[str] | None = strawberry.field(
        name="in", default=Unset, description="The value is one of these; numbers are compared as numbers."
    )
    not_in: list[str] | None = strawberry.field(
        default=Unset, description="The value is none of these; also lets through who has no value."
    )
    contains: str | None = strawberry.field(
        default=Unset, description="The text contains this, in the same case. Not of a column of numbers."
    )
    min: float | None = strawberry.field(
        default=Unset, description="The number is this or more. Of a column that was read as numbers."
    )
    max: float | None = strawberry.field(
        default=Unset, description="The number is this or less. Of a column that was read as numbers."
    )
    since: datetime | None = strawberry.field(
        default=Unset,
        description="The time is this or later. Of a column that was read as dates: a date is its midnight, "
        "and what has no time zone is UTC.",
    )
    until: datetime | None = strawberry.field(
        default=Unset, description="The time is this or earlier. Of a column that was read as dates."
    )
    missing: bool | None = strawberry.field(
        default=Unset, description="True: there is no value; false: there is one."
    )

    def to_term(self) -> terms.CustomerFilter:
        """Translate into the domain's terms."""
        among, not_among = given(self.among), given(self.not_in)
        return terms.CustomerFilter(
            column=self.column,
            among=None if among is None else tuple(among),
            not_among=None if not_among is None else tuple(not_among),
            contains=given(self.contains),
            min=given(self.min),
            max=given(self.max),
            since=given(self.since),
            until=given(self.until),
            missing=given(self.missing),
        )


@strawberry.input(
    description="By which column customers are sorted: numbers by size, dates by time, text by Unicode code "
    "points; those without a value come last, equal ones in the order of the file."
)
class CustomerOrderInput:
    column: str = strawberry.field(description="The column's name.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASCENDING, description="Which comes first."
    )


Filters = Annotated[
    list[CustomerFilterInput] | None,
    strawberry.argument(description="Only customers for whom all of these hold."),
]
OrderBy = Annotated[
    CustomerOrderInput | None,
    strawberry.argument(description="How they are sorted; as in the file when left out."),
]


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of a dataset's customers."""

    filters: tuple[terms.CustomerFilter, ...]
    order: terms.CustomerOrder | None

    @classmethod
    def of(cls, filters: Filters, order_by: OrderBy) -> Self | None:
        """Translate the arguments; None where they ask for all, as they stand in the file."""
        listed, order = given(filters) or [], given(order_by)
        if not listed and order is None:
            return None
        return cls(
            tuple(each.to_term() for each in listed),
            None if order is None else terms.CustomerOrder(order.column, order.direction),
        )


def customer_pages(
    read: Callable[[int, int], Awaitable[list[terms.Customer]]],
) -> Callable[[int, int], Awaitable[list[Customer]]]:
    """Wrap what a page is read by."""

    async def page(offset: int, limit: int) -> list[Customer]:
        return [Customer.of(customer) for customer in await read(offset, limit)]

    return page


@strawberry.type(description="Which segment of a run a customer is in.", directives=[USER])
class Assignment:
    customer: Customer = strawberry.field(description="The customer.")
    segment: Annotated["Segment", strawberry.lazy("graph.schema.segments")] | None = strawberry.field(
        description="Its segment; null where there is none, see `unassigned`."
    )
    unassigned: UnassignedReason | None = strawberry.field(description="Why it is in no segment.")
    confidence: float = strawberry.field(
        description="How clearly the customer belongs to its segment rather than to the next one, 0..1: of a "
        "mixture the probability, of HDBSCAN the strength of membership, of the others 1 - own / other, the "
        "distance to the own centroid over that to the nearest other. 0 without a segment."
    )
