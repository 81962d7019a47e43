"""The shapes of cells: their text with every digit as a zero, so that few shapes stand for many values.

Cells of one shape have their digits at the same places, so they are read together, as a
matrix of bytes, and how they are read is found out once, in plain Python.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.values.cells import byte_at, byte_lengths, string_buffers
from domain.terms.arrays import AnyArray, Mask, Rows

LEADING_ZERO = "\x01"
"""Stands in a shape for a zero that the cell, or what follows its sign, begins with."""

DIGIT = f"[0{LEADING_ZERO}]"

_LONGEST = 100
"""Longer cells, in bytes, are not looked at: what is known of each shape is kept for the next batch."""

_SHAPE_OF = np.arange(256, dtype=np.uint8)
_SHAPE_OF[ord("0") : ord("9") + 1] = ord("0")
_SHAPE_OF[ord(LEADING_ZERO)] = 2  # a control character in a cell is no zero of ours

# What may be a number, with a unit before or behind it, or a date; most free text is not.
_BLANKS = r" \x{a0}\x{2009}\x{202f}"
_MARKS = "-.,'’_/:+eETtZ" + _BLANKS  # noqa: RUF001 - the apostrophe of Swiss spreadsheets
_NUMERIC = rf"^[^0\x01]{{0,14}}[0\x01][{_MARKS}0\x01]*([^0\x01]{{0,12}}|[^0\x01]{{1,5}}[+-]0[0:]*)$"
_NAMED_MONTH = r"^[0\x01]0?[^0\x01]{1,20}0{2,4}([^0\x01]{1,4}0[0:]*[^0\x01]{0,8}[+-]?[0:]*)?$"
_ORDINAL = (
    r"^[^0\x01]{3,12}[0\x01]0?(?:st|nd|rd|th)[-/, ]{1,2}0{2,4}([^0\x01]{1,4}0[0:]*[^0\x01]{0,8}[+-]?[0:]*)?$"
)
_INFINITE = r"^[+-]?(?i:inf|infinity|∞)$"
_SUSPECT = f"{_NUMERIC}|{_NAMED_MONTH}|{_ORDINAL}|{_INFINITE}"


def shapes(cells: pa.StringArray) -> pa.StringArray:
    """Give the shape of each cell, (n,)."""
    offsets, text = string_buffers(cells)
    start, end = int(offsets[0]), int(offsets[-1])
    folded = _SHAPE_OF[text[start:end]]
    first = byte_at(cells, 0)
    signed = (first == ord("+")) | (first == ord("-"))
    zeros = first == ord("0")
    if signed.any():
        zeros |= signed & (byte_at(cells, 1) == ord("0"))
    folded[(offsets[:-1] + signed)[zeros] - start] = ord(LEADING_ZERO)
    return pa.StringArray.from_buffers(len(cells), pa.py_buffer(offsets - start), pa.py_buffer(folded))


def by_shape(cells: pa.StringArray) -> Iterator[tuple[str, Rows]]:
    """Give each shape that may be a number's or a date's, and the positions of the cells that have it."""
    if len(cells) == 0:
        return
    coded = shapes(cells).dictionary_encode()
    short = byte_lengths(coded.dictionary) <= _LONGEST
    suspects = np.flatnonzero(short & np.asarray(pc.match_substring_regex(coded.dictionary, _SUSPECT)))
    codes = coded.indices.to_numpy()
    if len(coded.dictionary) == 1:
        order, counts = np.arange(len(codes)), np.array([len(codes)])
    else:
        # NumPy sorts numbers of two bytes several times faster, by their digits.
        narrow = codes.astype(np.uint16) if len(coded.dictionary) <= 2**16 else codes
        order, counts = np.argsort(narrow, kind="stable"), np.bincount(codes)
    ends = np.cumsum(counts)
    for code in suspects.tolist():
        yield coded.dictionary[code].as_py(), order[ends[code] - counts[code] : ends[code]]


def matrix(cells: pa.StringArray, positions: Rows, width: int) -> AnyArray:
    """Give the bytes of the cells at the positions, each `width` bytes long, (n_positions, width) uint8."""
    offsets, text = string_buffers(cells)
    starts = offsets[:-1][positions]
    return np.asarray(text[starts[:, np.newaxis] + np.arange(width)])


def chosen(positions: Rows, wanted: Mask | None) -> Rows:
    """Keep the positions that are wanted; None wants all."""
    return positions if wanted is None else positions[wanted[positions]]
