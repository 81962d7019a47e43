"""The spellings of a missing value."""

from collections.abc import Collection
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.values.cells import Ends, byte_lengths, ends
from domain.terms.arrays import Mask

SPELLINGS = (
    # English, and what statistics programs write
    *(
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "n/d",
        "n.d.",
        "na.",
        "#n/a",
        "#n/a n/a",
        "#na",
        "<na>",
        "nan",
        "-nan",
        "#nan",
    ),
    # programs and databases
    *("null", "(null)", "<null>", "#null!", "none", "nil", "\\n", "nat", "undefined"),
    # spreadsheets that could not compute
    *("#value!", "#ref!", "#div/0!", "#num!", "#name?"),
    # signs
    *("-", "--", "---", "–", "—", "?", "??", "."),  # noqa: RUF001 - dashes as word processors write them
    # words
    *("missing", "unknown", "not available", "not applicable", "(blank)", "(empty)"),
    *("k.a.", "k. a.", "keine angabe", "unbekannt", "inconnu", "desconocido"),
)
"""What counts as missing besides blank cells, in lower case: all of it among numbers and dates."""

A_CATEGORY_OFTEN = ("none",)
"""Those that are a value like others in a column of text: no discount, no children."""

NORTH_AMERICA = "na"
"""The one that is kept where it stands among codes such as EMEA and APAC."""

_LONGEST_TOLD_APART = 31


class MissingSpellings:
    """Finds the cells that spell a missing value, most of the others by a look at two bytes and a length."""

    def __init__(self, spellings: Collection[str]) -> None:
        self._spellings = pa.array(sorted({spelling.strip().lower() for spelling in spellings}), pa.string())
        # For each first and last byte, the lengths that a spelling has, as bits.
        self._lengths = np.zeros(2**16, np.uint32)
        for spelling in self._spellings.to_pylist():
            for form in (spelling, spelling.upper(), spelling.title()):
                self._note(form.encode())

    def _note(self, form: bytes) -> None:
        # In words the case of each end is free.
        for first in form[:1].lower() + form[:1].upper():
            for last in form[-1:].lower() + form[-1:].upper():
                self._lengths[first << 8 | last] |= np.uint32(1 << min(len(form), _LONGEST_TOLD_APART))

    def find(self, cells: pa.StringArray, found: Ends | None = None) -> Mask:
        """Tell which trimmed cells spell a missing value, in any case, (n,); `found` are the cells' ends."""
        first, last = found or ends(cells)
        lengths = self._lengths.take(first.astype(np.uint16) << 8 | last)
        missing: Mask = np.zeros(len(cells), np.bool_)
        if not lengths.any():
            return missing
        bits = np.minimum(byte_lengths(cells), _LONGEST_TOLD_APART).astype(np.uint32)
        suspects = np.flatnonzero((lengths >> bits) & 1)
        if len(suspects):
            lower = pc.utf8_lower(cells.take(pa.array(suspects)))
            missing[suspects] = np.asarray(pc.is_in(lower, value_set=self._spellings))
        return missing


@lru_cache(maxsize=64)
def missing_spellings(spellings: tuple[str, ...]) -> MissingSpellings:
    """Give the finder of these spellings; the same one for the same spellings."""
    return MissingSpellings(spellings)
