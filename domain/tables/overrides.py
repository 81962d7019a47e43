"""Holds the roles a client gives against the columns there are."""

from collections.abc import Sequence

from domain.errors import DomainError, Invalid, refuse_if_any
from domain.tables.kinds import Kind, TypedColumn
from domain.terms.columns import ColumnRole, RoleOverride

_NEEDED = {
    ColumnRole.NUMERIC: (Kind.NUMBERS, "numbers"),
    ColumnRole.DATETIME: (Kind.DATES, "ISO 8601 dates"),
}


def check_names(
    overrides: Sequence[RoleOverride], names: Sequence[str], path: Sequence[str]
) -> list[DomainError]:
    """Find overrides of columns that are not there, or that come twice; `path` is of their list."""
    mistakes: list[DomainError] = []
    seen: set[str] = set()
    for place, override in enumerate(overrides):
        here = (*path, str(place), "name")
        if override.name not in names:
            known = ", ".join(f'"{name}"' for name in names[:10]) + (" …" if len(names) > 10 else "")
            mistakes.append(
                Invalid(f'there is no column "{override.name[:100]}"; the columns are {known}', here)
            )
        elif override.name in seen:
            mistakes.append(Invalid(f'column "{override.name}" is given a role more than once', here))
        seen.add(override.name)
    return mistakes


def check_fit(place: int, role: ColumnRole, column: TypedColumn, path: Sequence[str]) -> list[DomainError]:
    """Find out why a column can't have the role that override `place` gives it: one mistake, or none."""
    kind, values = _NEEDED.get(role, (column.kind, ""))
    if column.kind is kind:
        return []
    why = column.almost.message if column.almost and role is ColumnRole.NUMERIC else _holds(column)
    message = f'column "{column.name}" can\'t be {role}, its values are not all {values}: {why}'
    return [Invalid(message, (*path, str(place), "role"))]


def _holds(column: TypedColumn) -> str:
    if column.kind is Kind.NOTHING:
        return "all its cells are empty"
    return f'it holds {column.kind.value}, such as "{column.text.drop_null()[0].as_py()[:50]}"'


def refuse(mistakes: Sequence[DomainError]) -> None:
    """Raise the mistakes of all overrides together; with none, go on."""
    refuse_if_any(mistakes)
