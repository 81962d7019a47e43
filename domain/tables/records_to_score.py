"""Customers given as JSON records, read as the columns of the dataset that a run was trained on."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from domain.tables.scored_texts import UNSEEN, Categories, as_numbers, as_text, is_missing
from domain.tables.values.numerals import LARGEST
from domain.terms.arrays import Labels, Vector
from domain.terms.columns import ColumnRole
from domain.terms.predictions import RowMistake
from domain.terms.scoring import Measured, ScoredColumn
from domain.terms.wording import shorten, tidy

MOST_TOLD = 5
"""So many mistakes of one record are told."""

_SHOWN = 100
_MANY_DIGITS = 10**30
_UNHEARD_OF = re.compile("[\0\ud800-\udfff]")
_NOBODY: Mapping[str, object] = {}
_ABSENT = object()
"""Stands where a record does not have a column."""

_NUMBERS: frozenset[type] = frozenset({int, float, type(None)})
_TEXTS: frozenset[type] = frozenset({str, type(None)})
_NOTHING: frozenset[type] = frozenset({type(None)})


@dataclass(frozen=True, slots=True)
class ReadRecords:
    """Records as a scorer takes them.

    `mistakes` are those of each row that has any; what `measured` has there means nothing.
    `keys` (n_rows,) are the values in the identifier, as text, None where a record has none.
    """

    measured: Measured
    mistakes: Mapping[int, tuple[RowMistake, ...]]
    keys: tuple[str | None, ...]


def read_records(
    records: Sequence[object], columns: Sequence[ScoredColumn], identifier: str | None
) -> ReadRecords:
    """Read records by the columns that somebody is placed by; what else they have is ignored.

    Numbers and dates may be JSON's, written as the dataset writes them, or as programs do.
    None, blanks and the column's own spellings of a missing value are missing; a column that a
    record does not have is a mistake of it, like an unseen category and a value of a wrong type.
    """
    reader = _Reader(records)
    numbers: dict[str, Vector] = {}
    codes: dict[str, Labels] = {}
    for column in columns:
        if column.role is ColumnRole.CATEGORICAL:
            codes[column.name] = _codes(reader, column)
        else:
            numbers[column.name] = _numbers(reader, column)
    keys = tuple(key_of(record, identifier) for record in reader.records)
    return ReadRecords(Measured(len(records), numbers, codes), reader.told(), keys)


def key_of(record: Mapping[str, object], identifier: str | None) -> str | None:
    """Give the value by which a record names its customer, as the import writes it; None without."""
    value = None if identifier is None else record.get(identifier)
    if isinstance(value, str):
        # No dataset holds a key with such letters, and no database takes it.
        return None if _UNHEARD_OF.search(value) else value.strip() or None
    return as_text(value) if isinstance(value, int | float) else None


@dataclass
class _Reader:
    """The records, an empty one for what is none, and the mistakes found so far, by row."""

    given: Sequence[object]
    records: list[Mapping[str, object]] = field(init=False)
    _mistakes: defaultdict[int, list[RowMistake]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.records = [record if isinstance(record, dict) else _NOBODY for record in self.given]

    def values(self, column: str) -> list[object]:
        """Take a column out of the records."""
        return [record.get(column, _ABSENT) for record in self.records]

    def tell(self, row: int, column: str, message: str) -> None:
        """Keep a mistake of a record, unless it has several already."""
        if len(found := self._mistakes[row]) < MOST_TOLD:
            found.append(RowMistake(column, f'column "{shorten(tidy(column), _SHOWN)}" {message}'))

    def tell_of_type(self, row: int, column: str, value: object, wanted: str) -> None:
        """Keep that a value is missing, or not of the wanted type."""
        if value is _ABSENT:
            self.tell(row, column, "is missing: give it, or null where it is unknown")
        else:
            self.tell(row, column, f"holds {_described(value)}: give {wanted}")

    def told(self) -> dict[int, tuple[RowMistake, ...]]:
        """Give all mistakes; of what is no record that alone."""
        found = {row: tuple(these) for row, these in self._mistakes.items()}
        alone = (RowMistake(None, "this is not a record: give an object of columns"),)
        return found | {row: alone for row, record in enumerate(self.records) if record is _NOBODY}


def _numbers(reader: _Reader, column: ScoredColumn) -> Vector:
    """Read a column of numbers, or of dates as days since 1970-01-01, NaN where missing, (n_rows,)."""
    values = reader.values(column.name)
    is_date = column.role is ColumnRole.DATETIME
    plain = _NOTHING if is_date else _NUMBERS
    wanted = "a date, written as in the dataset or like 2024-01-31" if is_date else "a number"
    texts: dict[int, str] = {}
    if not plain.issuperset(map(type, values)):
        for row, value in _others(values, plain):
            values[row] = None
            if not isinstance(value, str):
                reader.tell_of_type(row, column.name, value, wanted)
            elif not is_missing(value, column):
                texts[row] = value
    found = _floats(values)
    # The comparison is false for NaN as well, which is what None has become.
    for row in np.flatnonzero(~(np.abs(found) <= LARGEST)).tolist():
        if values[row] is not None:
            reader.tell_of_type(row, column.name, values[row], f"a number up to {LARGEST:g}")
            found[row] = np.nan
    for (row, text), number in zip(texts.items(), as_numbers(list(texts.values()), column), strict=True):
        if np.abs(number) <= LARGEST:
            found[row] = number
        else:
            reader.tell_of_type(row, column.name, text, wanted)
    return found


def _codes(reader: _Reader, column: ScoredColumn) -> Labels:
    """Read a column of categories as their places, -1 where missing, (n_rows,)."""
    values, known = reader.values(column.name), Categories(column)
    if not _TEXTS.issuperset(map(type, values)):
        for row, value in _others(values, _TEXTS):
            if isinstance(value, bool | int | float):
                values[row] = as_text(value)
            else:
                values[row] = None
                reader.tell_of_type(row, column.name, value, "a text")
    places = known.places
    codes = np.array([places.get(value, UNSEEN) for value in values], np.int64)  # type: ignore[call-overload]  # texts and None only
    for row in np.flatnonzero(codes == UNSEEN).tolist():
        text = str(values[row])
        codes[row] = known.place(text)
        if codes[row] == UNSEEN:
            reader.tell(row, column.name, known.message(text))
            codes[row] = -1
    return codes


def _others(values: Sequence[object], plain: frozenset[type]) -> Iterator[tuple[int, object]]:
    """List the values that are not of the plain types, with their rows."""
    # Found before the first is given: they are replaced meanwhile.
    return iter([(row, value) for row, value in enumerate(values) if type(value) not in plain])


def _floats(values: Sequence[object]) -> Vector:
    try:
        return np.array(values, np.float64)
    except OverflowError:
        # A whole number with hundreds of digits.
        return np.array([_within(value) for value in values], np.float64)


def _within(value: object) -> object:
    return np.inf if isinstance(value, int) and abs(value) > LARGEST else value


def _described(value: object) -> str:
    """Describe a value that does not fit, in a few words."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        return f'the text "{shorten(tidy(value), _SHOWN)}"'
    if isinstance(value, bool):
        return as_text(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < _MANY_DIGITS):
        return f"the number {value}"
    return "a number with very many digits"
