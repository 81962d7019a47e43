"""How often the values of a column occur, exactly, in memory for what is different or eight bytes a row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.terms.arrays import AnyArray, Mask, Vector
from domain.terms.columns import ValueCount
from domain.terms.texts import WORD, Hashes, hash_text, number_text, words

TOP_VALUES = 10
FEW_VALUES = 65_536
"""Up to so many different texts are counted by themselves, more by their hashes."""

# A batch of so many texts, of which nearly all are different, is of a column of keys.
_ENOUGH, _NEARLY_ALL = 8_192, 0.9

_FIRST_BYTES = np.array([(1 << 64) - (1 << 8 * (8 - n)) for n in range(WORD + 1)], np.uint64)

Batches = Callable[[], Iterator[pa.Array]]
"""Reads a column from its beginning, batch by batch; text may come as dictionaries."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many different values there are, and the ten most frequent, ties by value."""

    distinct_count: int
    top_values: tuple[ValueCount, ...]


class Filling:
    """An array that is filled part by part, so that no second one is needed to join them."""

    def __init__(self, most: int, kind: type[np.generic]) -> None:
        self._values: AnyArray = np.empty(most, kind)
        self._filled = 0

    def add(self, part: AnyArray) -> None:
        """Take in the next values."""
        self._values[self._filled : self._filled + len(part)] = part
        self._filled += len(part)

    def ordered(self) -> AnyArray:
        """Sort what is there, in place."""
        filled = self._values[: self._filled]
        filled.sort()
        return filled


def text_frequencies(batches: Batches, row_count: int, every: int = 1) -> Frequencies:
    """Count the values of a column of text, nulls left out; ties are in the order of code points.

    With `every` above 1, of each so many rows one is counted, and the counts are scaled.
    Texts are told apart by 64-bit hashes where there are many: of ten million
    different ones, the chance that any two are taken for one is 3 in a million.
    """
    few = _count_few(batches, every)
    return few if few is not None else _count_many(batches, row_count, every)


def thinned(batches: Batches, every: int) -> Iterator[pa.Array]:
    """Read the present values of a column, or of each `every` rows the first."""
    start = 0
    for cells in batches():
        if every > 1:
            kept = np.arange(start, len(cells), every)
            start = (start - len(cells)) % every
            cells = cells.take(pa.array(kept))
        yield cells.drop_null()


def _count_few(batches: Batches, every: int) -> Frequencies | None:
    """Count by value; None as soon as there are too many."""
    waiting: list[pa.Table] = []
    for present in thinned(batches, every):
        waiting.append(_counts(present))
        if len(waiting[-1]) > _NEARLY_ALL * max(len(present), _ENOUGH):
            return None
        if sum(map(len, waiting)) > FEW_VALUES:
            waiting = [_merged(waiting)]
            if len(waiting[0]) > FEW_VALUES:
                return None
    counted = _merged(waiting) if waiting else pa.table({"value": pa.array([], pa.string()), "count": []})
    if len(counted) > FEW_VALUES:
        return None
    return Frequencies(len(counted), _top(counted, every))


