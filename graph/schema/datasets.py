"""Datasets: uploaded customers."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import models
from domain.services import customers, datasets, runs, searching
from domain.terms import columns as column_terms
from domain.terms import imports as import_terms
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.relay import (
    LARGEST_PAGE,
    LARGEST_ROW_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Node,
    Window,
    global_id,
    key_of,
    keyset_page,
    row_page,
)
from graph.resolving.scalars import BigInt
from graph.schema.columns import Column
from graph.schema.customers import Customer, Filters, OrderBy, Search, customer_pages
from graph.schema.imports import ImportReport
from graph.schema.states import JobStatus

if TYPE_CHECKING:
    from graph.schema.runs import ClusteringRun

Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The dataset.")]


@strawberry.type(
    description="An uploaded table of customers. Names are not unique: datasets of one name are versions of "
    "one another, the newest upload is the current one.",
    directives=[USER],
)
class Dataset(Node):
    row: strawberry.Private[models.Dataset]
    name: str = strawberry.field(description="Its name.")
    row_count: int = strawberry.field(description="How many customers it has.")
    checksum: str = strawberry.field(
        description="SHA-256 of the bytes uploaded; for importCustomers, of the records' canonical JSON "
        "(keys sorted, no blanks)."
    )
    size_in_bytes: BigInt = strawberry.field(description="Size of what the checksum is of.")
    created_at: datetime = strawberry.field(description="When it was uploaded.")

    @classmethod
    def of(cls, row: models.Dataset) -> "Dataset":
        """Wrap a row."""
        return cls(
            id=global_id("Dataset", row.id),
            row=row,
            name=row.name,
            row_count=row.row_count,
            checksum=row.checksum,
            size_in_bytes=BigInt(row.size_in_bytes),
            created_at=row.created_at,
        )

    @strawberry.field(graphql_type=list[Column], description="Its columns, in the order of the file.")
    def columns(self) -> tuple[column_terms.Column, ...]:
        return self.row.columns

    @strawberry.field(graphql_type=ImportReport, description="What the import did.")
    def import_report(self) -> import_terms.ImportReport:
        return self.row.import_report

    @strawberry.field(
        description="Its customers, all or those that every filter lets through, in the order of the file or "
        "in the given one; at most 10,000 a page. A cursor belongs to the filters and the order it came with."
    )
    async def customers(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        filter: Filters = Unset,
        order_by: OrderBy = Unset,
    ) -> Connection[Customer]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)
        runtime, search = info.context.runtime, Search.of(filter, order_by)
        if search is None:
            read, total = partial(customers.of_dataset, runtime, self.row), self.row.row_count
        else:
            found = await searching.search(runtime, self.row, search.filters, search.order)
            read, total = partial(customers.of_found, runtime, self.row, found), len(found)
        return await row_page(total, window, customer_pages(read))

    @strawberry.field(description="The customer of this key; null when there is none.")
    async def customer(
        self, info: Info, key: Annotated[str, strawberry.argument(description="Its `key`.")]
    ) -> Customer | None:
        found = await customers.find(info.context.runtime, self.row, key)
        return Customer.of(found) if found else None

    @strawberry.field(description="Its clustering runs, the newest first; at most 100 a page.")
    async def runs(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        status: Annotated[
            JobStatus | None, strawberry.argument(description="Only runs in this state.")
        ] = Unset,
    ) -> Connection[Annotated["ClusteringRun", strawberry.lazy("graph.schema.runs")]]:
        from graph.schema.runs import ClusteringRun

        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(runs.newest_first(self.row.id, status or None), window, ClusteringRun.of)


@strawberry.type
class DatasetQuery:
    @strawberry.field(description="A dataset by its id; null when there is none.", directives=[USER])
    async def dataset(self, info: Info, id: Id) -> Dataset | None:
        key = key_of("Dataset", id)
        row = await info.context.loaders.dataset.load(key) if key else None
        return Dataset.of(row) if row else None

    @strawberry.field(
        description="Datasets, all or of one name, the newest first; at most 100 a page.", directives=[USER]
    )
    async def datasets(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        name: Annotated[
            str | None, strawberry.argument(description="Only datasets of exactly this name.")
        ] = Unset,
    ) -> Connection[Dataset]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(
            datasets.newest_first(name if isinstance(name, str) else None), window, Dataset.of
        )
