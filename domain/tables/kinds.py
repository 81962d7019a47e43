"""What kind of values a column of text holds: numbers, dates, or text after all.

Every step looks at one chunk of the column at a time and the findings are joined, so
a column may come in as many pieces as it likes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.cells import byte_lengths, trimmed
from domain.tables.dates import parse_dates
from domain.tables.numerals import LARGEST, NUMERAL, all_whole, parse_numerals, spelled_missing
from domain.terms.arrays import Mask, Rows, Vector
from domain.terms.imports import ImportWarning, ImportWarningCode

_ALMOST = 0.9
_SAMPLE = 1000


class Kind(Enum):
    """What all present values of a column are."""

    NUMBERS = "numbers"
    DATES = "dates"
    TEXT = "text"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column and what it was read as.

    `text` holds the cells exactly as uploaded, null where missing; `numbers` (n_rows,)
    is there for numbers alone, NaN where missing; `whole` tells that they are whole and
    below 2^53. `trimmed` and `spelled` are the positions of the cells that had white
    space around them, or spelled "missing" in letters. `almost` is the warning about a
    column that is text because of a few cells.
    """

    name: str
    kind: Kind
    text: pa.ChunkedArray
    numbers: Vector | None
    whole: bool
    trimmed: Rows
    spelled: Rows
    almost: ImportWarning | None

    @property
    def present_count(self) -> int:
        """The number of cells that are not missing."""
        return len(self.text) - int(self.text.null_count)


def read_column(name: str, cells: pa.ChunkedArray, row_number: Callable[[int], int]) -> TypedColumn:
    """Find out what a column of text holds; "" and white space are missing.

    Numbers: every present value is a finite decimal number. In such a column alone, NA,
    N/A, NaN, null, None and -, in any case, are missing too. A leading zero makes a
    code, and a column with codes is text. Dates: every present value is an ISO 8601
    date, with or without a time. `row_number` numbers a position as the file does.
    """
    parts = [_Part(*trimmed(chunk)) for chunk in cells.chunks if len(chunk)]
    empty = np.concatenate([np.zeros(0, np.bool_), *(part.empty for part in parts)])
    if empty.all():
        return _typed(name, Kind.NOTHING, cells, empty)
    if (found := _read_numbers(parts)) is not None:
        return _typed(name, Kind.NUMBERS, cells, np.isnan(found.numbers), found)
    if all(parse_dates(part.plain) is not None for part in parts):
        return _typed(name, Kind.DATES, cells, empty)
    almost = _almost_numbers(name, parts, row_number)
    return _typed(name, Kind.TEXT, cells, empty, almost=almost)


class _Part(NamedTuple):
    """A piece of a column: its cells trimmed, and the positions of those that were changed by it."""

    plain: pa.StringArray
    changed: Rows

    @property
    def empty(self) -> Mask:
        return np.asarray(byte_lengths(self.plain) == 0)


class _Numbers(NamedTuple):
    """A column read as numbers, and the positions of cells trimmed, and of missing ones spelled out."""

    numbers: Vector
    trimmed: Rows
    spelled: Rows


def _typed(
    name: str,
    kind: Kind,
    cells: pa.ChunkedArray,
    missing: Mask,
    found: _Numbers | None = None,
    almost: ImportWarning | None = None,
) -> TypedColumn:
    text = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), cells) if missing.any() else cells
    nowhere = np.zeros(0, np.int64)
    return TypedColumn(
        name=name,
        kind=kind,
        text=text,
        numbers=found.numbers if found else None,
        whole=found is not None and all_whole(found.numbers),
        trimmed=found.trimmed if found else nowhere,
        spelled=found.spelled if found else nowhere,
        almost=almost,
    )


def _read_numbers(parts: Sequence[_Part]) -> _Numbers | None:
    numbers, changed, spelled, offset = [], [], [], 0
    for part in parts:
        values, missing = parse_numerals(part.plain), np.zeros(0, np.int64)
        if values is None:
            mask = spelled_missing(part.plain)
            missing = np.flatnonzero(mask)
            values = parse_numerals(pc.if_else(pa.array(mask), "", part.plain)) if len(missing) else None
        if values is None:
            return None
        numbers.append(values)
        changed.append(offset + part.changed[~part.empty[part.changed]])
        spelled.append(offset + missing)
        offset += len(part.plain)
    joined = np.concatenate(numbers)
    if np.isnan(joined).all():
        return None
    return _Numbers(joined, np.concatenate(changed), np.concatenate(spelled))


def _almost_numbers(
    name: str, parts: Sequence[_Part], row_number: Callable[[int], int]
) -> ImportWarning | None:
    """Warn of a column in which nine of ten values, or more, are numbers, and a few are not."""
    if _numeral_share(parts[0].plain[:_SAMPLE]) < _ALMOST:
        return None
    plain = pa.chunked_array([part.plain for part in parts])
    present = np.concatenate([~spelled_missing(part.plain) & ~part.empty for part in parts])
    fits = np.asarray(pc.match_substring_regex(plain, NUMERAL))
    too_large: Mask = np.zeros(len(fits), np.bool_)
    too_large[fits] = ~(np.abs(pc.cast(plain.filter(pa.array(fits)), pa.float64()).to_numpy()) <= LARGEST)
    odd = np.flatnonzero(present & (too_large | ~fits))
    if not len(odd) or len(odd) > (1 - _ALMOST) * present.sum():
        return None
    first = int(odd[0])
    code = ImportWarningCode.OUT_OF_RANGE if too_large[first] else ImportWarningCode.NOT_A_NUMBER
    message = (
        f'column "{name}" is read as text: {len(odd):,} of its {int(present.sum()):,} values are not numbers '
        f'we can use, the first of them "{plain[first].as_py()[:50]}" in row {row_number(first):,}'
    )
    return ImportWarning(code, message, column=name, row=row_number(first), count=len(odd))


def _numeral_share(cells: pa.StringArray) -> float:
    present = (byte_lengths(cells) > 0) & ~spelled_missing(cells)
    fits = np.asarray(pc.match_substring_regex(cells, NUMERAL))
    return float(fits.sum() / max(present.sum(), 1))
