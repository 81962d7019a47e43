"""Columns that hold terms of the domain."""

from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter
from tortoise import fields

T = TypeVar("T")


def term_field(kind: type[T] | Any, *, null: bool = False) -> Any:
    """Store a frozen dataclass, or a tuple of them, as JSON, and read it back as what it was."""
    adapter: TypeAdapter[T] = TypeAdapter(kind)
    return fields.JSONField(
        encoder=lambda value: adapter.dump_json(value).decode(), decoder=adapter.validate_json, null=null
    )


def enum_field(kind: type[StrEnum], **options: Any) -> Any:
    """Store a member of an enumeration by its name.

    The database gets no list of the members: a new one needs no migration.
    """
    return fields.CharEnumField(kind, description="", max_length=32, **options)
