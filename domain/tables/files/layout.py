"""Where in the first rows of a file the table begins, and whether it has a header."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.tables.files.first_row import seems_header
from domain.terms.imports import ImportWarning, ImportWarningCode
from domain.terms.wording import counted

MAX_JUNK_ROWS = 50
"""So many rows before a table may be something else."""

_SHOWN_CHARACTERS = 60
_SHOWN_LINES = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table begins.

    `skipped_rows` of the given rows stand before its first data row, the header among
    them; `header` has a cell a column, all "" where there is none. The last `unused`
    columns have no name, and no value in the rows given: they may be dropped if the
    other rows have none either.
    """

    skipped_rows: int
    has_header: bool
    header: tuple[str, ...]
    unused: int
    warnings: tuple[ImportWarning, ...]


def settle_layout(
    rows: Sequence[Sequence[str]], has_header: bool | None, *, decimals_may_cut: bool = False
) -> Layout:
    """Find the table in the first rows of a file, all as text, "" where a cell is empty.

    A workbook's rows may be padded to one width. Lines before the table are told as
    JUNK_LINE, blank ones aside; a missing header as HEADER_MISSING. `has_header`, where
    given, wins. `decimals_may_cut` tells that the delimiter is a comma: a cell more than
    the header has may then be the fraction of a number. Rows without any value are no
    table: they give a layout without columns.
    """
    filled = [_filled(row) for row in rows]
    if not any(filled):
        return Layout(len(rows), bool(has_header), (), 0, ())
    width = _usual_width(rows, filled)
    start = _table_start(rows, filled, width)
    first, body = rows[start], [rows[place] for place in range(start + 1, len(rows)) if filled[place]]
    named = seems_header(first, body) if has_header is None else has_header
    junk = [place for place in range(start) if filled[place]]
    told = [_junk_told([rows[place] for place in junk])] if junk else []
    if named:
        header = _over_body(list(first), body, decimals_may_cut)
    else:
        told.append(_header_missing(rows[start]))
        header = [""] * _usual([len(row) for row in (first, *body)])
    unused = _unused(header, body if named else [first, *body])
    return Layout(start + named, named, tuple(header), unused, tuple(told))


def without_unused(layout: Layout) -> Layout:
    """Drop the columns without a name and a value, with a warning; call it when all rows were looked at."""
    if not layout.unused:
        return layout
    kept = len(layout.header) - layout.unused
    what = "the last column has" if layout.unused == 1 else f"the last {layout.unused:,} columns have"
    warning = ImportWarning(
        ImportWarningCode.EMPTY_COLUMN,
        f"{what} neither a name nor a value: left out",
        column=None,
        row=None,
        count=layout.unused,
    )
    return Layout(
        layout.skipped_rows, layout.has_header, layout.header[:kept], 0, (*layout.warnings, warning)
    )


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _reach(row: Sequence[str]) -> int:
    """Count the cells up to the last one with a value."""
    return next((place for place in range(len(row), 0, -1) if row[place - 1].strip()), 0)


def _usual(widths: Sequence[int]) -> int:
    """Give the most frequent width; of equal ones, the one that comes last."""
    counts = Counter(reversed(widths))
    return max(counts, key=lambda width: counts[width])


