"""Whether the first row of a table is its header: each column has a vote."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from domain.tables.files.text_shapes import is_date, is_number, shape
from domain.tables.values.missing import SPELLINGS

_BODY_ROWS = 200
_MOST = 0.8
_YEAR = re.compile(r"(19|20)\d\d")


def seems_header(first: Sequence[str], body: Sequence[Sequence[str]], *, default: bool = True) -> bool:
    """Tell whether a row names the columns of the rows below it.

    A word over numbers or dates says yes; a number over numbers, or a word that comes
    again in its own column, says no. Where nothing is said, the answer is `default`.
    """
    columns = _below(first, body[:_BODY_ROWS])
    if not any(columns):
        return default and not (bool(first) and all(is_number(cell) or is_date(cell) for cell in first))
    counting = _counts(first)
    total = _votes(first, columns, counting)
    others = [row for row in body[:_BODY_ROWS] if list(row) != list(first)]
    if total <= 0 and len(others) < len(body[:_BODY_ROWS]):
        # Where two exports stand behind one another, the header comes again as a whole.
        total = max(total, _votes(first, _below(first, others), counting) or total)
    return total > 0 or (total == 0 and default)


def _votes(first: Sequence[str], columns: Sequence[Sequence[str]], counting: bool) -> int:
    return sum(_vote(name.strip(), cells, counting) for name, cells in zip(first, columns, strict=True))


def _below(first: Sequence[str], body: Sequence[Sequence[str]]) -> list[list[str]]:
    """Give the values under each cell of a row, blank ones left out."""
    return [
        [row[place].strip() for row in body if place < len(row) and row[place].strip()]
        for place in range(len(first))
    ]


def _counts(first: Sequence[str]) -> bool:
    """Tell whether the numbers in a row may be names: 2019, 2020, 2021 or 1, 2, 3 beside words."""
    cells = [cell.strip() for cell in first if cell.strip()]
    numbers = [int(cell) for cell in cells if cell.isdecimal() and cell.isascii() and len(cell) < 5]
    if not any(any(map(str.isalpha, cell)) for cell in cells) or len(numbers) < 2:
        return False
    years = all(_YEAR.fullmatch(str(number)) for number in numbers)
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    return steps in ({1}, {-1}) and (years or numbers[0] in (0, 1))


def _vote(name: str, cells: Sequence[str], counting: bool) -> int:
    """Say 1 for a header, -1 against, 0 where a column can't tell."""
    if not name or not cells:
        return 0
    numbers, dates = _share(is_number, cells), _share(is_date, cells)
    if max(numbers, dates) >= _MOST:
        if not (is_number(name) or is_date(name)):
            # A spelling of missing stands in a column of numbers as a word does, and names nothing.
            return 0 if name.lower() in SPELLINGS else 1
        return 0 if counting and name.isdecimal() else -1
    if name in cells:
        return -1
    return _vote_by_shape(name, cells)


def _vote_by_shape(name: str, cells: Sequence[str]) -> int:
    """Compare a name with texts that are all built alike, as C-0001 or e-mail addresses are."""
    shapes = {shape(cell) for cell in cells}
    if len(cells) > 1 and len(shapes) == 1 and re.search(r"[0@]", next(iter(shapes))):
        return -1 if shape(name) in shapes else 1
    if _share(lambda cell: "@" in cell, cells) >= _MOST:
        return -1 if "@" in name else 1
    return 0


def _share(holds: Callable[[str], bool], cells: Sequence[str]) -> float:
    return sum(1 for cell in cells if holds(cell)) / len(cells)
