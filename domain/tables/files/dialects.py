"""Finds out how the lines of a text are cut into cells: the delimiter, the quotes, the escapes."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from domain.tables.files.text_shapes import ESCAPED_QUOTE, is_date, is_number, is_time

WHITESPACE = "whitespace"
"""The delimiter of a text aligned with blanks."""

_CANDIDATES = (",", ";", "\t", "|")
_ROWS = 300
_CONSISTENT = 0.6
_ALIGNED = 0.8
_BLANKS_CUT = 0.98
_SEP_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n|$)')
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_ESCAPED_QUOTE = re.compile(ESCAPED_QUOTE)
_BLANKS = re.compile(r"[ \t]+")
# Each part of these begins where the one before it has to end: long cells take no longer than they are.
_CODE = re.compile(r"[^\s\d]*\d\S*")
_SEVERAL_NUMBERS = re.compile(r"[-+.,]*\d[-+\d.,]*(?: +[-+.,]*\d[-+\d.,]*)+")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_LAST_RESORT = 0.01


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""How a line is cut into cells.

    `delimiter` is one character, WHITESPACE for runs of blanks, None where there is one
    column. A quote within quotes is written twice, or as \" where `escapes`. `sep_line` is
    the length of Excel's first line `sep=;`, in characters. `padded` tells that blanks
    stand between a delimiter and a quote.
    """

    delimiter: str | None
    quote: str = '"'
    escapes: bool = False
    sep_line: int = 0
    padded: bool = False


def has_escapes(text: str) -> bool:
    """Tell whether a backslash stands before a quote within a text."""
    return "\\" in text and _ESCAPED_QUOTE.search(text) is not None


def lines_of(text: str) -> Iterator[str]:
    """Cut a text behind each LF, CRLF or CR, and nowhere else."""
    return (match.group() for match in _LINES.finditer(text) if match.group())


def cut(lines: Iterable[str], dialect: Dialect, filler: str) -> Iterator[list[str]]:
    """Cut lines into rows of cells, as the reader of the whole file does; `filler` is in no line."""
    delimiter = dialect.delimiter or filler
    if delimiter == WHITESPACE:
        lines, delimiter = (_tabbed(line, dialect.quote) for line in lines), "\t"
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=dialect.quote,
        escapechar="\\" if dialect.escapes else None,
        skipinitialspace=dialect.padded,
    )


def _tabbed(line: str, quote: str) -> str:
    text = line.rstrip("\r\n")
    quoted = re.compile(f"({quote}[^{quote}]*{quote})|[ \t]+")
    return quoted.sub(lambda match: match.group(1) or "\t", text.strip(" \t")) + line[len(text) :]


def settle_dialect(sample: str, given: str | None, *, escapes: bool) -> Dialect:
    """Tell how a text is cut, by its first lines; `given`, the delimiter of an option, wins.

    Each candidate cuts the lines, and is as good as its rows are of one width and its cells
    whole: a number or a date, or a text in which no other candidate stands. `escapes`
    tells that a backslash stands before a quote somewhere in the file.
    """
    sep = _SEP_LINE.match(sample)
    start = sep.end() if sep else 0
    lines = [line for line in lines_of(sample[start:]) if line.strip()][: 2 * _ROWS]
    base = Dialect(given or (sep.group(1) if sep else None), _quote(lines), escapes, start)
    if base.delimiter is None:
        base = replace(base, delimiter=_delimiter(lines, base))
    return replace(base, padded=_is_padded(lines, base))


def _quote(lines: Sequence[str]) -> str:
    """Tell which quote the cells are in; one that is not there does no harm."""
    begins = re.compile(r"(?:^|[,;\t|])\s?(['\"])")
    ends = re.compile(r"(['\"])\s?(?:[,;\t|]|$)")
    opened = Counter(mark for line in lines for mark in begins.findall(line.rstrip("\r\n")))
    closed = Counter(mark for line in lines for mark in ends.findall(line.rstrip("\r\n")))
    single = min(opened["'"], closed["'"])
    # 'tis and rock 'n' roll: in a text in single quotes as many cells are closed as opened.
    if single > 1 and not opened['"'] and abs(opened["'"] - closed["'"]) * 10 <= single:
        return "'"
    return '"'


def _is_padded(lines: Sequence[str], dialect: Dialect) -> bool:
    if dialect.delimiter in (None, WHITESPACE, " ") or dialect.escapes:
        return False
    try:
        cells = [cell for row in cut(lines, dialect, "\x1f") for cell in row if cell[:1] == " "]
    except csv.Error:
        return False
    return any(cell.lstrip(" ").startswith(dialect.quote) for cell in cells)


