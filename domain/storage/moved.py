"""Who moved from one segmentation to another: a file with them, and pages of it.

It has those who moved in four orders side by side, all by row of the first dataset, then by where they
were, by where they are, and by both; where each group begins is noted in the file. So a
page is a slice, whatever it is narrowed to. Every function blocks.
"""

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from domain.storage.files import Storage
from domain.storage.tables import StoredTable, open_table
from domain.storage.writing import write_table
from domain.terms.arrays import Labels, Rows
from domain.terms.comparisons import MovedRow

_EXTENTS = b"groups"
_ALL = "all"
_ORIGIN, _TARGET, _BOTH = "origin", "target", "both"


def write_moved(storage: Storage, key: str, rows: Rows, origins: Labels, targets: Labels) -> None:
    """Write who moved: rows, ascending, and the two segments of each, -1 for none, all (n_moved,)."""
    columns = _columns(_ALL, np.arange(len(rows)), rows, origins, targets)
    extents: dict[str, tuple[int, int]] = {}
    for order, groups in (
        (_ORIGIN, [origins]),
        (_TARGET, [targets]),
        (_BOTH, [origins, targets]),
    ):
        # Of several keys the last is the first that lexsort looks at; rows are in order already.
        places = np.lexsort(groups[::-1])
        columns |= _columns(order, places, rows, origins, targets)
        extents |= _extents(order, [group[places] for group in groups])
    table = pa.table(columns).replace_schema_metadata({_EXTENTS: json.dumps(extents).encode()})
    write_table(storage, key, table)


def _columns(order: str, places: Rows, rows: Rows, origins: Labels, targets: Labels) -> dict[str, pa.Array]:
    return {
        f"{order}_row": pa.array(rows[places]),
        f"{order}_from": pa.array(origins[places].astype(np.int16)),
        f"{order}_to": pa.array(targets[places].astype(np.int16)),
    }


def _extents(order: str, groups: Sequence[Labels]) -> dict[str, tuple[int, int]]:
    if not len(groups[0]):
        return {}
    found, starts, counts = np.unique(np.stack(groups, axis=1), axis=0, return_index=True, return_counts=True)
    return {
        _name(order, group): (start, count)
        for group, start, count in zip(found.tolist(), starts.tolist(), counts.tolist(), strict=True)
    }


def _name(order: str, group: Sequence[int]) -> str:
    return f"{order} {' '.join(map(str, group))}"


def open_moved(storage: Storage, key: str) -> "StoredMoved":
    """Open the file; raises FileNotFoundError."""
    return StoredMoved(open_table(storage, key))


class StoredMoved:
    """Those who moved, page by page; any thread may use it.

    `origin` and `target` narrow them to who was, and who is, in a segment; None for all.
    """

    def __init__(self, table: StoredTable) -> None:
        self._table = table
        self._extents: dict[str, tuple[int, int]] = json.loads(table.notes[_EXTENTS])

    def count(self, origin: int | None = None, target: int | None = None) -> int:
        """Count those who moved."""
        return self._extent(origin, target)[2]

    def slice(
        self, offset: int, length: int, origin: int | None = None, target: int | None = None
    ) -> list[MovedRow]:
        """Read a page in the order of the first dataset. Costs a row group or two."""
        order, start, count = self._extent(origin, target)
        names = [f"{order}_row", f"{order}_from", f"{order}_to"]
        page = self._table.slice(start + offset, max(0, min(length, count - offset)), names)
        columns = (page[name].to_pylist() for name in names)
        return [MovedRow(row, _known(was), _known(is_now)) for row, was, is_now in zip(*columns, strict=True)]

    def _extent(self, origin: int | None, target: int | None) -> tuple[str, int, int]:
        """Tell the order to read, where the group begins in it, and how many it has."""
        if origin is None and target is None:
            return _ALL, 0, self._table.row_count
        if origin is not None and target is not None:
            order, group = _BOTH, [origin, target]
        else:
            order = _TARGET if origin is None else _ORIGIN
            group = [each for each in (origin, target) if each is not None]
        start, count = self._extents.get(_name(order, group), (0, 0))
        return order, start, count


def _known(segment: int) -> int | None:
    return segment if segment >= 0 else None
