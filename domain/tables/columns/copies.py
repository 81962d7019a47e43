"""Finds columns that say the same as another one, value by value."""

from collections import defaultdict
from collections.abc import Sequence

from domain.tables.columns.describing import Looks
from domain.tables.columns.frequencies import Batches
from domain.terms.readings import Reading


def copies_of(
    cells: Sequence[Batches], readings: Sequence[Reading], looks: Sequence[Looks]
) -> dict[int, int]:
    """Give the place of each column that is a copy, and the place of the first column it is a copy of.

    Only columns that look alike in every count are compared, value by value. Columns of
    one value only are no copies: that they are constant says more.
    """
    alike: dict[object, list[int]] = defaultdict(list)
    copies: dict[int, int] = {}
    for place, (reading, seen) in enumerate(zip(readings, looks, strict=True)):
        if seen.frequencies.distinct_count < 2:
            continue
        shape = (reading.kind, reading.stored_as_text, seen.missing_count, seen.frequencies, seen.numeric)
        first = next((each for each in alike[shape] if _equal(cells[each], cells[place])), None)
        if first is None:
            alike[shape].append(place)
        else:
            copies[place] = first
    return copies


def _equal(one: Batches, other: Batches) -> bool:
    """Compare two columns of one table; their batches are cut alike."""
    return all(mine.equals(theirs) for mine, theirs in zip(one(), other(), strict=True))