def _usual_width(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> int:
    """Tell how wide most rows are, up to their last value; beside wider ones, lines of one cell are none."""
    reaches = [_reach(row) for row, count in zip(rows, filled, strict=True) if count]
    wide = [reach for reach in reaches if reach > 1]
    padded = len({len(row) for row in rows}) == 1
    # In a padded sheet a row with one value may well be a row of the table.
    if not wide or (padded and len(wide) * 2 < len(reaches) and max(wide) == min(wide) == 2):
        return _usual(reaches)
    return _usual(wide)


def _table_start(rows: Sequence[Sequence[str]], filled: Sequence[int], width: int) -> int:
    """Give the place of the first row that belongs to the table."""
    places = [place for place, count in enumerate(filled) if count][: MAX_JUNK_ROWS + 1]
    for before, place in enumerate(places[:-1]):
        later = [rows[each] for each in places[before + 1 :]]
        apart = places[before + 1] > place + 1
        if not _is_junk(rows[place], filled[place], width, later, apart):
            return place
    # Junk to the end, as far as one may look: then none of it is.
    return places[-1] if len(places) <= MAX_JUNK_ROWS else places[0]


def _is_junk(
    row: Sequence[str], filled: int, width: int, later: Sequence[Sequence[str]], apart: bool
) -> bool:
    """Tell whether a row stands before the table: a title, a date, a comment, a note.

    `apart` tells that a blank line is between the row and the `later` ones.
    """
    if row[0].lstrip().startswith("#"):
        return _is_comment(row, width, later)
    fuller = next((each for each in later if _filled(each) > filled), None)
    if width == 1 or fuller is None:
        return False
    if apart and _reach(row) < width:
        return True
    if filled <= 1:
        # A header of one cell over two columns may be R's, whose row names have no name.
        return width > 2 or (len(row) == 1 and not _may_be_over_row_names(row[0], later))
    if _reach(row) < width - 1 or filled * 2 <= width:
        return _filled(fuller) > width * 0.7 and not any(_is_figures(cell) for cell in fuller)
    if len(row) == width - 1 == _reach(row):
        return seems_header(fuller, later[1:], default=False) and not any(
            _is_figures(cell) for cell in fuller
        )
    return False


def _is_comment(row: Sequence[str], width: int, later: Sequence[Sequence[str]]) -> bool:
    if len(row) != width or (later and later[0][0].lstrip().startswith("#")):
        return _reach(row) != width or len(row) == 1
    # "# Spend, Age" over a header, or "#id,name", which is one?
    return bool(later) and row[0].lstrip()[1:2] == " " and seems_header(later[0], later[1:], default=False)


def _may_be_over_row_names(name: str, later: Sequence[Sequence[str]]) -> bool:
    firsts = [each[0] for each in later]
    alike = all(len(each) == 2 for each in later) and len(set(firsts)) == len(firsts)
    return alike and " " not in name.strip() and not seems_header(later[0], later[1:], default=False)


def _is_figures(cell: str) -> bool:
    """Tell whether a cell has digits and no letters, as numbers and most dates do."""
    return bool(cell.strip()) and not any(letter.isalpha() for letter in cell) and any(map(str.isdigit, cell))


def _over_body(header: list[str], body: Sequence[Sequence[str]], decimals_may_cut: bool) -> list[str]:
    """Fit the header to rows that are one cell longer, or shorter by cells that are blank in the header."""
    if not body:
        return header
    width = _usual([len(row) for row in body])
    fitting = [row for row in body if len(row) == width]
    if width < len(header) and _reach(header) <= width:
        return header[:width]
    if width == len(header) + 1:
        if not any(row[-1].strip() for row in fitting):
            return [*header, ""]
        if _are_row_names(fitting, decimals_may_cut):
            return ["", *header]
    return header


def _are_row_names(body: Sequence[Sequence[str]], decimals_may_cut: bool) -> bool:
    """Tell whether the first cells may be the names of rows, as R writes them, over which no name stands."""
    names = [row[0].strip() for row in body]
    if len(set(names)) < len(names) or "" in names:
        return False
    # 2,50 is a number, cut in two, rather than two: the last column would be of cents.
    cents = [row[-1] for row in body]
    cut = all(row[-1].isdigit() and len(row[-1]) <= 2 and row[-2].lstrip("-").isdigit() for row in body)
    return not (decimals_may_cut and cut and any(len(cell) == 2 for cell in cents))


def _unused(header: Sequence[str], body: Sequence[Sequence[str]]) -> int:
    reached = max([_reach(header), *(_reach(row) for row in body if len(row) == len(header))])
    return len(header) - max(1, reached)


def _junk_told(junk: Sequence[Sequence[str]]) -> ImportWarning:
    shown = [" ".join(cell.strip() for cell in row if cell.strip()) for row in junk[:_SHOWN_LINES]]
    quoted = ", ".join(
        f'"{line[:_SHOWN_CHARACTERS]}{"…" if len(line) > _SHOWN_CHARACTERS else ""}"' for line in shown
    )
    more = " …" if len(junk) > _SHOWN_LINES else ""
    message = f"{counted(len(junk), 'line')} before the table left out: {quoted}{more}"
    return ImportWarning(ImportWarningCode.JUNK_LINE, message, column=None, row=None, count=len(junk))


def _header_missing(first: Sequence[str]) -> ImportWarning:
    shown = ", ".join(cell.strip() for cell in first)
    cut = f"{shown[:_SHOWN_CHARACTERS]}…" if len(shown) > _SHOWN_CHARACTERS else shown
    message = (
        f'the first row ("{cut}") holds values, not names: it is a row of the table, and the columns are '
        "called column_1, column_2 and so on. Set the option hasHeader if it is a header"
    )
    return ImportWarning(ImportWarningCode.HEADER_MISSING, message, column=None, row=1, count=1)