def _delimiter(lines: Sequence[str], base: Dialect) -> str | None:
    if len(lines) > 1 and "," not in lines[0] and all(is_number(line.strip()) for line in lines[1:]):
        return None  # decimal commas in a single column
    scores = {mark: _score(lines, replace(base, delimiter=mark)) for mark in _CANDIDATES}
    # Tabs that cut evenly are delimiters themselves, though they are blanks too.
    if not scores["\t"] and _may_be_aligned(lines):
        scores[WHITESPACE] = _score(lines, replace(base, delimiter=WHITESPACE))
    best = max(scores, key=lambda mark: scores[mark])
    return best if scores[best] > 0 else None


def _score(lines: Sequence[str], dialect: Dialect) -> float:
    """Say how well a delimiter cuts, 0..1; 0 where it does not cut at all."""
    try:
        padded = replace(dialect, padded=_is_padded(lines, dialect))
        rows = [row for row in cut(lines, padded, "\x1f") if any(map(str.strip, row))][:_ROWS]
    except csv.Error:
        return 0.0
    widths = Counter(reversed([len(row) for row in rows if len(row) > 1]))
    if not widths:
        return 0.0
    usual = max(widths, key=lambda width: widths[width])
    divided = widths[usual] < _CONSISTENT * len(rows)
    if divided and min(len(row) for row in rows) > 1 and _are_names(rows[0]):
        # A row of names, and under it rows of any width: better refused as ragged than read as one column.
        return _LAST_RESORT
    # Titles stand before a table; it begins where the rows are as wide as most.
    start = next(place for place, row in enumerate(rows) if len(row) >= usual)
    begins_at_once = start == 0 and not any(cell[:1] == " " for cell in rows[0])
    rows = rows[start:]
    fitting = [row for row in rows if len(row) == usual]
    # One row that is wider than all before it is no table under a title, but an odd row.
    if start and (len(fitting) < 2 or all(_continues(cell) for row in fitting for cell in row[1:])):
        return 0.0
    # The header may be one short, as R writes it, and a last line of totals anything.
    consistency = len(fitting) / max(1, len(rows) - (len(rows) > 3 and len(rows[-1]) != usual))
    aligned = dialect.delimiter == WHITESPACE
    # Where the first line is a row of names, many ragged rows are still rows, if not prose.
    cut_at_all = sum(len(row) > 1 for row in rows) / len(rows)
    least = _CONSISTENT
    if aligned:
        # Columns show; single blanks have to cut each line alike.
        least = _ALIGNED if _in_columns(lines) else _BLANKS_CUT
    if consistency < least and (aligned or not begins_at_once or cut_at_all < _CONSISTENT):
        return 0.0
    marks = [mark for mark in _CANDIDATES if mark != dialect.delimiter]
    whole = sum(_wholeness(cell.strip(), marks) for row in fitting for cell in row)
    return min(1.0, consistency) * whole / (usual * len(fitting)) * 0.99**start * (1 - 0.05 / usual)


def _are_names(row: Sequence[str]) -> bool:
    return all(cell.strip().isidentifier() for cell in row)


def _wholeness(cell: str, marks: Sequence[str]) -> float:
    """Say how likely a cell is one, 0..1, and not several that another delimiter would cut."""
    if not cell or is_number(cell) or is_date(cell):
        return 1.0
    if _SEVERAL_NUMBERS.fullmatch(cell):
        return 0.4
    foreign = [mark for mark in marks if mark in cell]
    if not foreign:
        return 0.98
    # A comma in a sentence has a blank behind it; one between two cells rarely has.
    spoken = all(mark in ",;" and f"{mark} " in cell for mark in foreign)
    return 0.9 if spoken else 0.4


def _continues(cell: str) -> bool:
    """Tell whether a cell goes on as a sentence does behind a comma."""
    return cell[:1] == " " and not is_number(cell) and not is_date(cell)


def _may_be_aligned(lines: Sequence[str]) -> bool:
    """Tell whether blanks between words may be delimiters: in columns, or between figures, not in prose."""
    rows: list[list[str]] = [_BLANKS.split(line.strip()) for line in lines[:_ROWS]]
    wide = [row for row in rows if len(row) > 1]
    if not wide:
        return False
    if all(_is_one_value(row) for row in wide):
        return False
    if _in_columns(lines):
        return True
    cells = [cell for row in rows[1:] for cell in row]
    figures = sum(_CODE.fullmatch(cell) is not None or cell[:1] == '"' for cell in cells)
    return figures * 2 > len(cells)


def _in_columns(lines: Sequence[str]) -> bool:
    """Tell whether most lines have runs of blanks in them, or begin with one."""
    runs = sum("  " in line.strip() or line.startswith((" ", "\t")) for line in lines[:_ROWS])
    return runs * 2 > len(lines[:_ROWS])


def _is_one_value(row: Sequence[str]) -> bool:
    """Tell whether words are one number, grouped, or one date with its time."""
    line = " ".join(row)
    dated = is_date(line) or (len(row) == 2 and is_date(row[0]) and is_time(row[1]))
    return dated or _GROUPED.fullmatch(line) is not None
