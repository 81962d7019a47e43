"""Counts what converting a column changed, and tells it in warnings."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from domain.tables.values.cells import string_buffers
from domain.tables.values.converting import Converted
from domain.tables.values.explanations import Note
from domain.tables.values.numerals import all_whole
from domain.terms.arrays import Rows
from domain.terms.imports import ImportWarning
from domain.terms.imports import ImportWarningCode as Code
from domain.terms.readings import Kind, Reading
from domain.terms.wording import counted, quoted

RowNumber = Callable[[int], int]
"""Numbers a row of the table, 0-based, as the file does, from 1."""

_EXAMPLES = 3
_TOLD = {
    Code.VALUE_TRIMMED: (
        "number",
        "has blanks around it, which are taken off",
        "have blanks around them, which are taken off",
    ),
    Code.MISSING_SPELLING: ("cell", "is taken as missing", "are taken as missing"),
    Code.NOT_A_NUMBER: ("cell", "is no number and taken as missing", "are no numbers and taken as missing"),
    Code.NOT_A_DATE: ("cell", "is no date and taken as missing", "are no dates and taken as missing"),
    Code.OUT_OF_RANGE: (
        "number",
        "is infinite or too large and taken as missing",
        "are infinite or too large and taken as missing",
    ),
}
"""What the cells are, and what is told of one of them, and of several; other codes are told by decisions."""


@dataclass
class _Count:
    """How many cells, the first of them, and a few of their values."""

    total: int = 0
    first: int = -1
    examples: list[str] = field(default_factory=list)

    def add(self, rows: Rows, offset: int, cells: pa.Array) -> None:
        if not len(rows):
            return
        if not self.total:
            self.first = offset + int(rows[0])
        self.total += len(rows)
        for row in rows[:_EXAMPLES].tolist():
            value = str(cells[row].as_py())[:50]
            if value not in self.examples and len(self.examples) < _EXAMPLES:
                self.examples.append(value)


@dataclass
class Tally:
    """What converting one column has met so far."""

    present: int = 0
    first_present: int = -1
    whole: bool = True
    canonical: bool = True
    counts: dict[Code, _Count] = field(default_factory=dict)

    def add(self, cells: pa.Array, converted: Converted, reading: Reading, offset: int) -> None:
        """Take in a batch, its first row being `offset` of the table."""
        present = len(converted.cells) - converted.cells.null_count
        if present and not self.present:
            valid = np.flatnonzero(np.asarray(converted.cells.is_valid()))
            self.first_present = offset + int(valid[0])
        self.present += present
        if reading.stored_as_text:
            # What stays as uploaded has nothing taken off.
            converted = replace(converted, trimmed=converted.trimmed[:0])
        unfit = Code.NOT_A_DATE if reading.kind is Kind.DATES else Code.NOT_A_NUMBER
        for code, rows in (
            (Code.VALUE_TRIMMED, converted.trimmed),
            (Code.MISSING_SPELLING, converted.spelled),
            (Code.MISSING_SPELLING_KEPT, converted.kept),
            (Code.NUMBER_FORMAT, converted.reformatted),
            (unfit, converted.unfit),
            (Code.OUT_OF_RANGE, converted.out_of_range),
        ):
            if len(rows):
                self.counts.setdefault(code, _Count()).add(rows, offset, cells)
        if pa.types.is_floating(converted.cells.type) and self.whole:
            self._look_at_numbers(cells, converted.cells)

    def _look_at_numbers(self, cells: pa.Array, numbers: pa.Array) -> None:
        """Note whether the numbers are whole, and written just as we would write them."""
        values = numbers.drop_null().to_numpy()
        self.whole = all_whole(values)
        if self.whole and self.canonical and pa.types.is_string(cells.type):
            self.canonical = _are_bare_digits(cells)

    def warning(self, name: str, note: Note, row_number: RowNumber) -> ImportWarning:
        """Tell what was decided about the column, with the cells it is about."""
        if count := self.counts.get(note.code):
            return ImportWarning(note.code, note.message, name, row_number(count.first), count.total)
        first = None if note.cells or not self.present else row_number(self.first_present)
        return ImportWarning(note.code, note.message, name, first, note.cells or self.present)

    def warnings(self, name: str, row_number: RowNumber) -> list[ImportWarning]:
        """Tell what was changed in the column of this name."""
        told = []
        for code, count in self.counts.items():
            if code not in _TOLD:
                continue
            noun, one, several = _TOLD[code]
            examples = quoted(count.examples)
            message = f'column "{name}": ' + (
                f"1 {noun}, {examples}, {one}"
                if count.total == 1
                else f"{counted(count.total, noun)}, such as {examples}, {several}"
            )
            told.append(ImportWarning(code, message, name, row_number(count.first), count.total))
        return told


def _are_bare_digits(cells: pa.StringArray) -> bool:
    """Tell whether nothing but digits and signs is in the cells; blanks and words for "missing" count too."""
    offsets, text = string_buffers(cells)
    written = text[offsets[0] : offsets[-1]].tobytes()
    return not written.translate(None, b"0123456789-") and b"-0" not in written
