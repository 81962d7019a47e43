"""Holds the roles a client gives against the columns there are, in one wording wherever it gives them."""

from collections.abc import Iterator, Sequence

from domain.errors import DomainError, Invalid
from domain.tables.files.options import OPTIONS_PATH
from domain.terms.columns import Column, ColumnRole, RoleOverride
from domain.terms.wording import quoted

OVERRIDES_PATH = ("input", "columns")
"""Where a request holds the roles; mistakes in them are told by this path."""

IDENTIFIER_PATH = (*OPTIONS_PATH, "identifierColumn")
"""Where a request names the column that its customers are known by."""

_SHOWN = 100
"""So many characters of a name or a value are repeated."""


def unknown_column(name: str, names: Sequence[str]) -> str:
    """Say that there is no such column, and which there are."""
    return f'there is no column "{name[:_SHOWN]}"; the columns are {quoted(names)}'


def unfit_role(name: str, role: ColumnRole, why: str) -> str:
    """Say that a column can't have a role, and why."""
    return f'column "{name[:_SHOWN]}" can\'t be {role}: {why}'


def check_names(
    overrides: Sequence[RoleOverride], names: Sequence[str], path: Sequence[str]
) -> list[DomainError]:
    """Find overrides of columns that are not there, or that come twice; `path` is of their list."""
    return [*check_unknown(overrides, names, path), *check_twice(overrides, path)]


def check_unknown(
    overrides: Sequence[RoleOverride], names: Sequence[str], path: Sequence[str]
) -> Iterator[DomainError]:
    """Find overrides of columns that are not there."""
    known = set(names)
    for place, override in enumerate(overrides):
        if override.name not in known:
            yield Invalid(unknown_column(override.name, names), (*path, str(place), "name"))


def check_twice(overrides: Sequence[RoleOverride], path: Sequence[str]) -> Iterator[DomainError]:
    """Find overrides of one column that come twice."""
    first: dict[str, int] = {}
    for place, override in enumerate(overrides):
        if first.setdefault(override.name, place) != place:
            shown, earlier = override.name[:_SHOWN], first[override.name]
            message = f'column "{shown}" is given a role twice: here and at place {earlier}'
            yield Invalid(message, (*path, str(place), "name"))


def check_fit(
    overrides: Sequence[RoleOverride], columns: Sequence[Column], path: Sequence[str]
) -> Iterator[DomainError]:
    """Find roles that the values of imported columns don't allow; those that are not there are left alone."""
    by_name = {column.name: column for column in columns}
    for place, override in enumerate(overrides):
        if (column := by_name.get(override.name)) and (why := _unfitness(override.role, column)):
            yield Invalid(unfit_role(override.name, override.role, why), (*path, str(place), "role"))


def _unfitness(role: ColumnRole, column: Column) -> str | None:
    if role is ColumnRole.NUMERIC and column.numeric is None:
        return _instead(column, "numbers")
    if role is ColumnRole.DATETIME and not column.all_dates:
        return _instead(column, "dates")
    return None


def _instead(column: Column, needed: str) -> str:
    if not column.distinct_count:
        return "its values are all missing"
    return (
        f"not all of its values are {needed}. Upload the file again with this role: where at least half are, "
        "the others are taken as missing"
    )
