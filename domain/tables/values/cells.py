"""Looks at many cells at once: which are blank, which have blanks around them, which are too long."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.terms.arrays import AnyArray, Mask, Rows

_NO_BYTE = 0x7F
"""Stands for the ends of an empty cell: a control character that ends nothing we look for."""


class Ends(NamedTuple):
    """The first and the last byte of each cell, (n,) uint8 each."""

    first: AnyArray
    last: AnyArray


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
    if len(text) == 0:
        return np.full(len(cells), filler, np.uint8)
    places = offsets[:-1] + place if place >= 0 else offsets[1:] + place
    too_short = np.diff(offsets) < (place + 1 if place >= 0 else -place)
    if not too_short.any():
        return np.asarray(text[places])
    found = text[np.clip(places, 0, len(text) - 1)]
    found[too_short] = filler
    return np.asarray(found)


def with_nulls(cells: pa.StringArray, missing: Mask) -> pa.StringArray:
    """Give the cells, null where they are missing, without a copy of their text."""
    if not missing.any():
        return cells
    # An array may begin within its buffers: the bits before it stand for nobody.
    valid = np.concatenate([np.zeros(cells.offset, np.bool_), ~missing])
    bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
    _, offsets, text = cells.buffers()
    nulls = int(missing.sum())
    return pa.StringArray.from_buffers(len(cells), offsets, text, bitmap, nulls, cells.offset)


def ends(cells: pa.StringArray) -> Ends:
    """Give the first and the last byte of each cell; an empty one has byte 127."""
    offsets, text = string_buffers(cells)
    if len(text) == 0:
        return Ends(*np.full((2, len(cells)), _NO_BYTE, np.uint8))
    # Places of empty cells may lie just outside, and are put right below.
    first = text.take(offsets[:-1], mode="clip")
    last = text.take(offsets[1:] - 1, mode="clip")
    empty = offsets[1:] == offsets[:-1]
    if empty.any():
        first[empty] = last[empty] = _NO_BYTE
    return Ends(first, last)


def trimmed(cells: pa.StringArray, found: Ends | None = None) -> tuple[pa.StringArray, Rows]:
    """Take surrounding white space off each cell; also give the positions of the cells it changed.

    `found` are the cells' ends, where they are known.
    """
    first, last = found or ends(cells)
    if not (_maybe_blank(first) | _maybe_blank(last)).any():
        return cells, np.zeros(0, np.int64)
    plain = pc.utf8_trim_whitespace(cells)
    return plain, np.flatnonzero(byte_lengths(plain) != byte_lengths(cells))


def _maybe_blank(bytes_: AnyArray) -> Mask:
    # ASCII's white space is at its beginning; above it are the bytes of longer UTF-8
    # sequences, of which a no-break space is one. Those are looked at again, exactly.
    return np.asarray((bytes_ <= ord(" ")) | (bytes_ >= 128))


def blank(cells: pa.StringArray) -> Mask:
    """Tell which cells are empty or hold nothing but white space, (n,)."""
    plain, _ = trimmed(cells)
    return np.asarray(byte_lengths(plain) == 0)


def first_longer_than(cells: pa.StringArray, limit: int) -> int | None:
    """Give the position of the first cell with more than `limit` characters, None where there is none."""
    # A character has one byte or more, so few cells need their characters counted.
    suspects = np.flatnonzero(byte_lengths(cells) > limit)
    for position in suspects.tolist():
        if len(cells[position].as_py()) > limit:
            return int(position)
    return None
