"""Looks at the columns of a stored table, one by one: how much is missing, how values are distributed."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from domain.tables.columns.frequencies import (
    Batches,
    Filling,
    Frequencies,
    as_strings,
    number_frequencies,
    text_frequencies,
)
from domain.tables.columns.moments import Moments
from domain.tables.columns.summaries import summarise
from domain.tables.values.conversion import numbers
from domain.tables.values.numerals import all_whole
from domain.terms.columns import NumericSummary
from domain.terms.readings import Kind, Reading

EXACT_ROWS = 10_000_000
"""Up to so many rows everything is exact. In longer tables, what needs the values in order is told by every
second of them, every third and so on: quantiles, histogram, distinct values and top values."""

SAMPLE = 10_000
"""So many first values of a column are looked at for their shape."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What is in a column. `unique`: all rows have a value, and no two the same; exact in every table.

    `sample` are the first present values, as stored.
    """

    row_count: int
    missing_count: int
    frequencies: Frequencies
    unique: bool
    numeric: NumericSummary | None
    whole: bool
    sample: pa.Array
    approximate: bool

    @property
    def present_count(self) -> int:
        """The number of cells that are not missing."""
        return self.row_count - self.missing_count


def look_at(batches: Batches, row_count: int, present_count: int, reading: Reading) -> Looks:
    """Describe a stored column. It is read once, a text with many different values up to three times.

    Takes eight bytes a row, and a few batches.
    """
    every = max(1, -(-row_count // EXACT_ROWS))
    known = _Known(row_count, row_count - present_count, _sample(batches), every)
    if not present_count:
        return known.looks(Frequencies(0, ()), unique=False)
    if reading.kind is Kind.NUMBERS:
        return _look_at_numbers(batches, known, reading)
    found = text_frequencies(batches, row_count, every)
    unique = known.missing == 0 and found.distinct_count == -(-row_count // every)
    if unique and every > 1:
        unique = text_frequencies(batches, row_count).distinct_count == row_count
    return known.looks(found, unique=unique)


class _Known(NamedTuple):
    row_count: int
    missing: int
    sample: pa.Array
    every: int

    def looks(
        self,
        found: Frequencies,
        *,
        unique: bool,
        numeric: NumericSummary | None = None,
        whole: bool = False,
    ) -> Looks:
        approximate = self.every > 1
        return Looks(self.row_count, self.missing, found, unique, numeric, whole, self.sample, approximate)


def _sample(batches: Batches) -> pa.Array:
    first: list[pa.Array] = []
    seen = 0
    for cells in batches():
        first.append(as_strings(cells.drop_null()[: SAMPLE - seen]))
        seen += len(first[-1])
        if seen == SAMPLE:
            break
    return pa.concat_arrays(first) if first else pa.array([], pa.string())


def _look_at_numbers(batches: Batches, known: _Known, reading: Reading) -> Looks:
    moments, some = Moments(), Filling(-(-known.row_count // known.every), np.float64)
    whole, seen = True, 0
    for cells in batches():
        values = numbers(pa.chunked_array([cells]), reading.numbers)
        present = values[~np.isnan(values)]
        moments.add(present)
        whole = whole and all_whole(present)
        some.add(present[-seen % known.every :: known.every])
        seen += len(present)
    ordered = some.ordered()
    found = number_frequencies(ordered, known.every)
    unique = known.missing == 0 and found.distinct_count == len(ordered)
    if unique and known.every > 1:
        unique = _all_differ(batches, known.row_count, reading)
    return known.looks(found, unique=unique, numeric=summarise(moments, ordered, whole), whole=whole)


def _all_differ(batches: Batches, row_count: int, reading: Reading) -> bool:
    values = Filling(row_count, np.float64)
    for cells in batches():
        values.add(numbers(pa.chunked_array([cells]), reading.numbers))
    ordered = values.ordered()
    return bool((ordered[1:] > ordered[:-1]).all())
