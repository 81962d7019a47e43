"""Decides how the columns of a table are read, from what was seen of them.

They are decided together: a column that leaves open whether 1,234 has a fraction, or
whether 01/02 is in January, is read as the others of its file are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from domain.tables.values import explanations
from domain.tables.values.date_orders import DatesFound, are_compact_dates, find_dates
from domain.tables.values.evidence import Evidence
from domain.tables.values.explanations import Note
from domain.tables.values.keys import is_named_as_code
from domain.tables.values.missing import A_CATEGORY_OFTEN, NORTH_AMERICA
from domain.tables.values.number_formats import NumbersFound, find_numbers, unit_trouble
from domain.terms.columns import ColumnRole
from domain.terms.imports import TableOptions
from domain.terms.readings import DateOrder, DecimalMark, Kind, NumberFormat, Reading

_MOST_ODD = 0.01
"""So many odd cells are put down to slips: they are rejected, and the column is what the others are."""

_FEW_VALUES = 100

Vote = TypeVar("Vote")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column, what was seen of it, and the role that the client gives it."""

    name: str
    evidence: Evidence
    given: ColumnRole | None


@dataclass(frozen=True, slots=True)
class Decision:
    """How a column is read, and what the client is told of it.

    `sure` is False where more rows may change it although every cell fits; `refusal` says
    why the column can't have the role it is given.
    """

    reading: Reading
    notes: tuple[Note, ...]
    sure: bool
    refusal: str | None


def decide(
    columns: Sequence[Candidate], options: TableOptions, delimiter: str | None = None
) -> tuple[Decision, ...]:
    """Decide how each column is read, one decision a column.

    The evidence must have been gathered with the options' spellings of missing values.
    """
    found = [_Found.of(column, options.decimal) for column in columns]
    file = _File(
        option=options.decimal,
        mark=_most_common(each.numbers.mark for each in found if each.numbers and each.are_numbers),
        order=_most_common(each.dates.order for each in found if each.dates and each.are_dates),
        delimiter=delimiter,
    )
    return tuple(_decision(each, file) for each in found)


def _most_common(votes: Iterable[Vote | None]) -> Vote | None:
    """Give what most columns show; None where they show nothing, or are divided."""
    counts = Counter(vote for vote in votes if vote is not None).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


@dataclass(frozen=True, slots=True)
class _File:
    """What columns that leave something open are decided by."""

    option: DecimalMark | None
    mark: DecimalMark | None
    order: DateOrder | None
    delimiter: str | None

    def number_format(self, found: NumbersFound) -> NumberFormat:
        suggested = DecimalMark.COMMA if self.delimiter == ";" and found.is_ambiguous else None
        return found.chosen(self.option or self.mark or suggested)

    @property
    def why_mark(self) -> str:
        if self.mark is not None:
            return "as in other columns of the file"
        return (
            "as is usual in files with semicolons" if self.delimiter == ";" else "as programs write numbers"
        )

    def why_order(self, found: DatesFound) -> str:
        separator = found.separator or " "
        return "as in other columns of the file" if self.order else f'as is usual with "{separator}"'


@dataclass(frozen=True, slots=True)
class _Found:
    """A column with the numbers and dates found in it, and whether it is one of them."""

    column: Candidate
    numbers: NumbersFound | None
    dates: DatesFound | None
    are_numbers: bool
    are_dates: bool

    @staticmethod
    def of(column: Candidate, decimal: DecimalMark | None) -> "_Found":
        given, evidence = column.given, column.evidence
        compact = given is ColumnRole.DATETIME or are_compact_dates(evidence, column.name)
        numbers, dates = find_numbers(evidence, decimal), find_dates(evidence, compact=compact)
        are_dates = dates is not None and given is not ColumnRole.NUMERIC and _enough_dates(column, dates)
        are_numbers = numbers is not None and not are_dates and _enough_numbers(column, numbers)
        return _Found(column, numbers, dates, are_numbers, are_dates)


def _enough_dates(column: Candidate, found: DatesFound) -> bool:
    present = column.evidence.present
    if column.given is ColumnRole.DATETIME:
        return 2 * found.fits >= present
    if column.given is None:
        return present - found.fits <= _MOST_ODD * present
    return found.fits == present


