"""The columns of a stored table as learning takes them."""

from collections.abc import Sequence

import numpy as np

from domain.learning.features import CategoricalColumn, NumericColumn, SourceColumn
from domain.storage.tables import StoredTable
from domain.tables import conversion
from domain.terms.columns import CLUSTERED_ROLES, ColumnRole, RoleOverride


def read(table: StoredTable, roles: Sequence[RoleOverride]) -> tuple[SourceColumn, ...]:
    """Read the columns that take part in a clustering, by the roles in force."""
    return tuple(_read(table, column) for column in roles if column.role in CLUSTERED_ROLES)


def _read(table: StoredTable, column: RoleOverride) -> SourceColumn:
    stored = table.column(column.name)
    if column.role is ColumnRole.CATEGORICAL:
        codes, categories = conversion.categories(stored)
        return CategoricalColumn(column.name, codes.astype(np.int64), categories)
    if column.role is ColumnRole.DATETIME:
        return NumericColumn(column.name, conversion.days(stored), dates=True)
    return NumericColumn(column.name, conversion.numbers(stored))
