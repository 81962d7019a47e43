"""How values are written as text, and how texts are told apart: the same in every room, process and release.

Arrow's cells are looked at in place: its own ways to NumPy import pandas, which a server does without.
"""

from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from domain.terms.arrays import Mask, Rows

WORD = 8
"""Bytes."""

Words: TypeAlias = NDArray[np.uint64]

Hashes: TypeAlias = NDArray[np.uint64]
"""A hash a cell, (n_rows,)."""

_BLOCK = 16_384
"""So many cells at a time keep what is computed of them in the processor's cache."""

# Whole numbers from here on are written with an exponent, as Python does it.
_PLAIN_BELOW = 1e16

# The constants of SplitMix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
# The lowest n bytes of a word, n from 0 to 8.
_LOWEST = np.array([(1 << 8 * n) - 1 for n in range(WORD + 1)], np.uint64)

HASH_OF_MISSING = int(_STEP)


def hash_text(cells: pa.StringArray) -> Hashes:
    """Hash the UTF-8 bytes of each cell, (n_rows,); missing cells all give HASH_OF_MISSING.

    No secret is in it: who wants two texts of one hash can make them.
    """
    parts = [_hash_block(cells.slice(start, _BLOCK)) for start in range(0, len(cells), _BLOCK)]
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def _hash_block(cells: pa.StringArray) -> Hashes:
    starts, lengths, content = words(cells)
    hashes = lengths.astype(np.uint64) * _STEP
    hashes ^= content[starts] & _LOWEST[np.minimum(lengths, WORD)]
    _mix(hashes)
    longer, at = np.flatnonzero(lengths > WORD), WORD
    while longer.size:
        rest = lengths[longer] - at
        mixed = hashes[longer] + _STEP
        mixed ^= content[starts[longer] + at] & _LOWEST[np.minimum(rest, WORD)]
        _mix(mixed)
        hashes[longer] = mixed
        longer, at = longer[rest > WORD], at + WORD
    if cells.null_count:
        hashes[~present(cells)] = _STEP
    return hashes


def _mix(states: Hashes) -> None:
    """Spread every bit over its state, in place: SplitMix64's finalizer."""
    states ^= states >> np.uint64(30)
    states *= _FIRST
    states ^= states >> np.uint64(27)
    states *= _SECOND
    states ^= states >> np.uint64(31)


def number_text(number: float) -> str:
    """Write a number in the shortest way that reads back the same, a whole one without ".0"."""
    if number == int(number) and abs(number) < _PLAIN_BELOW:
        return str(int(number))
    return repr(float(number))


def words(cells: pa.StringArray) -> tuple[Rows, Rows, Words]:
    """Lay text out for reading by the word: where each cell starts, its length, both in bytes, and the words.

    `words[at]` are the eight bytes from byte `at` on, the first one lowest; behind the
    last cell there are zeros.
    """
    _, offsets, content = cells.buffers()
    width = np.int64 if pa.types.is_large_string(cells.type) else np.int32
    bounds = np.frombuffer(offsets, width)[cells.offset : cells.offset + len(cells) + 1].astype(np.int64)
    copy = np.zeros(bounds[-1] - bounds[0] + WORD, np.uint8)
    if content is not None:
        copy[:-WORD] = np.frombuffer(content, np.uint8)[bounds[0] : bounds[-1]]
    return (
        bounds[:-1] - bounds[0],
        np.diff(bounds),
        np.ndarray((len(copy) - WORD + 1,), "<u8", copy, strides=(1,)),
    )


def present(cells: pa.Array) -> Mask:
    """Tell which cells have a value, (n_rows,)."""
    if not cells.null_count:
        return np.ones(len(cells), np.bool_)
    return bits(cells.buffers()[0], cells)


def bits(packed: pa.Buffer, cells: pa.Array) -> Mask:
    """Unpack the bits that a buffer has for cells, (n_rows,)."""
    unpacked = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    return unpacked[cells.offset : cells.offset + len(cells)].view(np.bool_)
