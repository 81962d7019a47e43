"""In which format the numbers of a column are written, as far as the column itself tells."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from domain.tables.values.evidence import Evidence
from domain.tables.values.numeral_shapes import MARKS, Numeral, is_infinite, numeral
from domain.tables.values.numerals import read_numerals
from domain.tables.values.units import PERCENT
from domain.terms.readings import DecimalMark, NumberFormat
from domain.terms.texts import number_text

_GROUPINGS = (None, ",", ".", " ", "'", "_")
_MOST_UNITS = 4
_PHONE = re.compile(r"\+?\d{3}(?:[ \u00a0]\d{3}){2,}")


@dataclass(frozen=True, slots=True)
class NumbersFound:
    """The numbers among a column's present values.

    `formats` are the formats in which the most of them fit, one a decimal mark; two where
    the column does not tell which. `fits` counts those that fit and `infinite` those
    beyond any format, `numerals` all that are numbers in some format; `zero_led` and
    `long` are codes among them. `units` are spelled as in the cells, the most frequent first.
    """

    formats: tuple[NumberFormat, ...]
    fits: int
    infinite: int
    numerals: int
    zero_led: int
    long: int
    units: tuple[str, ...]
    seen: tuple[tuple[Numeral, str], ...]

    @property
    def has_marks(self) -> bool:
        """Whether any of them has a point or a comma."""
        return any(
            meaning.decimal or meaning.grouping in (",", ".")
            for each, _ in self.seen
            for meaning in each.meanings
        )

    @property
    def look_like_phones(self) -> bool:
        """Whether all of them are 612 345 678, which is what telephone numbers look like."""
        return all(_PHONE.fullmatch(cell) for _, cell in self.seen)

    @property
    def is_ambiguous(self) -> bool:
        """Whether the same cells are different numbers in the formats left."""
        return len(self.formats) > 1 and self.has_marks

    @property
    def mark(self) -> DecimalMark | None:
        """The decimal mark that the column shows beyond doubt."""
        return self.formats[0].decimal if len(self.formats) == 1 and self.has_marks else None

    def chosen(self, mark: DecimalMark | None) -> NumberFormat:
        """Give the format with this mark where the column leaves it open; the point is the usual one."""
        by_mark = {format.decimal: format for format in self.formats}
        return by_mark.get(mark or DecimalMark.POINT) or self.formats[0]

    def example(self, format: NumberFormat) -> tuple[str, str] | None:
        """Give a number not written as programs do, as it stands and as it is read, if there is one."""
        fitting = [
            cell
            for each, cell in self.seen
            if (meaning := each.meaning(format)) is not None and not each.is_plain(meaning)
        ]
        cell = max(fitting, key=len, default=None)
        return None if cell is None else (cell, read_as(cell, format))

    def misfits(self, format: NumberFormat) -> list[str]:
        """Give numbers that are none in the format."""
        return [cell for each, cell in self.seen if each.meaning(format) is None]

    def ambiguous_example(self) -> str:
        """Give a number that is another one in the other format."""
        return next(cell for each, cell in self.seen for meaning in each.meanings if meaning.decimal)


def find_numbers(evidence: Evidence, decimal: DecimalMark | None) -> NumbersFound | None:
    """Find the numbers of a column, with this decimal mark if it is given; None where there are none."""
    seen: list[tuple[Numeral, int, str]] = []
    infinite = 0
    for shape, finding in evidence.shapes.items():
        if is_infinite(shape):
            infinite += finding.count
        elif (found := numeral(shape)) is not None:
            seen.append((found, finding.count, finding.example))
    if not seen:
        return None
    units = _units(seen)
    marks = tuple(DecimalMark) if decimal is None else (decimal,)
    formats, fits = _best(seen, marks, (None, *units))
    return NumbersFound(
        formats=formats,
        fits=fits,
        infinite=infinite,
        numerals=sum(count for _, count, _ in seen),
        zero_led=sum(count for each, count, _ in seen if each.zero_led),
        long=sum(count for each, count, _ in seen if each.long),
        units=units,
        seen=tuple((each, example) for each, _, example in seen),
    )


def read_as(cell: str, format: NumberFormat) -> str:
    """Write the number that a cell is in a format."""
    number = float(read_numerals(pa.array([cell], pa.string()), None, format).values[0])
    return number_text(number) if abs(number) < float("inf") else "infinite"


def unit_trouble(found: NumbersFound) -> str | None:
    """Say why numbers with such units are no numbers of one kind; None where they are."""
    if len(found.units) > 1:
        told = " and ".join(f'"{unit}"' for unit in found.units[:3])
        return f"some are in {told}, which can't be compared"
    if found.units == (PERCENT,) and found.fits < found.numerals:
        return "some are percentages and some are not"
    return None


def _units(seen: Sequence[tuple[Numeral, int, str]]) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    spelled: dict[str, Counter[str]] = {}
    for each, count, _ in seen:
        if each.unit and each.spelled_unit:
            counts[each.unit] += count
            spelled.setdefault(each.unit, Counter())[each.spelled_unit] += count
    return tuple(spelled[unit].most_common(1)[0][0] for unit, _ in counts.most_common(_MOST_UNITS))


def _best(
    seen: Sequence[tuple[Numeral, int, str]], marks: Sequence[DecimalMark], units: Sequence[str | None]
) -> tuple[tuple[NumberFormat, ...], int]:
    """Give the simplest format of each mark in which the most numbers fit, and how many do."""
    counts = {
        format: sum(count for each, count, _ in seen if each.meaning(format))
        for unit in units
        for grouping in _GROUPINGS
        for mark in marks
        if grouping != MARKS[mark]
        for format in [NumberFormat(mark, grouping, unit)]
    }
    most = max(counts.values())
    simplest: dict[DecimalMark, NumberFormat] = {}
    for format, count in counts.items():
        if count == most:
            simplest.setdefault(format.decimal, format)
    return tuple(simplest.values()), most
