"""What is wrong with a profile that somebody wants to keep; every mistake is found."""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import islice

from domain.errors import MOST_MISTAKES, DomainError, Invalid, TooLarge
from domain.models.profiles import NAME_LENGTH
from domain.services import checks
from domain.settings import PREFIX, Settings
from domain.terms.wording import counted, shorten

LARGEST_WHOLE = 2**63 - 1
"""Larger ones are no number to a database."""

_NAME = ("input", "name")
_ATTRIBUTES = ("input", "attributes")
_QUOTED = 100

# Categories Cc and Cs, but for tabs and ends of lines, which people write. A pattern, since there may be
# millions of letters.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def name_mistakes(name: str) -> Iterator[DomainError]:
    """Find what is wrong with a name: empty, too long, not printable."""
    return checks.name_mistakes(name.strip(), NAME_LENGTH, _NAME)


def note_mistakes(note: str | None) -> Iterator[DomainError]:
    """Find that a note is too long, or can't be kept."""
    return checks.text_mistakes(note, "note", ("input", "note"))


def attribute_mistakes(attributes: object, settings: Settings) -> list[DomainError]:
    """Find what keeps attributes from being a flat record of a size that is kept, the first of it."""
    if not isinstance(attributes, dict):
        return [Invalid("the attributes are no record: give an object of columns", _ATTRIBUTES)]
    if len(attributes) > settings.max_columns:
        limit = f"{settings.max_columns:,} at most ({PREFIX}MAX_COLUMNS)"
        return [TooLarge(f"there are {counted(len(attributes), 'attribute')}: {limit}", _ATTRIBUTES)]
    return list(islice(_mistakes(attributes, settings.max_cell_length), MOST_MISTAKES))


def _mistakes(attributes: Mapping[str, object], longest: int) -> Iterator[DomainError]:
    for column, value in attributes.items():
        path, named = [*_ATTRIBUTES, column], f"attribute {shorten(column, _QUOTED)!r}"
        if _is_unfit(column):
            yield Invalid(f"the name of {named} holds control characters: leave them out", path)
        elif len(column) > longest:
            yield TooLarge(f"the name of {named} has {len(column):,} characters: {longest:,} at most", path)
        elif isinstance(value, dict | list):
            kind = "a list" if isinstance(value, list) else "an object"
            told = f"{named} holds {kind}: attributes are flat, give each part one of its own"
            yield Invalid(told, path)
        elif isinstance(value, int | float) and not _is_kept(value):
            yield Invalid(f"{named} holds a number that is too large: leave it out, or send null", path)
        elif isinstance(value, str) and len(value) > longest:
            yield TooLarge(f"{named} has {len(value):,} characters: {longest:,} at most", path)
        elif isinstance(value, str) and _is_unfit(value):
            yield Invalid(f"{named} holds control characters: leave them out", path)


def _is_kept(number: float) -> bool:
    return abs(number) <= LARGEST_WHOLE if isinstance(number, int) else math.isfinite(number)


def _is_unfit(text: str) -> bool:
    return _UNFIT.search(text) is not None
