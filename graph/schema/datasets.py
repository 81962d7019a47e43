"""Datasets: uploaded customers."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain import models
from domain.services import customers, datasets, runs
from domain.terms import columns as column_terms
from domain.terms import imports as import_terms
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
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
from graph.resolving.uploads import Upload
from graph.schema.columns import Column, ColumnInput, overrides
from graph.schema.customers import Customer
from graph.schema.imports import ImportReport
from graph.schema.states import JobStatus

if TYPE_CHECKING:
    from graph.schema.runs import ClusteringRun

Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The dataset.")]


@strawberry.type(
    description="An uploaded table of customers. Names are not unique: datasets of one name are versions of "
    "one another, the newest upload is the current one."
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

    @strawberry.field(description="Its customers, in the order of the file; at most 10,000 a page.")
    async def customers(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
    ) -> Connection[Customer]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)

        async def read(offset: int, limit: int) -> list[Customer]:
            rows = await customers.of_dataset(info.context.runtime, self.row, offset, limit)
            return [Customer.of(row) for row in rows]

        return await row_page(self.row.row_count, window, read)

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


@strawberry.input(description="A file to make a dataset of.")
class UploadDatasetInput:
    file: Upload = strawberry.field(description="The table: a CSV file in UTF-8, with a header.")
    name: str | None = strawberry.field(
        default=Unset, description="What to call the dataset; the file's name when left out."
    )
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset, description="Roles of columns, where the detected ones are not wanted."
    )

    def to_request(self) -> import_terms.UploadRequest:
        """Translate into the domain's terms."""
        file = self.file
        return import_terms.UploadRequest(
            path=file.path,
            name=self.name if isinstance(self.name, str) else file.filename,
            size=file.size,
            checksum=file.sha256,
            format=import_terms.TableFormat.CSV,
            overrides=overrides(self.columns or None),
        )


@strawberry.input(description="Customers as JSON records.")
class ImportCustomersInput:
    name: str = strawberry.field(description="What to call the dataset.")
    customers: list[JSON] = strawberry.field(
        description="One flat object a customer, from column name to value: a string, a number, a boolean "
        "or null. A column that a record leaves out is missing there."
    )
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset, description="Roles of columns, where the detected ones are not wanted."
    )

    def to_request(self) -> import_terms.RecordsRequest:
        """Translate into the domain's terms."""
        return import_terms.RecordsRequest(self.name, tuple(self.customers), overrides(self.columns or None))


@strawberry.input(description="Which dataset to delete.")
class DeleteDatasetInput:
    id: strawberry.ID = strawberry.field(description="The dataset.")


@strawberry.type(description="What came of an upload.")
class UploadDatasetPayload:
    dataset: Dataset | None = strawberry.field(default=None, description="The dataset, ready for use.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no dataset."
    )


@strawberry.type(description="What came of an import.")
class ImportCustomersPayload:
    dataset: Dataset | None = strawberry.field(default=None, description="The dataset, ready for use.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no dataset."
    )


@strawberry.type(description="What came of a deletion.")
class DeleteDatasetPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The dataset that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class DatasetQuery:
    @strawberry.field(description="A dataset by its id; null when there is none.")
    async def dataset(self, info: Info, id: Id) -> Dataset | None:
        key = key_of("Dataset", id)
        row = await info.context.loaders.dataset.load(key) if key else None
        return Dataset.of(row) if row else None

    @strawberry.field(description="Datasets, all or of one name, the newest first; at most 100 a page.")
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


@strawberry.type
class DatasetMutation:
    @mutation
    async def upload_dataset(self, info: Info, input: UploadDatasetInput) -> UploadDatasetPayload:
        """Make a dataset of a file; answers when the dataset is ready."""
        row = await datasets.upload(info.context.runtime, input.to_request())
        return UploadDatasetPayload(dataset=Dataset.of(row))

    @mutation
    async def import_customers(self, info: Info, input: ImportCustomersInput) -> ImportCustomersPayload:
        """Make a dataset of records, as if they had been uploaded as a table."""
        row = await datasets.import_records(info.context.runtime, input.to_request())
        return ImportCustomersPayload(dataset=Dataset.of(row))

    @mutation
    async def delete_dataset(self, info: Info, input: DeleteDatasetInput) -> DeleteDatasetPayload:
        """Delete a dataset with its runs, which are canceled first, and all their files."""
        await datasets.delete(info.context.runtime, key_of("Dataset", input.id))
        return DeleteDatasetPayload(deleted_id=input.id)
