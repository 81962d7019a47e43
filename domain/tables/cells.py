"""Looks at many cells at once: which are blank, which have blanks around them, which are too long."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.terms.arrays import AnyArray, Mask, Rows

# Bytes that may begin or end white space: ASCII's own, and all that belong to a longer
# UTF-8 sequence, of which a no-break space is one. Those are looked at again, exactly.
_MAYBE_BLANK = np.zeros(256, np.bool_)
_MAYBE_BLANK[[*range(9, 14), *range(28, 33), *range(128, 256)]] = True


def string_buffers(cells: pa.StringArray) -> tuple[AnyArray, AnyArray]:
    """Give the offsets (n + 1,) and the UTF-8 bytes behind an array of n strings, without a copy."""
    _, offsets, text = cells.buffers()
    if len(cells) == 0:
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    within = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    return within, np.frombuffer(text, np.uint8) if text is not None else np.zeros(0, np.uint8)


def byte_lengths(cells: pa.StringArray) -> AnyArray:
    """Give the length of each cell in bytes, (n,)."""
    offsets, _ = string_buffers(cells)
    return np.diff(offsets)


def byte_at(cells: pa.StringArray, place: int, filler: int = 0) -> AnyArray:
    """Give one byte of each cell, (n,) uint8; negative places count from the end.

    Cells that are too short give the filler.
    """
    offsets, text = string_buffers(cells)
    found = np.full(len(cells), filler, np.uint8)
    long_enough = np.diff(offsets) > (place if place >= 0 else -place - 1)
    found[long_enough] = text[(offsets[:-1] if place >= 0 else offsets[1:])[long_enough] + place]
    return found


def trimmed(cells: pa.StringArray) -> tuple[pa.StringArray, Rows]:
    """Take surrounding white space off each cell; also give the positions of the cells it changed."""
    suspects = _MAYBE_BLANK[byte_at(cells, 0)] | _MAYBE_BLANK[byte_at(cells, -1)]
    if not suspects.any():
        return cells, np.zeros(0, np.int64)
    plain = pc.utf8_trim_whitespace(cells)
    return plain, np.flatnonzero(byte_lengths(plain) != byte_lengths(cells))


def blank(cells: pa.StringArray) -> Mask:
    """Tell which cells are empty or hold nothing but white space, (n,)."""
    plain, _ = trimmed(cells)
    return np.asarray(byte_lengths(plain) == 0)


def blank_rows(columns: list[pa.StringArray]) -> Rows:
    """Give the positions of the rows in which every cell is blank."""
    candidates: Rows | None = None
    for cells in columns:
        if candidates is None:
            candidates = np.flatnonzero(blank(cells))
        elif len(candidates):
            candidates = candidates[blank(cells.take(pa.array(candidates)))]
    return np.zeros(0, np.int64) if candidates is None else candidates


def first_longer_than(cells: pa.StringArray, limit: int) -> int | None:
    """Give the position of the first cell with more than `limit` characters, None where there is none."""
    # A character has one byte or more, so few cells need their characters counted.
    suspects = np.flatnonzero(byte_lengths(cells) > limit)
    for position in suspects.tolist():
        if len(cells[position].as_py()) > limit:
            return int(position)
    return None
