"""A table as it was written: nothing but text, and what reading it had to leave out."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from domain.terms.arrays import Rows
from domain.terms.imports import ImportWarning


@dataclass(frozen=True, slots=True)
class RawTable:
    """The cells of a table as text, "" where a cell is empty.

    `columns` are chunked arrays of strings without nulls, one a name, all of
    `row_count` rows. `skipped` holds the sorted 0-based numbers of the file's data
    rows that are not in the table: `rows_rejected` of them were ragged, the others
    blank. `encoding` and `delimiter` are None where the format has none.
    """

    names: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    row_count: int
    skipped: Rows
    rows_rejected: int
    encoding: str | None
    delimiter: str | None
    warnings: tuple[ImportWarning, ...]

    def row_number(self, index: int) -> int:
        """Tell the 1-based number, among the file's data rows, of the table's row `index`."""
        return int(file_rows(np.array([index], np.int64), self.skipped)[0]) + 1


def file_rows(kept: Rows, skipped: Rows) -> Rows:
    """Number the kept rows as the file does, 0-based, the sorted `skipped` ones counted in."""
    kept_before_each = skipped - np.arange(len(skipped))
    return kept + np.searchsorted(kept_before_each, kept, side="right")
