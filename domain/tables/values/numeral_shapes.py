"""What the shape of a number tells: its sign and its unit, and what its points and commas may mean."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from domain.tables.values.shapes import DIGIT, LEADING_ZERO
from domain.tables.values.units import PERCENT, unit_named
from domain.terms.readings import DecimalMark, NumberFormat

MARKS = {DecimalMark.POINT: ".", DecimalMark.COMMA: ","}

_BLANKS = " \u00a0\u2009\u202f"
_SEPARATORS = rf"[.,'’_{_BLANKS}]"  # noqa: RUF001 - the apostrophe of Swiss spreadsheets
_NUMERAL = re.compile(
    rf"(?P<before>[^0{LEADING_ZERO}]*?)"
    # A point behind a letter belongs to the unit: "Rs.500" is no half.
    rf"(?P<body>(?:(?<![^\W\d_])[.,])?{DIGIT}+(?:{_SEPARATORS}0+)*(?:[.,](?=[eE][+-]?0|$))?)"
    rf"(?P<exponent>[eE][+-]?0+)?"
    rf"(?P<after>[^0{LEADING_ZERO}]*)"
)
_PIECES = re.compile(rf"{DIGIT}+|{_SEPARATORS}")
_INFINITE = re.compile(r"(?P<sign>[+-]?)(?:inf|infinity|∞)", re.IGNORECASE)
_CODE = re.compile(rf"[+-]?{LEADING_ZERO}0.*|[+-]?{DIGIT}{{16,}}")
_PLAIN = re.compile(rf"[+-]?(?:{DIGIT}+\.?0*|\.{DIGIT}+)(?:[eE][+-]?0+)?")
_MINUS = "-−"  # noqa: RUF001 - the minus sign beside the hyphen


class Grouped(NamedTuple):
    """How a numeral may be meant: its decimal mark and its grouping, None for those it lacks."""

    decimal: DecimalMark | None
    grouping: str | None

    def fits(self, format: NumberFormat) -> bool:
        """Tell whether numbers written in the format may look like this."""
        return self.decimal in (None, format.decimal) and self.grouping in (None, format.grouping)


@dataclass(frozen=True, slots=True)
class Numeral:
    """What the shape of a number tells.

    `unit` is a currency or "%", `spelled_unit` as it stands in the cell. `zero_led` and
    `long` mark codes: leading zeros, and whole numbers of 16 digits or more. `zero` is
    the bare number nought.
    """

    meanings: tuple[Grouped, ...]
    body: tuple[int, int]
    exponent_end: int
    negative: bool
    unit: str | None
    spelled_unit: str | None
    plain: bool
    zero_led: bool
    long: bool
    zero: bool

    def meaning(self, format: NumberFormat) -> Grouped | None:
        """Give the meaning it has in a format, None where it does not fit, by its unit or its marks."""
        wanted = unit_named(format.unit) if format.unit else None
        bare_fits = wanted != PERCENT or self.zero
        if self.unit != wanted and not (self.unit is None and bare_fits):
            return None
        return next((meaning for meaning in self.meanings if meaning.fits(format)), None)

    def is_plain(self, meaning: Grouped) -> bool:
        """Tell whether a program writes the number just so: 1.234 is plain unless it stands for 1234."""
        return self.plain and meaning.grouping is None


@lru_cache(maxsize=20_000)
def numeral(shape: str) -> Numeral | None:
    """Read the shape of a trimmed cell as a number's; None where it is none."""
    found = _NUMERAL.fullmatch(shape)
    affixes = _affixes(found["before"], found["after"]) if found else None
    if found is None or affixes is None:
        return None
    meanings = _meanings(found["body"])
    if found["exponent"]:
        meanings = tuple(meaning for meaning in meanings if meaning.grouping is None)
    if not meanings:
        return None
    negative, spelled_unit = affixes
    unit = unit_named(spelled_unit) if spelled_unit else None
    return Numeral(
        meanings=meanings,
        body=found.span("body"),
        exponent_end=found.end("exponent") if found["exponent"] else found.end("body"),
        negative=negative,
        unit=unit,
        spelled_unit=spelled_unit,
        plain=_PLAIN.fullmatch(shape) is not None,
        zero_led=_CODE.fullmatch(shape) is not None and shape.lstrip("+-")[0] == LEADING_ZERO,
        long=_CODE.fullmatch(shape) is not None and shape.lstrip("+-")[0] != LEADING_ZERO,
        zero=shape == LEADING_ZERO,
    )


def is_infinite(shape: str) -> bool:
    """Tell whether a cell says infinity, in letters or by its sign."""
    return _INFINITE.fullmatch(shape) is not None


def _affixes(before: str, after: str) -> tuple[bool, str | None] | None:
    """Tell whether what is around the digits makes them negative, and the unit; None for anything else."""
    front, back = (re.sub(rf"[{_BLANKS}]", "", part) for part in (before, after))
    signs = 0
    negative = False
    if front.count("(") == back.count(")") == 1:
        front, back, signs, negative = front.replace("(", ""), back.replace(")", ""), 1, True
    if front[:1] and front[:1] in "+" + _MINUS:
        front, signs, negative = front[1:], signs + 1, front[0] != "+"
    elif front[-1:] and front[-1:] in "+" + _MINUS:
        front, signs, negative = front[:-1], signs + 1, front[-1] != "+"
    if back[:1] and back[:1] in _MINUS:
        back, signs, negative = back[1:], signs + 1, True
    elif back[-1:] and back[-1:] in _MINUS:
        back, signs, negative = back[:-1], signs + 1, True
    unit = front or back or None
    if signs > 1 or (front and back) or (unit and unit_named(unit) is None):
        return None
    return negative, unit


def _meanings(body: str) -> tuple[Grouped, ...]:
    pieces = _PIECES.findall(body)
    if not pieces[0][0].isdigit() and pieces[0][0] != LEADING_ZERO:
        return (Grouped(_mark(pieces[0]), None),) if len(pieces) == 2 else ()
    runs, separators = pieces[0::2], [_grouping(piece) for piece in pieces[1::2]]
    found = []
    if separators and separators[-1] in ".,":
        whole = runs[: len(separators)]
        fits, grouping = _grouped(whole, separators[:-1])
        if fits and grouping != separators[-1]:
            found.append(Grouped(_mark(separators[-1]), grouping))
    fits, grouping = _grouped(runs, separators)
    if fits:
        found.append(Grouped(None, grouping))
    return tuple(found)


def _mark(separator: str) -> DecimalMark:
    return DecimalMark.POINT if separator == "." else DecimalMark.COMMA


def _grouping(separator: str) -> str:
    return " " if separator in _BLANKS else "'" if separator == "’" else separator  # noqa: RUF001 - as above


def _grouped(runs: list[str], separators: list[str]) -> tuple[bool, str | None]:
    """Tell whether runs of digits are groups of a whole number, and what separates them."""
    if not separators:
        return len(runs) == 1, None
    if len(set(separators)) > 1 or len(runs) != len(separators) + 1 or runs[0][0] == LEADING_ZERO:
        return False, None
    first, *middle, last = map(len, runs)
    if last != 3:
        return False, None
    by_thousands = first <= 3 and all(length == 3 for length in middle)
    # One lakh is 1,00,000: behind the last three digits they stand in twos.
    indian = separators[0] == "," and bool(middle) and first <= 2 and all(length == 2 for length in middle)
    return by_thousands or indian, separators[0]
