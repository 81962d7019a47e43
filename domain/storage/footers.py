"""The footers of Parquet files, kept in memory: a page of customers then costs one read, not two."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.terms.arrays import Rows

_MOST_CHUNKS = 500_000
"""So many column chunks (row groups by columns) are kept; each takes a few hundred bytes."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a Parquet file says of itself.

    `starts` (n_row_groups + 1,) is the first row of each group, `repeating` are the
    columns of text that are stored as dictionaries, by the first group; `version` tells
    which content of its key the file is.
    """

    metadata: pq.FileMetaData
    starts: Rows
    repeating: frozenset[str]
    version: Hashable = None

    @property
    def weight(self) -> int:
        """The number of column chunks, by which a footer's memory grows."""
        return max(1, int(self.metadata.num_row_groups * self.metadata.num_columns))

    def bounds(self, group: int, column: int) -> tuple[Any, Any] | None:
        """Give the smallest and the largest value of a group's column, None where the file does not tell."""
        statistics = self.metadata.row_group(group).column(column).statistics
        if statistics is None or not statistics.has_min_max:
            return None
        return statistics.min, statistics.max


def footer_of(metadata: pq.FileMetaData, version: Hashable = None) -> Footer:
    """Add up where the row groups start, and look which columns repeat themselves."""
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
    return Footer(metadata, starts, frozenset(_repeating(metadata)), version)


def _repeating(metadata: pq.FileMetaData) -> Iterator[str]:
    if metadata.num_row_groups:
        first = metadata.row_group(0)
        for place, field in enumerate(metadata.schema.to_arrow_schema()):
            if pa.types.is_string(field.type) and first.column(place).has_dictionary_page:
                yield field.name


class FooterCache:
    """The footers used last, by storage and key; any thread may use it.

    A footer holds until its file is deleted or replaced. Of what this process does `forget`
    is told; what another one does shows by the version, when the file is opened.
    """

    def __init__(self, most_chunks: int = _MOST_CHUNKS) -> None:
        self._most_chunks = most_chunks
        self._footers: OrderedDict[tuple[str, str], Footer] = OrderedDict()
        self._weight = 0
        self._turn = threading.Lock()

    def get(self, url: str, key: str) -> Footer | None:
        """Give a footer that is kept."""
        with self._turn:
            footer = self._footers.get((url, key))
            if footer is not None:
                self._footers.move_to_end((url, key))
            return footer

    def keep(self, url: str, key: str, footer: Footer) -> None:
        """Keep a footer, and let go of those unused longest, but never of this one."""
        with self._turn:
            self._drop((url, key))
            self._footers[url, key] = footer
            self._weight += footer.weight
            while self._weight > self._most_chunks and len(self._footers) > 1:
                self._drop(next(iter(self._footers)))

    def forget(self, url: str, key: str) -> None:
        """Let go of the footers of a file, or of all files below a prefix."""
        with self._turn:
            below = f"{key}/"
            for kept in [kept for kept in self._footers if kept[0] == url]:
                if kept[1] == key or kept[1].startswith(below):
                    self._drop(kept)

    def _drop(self, kept: tuple[str, str]) -> None:
        footer = self._footers.pop(kept, None)
        if footer is not None:
            self._weight -= footer.weight

    def __len__(self) -> int:
        return len(self._footers)


FOOTERS = FooterCache()
"""The footers of this process."""
