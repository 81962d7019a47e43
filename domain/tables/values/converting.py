"""Converts the cells of a column as its reading has it, a batch at a time."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from domain.tables.values.cells import byte_lengths, ends, string_buffers, trimmed, with_nulls
from domain.tables.values.dates import read_dates
from domain.tables.values.evidence import leading_zeros
from domain.tables.values.missing import NORTH_AMERICA, missing_spellings
from domain.tables.values.numeral_shapes import MARKS
from domain.tables.values.numerals import LARGEST, ReadNumbers, parse_plain, read_numerals
from domain.tables.values.units import PERCENT
from domain.terms.arrays import Mask, Rows, Vector
from domain.terms.readings import DecimalMark, Kind, NumberFormat, Reading


def _nowhere() -> Rows:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Converted:
    """A batch of cells as they are stored, null where missing, and the positions of those to tell of.

    `trimmed` are numbers with blanks around them, `spelled` missing values in letters,
    `unfit` cells that are no such number or date, `out_of_range` infinite and too large
    numbers, `reformatted` numbers that programs write in another way, `codes` numbers with
    leading zeros, and `kept` the cells of a text in which "NA" is a value.
    """

    cells: pa.Array
    trimmed: Rows = field(default_factory=_nowhere)
    spelled: Rows = field(default_factory=_nowhere)
    unfit: Rows = field(default_factory=_nowhere)
    out_of_range: Rows = field(default_factory=_nowhere)
    reformatted: Rows = field(default_factory=_nowhere)
    codes: Rows = field(default_factory=_nowhere)
    kept: Rows = field(default_factory=_nowhere)


def convert(cells: pa.StringArray, reading: Reading) -> Converted:
    """Convert raw cells, "" where empty, to float64 or, where the reading says so, to text as uploaded.

    Null is missing, and so is what is unfit or out of range, unless numbers are stored as text.
    """
    found = ends(cells)
    plain, changed = trimmed(cells, found)
    if plain is not cells:
        found = ends(plain)
    spelled = missing_spellings(reading.missing).find(plain, found)
    missing = (byte_lengths(plain) == 0) | spelled
    told = np.flatnonzero(spelled) if spelled.any() else _nowhere()
    if reading.kind is Kind.NUMBERS:
        codes = np.flatnonzero(leading_zeros(plain, found))
        return _convert_numbers(_Sorted(cells, plain, missing, told, changed, codes), reading)
    if reading.kind is Kind.DATES:
        present = ~missing if missing.any() else None
        unfit = np.isnan(read_dates(plain, present, reading.dates)) & ~missing
        return Converted(with_nulls(cells, missing | unfit), spelled=told, unfit=np.flatnonzero(unfit))
    if reading.kind is Kind.TEXT and NORTH_AMERICA not in reading.missing:
        kept = np.flatnonzero(missing_spellings((NORTH_AMERICA,)).find(plain, found))
        return Converted(with_nulls(cells, missing), spelled=told, kept=kept)
    return Converted(with_nulls(cells, missing), spelled=told)


def convert_numbers(cells: pa.DoubleArray) -> Converted:
    """Take over numbers of the format itself: NaN is missing, infinite and too large ones are rejected."""
    values = cells.to_numpy(zero_copy_only=False)
    usable = np.abs(values) <= LARGEST
    if usable.all():
        return Converted(cells)
    out_of_range = np.flatnonzero(~usable & ~np.isnan(values))
    return Converted(pa.array(values, pa.float64(), mask=~usable), out_of_range=out_of_range)


class _Sorted(NamedTuple):
    """A batch of raw cells, trimmed; which are missing, and which of them in letters; which were trimmed."""

    cells: pa.StringArray
    plain: pa.StringArray
    missing: Mask
    spelled: Rows
    trimmed: Rows
    codes: Rows


def _convert_numbers(batch: _Sorted, reading: Reading) -> Converted:
    values = _plain_numbers(batch, reading.numbers)
    if values is None:
        wanted = ~batch.missing if batch.missing.any() else None
        return _converted(batch, reading, read_numerals(batch.plain, wanted, reading.numbers))
    usable = np.abs(values) <= LARGEST
    if np.count_nonzero(usable) + np.count_nonzero(batch.missing) < len(values):
        # What is not missing, nor a number of ours, is infinite here, or too large.
        return _converted(
            batch, reading, ReadNumbers(values, ~batch.missing, np.zeros(len(values), np.bool_))
        )
    stored = with_nulls(batch.cells, batch.missing) if reading.stored_as_text else _nullable(values, usable)
    changed = batch.trimmed[usable[batch.trimmed]] if len(batch.trimmed) else batch.trimmed
    return Converted(stored, trimmed=changed, spelled=batch.spelled, codes=batch.codes)


def _converted(batch: _Sorted, reading: Reading, found: ReadNumbers) -> Converted:
    # The comparison is false for NaN as well, which stands for what is no number.
    usable = np.abs(found.values) <= LARGEST
    stored = with_nulls(batch.cells, ~usable) if reading.stored_as_text else _nullable(found.values, usable)
    return Converted(
        stored,
        trimmed=batch.trimmed[usable[batch.trimmed]],
        spelled=batch.spelled,
        unfit=np.flatnonzero(~found.fit & ~batch.missing),
        out_of_range=np.flatnonzero(found.fit & ~usable),
        reformatted=np.flatnonzero(found.reformatted),
        codes=batch.codes,
    )


def _nullable(values: Vector, usable: Mask) -> pa.DoubleArray:
    return pa.array(values, pa.float64()) if usable.all() else pa.array(values, pa.float64(), mask=~usable)


def _plain_numbers(batch: _Sorted, format: NumberFormat) -> Vector | None:
    """Read numbers by Arrow's own cast, NaN where missing; None unless all cells are plain in this format."""
    if format.unit == PERCENT or (format.decimal is not DecimalMark.POINT and _has_marks(batch.plain)):
        return None
    values = parse_plain(with_nulls(batch.plain, batch.missing))
    if values is None or np.count_nonzero(np.isnan(values)) > np.count_nonzero(batch.missing):
        return None  # a cell says "nan", and that is not among the column's spellings of missing
    return values


def _has_marks(cells: pa.StringArray) -> bool:
    offsets, text = string_buffers(cells)
    within = text[offsets[0] : offsets[-1]]
    return any(np.count_nonzero(within == ord(mark)) for mark in MARKS.values())
