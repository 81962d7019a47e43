"""The columns of a stored table as learning takes them."""

from collections.abc import Mapping, Sequence

import numpy as np

from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.storage.tables import StoredTable
from domain.tables.values import conversion
from domain.terms.columns import CLUSTERED_ROLES, ColumnRole, RoleOverride
from domain.terms.readings import Kind, Reading

_AS_IT_STANDS = Reading(Kind.TEXT)
"""How columns are read of which nothing is noted: plain numbers, dates of ISO 8601."""


def read(table: StoredTable, roles: Sequence[RoleOverride]) -> tuple[SourceColumn, ...]:
    """Read the columns that take part in a clustering, by the roles in force."""
    readings = {name: column.reading for name, column in table.readings.items()}
    return tuple(_read(table, column, readings) for column in roles if column.role in CLUSTERED_ROLES)


def _read(table: StoredTable, column: RoleOverride, readings: Mapping[str, Reading]) -> SourceColumn:
    stored, reading = table.column(column.name), readings.get(column.name, _AS_IT_STANDS)
    if column.role is ColumnRole.CATEGORICAL:
        codes, categories = conversion.categories(stored)
        return CategoricalColumn(column.name, codes.astype(np.int64), categories)
    if column.role is ColumnRole.DATETIME:
        return NumericColumn(column.name, conversion.days(stored, reading.dates), dates=True)
    return NumericColumn(column.name, conversion.numbers(stored, reading.numbers))
