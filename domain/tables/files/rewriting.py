"""Rewrites lines that pyarrow could not cut: aligned with blanks, padded, or cut by a letter beyond ASCII.

All take and give text in UTF-8 that ends with a line.
"""

from collections.abc import Callable

import numpy as np

from domain.tables.files.dialects import WHITESPACE, Dialect

SEPARATOR = "\x1f"
"""Takes the place of a delimiter beyond ASCII: the separator that ASCII itself has, and nobody uses."""

# Beyond this a quote was hardly meant to open a cell, and waiting for its end fills the memory.
_LONGEST_CELL = 1 << 26


class LineWise:
    """Hands whole rows to a rewriting, a line end in quotes being none, and keeps the rest for later."""

    def __init__(self, rewrite: Callable[[bytes], bytes], quote: bytes) -> None:
        self._rewrite, self._quote = rewrite, quote
        self._rest = b""

    def __call__(self, text: bytes, last: bool) -> bytes:
        """Take the next block, and tell whether it is the last; give what is ready."""
        text = self._rest + text
        end = len(text) if last or len(text) > _LONGEST_CELL else self._last_line_end(text)
        self._rest = text[end:]
        return self._rewrite(text[:end])

    def _last_line_end(self, text: bytes) -> int:
        open_quotes = text.count(self._quote) % 2
        end = len(text)
        while (place := max(text.rfind(b"\n", 0, end), text.rfind(b"\r", 0, end))) >= 0:
            open_quotes ^= text.count(self._quote, place, end) % 2
            # A CR at the very end may have its LF in the next block.
            if not open_quotes and not (place == len(text) - 1 and text[place] == 13):
                return place + 1
            end = place
        return 0


def rewriting(dialect: Dialect) -> list[LineWise]:
    """Give what the lines of a dialect have to go through, in this order."""
    quote = dialect.quote.encode()
    delimiter = dialect.delimiter or ""
    if delimiter == WHITESPACE:
        return [LineWise(lambda text: _aligned(text, ord(dialect.quote)), quote)]
    steps = []
    if not delimiter.isascii():
        mark = delimiter.encode()
        steps.append(LineWise(lambda text: text.replace(mark, SEPARATOR.encode()), quote))
        delimiter = SEPARATOR
    if dialect.padded:
        at_edge = frozenset(f"{delimiter}\r\n".encode())
        steps.append(LineWise(lambda text: _unpadded(text, at_edge, ord(dialect.quote)), quote))
    return steps


def _unpadded(text: bytes, at_edge: frozenset[int], quote: int) -> bytes:
    """Take the blanks off that stand between a quote outside and the edge of its cell."""
    letters = np.frombuffer(b"\n" + text + b"\n", np.uint8)
    within = np.cumsum(letters == quote) & 1
    solid = np.flatnonzero((letters != 32) | (within == 1))
    gaps = np.flatnonzero(np.diff(solid) > 1)
    before, after = letters[solid[gaps]], letters[solid[gaps + 1]]
    edges = list(at_edge)
    padding = (np.isin(before, edges) & (after == quote)) | ((before == quote) & np.isin(after, edges))
    turns = np.zeros(len(letters) + 1, np.int8)
    turns[solid[gaps[padding]] + 1] = 1
    turns[solid[gaps[padding] + 1]] = -1
    rewritten: bytes = letters[np.cumsum(turns[:-1]) == 0][1:-1].tobytes()
    return rewritten


def _aligned(text: bytes, quote: int) -> bytes:
    """Put a tab for each run of blanks between cells, nothing for those around a line."""
    letters = np.frombuffer(text, np.uint8)
    blank = (letters == 32) | (letters == 9)
    quotes = letters == quote
    if quotes.any():
        blank &= (np.cumsum(quotes) & 1) == 0
    breaks = (letters == 10) | (letters == 13)
    behind_gap = np.concatenate([[True], (blank | breaks)[:-1]])
    kept = ~(blank & behind_gap)
    letters, blank, breaks = np.where(blank, 9, letters).astype(np.uint8)[kept], blank[kept], breaks[kept]
    before_break = np.concatenate([breaks[1:], [True]])
    rewritten: bytes = letters[~(blank & before_break)].tobytes()
    return rewritten
