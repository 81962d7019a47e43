"""What a mutation is about, for the audit: by the ids in its input, or of what it made."""

from dataclasses import fields, is_dataclass
from typing import Any

from domain.terms.auditing import Subject
from graph.resolving.relay import parse_id


def subject_named(input: Any) -> Subject | None:
    """Find the first object that an input names by its id."""
    if not is_dataclass(input):
        return None
    values = (getattr(input, field.name, None) for field in fields(input) if field.name.endswith("id"))
    return next(filter(None, map(_subject, values)), None)


def subject_made(payload: Any) -> Subject | None:
    """Find the first object that a payload answers."""
    values = (getattr(payload, field.name, None) for field in fields(payload))
    return next(filter(None, (_subject(getattr(value, "id", None)) for value in values)), None)


def _subject(text: Any) -> Subject | None:
    parsed = parse_id(text) if isinstance(text, str) else None
    if parsed is None:
        return None
    kind, key = parsed
    # Whoever asks is an account, by whichever of both ids.
    return Subject("User" if kind == "Viewer" else kind, key)
