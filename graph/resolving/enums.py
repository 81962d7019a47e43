"""The vocabulary's enumerations, with a description for each member."""

from enum import StrEnum
from typing import Any

import strawberry


def describe(kind: type[StrEnum], description: str, *, name: str | None = None, **members: str) -> None:
    """Put an enumeration of the domain in the schema; every member is described, by its name."""
    strawberry.enum(kind, name=name, description=description)
    definition: Any = kind.__strawberry_definition__  # type: ignore[attr-defined]  # just put there
    for value in definition.values:
        value.description = members[value.name]
