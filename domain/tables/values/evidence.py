"""What the cells of a column look like: enough to decide how they are read, in memory that does not grow."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.values.booleans import truth
from domain.tables.values.cells import Ends, byte_lengths, ends, string_buffers, trimmed
from domain.tables.values.dates import date_shapes, days_in
from domain.tables.values.missing import SPELLINGS, missing_spellings
from domain.tables.values.numeral_shapes import is_infinite, numeral
from domain.tables.values.numerals import parse_plain
from domain.tables.values.shapes import by_shape, matrix, shapes
from domain.terms.arrays import AnyArray, Mask
from domain.terms.readings import DateOrder

MOST_VALUES = 50
"""So many different values are counted one by one; a column with more has no truth values in words."""

ENOUGH_DAYS = 10
"""So many different days written as 20240131 are no coincidence."""

_LONGEST_VALUE = 16
_MOST_SHAPES = 2_000
_SHOWN_OTHERS, _SHOWN = 5, 100
_LONG = 1e15
_AT_ONCE = 1_000
_COMPACT = "00000000"
_COMPACT_FROM, _COMPACT_TO = -25_567, 47_847
"""1900-01-01 and 2101-01-01, in days since 1970: what looks like a day outside is a number."""

_WHOLE, _FRACTION = "0", "0.0"


@dataclass(slots=True)
class Finding:
    """How many cells have one shape, how one of them reads, and how many are possible days in each order."""

    count: int = 0
    example: str = ""
    days: Counter[DateOrder] = field(default_factory=Counter)


class Evidence:
    """What was seen of one column so far.

    `shapes` are of the cells that may be numbers or dates, `others` some of those that
    are neither. `spelled` counts spellings of a missing value, in lower case, which are
    not among the `present` cells. `values` are the different present values with their
    counts, None where there are more than fifty, long ones or plain numbers. `codes` counts
    values such as EMEA, two to five capitals; `compact_days` are some of the different
    days written as 20240131.
    """

    def __init__(self, spellings: tuple[str, ...] | None = None) -> None:
        self.spellings = SPELLINGS if spellings is None else tuple(each.strip().lower() for each in spellings)
        self.usual_spellings = spellings is None
        self.cells = self.blank = self.present = self.codes = 0
        self.spelled: Counter[str] = Counter()
        self.shapes: dict[str, Finding] = {}
        self.others: list[str] = []
        self.values: Counter[str] | None = Counter()
        self.different_codes: set[str] = set()
        self.compact_days: set[float] = set()
        self._has_fractions = self._has_other_lengths = False
        self._missing = missing_spellings(self.spellings)

    def look(self, cells: pa.StringArray) -> None:
        """Take in a batch of raw cells, "" where empty."""
        found = ends(cells)
        plain, _ = trimmed(cells, found)
        if plain is not cells:
            found = ends(plain)
        self.cells += len(cells)
        empty: Mask = byte_lengths(plain) == 0
        self.blank += int(empty.sum())
        spelled = self._missing.find(plain, found)
        if spelled.any():
            counted = pc.value_counts(pc.utf8_lower(plain.filter(pa.array(spelled))))
            self.spelled.update({each["values"]: each["counts"] for each in counted.to_pylist()})
        left_out = empty | spelled
        present = plain.filter(pa.array(~left_out)) if left_out.any() else plain
        self.present += len(present)
        if len(present) and not self._look_at_plain_numbers(present):
            self._look_at_values(present)

    def _look_at_plain_numbers(self, present: pa.StringArray) -> bool:
        """Count cells that are plain numbers, all of them and without any question; else leave them."""
        if not _begins_like_number(present):
            return False
        numbers = parse_plain(present)
        if numbers is None or not (np.abs(numbers) < _LONG).all() or leading_zeros(present).any():
            return False
        if not self._has_other_lengths:
            # Eight digits may be a day.
            self._has_other_lengths = bool((byte_lengths(present) != len(_COMPACT)).any())
        fractions = _count_points(present)
        if not self._has_other_lengths or (fractions and not self._knows_fractions(present)):
            return False
        first = present[0].as_py()
        self._count(_FRACTION, fractions, first)
        self._count(_WHOLE, len(present) - fractions, first)
        self.values = None
        return True

    def _knows_fractions(self, present: pa.StringArray) -> bool:
        """Tell whether there is a point with other than three digits behind it, which groups no thousands."""
        if not self._has_fractions:
            for shape in set(shapes(present[:_AT_ONCE]).to_pylist()):
                found = numeral(shape)
                if "." in shape and found and all(meaning.grouping is None for meaning in found.meanings):
                    self._has_fractions = True
        return self._has_fractions

    def _look_at_values(self, present: pa.StringArray) -> None:
        coded = present.dictionary_encode()
        values = coded.dictionary
        counts = np.bincount(coded.indices.to_numpy(), minlength=len(values))
        self._look_at_words(values, counts)
        other: Mask = np.ones(len(values), np.bool_)
        for shape, positions in by_shape(values):
            numeric, dated = numeral(shape) is not None or is_infinite(shape), date_shapes(shape)
            if not numeric and not dated:
                continue
            other[positions] = False
            finding = self._count(shape, int(counts[positions].sum()), values[int(positions[0])].as_py())
            if finding is not None and dated:
                self._look_at_days(
                    finding, shape, matrix(values, positions, dated[0].width), counts[positions]
                )
        for place in np.flatnonzero(other)[: _SHOWN_OTHERS - len(self.others)].tolist():
            self.others.append(values[place].as_py()[:_SHOWN])

    def _look_at_days(self, finding: Finding, shape: str, text: AnyArray, counts: AnyArray) -> None:
        for dated in date_shapes(shape):
            days = days_in(text, dated)
            possible = ~np.isnan(days)
            if dated.order is DateOrder.COMPACT:
                possible &= (days >= _COMPACT_FROM) & (days < _COMPACT_TO)
                if len(self.compact_days) < ENOUGH_DAYS:
                    self.compact_days.update(np.unique(days[possible])[:ENOUGH_DAYS].tolist())
            finding.days[dated.order] += int(counts[possible].sum())

    def _look_at_words(self, values: pa.StringArray, counts: AnyArray) -> None:
        lengths = byte_lengths(values)
        short = np.flatnonzero((lengths >= 2) & (lengths <= 5))
        if len(short):
            words = values.take(pa.array(short))
            for place in np.flatnonzero(pc.match_substring_regex(words, "^[A-Z]{2,5}$")).tolist():
                self._note_code(words[place].as_py(), int(counts[short[place]]))
        if self.values is not None:
            few = len(values) <= MOST_VALUES and lengths.max() <= _LONGEST_VALUE
            if few:
                self.values.update(dict(zip(values.to_pylist(), counts.tolist(), strict=True)))
            if not few or len(self.values) > MOST_VALUES:
                self.values = None

    def _note_code(self, word: str, count: int) -> None:
        if truth(word) is None:
            self.codes += count
            if len(self.different_codes) < _SHOWN_OTHERS:
                self.different_codes.add(word)

    def _count(self, shape: str, count: int, example: str) -> Finding | None:
        """Count cells of a shape; None where there are so many shapes that this is no number's column."""
        if shape not in self.shapes:
            if count == 0 or len(self.shapes) >= _MOST_SHAPES:
                return None
            self.shapes[shape] = Finding(example=example)
        self.shapes[shape].count += count
        return self.shapes[shape]


def _begins_like_number(cells: pa.StringArray) -> bool:
    """Spare most text the attempt: look at a few cells."""
    return parse_plain(cells[:3]) is not None


def _count_points(cells: pa.StringArray) -> int:
    offsets, text = string_buffers(cells)
    return int(np.count_nonzero(text[offsets[0] : offsets[-1]] == ord(".")))


def leading_zeros(cells: pa.StringArray, found: Ends | None = None) -> Mask:
    """Tell which trimmed cells begin, behind a sign, with a zero and another digit, as codes do, (n,).

    `found` are the cells' ends.
    """
    first, _ = found or ends(cells)
    suspects = np.flatnonzero((first == ord("0")) | (first == ord("+")) | (first == ord("-")))
    codes: Mask = np.zeros(len(cells), np.bool_)
    if len(suspects):
        few = cells.take(pa.array(suspects))
        codes[suspects] = np.asarray(pc.match_substring_regex(few, r"^[+-]?0\d"))
    return codes
