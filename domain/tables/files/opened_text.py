"""What is known of a delimited text once its beginning was looked at: encoding, dialect, layout, names."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from domain.errors import TooLarge, UnreadableFile
from domain.tables.files.decoding import BAD, Utf8Stream
from domain.tables.files.dialects import WHITESPACE, Dialect, cut, has_escapes, lines_of, settle_dialect
from domain.tables.files.encodings import Encoding, Survey, find_codec, settle_encoding, survey
from domain.tables.files.formats import SAVE_AS
from domain.tables.files.headers import names_of, numbered_names
from domain.tables.files.layout import Layout, settle_layout, without_unused
from domain.tables.files.limits import cell_too_long, check_columns
from domain.tables.files.quoting import QuoteWatch, check_quoting
from domain.tables.files.rewriting import SEPARATOR, rewriting
from domain.terms.imports import ImportLimits, ImportWarning, TableOptions
from domain.terms.training import Watch

_SAMPLE_BYTES = 1 << 20
_EMPTY = "the file is empty: upload a table with a header and rows"
_DIALECT_CHARACTERS = 1 << 16
_SAMPLE_ROWS = 300
_UNUSED_MARKS = (SEPARATOR, "\x1e", "\x1d", "\x1c", "\x01", "\x02", "\x03")


@dataclass(frozen=True, slots=True)
class OpenedText:
    """A delimited text whose dialect is known.

    `table_start` and `rows_start` are where the header (or, without one, the first row)
    and the first row begin, in bytes of the text in UTF-8. `cutting_delimiter` is what
    cuts the cells of the stream, where blanks are tabs and a delimiter beyond ASCII is
    replaced. `all_seen` tells that the layout is of all rows.
    """

    size: int
    encoding: Encoding
    dialect: Dialect
    layout: Layout
    table_start: int
    rows_start: int
    cutting_delimiter: str
    all_seen: bool
    names: tuple[str, ...]
    original_names: tuple[str, ...]
    warnings: tuple[ImportWarning, ...]

    @property
    def parsed_names(self) -> tuple[str, ...]:
        """A name for each cell of a row, those left out included."""
        return (*self.names, *(f"\0{place}" for place in range(len(self.layout.header) - len(self.names))))

    def stream(
        self, source: BinaryIO, start: int, look: Callable[[bytes], None] | None, path: Sequence[str]
    ) -> Utf8Stream:
        """Give the text from `start` on, rewritten so that `cutting_delimiter` cuts it."""
        return Utf8Stream(
            source,
            self.encoding.codec,
            start,
            clean=self.encoding.clean,
            filters=[_NoZeroBytes(path), *rewriting(self.dialect)],
            look=look,
        )

    def with_reach(self, columns: int) -> "OpenedText":
        """Take note that this many columns have a name or a value in some row."""
        return replace(self, layout=replace(self.layout, unused=len(self.layout.header) - columns))

    def finished(self) -> "OpenedText":
        """Drop the columns that are unused, and name the others."""
        parsed = self.layout
        kept = without_unused(parsed)
        names, originals, told = names_of(kept.header, kept.has_header)
        encoding = (self.encoding.warning,) if self.encoding.warning else ()
        return replace(
            self,
            layout=replace(kept, header=parsed.header),
            names=names,
            original_names=originals,
            warnings=(*encoding, *kept.warnings, *told),
        )


class _NoZeroBytes:
    """Lets text pass up to a zero byte, at which it raises UnreadableFile."""

    def __init__(self, path: Sequence[str]) -> None:
        self._path = path

    def __call__(self, text: bytes, _last: bool) -> bytes:
        if b"\0" in text:
            raise UnreadableFile(
                f"the file is binary, not text: there is a zero character in it; {SAVE_AS}", self._path
            )
        return text


def open_text(
    source: BinaryIO, options: TableOptions, limits: ImportLimits, watch: Watch, path: Sequence[str]
) -> OpenedText:
    """Find out how a text is written; its names are still numbers. Raises as open_delimited does."""
    watch(0.0, "looking at the file")
    found = survey(source)
    encoding = settle_encoding(source, found, options.encoding and find_codec(options.encoding))
    _refuse_binary(found, encoding, path)
    sample, complete = _sample(source, encoding)
    if not sample.strip(' \t\r\n,;|"'):
        raise UnreadableFile(_EMPTY, path)
    escapes = found.escapes or (not encoding.clean and has_escapes(sample))
    dialect = settle_dialect(sample[:_DIALECT_CHARACTERS], options.delimiter, escapes=escapes)
    cutting = _cutting_delimiter(dialect, sample)
    rows, ends = _first_rows(sample[dialect.sep_line :], dialect, cutting, complete)
    all_seen = complete and len(rows) < _SAMPLE_ROWS
    layout = settle_layout(rows, options.has_header, decimals_may_cut=dialect.delimiter == ",")
    layout = replace(layout, header=tuple(cell.replace(BAD, "\ufffd") for cell in layout.header))
    before = len(sample[: dialect.sep_line].encode())
    starts = [before, *(before + end for end in ends)]
    opened = OpenedText(
        size=found.size,
        encoding=encoding,
        dialect=dialect,
        layout=layout,
        table_start=starts[layout.skipped_rows - layout.has_header],
        rows_start=starts[layout.skipped_rows],
        cutting_delimiter=cutting,
        all_seen=all_seen,
        names=numbered_names(len(layout.header)),
        original_names=(),
        warnings=(),
    )
    _check_header(source, opened, sample, limits, path)
    return opened


def _refuse_binary(found: Survey, encoding: Encoding, path: Sequence[str]) -> None:
    if found.zero is not None and not encoding.codec.startswith(("utf-16", "utf-32")):
        raise UnreadableFile(
            f"the file is binary, not text: there is a zero byte at offset {found.zero:,}; {SAVE_AS}", path
        )


def _sample(source: BinaryIO, encoding: Encoding) -> tuple[str, bool]:
    """Read the beginning of a text; also tell whether it is all of it."""
    stream = Utf8Stream(source, encoding.codec, 0, clean=encoding.clean)
    text = b""
    while len(text) < _SAMPLE_BYTES and (block := stream.read(_SAMPLE_BYTES - len(text))):
        text += block
    # Its last character may be cut; the line it is in is not looked at then.
    return text.decode("utf-8", errors="ignore"), len(text) < _SAMPLE_BYTES


def _cutting_delimiter(dialect: Dialect, sample: str) -> str:
    if dialect.delimiter == WHITESPACE:
        return "\t"
    if dialect.delimiter is None:
        # What is in no line cuts none.
        return next((mark for mark in _UNUSED_MARKS if mark not in sample), SEPARATOR)
    return dialect.delimiter if dialect.delimiter.isascii() else SEPARATOR


def _first_rows(
    text: str, dialect: Dialect, filler: str, complete: bool
) -> tuple[list[list[str]], list[int]]:
    """Cut the first rows, and tell where each ends, in bytes."""
    end = 0

    def counted() -> Iterator[str]:
        nonlocal end
        for line in lines_of(text):
            end += len(line.encode())
            yield line

    rows: list[list[str]] = []
    ends: list[int] = []
    try:
        for row in cut(counted(), dialect, filler):
            rows.append(row)
            ends.append(end)
            if len(rows) >= _SAMPLE_ROWS:
                return rows, ends
    except csv.Error:
        # A cell longer than any: what stands before it is a beginning all the same.
        return rows, ends
    if not complete:
        return rows[:-1], ends[:-1]
    return rows, ends


def _check_header(
    source: BinaryIO, text: OpenedText, sample: str, limits: ImportLimits, path: Sequence[str]
) -> None:
    quotes = QuoteWatch(text.dialect, text.cutting_delimiter)
    header = sample.encode()[text.table_start : text.rows_start]
    for rewrite in rewriting(text.dialect):
        header = rewrite(header, True)
    quotes.look(header)
    if not text.layout.header or (quotes.suspects() and text.layout.has_header):
        stream = text.stream(source, text.table_start, None, path)
        check_quoting(stream, text.dialect, text.cutting_delimiter, text.layout.has_header, limits, path)
    if not text.layout.header and text.all_seen:
        raise UnreadableFile(_EMPTY, path)
    if not text.layout.header:
        raise TooLarge(
            "the first row is longer than 1 MiB, or has a cell of more than 128 KiB: check its line end, and "
            "that its quotes are closed",
            path,
        )
    check_columns(len(text.layout.header) - text.layout.unused, limits, path)
    for place, name in enumerate(text.layout.header, start=1):
        if len(name) > limits.max_cell_length:
            raise cell_too_long(f"the name of column {place}", limits, path)
