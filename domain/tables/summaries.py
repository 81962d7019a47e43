"""Exact statistics of columns: how often values occur, and how numbers are distributed."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.numerals import number_text
from domain.terms.arrays import Vector
from domain.terms.columns import Histogram, NumericSummary, ValueCount

MAX_BINS = 20
TOP_VALUES = 10


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many different values there are, and the ten most frequent, ties by value."""

    distinct_count: int
    top_values: tuple[ValueCount, ...]


def text_frequencies(text: pa.ChunkedArray) -> Frequencies:
    """Count the values of a column of text, nulls left out; ties are in the order of code points."""
    counted = pc.value_counts(text.drop_null())
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    if len(counts) > TOP_VALUES:
        tenth = np.partition(counts, -TOP_VALUES)[-TOP_VALUES]
        enough = pa.array(counts >= tenth)
        values, counts = values.filter(enough), counts[counts >= tenth]
    table = pa.table({"value": values, "count": pa.array(counts)})
    top = table.take(
        pc.select_k_unstable(table, TOP_VALUES, [("count", "descending"), ("value", "ascending")])
    )
    listed = zip(top["value"].to_pylist(), top["count"].to_pylist(), strict=True)
    return Frequencies(len(counted), tuple(ValueCount(value, count) for value, count in listed))


def number_frequencies(ordered: Vector) -> Frequencies:
    """Count the values of sorted numbers, (n,) without NaN; ties are in the order of size."""
    starts = np.flatnonzero(np.diff(ordered, prepend=np.nan))
    counts = np.diff(starts, append=len(ordered))
    places = np.arange(len(counts))
    if len(counts) > TOP_VALUES:
        tenth = np.partition(counts, -TOP_VALUES)[-TOP_VALUES]
        # Ties are in order already: of those at the limit, the first few are as good as any.
        places = np.sort(
            np.concatenate([np.flatnonzero(counts > tenth), np.flatnonzero(counts == tenth)[:TOP_VALUES]])
        )
    top = places[np.argsort(-counts[places], kind="stable")][:TOP_VALUES]
    values = ordered[starts[top]]
    listed = zip(values.tolist(), counts[top].tolist(), strict=True)
    return Frequencies(len(counts), tuple(ValueCount(number_text(value), count) for value, count in listed))


def summarise(ordered: Vector, whole: bool) -> NumericSummary:
    """Describe sorted numbers, (n,) with n of 1 or more and without NaN; `whole`: they are all whole."""
    return NumericSummary(
        min=float(ordered[0]),
        max=float(ordered[-1]),
        # Rounding can put the mean of equal numbers beside them.
        mean=float(np.clip(ordered.mean(), ordered[0], ordered[-1])),
        standard_deviation=float(ordered.std(ddof=1)) if ordered[0] < ordered[-1] else 0.0,
        median=_quantile(ordered, 0.5),
        histogram=_histogram(ordered, whole),
    )


def _quantile(ordered: Vector, share: float) -> float:
    """Give a quantile of sorted numbers, by linear interpolation (Hyndman and Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def _histogram(ordered: Vector, whole: bool) -> Histogram:
    """Count sorted numbers in bins of equal width, the upper edge counting to the last bin alone.

    Equal numbers are one bin, from half below to half above.
    """
    low, high = float(ordered[0]), float(ordered[-1])
    if low == high:
        return Histogram((low - 0.5, high + 0.5), (len(ordered),))
    bins = _bin_count(ordered, whole)
    edges = np.linspace(low, high, bins + 1)
    while bins > 1 and not (np.diff(edges) > 0).all():
        # A few neighbouring floats have no room for so many edges.
        bins //= 2
        edges = np.linspace(low, high, bins + 1)
    below = np.concatenate([[0], np.searchsorted(ordered, edges[1:-1], side="left"), [len(ordered)]])
    return Histogram(tuple(edges.tolist()), tuple(np.diff(below).tolist()))


def _bin_count(ordered: Vector, whole: bool) -> int:
    """Choose the number of bins by Freedman and Diaconis (1981): a width of 2·IQR·n^(-1/3), within 1..20."""
    span = float(ordered[-1] - ordered[0])
    spread = _quantile(ordered, 0.75) - _quantile(ordered, 0.25)
    wanted = span / (2 * spread * len(ordered) ** (-1 / 3)) if spread > 0 else MAX_BINS
    # Whole numbers leave bins narrower than one empty.
    most = min(MAX_BINS, span + 1) if whole else MAX_BINS
    return int(max(1, min(np.ceil(wanted), most)))
