"""Batches of a good size, whatever the size of their rows: large ones are cut, small ones gathered."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from domain.tables.files.sources import BATCH_ROWS
from domain.terms.arrays import AnyArray

_BATCH_BYTES = 16 * 1024**2


def parts(sizes: AnyArray) -> Iterator[tuple[int, int]]:
    """Cut rows, of these sizes in bytes (n,), into parts of few megabytes, or of one row: start and stop."""
    start, ends = 0, np.cumsum(sizes)
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BATCH_BYTES, side="right")))
        yield start, stop
        start = stop


class Pending:
    """Gathers small batches to one of a good size."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def take(self, cells: list[pa.Array], size: int) -> Iterator[pa.RecordBatch]:
        """Take a batch of this size, in bytes; give what was gathered before where it would be too much."""
        batch = pa.RecordBatch.from_arrays(cells, names=self._names)
        if self._rows + batch.num_rows > BATCH_ROWS or self._bytes + size > _BATCH_BYTES:
            yield from self.rest()
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += size

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Give what was gathered, if anything was."""
        if self._batches:
            yield pa.concat_batches(self._batches)
        self._batches, self._rows, self._bytes = [], 0, 0
