"""What a single cell looks like: a number, a date, a text built of digits and letters in this order.

For the few rows at the beginning of a file. Whole columns are read elsewhere, and exactly.
"""

import re

ESCAPED_QUOTE = r"\\[\"'][^\"',;|\t\r\n]"
"""A backslash and a quote that ends no cell: what a text looks like in which quotes are escaped so."""

_DIGITS = r"(?:\d{1,3}(?:[.,' \u00a0\u202f\u2019]\d{3})+|\d+)"
_UNIT = r"(?:[$€£¥₹%‰]|[A-Z]{3}|kr|zł|Kč|Ft|R\$|CHF|US\$)"
_NUMBER = re.compile(
    rf"\(?[-+\u2212]?\s?(?:{_UNIT}\s?)?[-+\u2212]?(?:{_DIGITS}(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?"
    rf"(?:\s?{_UNIT})?-?\)?"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?"
_ZONE = r"(?:Z|\s?[-+]\d{2}:?\d{2}|\s?UTC)?"
_DAY = (
    r"(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}[-\s.]*[^\W\d_]{3,9}[-\s.,]*(?:\d{4}|\d{2})|[^\W\d_]{3,9}\.?\s\d{1,2},?\s\d{4})"
)
_DATE = re.compile(rf"{_DAY}(?:[T\s,]+{_TIME}{_ZONE})?")
_TIME_ALONE = re.compile(_TIME)
_LETTERS = re.compile(r"[^\W\d_]+")
_FIGURES = re.compile(r"\d+")
_LONGEST = 60


def is_number(cell: str) -> bool:
    """Tell whether a cell may be a number, in any usual way of writing, with a currency or without."""
    return len(cell) <= _LONGEST and _NUMBER.fullmatch(cell.strip()) is not None


def is_date(cell: str) -> bool:
    """Tell whether a cell may be a date, with a time or without."""
    return len(cell) <= _LONGEST and _DATE.fullmatch(cell.strip()) is not None


def is_time(cell: str) -> bool:
    """Tell whether a cell may be a time of day."""
    return len(cell) <= _LONGEST and _TIME_ALONE.fullmatch(cell.strip()) is not None


def shape(cell: str) -> str:
    """Give a text with "0" for each run of digits and "a" for each run of letters: C-0012 is a-0."""
    return _FIGURES.sub("0", _LETTERS.sub("a", cell))
