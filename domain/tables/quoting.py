"""Whether the quotes of a CSV file are opened and closed as they should be (RFC 4180).

The reader behind pyarrow takes anything: a quote that is never closed swallows the
rest of the file, text after a closing quote is glued on. So every block that passes is
looked at for quotes in odd places, which costs next to nothing; only where there are
some does Python's own strict reader go over the file, to find what is wrong and where.
"""

import csv
import io
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from domain.errors import TooLarge, UnreadableFile

_QUOTE = ord('"')
_AT_EDGE = np.zeros(256, np.bool_)
_AT_EDGE[[ord(mark) for mark in ',\r\n"']] = True


class QuoteWatch:
    """Looks at a file block by block and remembers whether its quotes need a closer look."""

    def __init__(self) -> None:
        self._count = 0
        self._odd_place = False
        # The start of a file is the start of a line; three bytes make every quote, and every
        # pair of them, seen once with what stands before and behind.
        self._carried = b"\n\n\n"

    def look(self, block: bytes) -> None:
        """Take in the next block."""
        quotes = block.count(b'"')
        if quotes or b'"' in self._carried:
            self._count += quotes
            self._odd_place = self._odd_place or _has_odd_quote(self._carried + block)
        self._carried = (self._carried + block)[-3:]

    def suspects(self) -> bool:
        """Tell, at the end of the file, whether a quote may be missing or in the wrong place."""
        return self._count % 2 == 1 or self._odd_place or _has_odd_quote(self._carried + b"\n\n")


def _has_odd_quote(window: bytes) -> bool:
    around = np.frombuffer(window, np.uint8)
    quotes = np.flatnonzero(around[1:-2] == _QUOTE) + 1
    before, after = around[quotes - 1], around[quotes + 1]
    # A quote inside a cell, alone; or an empty quoted cell with something glued to it.
    alone = ~_AT_EDGE[before] & ~_AT_EDGE[after]
    glued = _AT_EDGE[before] & (before != _QUOTE) & (after == _QUOTE) & ~_AT_EDGE[around[quotes + 2]]
    return bool((alone | glued).any())


def check_quoting(source: BinaryIO, path: Sequence[str]) -> None:
    """Read the whole file strictly and raise UnreadableFile at the first quote that is wrong.

    Takes about a second for a million rows. A cell too long for Python's reader is
    TooLarge, or UnreadableFile where a quote seems to be missing.
    """
    source.seek(0)
    text = io.TextIOWrapper(source, encoding="utf-8-sig", errors="replace", newline="")
    records = csv.reader(text, strict=True)
    # The header is the first record: with 0 records read, it is the one that is wrong.
    complete = 0
    try:
        for _ in records:
            complete += 1
    except csv.Error as error:
        place = f"row {complete}" if complete else "the header"
        raise _told(str(error), place, _quotes_pair_up(source), path) from None
    finally:
        # The wrapper would close the file with itself.
        text.detach()


def _told(error: str, place: str, pairs: bool, path: Sequence[str]) -> UnreadableFile | TooLarge:
    if "field limit" in error and pairs:
        return TooLarge(f"a cell of {place} is longer than {csv.field_size_limit():,} characters", path)
    if "field limit" in error or "end of data" in error:
        return UnreadableFile(
            f"a quote that opens a cell in {place} is never closed: close it, or write quotes that are "
            'part of a text twice ("")',
            path,
        )
    return UnreadableFile(
        f"there is text behind the closing quote of a cell in {place}: write quotes that are part of a text "
        'twice ("")',
        path,
    )


def _quotes_pair_up(source: BinaryIO) -> bool:
    source.seek(0)
    return sum(block.count(b'"') for block in iter(lambda: source.read(1 << 20), b"")) % 2 == 0
