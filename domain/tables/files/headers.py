"""Makes the names in a header usable: trimmed, on one line, none empty, no two alike."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from domain.terms.imports import ImportWarning, ImportWarningCode
from domain.terms.wording import counted

MAX_NAME_LENGTH = 200
"""Characters; a longer name is cut."""

_MAX_WARNINGS = 100
_SHOWN_CHARACTERS = 100

# Byte order marks, zero-width characters and the marks that turn the direction of writing:
# not to be seen, and a name with one is not the name one types. Joiners stay: words need them.
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad\ufdd0-\ufdef]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


def usable_names(
    header: Sequence[str],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[ImportWarning, ...]]:
    """Name the columns after their header; also give the names as they stood, and what was changed.

    A column without a name is called `column_3` by its place, a name that was there
    before gets the first number that is free: `price`, `price_2`. Scripts other than
    Latin stay. There are at most a hundred warnings and one that counts the others.
    """
    plain = [_one_line(name) for name in header]
    # A name that stands in the header as it should is kept, whoever comes first.
    reserved = {name for name, original in zip(plain, header, strict=True) if name == original}
    taken: set[str] = set()
    used = set(reserved)
    following: Counter[str] = Counter()
    names: list[str] = []
    told: list[ImportWarning] = []
    for place, (original, wanted) in enumerate(zip(header, plain, strict=True), start=1):
        kept = wanted == original != "" and wanted not in taken
        name = wanted if kept else _free_name(wanted or f"column_{place}", used, following)
        taken.add(name)
        used.add(name)
        names.append(name)
        if name != original:
            told.append(_renamed(place, original, wanted, name))
    return tuple(names), tuple(header), _capped(told)


def names_of(
    header: Sequence[str], has_header: bool
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[ImportWarning, ...]]:
    """Name the columns of a table as `usable_names` does, or by their numbers where it has no header."""
    return usable_names(header) if has_header else (numbered_names(len(header)), ("",) * len(header), ())


def numbered_names(count: int) -> tuple[str, ...]:
    """Name the columns of a table that has no header."""
    return tuple(f"column_{place}" for place in range(1, count + 1))


def _one_line(name: str) -> str:
    composed = unicodedata.normalize("NFC", _BREAKS.sub(" ", _UNSEEN.sub("", name)).strip())
    return composed if len(composed) <= MAX_NAME_LENGTH else composed[: MAX_NAME_LENGTH - 1].rstrip() + "…"


def _free_name(wanted: str, used: set[str], following: Counter[str]) -> str:
    if wanted not in used:
        return wanted
    number = max(2, following[wanted])
    while (name := _numbered(wanted, number)) in used:
        number += 1
    following[wanted] = number + 1
    return name


def _numbered(wanted: str, number: int) -> str:
    ending = f"_{number}"
    if len(wanted) + len(ending) > MAX_NAME_LENGTH:
        return wanted[: MAX_NAME_LENGTH - len(ending) - 1] + "…" + ending
    return wanted + ending


def _renamed(place: int, original: str, wanted: str, name: str) -> ImportWarning:
    shown = original if len(original) <= _SHOWN_CHARACTERS else original[:_SHOWN_CHARACTERS] + "…"
    if not wanted:
        why = f"column {place} has no name in the header"
    elif wanted != name:
        why = f'the name of column {place}, "{shown}", is not the only one of its kind'
    elif len(original.strip()) > MAX_NAME_LENGTH:
        why = f'the name of column {place}, "{shown}", has {len(original):,} characters'
    elif original.strip() == name:
        why = f'the name of column {place} has blanks around it, "{shown}"'
    else:
        why = f'the name of column {place}, "{shown}", has characters in it that can\'t be seen or typed'
    message = f'{why}: it is called "{name}" here'
    return ImportWarning(ImportWarningCode.HEADER_RENAMED, message, column=name, row=None, count=1)


def _capped(told: list[ImportWarning]) -> tuple[ImportWarning, ...]:
    more = len(told) - _MAX_WARNINGS
    if more <= 0:
        return tuple(told)
    message = f"other names than in the header were given to {counted(more, 'more column')}"
    summary = ImportWarning(ImportWarningCode.HEADER_RENAMED, message, column=None, row=None, count=more)
    return (*told[:_MAX_WARNINGS], summary)
