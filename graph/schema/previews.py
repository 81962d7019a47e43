"""Previews: what a file would become."""

import strawberry
from strawberry.scalars import JSON

from domain.services import previews
from domain.terms import columns as column_terms
from domain.terms import imports as terms
from graph.resolving.access import ANALYST
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.uploads import Upload
from graph.resolving.wanted import while_wanted
from graph.schema.columns import Column, ColumnInput, overrides
from graph.schema.imports import ImportReport, TableOptionsInput, table_options

Unset = strawberry.UNSET


@strawberry.type(description="A table as an import would read it, by its beginning.", directives=[ANALYST])
class TablePreview:
    found: strawberry.Private[terms.TablePreview]
    rows: list[JSON] = strawberry.field(
        description="The first rows, each from column name to value: a number where the column's role is "
        "NUMERIC, the text as it stands elsewhere, null where missing."
    )
    rows_looked_at: int = strawberry.field(
        description="How many rows were looked at; columns and report are of these."
    )
    complete: bool = strawberry.field(description="Whether these are all rows of the table.")

    @classmethod
    def of(cls, found: terms.TablePreview) -> "TablePreview":
        """Wrap what a preview found."""
        return cls(
            found=found,
            rows=[JSON(row) for row in found.rows],
            rows_looked_at=found.rows_looked_at,
            complete=found.complete,
        )

    @strawberry.field(
        graphql_type=list[Column], description="The columns, as far as the rows that were looked at tell."
    )
    def columns(self) -> tuple[column_terms.Column, ...]:
        return self.found.columns

    @strawberry.field(
        graphql_type=ImportReport, description="How the table is read, and what an import would do with it."
    )
    def import_report(self) -> terms.ImportReport:
        return self.found.report


@strawberry.input(description="A file to look at.")
class PreviewTableInput:
    file: Upload = strawberry.field(description="The table, in any of the formats that uploadDataset takes.")
    options: TableOptionsInput | None = strawberry.field(
        default=Unset, description="What is known of the file; found out when left out."
    )
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset, description="Roles of columns, where the detected ones are not wanted."
    )
    first: int = strawberry.field(default=10, description="How many rows to show, from 1 to 100.")

    def to_request(self) -> terms.PreviewRequest:
        """Translate into the domain's terms."""
        return terms.PreviewRequest(
            path=self.file.path,
            rows=self.first,
            overrides=overrides(self.columns or None),
            options=table_options(self.options or None),
        )


@strawberry.type(description="What a file would become.", directives=[ANALYST])
class PreviewTablePayload:
    preview: TablePreview | None = strawberry.field(
        default=None, description="The table as it would be read; nothing of it is kept."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; an import would tell it too."
    )


@strawberry.type
class PreviewMutation:
    @mutation(ANALYST)
    async def preview_table(self, info: Info, input: PreviewTableInput) -> PreviewTablePayload:
        """Show how a file would be read, its first rows and the roles of its columns; stores nothing."""
        found = await while_wanted(info, previews.preview(info.context.runtime, input.to_request()))
        return PreviewTablePayload(preview=TablePreview.of(found))
