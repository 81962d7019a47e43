"""Texts in records, read as the column of a dataset that they are meant for."""

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from domain.tables.values.booleans import truth
from domain.tables.values.cells import trimmed
from domain.tables.values.dates import read_dates
from domain.tables.values.numerals import read_numerals
from domain.terms.arrays import Vector
from domain.terms.columns import ColumnRole
from domain.terms.readings import PLAIN, DateOrder, Kind
from domain.terms.scoring import ScoredColumn
from domain.terms.texts import number_text
from domain.terms.wording import quoted, tidy

MISSING = -1
UNSEEN = -2
"""What stands for a text that is no category of a column."""

_NAMED = 3
_LOOKED_FOR = 5
"""For so many unseen categories of a column those that are written alike are looked for: it takes a while."""

_LOOKED_AMONG, _LOOKED_AT = 200, 40
"""Among so many known ones, and so many characters of each."""

_EXACT = 2**53
"""Whole numbers below it are all floating point numbers."""


def is_missing(text: str, column: ScoredColumn) -> bool:
    """Tell whether a text is blank, or spells a missing value in its column."""
    plain = text.strip()
    return not plain or plain.lower() in column.reading.missing


def as_numbers(texts: Sequence[str], column: ScoredColumn) -> Vector:
    """Read texts as the numbers or days of their column, or as programs write such, (n,).

    NaN for what is no such number, and infinity for what no float holds.
    """
    if not texts:
        return np.zeros(0)
    cells = trimmed(_cells(texts))[0]
    is_date, reading = column.role is ColumnRole.DATETIME, column.reading
    if is_date:
        found = read_dates(cells, None, reading.dates)
    else:
        found = read_numerals(cells, None, reading.numbers).values
    left = np.isnan(found)
    if not left.any() or (reading.dates is DateOrder.ISO if is_date else reading.numbers == PLAIN):
        return found
    plain = read_dates(cells, left, DateOrder.ISO) if is_date else read_numerals(cells, left, PLAIN).values
    return np.where(left, plain, found)


def as_text(value: bool | float) -> str:
    """Write a JSON value as the import writes it into a column of text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Whole numbers that no floating point number holds are written in full.
    if isinstance(value, int) and abs(value) >= _EXACT:
        return str(value)
    return number_text(value) if math.isfinite(value) else str(value)


@dataclass
class Categories:
    """The categories of a column, by the texts that stand for them, as far as texts were looked up."""

    column: ScoredColumn
    places: dict[str | None, int] = field(init=False)
    _truths: dict[bool, int] = field(default_factory=dict)
    _messages: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {text: place for place, text in enumerate(self.column.categories)}
        meanings = [truth(text) for text in self.column.categories]
        # As training does: where all are truth values in words, whatever says the same is the same.
        if None not in meanings:
            self._truths = {meaning: place for place, meaning in enumerate(meanings) if meaning is not None}
        self.places[None] = MISSING

    def place(self, text: str) -> int:
        """Find the place of a text's category, MISSING for one that spells nothing, else UNSEEN."""
        if text not in self.places:
            self.places[text] = self._look_up(text)
        return self.places[text]

    def message(self, text: str) -> str:
        """Say that a category is not known, and which are."""
        if text not in self._messages:
            self._messages[text] = self._unseen(text)
        return self._messages[text]

    def _look_up(self, text: str) -> int:
        if is_missing(text, self.column):
            return MISSING
        meaning = truth(text)
        if meaning is not None and meaning in self._truths:
            return self._truths[meaning]
        reading = self.column.reading
        if reading.kind is Kind.NUMBERS and not reading.stored_as_text:
            number = float(as_numbers([text], self.column)[0])
            return self.places.get(number_text(number), UNSEEN) if np.isfinite(number) else UNSEEN
        return UNSEEN

    def _unseen(self, text: str) -> str:
        known: Sequence[str] = self.column.categories
        alike: list[str] = []
        if len(self._messages) < _LOOKED_FOR:
            beginnings = {each[:_LOOKED_AT]: each for each in reversed(known[:_LOOKED_AMONG])}
            found = difflib.get_close_matches(text[:_LOOKED_AT], beginnings, _NAMED)
            alike = [beginnings[each] for each in found]
        of_known = f"the most similar of {len(known):,}: {quoted(alike)}" if alike else _first(known)
        return f"has the category {quoted([tidy(text)])}, which the training did not have ({of_known})"


def _first(known: Sequence[str]) -> str:
    return f"it had {quoted(known[:_NAMED])}" + (" and others" if len(known) > _NAMED else "")


def _cells(texts: Sequence[str]) -> pa.StringArray:
    """Make an Arrow array of texts, also of such as no file can hold."""
    encoded = [text.encode(errors="backslashreplace") for text in texts]
    bounds = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(bounds), pa.py_buffer(b"".join(encoded)))