def _count_many(batches: Batches, row_count: int, every: int) -> Frequencies:
    """Count by hash, then look up the texts behind the largest counts."""
    hashes, first = Filling(-(-row_count // every), np.uint64), pa.array([], pa.string())
    for present in map(as_strings, thinned(batches, every)):
        hashes.add(hash_text(present))
        first = _smallest(pa.concat_arrays([first, _small(present)]))
    ordered = hashes.ordered()
    if (ordered[1:] != ordered[:-1]).all():
        return Frequencies(len(ordered), tuple(ValueCount(text, every) for text in first.to_pylist()))
    starts = np.flatnonzero(_firsts(ordered))
    counts = np.diff(starts, append=len(ordered))
    tenth = int(np.partition(counts, -TOP_VALUES)[-TOP_VALUES])
    above = starts[counts > tenth]
    often = dict(zip(ordered[above].tolist(), counts[counts > tenth].tolist(), strict=True))
    ties = ordered[starts[counts == tenth]]
    different = len(starts)
    del hashes, ordered, starts, counts
    tops = _Tops(often, None if len(ties) + len(often) == different else ties, tenth)
    for present in map(as_strings, thinned(batches, every)):
        tops.look(present)
    return Frequencies(different, tops.listed(every))


class _Tops:
    """Finds the texts behind hashes: those above the tenth count, and the first of those that have it.

    `often` counts the former; `ties` are the latter, sorted, or None where all others are.
    """

    def __init__(self, often: dict[int, int], ties: Hashes | None, tenth: int) -> None:
        self._often, self._ties, self._tenth = often, ties, tenth
        self._frequent = np.array(sorted(often), np.uint64)
        self._found: dict[str, int] = {}
        self._first = pa.array([], pa.string())

    def look(self, present: pa.StringArray) -> None:
        """Look through the next texts."""
        candidates = present
        if len(self._frequent) or self._ties is not None:
            hashes = hash_text(present)
            frequent = _is_in(hashes, self._frequent)
            for text in pc.unique(present.filter(pa.array(frequent))):
                self._found[text.as_py()] = self._often[int(hash_text(pa.array([text.as_py()]))[0])]
            tied = ~frequent if self._ties is None else _is_in(hashes, self._ties)
            candidates = present.filter(pa.array(tied))
        if self._tenth > 1:
            candidates = pc.unique(candidates)
        joined = pc.unique(pa.concat_arrays([self._first, _smallest(candidates)]))
        self._first = _smallest(joined)

    def listed(self, every: int) -> tuple[ValueCount, ...]:
        """List the ten most frequent."""
        ties = dict.fromkeys(self._first.to_pylist(), self._tenth)
        ordered = sorted({**ties, **self._found}.items(), key=lambda each: (-each[1], each[0]))
        return tuple(ValueCount(text, count * every) for text, count in ordered[:TOP_VALUES])


def _beginnings(texts: pa.StringArray) -> AnyArray:
    """Give the first eight bytes of each text as a number, (n,): smaller ones stand before larger ones."""
    starts, lengths, content = words(texts)
    return content[starts].byteswap() & _FIRST_BYTES[np.minimum(lengths, WORD)]


def _small(texts: pa.StringArray) -> pa.StringArray:
    """Leave out, by their first eight bytes alone, most texts that are not among the ten smallest."""
    if len(texts) <= TOP_VALUES:
        return texts
    beginnings = _beginnings(texts)
    tenth = np.partition(beginnings, TOP_VALUES - 1)[TOP_VALUES - 1]
    return texts.take(pa.array(np.flatnonzero(beginnings <= tenth)))  # ties too: they are told apart later


def _smallest(texts: pa.StringArray) -> pa.StringArray:
    table = pa.table({"value": texts})
    return texts.take(pc.select_k_unstable(table, TOP_VALUES, [("value", "ascending")]))


def as_strings(cells: pa.Array) -> pa.Array:
    """Give text as strings; numbers stay what they are."""
    return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells


def _counts(cells: pa.Array) -> pa.Table:
    if pa.types.is_dictionary(cells.type):
        counts = np.bincount(cells.indices.drop_null().to_numpy(), minlength=len(cells.dictionary))
        seen = np.flatnonzero(counts)
        return pa.table({"value": cells.dictionary.take(pa.array(seen)), "count": counts[seen]})
    counted = pc.value_counts(cells.drop_null())
    return pa.table({"value": counted.field("values"), "count": counted.field("counts")})


def _merged(counted: list[pa.Table]) -> pa.Table:
    joined = pa.concat_tables(counted).group_by("value").aggregate([("count", "sum")])
    return joined.rename_columns(["value", "count"])


def _top(counted: pa.Table, every: int) -> tuple[ValueCount, ...]:
    order = [("count", "descending"), ("value", "ascending")]
    top = counted.take(pc.select_k_unstable(counted, TOP_VALUES, order))
    listed = zip(top["value"].to_pylist(), top["count"].to_pylist(), strict=True)
    return tuple(ValueCount(value, count * every) for value, count in listed)


def _firsts(ordered: AnyArray) -> Mask:
    """Tell which of sorted values are the first of their kind."""
    first: Mask = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _is_in(hashes: Hashes, ordered: Hashes) -> Mask:
    if not len(ordered):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), len(ordered) - 1)
    return np.asarray(ordered[places] == hashes)


def number_frequencies(ordered: Vector, every: int = 1) -> Frequencies:
    """Count the values of sorted numbers, (n,) without NaN; ties are in the order of size."""
    starts = np.flatnonzero(_firsts(ordered))
    counts = np.diff(starts, append=len(ordered))
    places = np.arange(len(counts))
    if len(counts) > TOP_VALUES:
        tenth = np.partition(counts, -TOP_VALUES)[-TOP_VALUES]
        # Ties are in order already: of those at the limit, the first few are as good as any.
        places = np.sort(
            np.concatenate([np.flatnonzero(counts > tenth), np.flatnonzero(counts == tenth)[:TOP_VALUES]])
        )
    top = places[np.argsort(-counts[places], kind="stable")][:TOP_VALUES]
    listed = zip(ordered[starts[top]].tolist(), counts[top].tolist(), strict=True)
    return Frequencies(
        len(counts), tuple(ValueCount(number_text(value), count * every) for value, count in listed)
    )