def _enough_numbers(column: Candidate, found: NumbersFound) -> bool:
    """Tell whether a column is one of numbers: all but a few slips, and no codes among them."""
    present, fits = column.evidence.present, found.fits + found.infinite
    if column.given is ColumnRole.DATETIME or not found.fits:
        return False
    if column.given is ColumnRole.NUMERIC:
        return 2 * fits >= present
    if found.zero_led or found.long > _MOST_ODD * present or found.look_like_phones or unit_trouble(found):
        return False
    if column.given is not None:
        return found.fits == present
    odd = present - fits
    return odd == 0 or (odd <= _MOST_ODD * present and not is_named_as_code(column.name))


def _decision(found: _Found, file: _File) -> Decision:
    if found.numbers and found.are_numbers:
        return _as_numbers(found.column, found.numbers, file)
    if found.dates and found.are_dates:
        return _as_dates(found.column, found.dates, file)
    evidence = found.column.evidence
    words = sum(evidence.spelled[word] for word in A_CATEGORY_OFTEN) if evidence.usual_spellings else 0
    if evidence.present + words == 0:
        nothing = Reading(Kind.NOTHING, missing=evidence.spellings)
        return Decision(nothing, (), sure=False, refusal=_refusal(found))
    return _as_text(found)


def _as_numbers(column: Candidate, found: NumbersFound, file: _File) -> Decision:
    format = file.number_format(found)
    stored_as_text = column.given not in (None, ColumnRole.NUMERIC)
    reading = Reading(Kind.NUMBERS, format, missing=column.evidence.spellings, stored_as_text=stored_as_text)
    notes: list[Note] = []
    if not stored_as_text:
        notes += explanations.number_format(column.name, found, format)
        # Plain numbers in a file of plain numbers are doubted by nobody.
        if found.is_ambiguous and (notes or file.mark is not format.decimal):
            notes.append(explanations.number_ambiguous(column.name, found, format, file.why_mark))
    return Decision(reading, tuple(notes), sure=True, refusal=None)


def _as_dates(column: Candidate, found: DatesFound, file: _File) -> Decision:
    order = found.chosen(file.order)
    reading = Reading(Kind.DATES, dates=order, missing=column.evidence.spellings)
    notes: list[Note] = []
    if column.given in (None, ColumnRole.DATETIME):
        notes += explanations.date_format(column.name, found, order)
        if found.is_ambiguous:
            notes.append(explanations.date_ambiguous(column.name, found, order, file.why_order(found)))
    return Decision(reading, tuple(notes), sure=True, refusal=None)


def _as_text(found: _Found) -> Decision:
    column, evidence = found.column, found.column.evidence
    kept = set(A_CATEGORY_OFTEN) if evidence.usual_spellings else set()
    notes: list[Note] = []
    if evidence.usual_spellings and _is_full_of_codes(evidence):
        kept.add(NORTH_AMERICA)
        if evidence.spelled[NORTH_AMERICA]:
            notes.append(explanations.kept_spelling(column.name, evidence))
    notes += explanations.boolean_spelling(column.name, evidence)
    if column.given is None:
        notes += explanations.almost(column.name, evidence, found.numbers, found.dates)
    missing = tuple(spelling for spelling in evidence.spellings if spelling not in kept)
    return Decision(
        Reading(Kind.TEXT, missing=missing), tuple(notes), _is_surely_text(found), _refusal(found)
    )


def _is_full_of_codes(evidence: Evidence) -> bool:
    """Tell whether most values are such as EMEA, APAC and US: NA is one of them, then."""
    return len(evidence.different_codes) > 1 and 2 * evidence.codes > evidence.present


def _is_surely_text(found: _Found) -> bool:
    """Tell whether no further rows can make numbers or dates of it."""
    present = found.column.evidence.present
    if _refusal(found):
        return False
    if found.numbers and (found.numbers.zero_led or unit_trouble(found.numbers)):
        return True
    most = max(found.numbers.numerals if found.numbers else 0, found.dates.dated if found.dates else 0)
    return present >= _FEW_VALUES and 2 * most < present


def _refusal(found: _Found) -> str | None:
    """Say why a column that holds no numbers or dates can't have the role it is given."""
    given, evidence = found.column.given, found.column.evidence
    if given is ColumnRole.NUMERIC:
        return explanations.refusal(evidence, found.numbers.fits if found.numbers else 0, "numbers")
    if given is ColumnRole.DATETIME:
        return explanations.refusal(evidence, found.dates.fits if found.dates else 0, "dates")
    return None
