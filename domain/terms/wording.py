"""Turns of phrase that messages, names and texts to clients share."""

import re
from collections.abc import Sequence

SHORTENED = "…"

_LISTED = 10
_SHOWN_CHARACTERS = 100
_LONGEST_ACRONYM = 4
# Between a small letter or a digit and a capital, and before the last of several capitals.
_SEAMS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")


def counted(count: int, noun: str) -> str:
    """Count things: 1 row, 2,000 rows; the plural of the noun has an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def quoted(names: Sequence[str]) -> str:
    """List names in quotes, the first ten and a hundred characters of each; "none" where there are none."""
    listed = ", ".join(f'"{name[:_SHOWN_CHARACTERS]}"' for name in names[:_LISTED])
    return f"{listed} …" if len(names) > _LISTED else listed or "none"


def percent(share: float) -> str:
    """Write a share 0..1 for a reader: "23 %", "4.2 %" below 10 %, "under 0.1 %" for the tiniest."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    # Nearly all is not all, nearly ten is ten.
    if 0.995 <= share < 1:
        return "over 99 %"
    figure = f"{100 * share:.0f}" if share >= 0.0995 else f"{100 * share:.1f}".removesuffix(".0")
    return f"{figure} %"


def tidy(text: str) -> str:
    """Put a text on one line, without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shorten(text: str, length: int) -> str:
    """Cut a text to a length, an ellipsis showing that it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + SHORTENED


def spoken(name: str) -> str:
    """Write a column's name as words: "MonthlyCharges" and "MONTHLY_CHARGES" are "monthly charges".

    Words of up to four capitals, such as CLV, stay so, and a unit in brackets at the end
    stays too. A name without letters or digits is as it was, on one line.
    """
    unit = _UNIT.search(name)
    head = name[: unit.start()] if unit else name
    parts = _SEAMS.sub(" ", re.sub(r"[\W_]+", " ", head)).split()
    said = " ".join(part if _is_acronym(part) else part.lower() for part in parts)
    return f"{said} ({tidy(unit[1])})" if said and unit else said or tidy(name) or name


def _is_acronym(part: str) -> bool:
    # A longer one is of a name that is all in capitals.
    return 1 < len(part) <= _LONGEST_ACRONYM and part.isupper()
