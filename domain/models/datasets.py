"""Uploaded customers."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from domain.models.fields import term_field
from domain.terms.columns import Column
from domain.terms.imports import ImportReport

NAME_LENGTH = 200


def folder_of(dataset_id: UUID) -> str:
    """Where the files of a dataset are, or will be."""
    return f"datasets/{dataset_id}"


def table_key_of(dataset_id: UUID) -> str:
    """Where the table of a dataset is, or will be."""
    return f"{folder_of(dataset_id)}/customers.parquet"


def first_index_key_of(dataset_id: UUID) -> str:
    """Where the index is that the import makes, which does not know before it ends of what column."""
    return f"{folder_of(dataset_id)}/keys.parquet"


class Dataset(Model):
    """A table of customers; the table itself is in the storage, under `folder`.

    `created_by` is an account, which may be gone by now; None before there were any.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=NAME_LENGTH)
    row_count = fields.BigIntField()
    columns: tuple[Column, ...] = term_field(tuple[Column, ...])
    identifier: str | None = fields.TextField(null=True)
    import_report: ImportReport = term_field(ImportReport)
    checksum = fields.CharField(max_length=64)
    size_in_bytes = fields.BigIntField()
    created_at = fields.DatetimeField()
    created_by: UUID | None = fields.UUIDField(null=True, db_index=True)

    class Meta:
        table = "dataset"
        indexes = (Index(fields=("name", "id")),)

    @property
    def folder(self) -> str:
        """Where its files are."""
        return folder_of(self.id)

    @property
    def table_key(self) -> str:
        """Where its table is."""
        return table_key_of(self.id)

    @property
    def index_key(self) -> str | None:
        """Where its customers are found by their key; None where the row number is the key."""
        return None if self.identifier is None else self.index_key_of(self.identifier)

    def index_key_of(self, column: str) -> str:
        """Where its customers are found, or would be, by the values of a column.

        Those made after the import are called by the column's place.
        """
        if column == self.import_report.identifier_column:
            return first_index_key_of(self.id)
        place = [each.name for each in self.columns].index(column)
        return f"{self.folder}/keys-{place}.parquet"
