"""Numbers as people write them in tables."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.values.cells import byte_lengths
from domain.tables.values.numeral_shapes import MARKS, is_infinite, numeral
from domain.tables.values.shapes import LEADING_ZERO, by_shape, chosen, matrix
from domain.terms.arrays import AnyArray, Mask, Vector
from domain.terms.readings import PLAIN, NumberFormat

LARGEST = 1e150
"""Numbers beyond this, either way, have squares that no float holds; they are not read as numbers."""

EXACT_BELOW = 2.0**53
"""Whole numbers below this are exact as floats."""


@dataclass(frozen=True, slots=True)
class ReadNumbers:
    """Cells read as numbers, NaN where they are none; which fit; which are not in plain format; (n,) each."""

    values: Vector
    fit: Mask
    reformatted: Mask


def read_numerals(cells: pa.StringArray, wanted: Mask | None, format: NumberFormat) -> ReadNumbers:
    """Read the wanted cells, trimmed, as numbers in one format; None wants all.

    Infinity and what no float holds are infinite; codes with leading zeros are numbers here.
    """
    values, fit, reformatted = np.full(len(cells), np.nan), *np.zeros((2, len(cells)), np.bool_)
    for shape, everywhere in by_shape(cells):
        positions = chosen(everywhere, wanted)
        if len(positions) == 0:
            continue
        if is_infinite(shape):
            values[positions] = -np.inf if shape.startswith("-") else np.inf
        elif (plan := _plan(shape, format)) is not None:
            values[positions] = _values(matrix(cells, positions, plan.width), plan)
            reformatted[positions] = plan.reformatted
        fit[positions] = ~np.isnan(values[positions])
    return ReadNumbers(values, fit, reformatted)


class _Plan(NamedTuple):
    """Which bytes of a cell make its number, and where among them a mark becomes a point."""

    width: int
    kept: tuple[int, ...]
    mark: int | None
    negative: bool
    reformatted: bool


@lru_cache(maxsize=20_000)
def _plan(shape: str, format: NumberFormat) -> _Plan | None:
    found = numeral(shape)
    meaning = found.meaning(format) if found else None
    if found is None or meaning is None:
        return None
    start, end = found.body
    body = shape[start:end]
    last_mark = start + body.rindex(MARKS[meaning.decimal]) if meaning.decimal else None
    digits = [
        place for place in range(start, end) if shape[place] in f"0{LEADING_ZERO}" or place == last_mark
    ]
    kept = [*digits, *range(end, found.exponent_end)]
    return _Plan(
        width=len(shape.encode()),
        kept=tuple(len(shape[:place].encode()) for place in kept),
        mark=None if last_mark is None else digits.index(last_mark),
        negative=found.negative,
        reformatted=not found.is_plain(meaning),
    )


def _values(text: AnyArray, plan: _Plan) -> Vector:
    kept = text[:, plan.kept]
    if plan.mark is not None:
        kept[:, plan.mark] = ord(".")
    offsets = np.arange(len(kept) + 1, dtype=np.int32) * len(plan.kept)
    written = pa.StringArray.from_buffers(
        len(kept), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(kept))
    )
    values = np.asarray(pc.cast(written, pa.float64()).to_numpy())
    # Adding zero makes a negative zero positive.
    return (-values if plan.negative else values) + 0.0


def parse_plain(cells: pa.StringArray) -> Vector | None:
    """Read trimmed cells as Arrow reads numbers, NaN where null, (n,); None where one is anything else.

    "inf" and "nan" are numbers here, and so are numbers beyond LARGEST.
    """
    try:
        values = pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return np.asarray(values + 0.0)


def parse_numerals(cells: pa.StringArray, format: NumberFormat = PLAIN) -> Vector | None:
    """Read trimmed cells as numbers of one format, NaN where a cell is empty or null, (n,).

    None when a cell is anything else, or a number beyond LARGEST.
    """
    present = np.asarray(pc.is_valid(cells)) & (byte_lengths(cells) > 0)
    found = read_numerals(cells, None if present.all() else present, format)
    if not found.fit[present].all() or (np.abs(found.values[present]) > LARGEST).any():
        return None
    return found.values


def all_whole(numbers: Vector) -> bool:
    """Tell whether all present numbers are whole and exact as such; NaN is missing."""
    present = numbers[~np.isnan(numbers)]
    return bool(((np.abs(present) < EXACT_BELOW) & (present == np.trunc(present))).all())
