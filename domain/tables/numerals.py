"""Numbers as people write them in tables, and as we write them back."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.cells import byte_at, byte_lengths
from domain.terms.arrays import Mask, Vector

LARGEST = 1e150
"""Numbers beyond this, either way, have squares that no float holds; they are not read as numbers."""

EXACT_BELOW = 2.0**53
"""Whole numbers below this are exact as floats."""

NUMERAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
MISSING_SPELLINGS = ("na", "n/a", "nan", "null", "none", "-")

_ZERO, _NINE = ord("0"), ord("9")


def parse_numerals(cells: pa.StringArray) -> Vector | None:
    """Read trimmed cells as finite decimal numbers, NaN where a cell is empty or null, (n,).

    None when a cell is anything else: other text, "inf", a number beyond LARGEST, or a
    code with leading zeros such as "00012".
    """
    empty = np.asarray(pc.is_null(cells)) | (byte_lengths(cells) == 0)
    if empty.all():
        return np.full(len(cells), np.nan)
    if _leading_zeros(cells).any():
        return None
    present = cells.filter(pa.array(~empty)) if empty.any() else cells
    try:
        values = pc.cast(present, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    # The comparison is false for NaN, which the cast reads from "nan".
    if not (np.abs(values) <= LARGEST).all():
        return None
    numbers = np.full(len(cells), np.nan)
    numbers[~empty] = values + 0.0  # adding zero makes a negative zero positive
    return numbers


def spelled_missing(cells: pa.StringArray) -> Mask:
    """Tell which trimmed cells are one of the usual spellings of "missing", in any case, (n,)."""
    short = byte_lengths(cells) <= max(map(len, MISSING_SPELLINGS))
    missing: Mask = np.zeros(len(cells), np.bool_)
    if short.any():
        suspects = pc.ascii_lower(cells.filter(pa.array(short)))
        missing[short] = np.asarray(pc.is_in(suspects, value_set=pa.array(MISSING_SPELLINGS)))
    return missing


def all_whole(numbers: Vector) -> bool:
    """Tell whether all present numbers are whole and exact as such; NaN is missing."""
    present = numbers[~np.isnan(numbers)]
    return bool(((np.abs(present) < EXACT_BELOW) & (present == np.trunc(present))).all())


def number_text(number: float) -> str:
    """Write a number in the shortest way that reads back the same, a whole one without ".0"."""
    if number == int(number) and abs(number) < 1e16:
        return str(int(number))
    return repr(float(number))


def _leading_zeros(cells: pa.StringArray) -> Mask:
    first, second, third = (byte_at(cells, place) for place in range(3))
    signed = (first == ord("+")) | (first == ord("-"))
    leading, following = np.where(signed, second, first), np.where(signed, third, second)
    return np.asarray((leading == _ZERO) & (following >= _ZERO) & (following <= _NINE))
