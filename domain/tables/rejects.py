"""The rows of a file that its table has to do without: ragged ones and blank ones."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow.csv as pa_csv

from domain.errors import UnreadableFile
from domain.terms.arrays import Rows
from domain.terms.imports import ImportWarning, ImportWarningCode

MAX_RAGGED_SHARE = 0.1
"""Above this share of ragged rows a file is refused: it was read wrongly, or written so."""

MAX_LISTED_ROWS = 100
"""So many ragged rows are named one by one; the others are counted."""


class Rejects:
    """Takes in the rows that have too many or too few cells.

    Rows are numbered from 0 here, the header not counted.
    """

    def __init__(self) -> None:
        self._ragged: list[int] = []
        self._blank: list[int] = []
        self._cells: list[int] = []

    @property
    def ragged_count(self) -> int:
        """How many rows were ragged."""
        return len(self._ragged)

    def take(self, row: pa_csv.InvalidRow) -> Literal["skip"]:
        """Note a row that does not fit the header, and have the reader go on."""
        if row.text.strip(" \t\r\n,"):
            self._ragged.append(row.number - 1)
            if len(self._cells) < MAX_LISTED_ROWS:
                self._cells.append(row.actual_columns)
        else:
            self._blank.append(row.number - 1)
        return "skip"

    def rows(self) -> Rows:
        """Give the numbers of all rows taken in, sorted."""
        return np.sort(np.array([*self._ragged, *self._blank], np.int64))

    def refuse_if_many(self, kept: int, columns: int, path: Sequence[str]) -> None:
        """Raise UnreadableFile when too large a share of the rows is ragged."""
        rows = kept + self.ragged_count
        if self.ragged_count > MAX_RAGGED_SHARE * rows:
            raise UnreadableFile(
                f"{self.ragged_count:,} of {rows:,} rows do not have {columns} cells as the header has, the "
                f"first of them row {self._ragged[0] + 1:,} with {self._cells[0]}: check the header and the "
                "delimiter, and put cells with commas in quotes",
                path,
            )

    def warnings(self, columns: int, blank: Rows) -> list[ImportWarning]:
        """Tell of the rows left out; `blank` are the blank ones that had the right number of cells."""
        told = [
            _ragged(f"row {row + 1:,} has {_counted(cells)} instead of {columns}: it was left out", row, 1)
            for row, cells in zip(self._ragged, self._cells, strict=False)
        ]
        if unlisted := self._ragged[MAX_LISTED_ROWS:]:
            told.append(
                _ragged(
                    f"{len(unlisted):,} more rows are ragged and were left out", unlisted[0], len(unlisted)
                )
            )
        return told + blank_warnings(np.union1d(blank, np.array(self._blank, np.int64)))


def blank_warnings(rows: Rows) -> list[ImportWarning]:
    """Tell of the blank rows, given by 0-based numbers, in one warning; no rows, no warning."""
    if not len(rows):
        return []
    first = int(rows[0]) + 1
    message = f"{len(rows):,} blank rows were left out, the first of them row {first:,}"
    return [ImportWarning(ImportWarningCode.BLANK_ROW, message, column=None, row=first, count=len(rows))]


def _ragged(message: str, row: int, count: int) -> ImportWarning:
    return ImportWarning(ImportWarningCode.RAGGED_ROW, message, column=None, row=row + 1, count=count)


def _counted(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"
