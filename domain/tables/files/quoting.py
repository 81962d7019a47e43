"""Whether the quotes of a CSV file are opened and closed as they should be (RFC 4180).

The reader behind pyarrow takes anything: a quote that is never closed swallows the
rest of the file, text after a closing quote is glued on. So every block that passes is
looked at for quotes in odd places, which costs next to nothing; only where there are
some does Python's own strict reader go over the file, to find what is wrong and where.
"""

import csv
import io
from collections.abc import Sequence

from domain.errors import UnreadableFile
from domain.tables.files.dialects import Dialect
from domain.tables.files.limits import cell_too_long
from domain.terms.imports import ImportLimits

_EDGE, _QUOTE = 1, 2

# A quote inside a cell, alone; or an empty quoted cell with something glued to it.
_ODD_PLACES = (bytes([0, _QUOTE, 0]), bytes([_EDGE, _QUOTE, _QUOTE, 0]))


class QuoteWatch:
    """Looks at a file block by block and remembers whether its quotes need a closer look."""

    def __init__(self, dialect: Dialect, delimiter: str) -> None:
        self._quote, self._escapes = dialect.quote.encode(), dialect.escapes
        classes = bytearray(256)
        for mark in f"{delimiter}\r\n":
            classes[ord(mark)] = _EDGE
        classes[ord(dialect.quote)] = _QUOTE
        self._classes = bytes(classes)
        self._count = 0
        self._odd_place = False
        # The start of a file is the start of a line; three bytes make every quote, and every
        # pair of them, seen once with what stands before and behind.
        self._carried = b"\n\n\n"

    def look(self, block: bytes) -> None:
        """Take in the next block."""
        if self._escapes:
            # A pair that two blocks share is missed: that may ask for a closer look in vain.
            block = block.replace(b"\\\\", b"").replace(b"\\" + self._quote, b"")
        quotes = block.count(self._quote)
        if quotes or self._quote in self._carried:
            self._count += quotes
            self._odd_place = self._odd_place or self._has_odd_quote(self._carried + block)
        self._carried = (self._carried + block)[-3:]

    def suspects(self) -> bool:
        """Tell, at the end of the file, whether a quote may be missing or in the wrong place."""
        return self._count % 2 == 1 or self._odd_place or self._has_odd_quote(self._carried + b"\n\n")

    def _has_odd_quote(self, window: bytes) -> bool:
        classes = window.translate(self._classes)
        return any(odd in classes for odd in _ODD_PLACES)


def check_quoting(
    text: io.RawIOBase,
    dialect: Dialect,
    delimiter: str,
    has_header: bool,
    limits: ImportLimits,
    path: Sequence[str],
) -> None:
    """Read a text in UTF-8 strictly and raise UnreadableFile at the first quote that is wrong.

    The text begins with the header, where there is one. Takes about a second for a
    million rows. A cell over the limit is TooLarge, or UnreadableFile where a quote seems
    to be missing.
    """
    counted = _Counted(text, dialect.quote.encode())
    records = csv.reader(
        io.TextIOWrapper(io.BufferedReader(counted, 1 << 20), encoding="utf-8", errors="replace", newline=""),
        delimiter=delimiter,
        quotechar=dialect.quote,
        escapechar="\\" if dialect.escapes else None,
        strict=True,
    )
    complete = 0
    # Python keeps one limit for all its readers.
    usual_limit = csv.field_size_limit(limits.max_cell_length)
    try:
        for _ in records:
            complete += 1
    except csv.Error as error:
        place = "the header" if has_header and not complete else f"row {complete + (not has_header):,}"
        if "field limit" in str(error) and counted.pair_up():
            raise cell_too_long(f"a cell of {place}", limits, path) from None
        raise _told(str(error), place, dialect.quote, path) from None
    finally:
        csv.field_size_limit(usual_limit)


class _Counted(io.RawIOBase):
    """A text whose quotes are counted as it passes."""

    def __init__(self, text: io.RawIOBase, quote: bytes) -> None:
        self._text, self._quote, self._count = text, quote, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # narrower on purpose
        block = self._text.read(len(buffer)) or b""
        self._count += block.count(self._quote)
        buffer[: len(block)] = block
        return len(block)

    def pair_up(self) -> bool:
        """Read on to the end, and tell whether the quotes are even in number."""
        while block := self._text.read(1 << 20):
            self._count += block.count(self._quote)
        return self._count % 2 == 0


def _told(error: str, place: str, quote: str, path: Sequence[str]) -> UnreadableFile:
    twice = f"write quotes that are part of a text twice ({quote}{quote})"
    if "field limit" in error or "end of data" in error:
        message = f"a quote that opens a cell in {place} is never closed: close it, or {twice}"
    else:
        message = f"there is text behind the closing quote of a cell in {place}: {twice}"
    return UnreadableFile(message, path)
