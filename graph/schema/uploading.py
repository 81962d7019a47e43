"""What is done to datasets: they are uploaded, imported, updated, deleted."""

from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.models.datasets import NAME_LENGTH
from domain.services import checks, datasets, updating
from domain.terms import imports as terms
from domain.terms.limiting import Limit
from graph.resolving.access import ANALYST
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.unset import given
from graph.resolving.uploads import Upload
from graph.resolving.wanted import while_wanted
from graph.schema.columns import ColumnInput, overrides
from graph.schema.datasets import Dataset
from graph.schema.imports import TableOptionsInput, table_options

Unset = strawberry.UNSET


@strawberry.input(description="A file to make a dataset of.")
class UploadDatasetInput:
    file: Upload = strawberry.field(
        description="The table: text with a delimiter, such as CSV, in any encoding; a workbook (XLSX); "
        "Parquet; or JSON records. Its content tells which, not its name."
    )
    name: str | None = strawberry.field(
        default=Unset,
        description="What to call the dataset; the file's name when left out, its first 200 characters.",
    )
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset, description="Roles of columns, where the detected ones are not wanted."
    )
    options: TableOptionsInput | None = strawberry.field(
        default=Unset, description="What is known of the file; found out when left out."
    )

    def to_request(self, by: UUID) -> terms.UploadRequest:
        """Translate into the domain's terms."""
        file = self.file
        return terms.UploadRequest(
            path=file.path,
            name=self.name if isinstance(self.name, str) else checks.name_of_file(file.filename, NAME_LENGTH),
            size=file.size,
            checksum=file.sha256,
            overrides=overrides(self.columns or None),
            options=table_options(self.options or None),
            by=by,
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

    def to_request(self, by: UUID) -> terms.RecordsRequest:
        """Translate into the domain's terms."""
        return terms.RecordsRequest(self.name, tuple(self.customers), overrides(self.columns or None), by)


@strawberry.input(description="What to change about a dataset; what is left out stays.")
class UpdateDatasetInput:
    id: strawberry.ID = strawberry.field(description="The dataset.")
    name: str | None = strawberry.field(default=Unset, description="What to call it from now on.")
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset,
        description="Roles of columns from now on; runs keep those that they began with. Customers are known "
        "by the first IDENTIFIER column that is unique and complete.",
    )

    def to_request(self) -> terms.DatasetUpdate:
        """Translate into the domain's terms."""
        return terms.DatasetUpdate(
            key_of("Dataset", self.id), given(self.name), overrides(self.columns or None)
        )


@strawberry.input(description="Which dataset to delete.")
class DeleteDatasetInput:
    id: strawberry.ID = strawberry.field(description="The dataset.")


@strawberry.type(description="What came of an upload.", directives=[ANALYST])
class UploadDatasetPayload:
    dataset: Dataset | None = strawberry.field(default=None, description="The dataset, ready for use.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no dataset."
    )


@strawberry.type(description="What came of an import.", directives=[ANALYST])
class ImportCustomersPayload:
    dataset: Dataset | None = strawberry.field(default=None, description="The dataset, ready for use.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no dataset."
    )


@strawberry.type(description="What came of an update.", directives=[ANALYST])
class UpdateDatasetPayload:
    dataset: Dataset | None = strawberry.field(default=None, description="The dataset as it is now.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was changed."
    )


@strawberry.type(description="What came of a deletion.", directives=[ANALYST])
class DeleteDatasetPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The dataset that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class DatasetMutation:
    @mutation(ANALYST)
    async def upload_dataset(self, info: Info, input: UploadDatasetInput) -> UploadDatasetPayload:
        """Make a dataset of a file; answers when the dataset is ready."""
        context = info.context
        request = input.to_request(context.viewer.account_id)
        row = await while_wanted(info, datasets.upload(context.runtime, request))
        return UploadDatasetPayload(dataset=Dataset.of(row))

    @mutation(ANALYST)
    async def import_customers(self, info: Info, input: ImportCustomersInput) -> ImportCustomersPayload:
        """Make a dataset of records, as if they had been uploaded as a table."""
        context = info.context
        await context.runtime.limiter.take(Limit.UPLOADS, context.caller.counted_as)
        request = input.to_request(context.viewer.account_id)
        row = await while_wanted(info, datasets.import_records(context.runtime, request))
        return ImportCustomersPayload(dataset=Dataset.of(row))

    @mutation(ANALYST)
    async def update_dataset(self, info: Info, input: UpdateDatasetInput) -> UpdateDatasetPayload:
        """Rename a dataset, and give its columns other roles; the customers themselves stay as they are."""
        row = await while_wanted(info, updating.update(info.context.runtime, input.to_request()))
        return UpdateDatasetPayload(dataset=Dataset.of(row))

    @mutation(ANALYST)
    async def delete_dataset(self, info: Info, input: DeleteDatasetInput) -> DeleteDatasetPayload:
        """Delete a dataset with its runs, which are canceled first, and all their files."""
        await datasets.delete(info.context.runtime, key_of("Dataset", input.id))
        return DeleteDatasetPayload(deleted_id=input.id)
