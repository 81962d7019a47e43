"""What a client is told of how a column is read: what was decided, and why it can't be otherwise."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.tables.values.booleans import several_spellings
from domain.tables.values.date_orders import DatesFound, day_of
from domain.tables.values.evidence import Evidence
from domain.tables.values.keys import is_named_as_code
from domain.tables.values.number_formats import NumbersFound, read_as, unit_trouble
from domain.tables.values.numeral_shapes import MARKS
from domain.terms.imports import ImportWarningCode as Code
from domain.terms.readings import DateOrder, NumberFormat


class Note(NamedTuple):
    """A warning about a column, its message, and how many cells it is about; None for all of its kind."""

    code: Code
    message: str
    cells: int | None = None


_ALMOST = 0.9
_SHOWN = 50


def number_format(name: str, found: NumbersFound, format: NumberFormat) -> Iterator[Note]:
    """Tell of numbers that are not written as programs do."""
    example = found.example(format)
    if example is not None:
        cell, value = example
        yield Note(Code.NUMBER_FORMAT, f'column "{name}": "{cell[:_SHOWN]}" is read as {value}')


def number_ambiguous(name: str, found: NumbersFound, format: NumberFormat, why: str) -> Note:
    """Tell of numbers that could be others, which they are taken for, and how to settle it."""
    cell = found.ambiguous_example()
    values = " or ".join(read_as(cell, each) for each in found.formats)
    mark = f'a decimal {format.decimal.lower()} ("{MARKS[format.decimal]}")'
    message = (
        f'column "{name}": "{cell[:_SHOWN]}" may be {values}; {read_as(cell, format)} is taken, with {mark}, '
        f"{why}: the option decimal settles it"
    )
    return Note(Code.NUMBER_AMBIGUOUS, message)


def date_format(name: str, found: DatesFound, order: DateOrder) -> Iterator[Note]:
    """Tell of dates that are not written as ISO 8601 has it."""
    if order is not DateOrder.ISO:
        yield Note(Code.DATE_FORMAT, _date_read(name, found, order))


def date_ambiguous(name: str, found: DatesFound, order: DateOrder, why: str) -> Note:
    """Tell of dates in which day and month may be the other way round."""
    first = "the day" if order is DateOrder.DAY_MONTH_YEAR else "the month"
    message = (
        f"{_date_read(name, found, order)}: nothing in the column tells days from months, {first} is taken "
        f"to come first, {why}; if that is wrong, write the dates as 2024-01-31"
    )
    return Note(Code.DATE_AMBIGUOUS, message)


def _date_read(name: str, found: DatesFound, order: DateOrder) -> str:
    return f'column "{name}": "{found.example[:_SHOWN]}" is read as {day_of(found.example, order)}'


def kept_spelling(name: str, evidence: Evidence) -> Note:
    """Tell that "NA" is kept."""
    others = ", ".join(f'"{code}"' for code in sorted(evidence.different_codes))
    return Note(Code.MISSING_SPELLING_KEPT, f'column "{name}": "NA" is kept as a value, beside {others}')


def boolean_spelling(name: str, evidence: Evidence) -> Iterator[Note]:
    """Tell of one truth value in several spellings."""
    told = several_spellings(evidence.values) if evidence.values else None
    if told is not None:
        yield Note(Code.BOOLEAN_SPELLING, f'column "{name}": {told}')


def almost(
    name: str, evidence: Evidence, numbers: NumbersFound | None, dates: DatesFound | None
) -> Iterator[Note]:
    """Tell of a column that is text because of a few cells."""
    about, present = f'column "{name}" is read as text', evidence.present
    if numbers and numbers.numerals + numbers.infinite >= _ALMOST * present:
        if numbers.zero_led or numbers.long or numbers.look_like_phones or is_named_as_code(name):
            return
        odd = present - numbers.fits - numbers.infinite
        examples = evidence.others or [*numbers.misfits(numbers.formats[0])]
        no_numbers = "is no number" if odd == 1 else "are not numbers"
        why = unit_trouble(numbers) or f"{odd:,} of its {present:,} values {no_numbers} in one format"
        yield Note(Code.NOT_A_NUMBER, f"{about}: {why}{_such_as(examples)}", max(odd, 1))
    elif dates and dates.dated >= _ALMOST * present:
        odd = present - dates.fits
        no_dates = "is no date" if odd == 1 else "are no dates"
        why = f"{odd:,} of its {present:,} values {no_dates} in one order"
        yield Note(Code.NOT_A_DATE, f"{about}: {why}{_such_as(evidence.others)}", max(odd, 1))


def refusal(evidence: Evidence, fitting: int, wanted: str) -> str:
    """Say why a column can't be made one of numbers, or of dates, which `wanted` names."""
    if evidence.present == 0:
        return "all its cells are empty"
    examples = evidence.others or [each.example for each in evidence.shapes.values()]
    few = f"only {fitting:,}" if fitting else "none"
    fits = f"is a {wanted.removesuffix('s')}" if fitting == 1 else f"are {wanted}"
    return f"{few} of its {evidence.present:,} values {fits}{_such_as(examples, who='others')}"


def _such_as(examples: list[str], who: str = "") -> str:
    if not examples:
        return ""
    return f'; {who} are such as "{examples[0][:_SHOWN]}"' if who else f', such as "{examples[0][:_SHOWN]}"'
