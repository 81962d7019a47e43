"""Turns of phrase that messages to clients share."""

from collections.abc import Sequence

_LISTED = 10
_SHOWN_CHARACTERS = 100


def counted(count: int, noun: str) -> str:
    """Count things: 1 row, 2,000 rows; the plural of the noun has an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def quoted(names: Sequence[str]) -> str:
    """List names in quotes, the first ten and a hundred characters of each; "none" where there are none."""
    listed = ", ".join(f'"{name[:_SHOWN_CHARACTERS]}"' for name in names[:_LISTED])
    return f"{listed} …" if len(names) > _LISTED else listed or "none"
