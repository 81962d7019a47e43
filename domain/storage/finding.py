"""Which rows of a stored table hold what is asked for, and in which order.

Tables are read row group by row group, of each only the columns asked for. In memory
are the rows found, and of a column that is sorted by, two numbers a row.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from domain.storage.cells import in_one_piece
from domain.storage.tables import StoredTable
from domain.terms.arrays import Mask, Rows, Vector
from domain.terms.texts import present, words

FoundRows: TypeAlias = NDArray[np.uint32]
"""0-based row numbers; a table has fewer than 2³² rows."""

ReadNumbers: TypeAlias = Callable[[pa.Array], Vector]
"""Reads cells as numbers, NaN where missing, (n_rows,)."""

# A step of the sort by text looks at seven bytes; the eighth of the word tells how many there are.
_STEP = 7
_MORE = 9
_HIGHEST = np.array([-1 << 8 * (8 - n) & (1 << 64) - 1 for n in range(_STEP + 1)], np.uint64)
_MISSING = np.uint64((1 << 64) - 1)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of a column's cells.

    `holds` gives a truth value a cell. No value outside `low` to `high` can hold: a row
    group that is noted to have none in there is not read.
    """

    column: str
    holds: Callable[[pa.Array], Mask]
    low: float = -math.inf
    high: float = math.inf


def matching(table: StoredTable, conditions: Sequence[Condition]) -> FoundRows:
    """Find the rows for which all conditions hold, ascending. Raises KeyError for an unknown column."""
    found = [np.empty(0, np.uint32)]
    for group in range(table.group_count):
        if all(_may_hold(table, group, condition) for condition in conditions):
            first, end = table.first_row(group), table.first_row(group + 1)
            within = _within(table, group, conditions, end - first)
            found.append((within + first).astype(np.uint32))
    return np.concatenate(found)


def sorted_by_number(
    table: StoredTable, rows: FoundRows, column: str, numbers: ReadNumbers, *, descending: bool
) -> FoundRows:
    """Sort ascending rows by a column's numbers, missing ones last, equal ones as they are."""
    read = [numbers(cells)[within] for _, cells, within in _groups(table, rows, column)]
    keys = np.concatenate([np.empty(0), *read])
    # NumPy puts NaN last, and a stable sort of the negative numbers leaves equal ones as they are.
    return rows[np.argsort(-keys if descending else keys, kind="stable")]


def sorted_by_text(table: StoredTable, rows: FoundRows, column: str, *, descending: bool) -> FoundRows:
    """Sort ascending rows by a column's text, by code points, missing ones last, equal ones as they are.

    Each step reads the next seven bytes of those that are alike so far, so that memory
    does not grow with the length of the text.
    """
    # The order of UTF-8 bytes is that of the code points. A rank is the place of the first that is alike.
    ranks = np.zeros(len(rows), np.int64)
    alike, at = np.arange(len(rows)), 0
    while alike.size:
        keys, longer = _next_words(table, rows[alike], column, at, descending=descending)
        order = np.lexsort((keys, ranks[alike]))
        before, keys, longer = ranks[alike][order], keys[order], longer[order]
        alike = alike[order]
        new = np.concatenate([[True], (keys[1:] != keys[:-1]) | (before[1:] != before[:-1])])
        old = np.concatenate([[True], before[1:] != before[:-1]])
        places = np.arange(len(alike))
        started = np.maximum.accumulate(np.where(new, places, 0))
        ranks[alike] = before + started - np.maximum.accumulate(np.where(old, places, 0))
        alone = new & np.append(new[1:], True)
        alike, at = np.sort(alike[longer & ~alone]), at + _STEP
    return rows[np.argsort(ranks, kind="stable")]


def _may_hold(table: StoredTable, group: int, condition: Condition) -> bool:
    if condition.low == -math.inf and condition.high == math.inf:
        return True
    bounds = table.bounds(group, condition.column)
    # Nothing is noted of text, nor of a group without values.
    return bounds is None or _overlap(bounds, condition)


def _overlap(bounds: tuple[Any, Any], condition: Condition) -> bool:
    smallest, largest = bounds
    if not isinstance(smallest, int | float):
        return True
    return bool(smallest <= condition.high and largest >= condition.low)


def _within(table: StoredTable, group: int, conditions: Sequence[Condition], count: int) -> Rows:
    """Find the rows of a group, counted from its first; a column is read as long as rows are left."""
    held: Mask = np.ones(count, np.bool_)
    read: dict[str, pa.Array] = {}
    for condition in conditions:
        name = condition.column
        if name not in read:
            read[name] = in_one_piece(table.group(group, [name]).column(0))
        held &= condition.holds(read[name])
        if not held.any():
            break
    return np.flatnonzero(held)


def _groups(table: StoredTable, rows: FoundRows, column: str) -> Iterator[tuple[slice, pa.Array, Rows]]:
    """Read a column where there are rows: their places among all, the group's cells, and the rows in it."""
    place = 0
    for group in range(table.group_count):
        first = table.first_row(group)
        end = int(np.searchsorted(rows, table.first_row(group + 1)))
        if end > place:
            cells = in_one_piece(table.group(group, [column]).column(0))
            yield slice(place, end), cells, rows[place:end].astype(np.int64) - first
        place = end


def _next_words(
    table: StoredTable, rows: FoundRows, column: str, at: int, *, descending: bool
) -> tuple[NDArray[np.uint64], Mask]:
    """Read the bytes from `at` on of each row's text, as numbers in their order, and who has more."""
    keys, longer = np.empty(len(rows), np.uint64), np.zeros(len(rows), np.bool_)
    for places, cells, within in _groups(table, rows, column):
        starts, lengths, content = words(cells)
        has_text = present(cells)[within]
        rest = np.minimum(lengths[within] - at, _STEP + 1)
        # A missing cell may have no bytes at all.
        begins = starts[within] + np.where(has_text, at, 0)
        read = content[begins].byteswap() & _HIGHEST[np.clip(rest, 0, _STEP)]
        read |= (rest + 1).astype(np.uint64) & np.uint64(0xFF)
        longer[places] = has_text & (rest + 1 == _MORE)
        keys[places] = np.where(has_text, ~read if descending else read, _MISSING)
    return keys, longer
