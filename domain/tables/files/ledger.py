"""The rows of a file that its table has to do without: ragged, unreadable and blank ones."""

from array import array
from collections.abc import Sequence

import numpy as np

from domain.errors import UnreadableFile
from domain.terms.arrays import Rows
from domain.terms.imports import ImportWarning, ImportWarningCode, RejectedRow
from domain.terms.wording import counted

MAX_LISTED_ROWS = 100
"""So many rejected rows are named one by one; the others are counted."""

_TOLD = {
    ImportWarningCode.RAGGED_ROW: "have too many or too few cells",
    ImportWarningCode.UNREADABLE_ROW: "can't be read",
    ImportWarningCode.BLANK_ROW: "are blank",
}


class Ledger:
    """Takes down the rows of a file that are left out.

    Rows are numbered from 0 here, among the file's data rows, the header not counted; they
    may come in any order. A row takes eight bytes.
    """

    def __init__(self) -> None:
        self._rows: dict[ImportWarningCode, array[int]] = {code: array("q") for code in _TOLD}
        self._listed: list[RejectedRow] = []

    def ragged(self, row: int, cells: int, expected: int) -> None:
        """Note a row with too many or too few cells."""
        reason = f"{counted(cells, 'cell')} instead of {expected:,}"
        self._reject(ImportWarningCode.RAGGED_ROW, row, reason)

    def unreadable(self, row: int, reason: str) -> None:
        """Note a row that can't be read, and why."""
        self._reject(ImportWarningCode.UNREADABLE_ROW, row, reason)

    def blank(self, rows: Rows | Sequence[int]) -> None:
        """Note rows without any value."""
        self._rows[ImportWarningCode.BLANK_ROW].frombytes(np.asarray(rows, np.int64).tobytes())

    def _reject(self, code: ImportWarningCode, row: int, reason: str) -> None:
        self._rows[code].append(row)
        if len(self._listed) < MAX_LISTED_ROWS:
            self._listed.append(RejectedRow(row + 1, reason))

    @property
    def rejected_count(self) -> int:
        """How many rows are ragged or unreadable."""
        return sum(len(rows) for code, rows in self._rows.items() if code is not ImportWarningCode.BLANK_ROW)

    @property
    def rejected_rows(self) -> tuple[RejectedRow, ...]:
        """The first hundred ragged or unreadable rows that were noted, by number."""
        return tuple(sorted(self._listed, key=lambda each: each.row))

    def skipped(self) -> Rows:
        """Give the numbers of all rows noted, sorted, each once."""
        return np.unique(np.concatenate([np.array(rows, np.int64) for rows in self._rows.values()]))

    def refuse_if_many(self, kept: int, most: float, path: Sequence[str]) -> None:
        """Raise UnreadableFile when more than one row, and more than a share of `most`, is rejected.

        `kept` rows are not.
        """
        rows = kept + self.rejected_count
        if self.rejected_count > max(1, most * rows):
            first = self.rejected_rows[0]
            raise UnreadableFile(
                f"{self.rejected_count:,} of {rows:,} rows can't be used, the first of them row "
                f"{first.row:,}: {first.reason}. {self._remedy()}; "
                f"SEGMENTGRAPH_MAX_REJECTED_SHARE ({most:g}) is how many may be left out",
                path,
            )

    def _remedy(self) -> str:
        if 2 * len(self._rows[ImportWarningCode.RAGGED_ROW]) < self.rejected_count:
            return "Mend them, or save the file again, in UTF-8"
        return "Check the header and the delimiter, and put cells with delimiters in quotes"

    def warnings(self) -> list[ImportWarning]:
        """Tell of the rows left out, in one warning a kind."""
        return [
            _warning(code, np.sort(np.array(rows, np.int64))) for code, rows in self._rows.items() if rows
        ]


def _warning(code: ImportWarningCode, rows: Rows) -> ImportWarning:
    first = int(rows[0]) + 1
    if len(rows) == 1:
        told = _TOLD[code].replace("have", "has").replace("are", "is")
        message = f"row {first:,} {told}: it was left out"
    else:
        message = f"{len(rows):,} rows {_TOLD[code]}, the first of them row {first:,}: they were left out"
    return ImportWarning(code, message, column=None, row=first, count=len(rows))


def file_rows(kept: Rows, skipped: Rows) -> Rows:
    """Number the kept rows as the file does, 0-based, the sorted `skipped` ones counted in."""
    kept_before_each = skipped - np.arange(len(skipped))
    return kept + np.searchsorted(kept_before_each, kept, side="right")
