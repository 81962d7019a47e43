"""Finds the header of a CSV file, and where the rows behind it begin."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from domain.errors import TooLarge, UnreadableFile
from domain.tables.encodings import refuse_other_encodings
from domain.tables.limits import cell_too_long
from domain.tables.quoting import check_quoting
from domain.tables.signatures import SAVE_AS_CSV, refuse_other_delimiters, refuse_other_formats
from domain.terms.imports import ImportLimits

_HEAD_BYTES = 1 << 20


def read_header(source: BinaryIO, limits: ImportLimits, path: Sequence[str]) -> tuple[list[str], int]:
    """Read the first row that is not blank; also give the offset of the byte behind it.

    Raises UnreadableFile, with `path`, where the file is no CSV table in UTF-8 by its
    first MiB, and TooLarge for a header that does not end there.
    """
    source.seek(0)
    head = source.read(_HEAD_BYTES)
    refuse_other_formats(head, path)
    lines = _Lines(head.removeprefix(codecs.BOM_UTF8))
    try:
        header = next(
            (row for row in csv.reader(lines, strict=True) if any(cell.strip() for cell in row)), None
        )
    except UnicodeDecodeError:
        refuse_other_encodings(source, path)
        raise
    except csv.Error:
        check_quoting(source, path)
        raise UnreadableFile(f"the header is not a row of column names: {SAVE_AS_CSV}", path) from None
    if header is None:
        raise UnreadableFile("the file is empty: upload a table with a header and rows", path)
    text = head[:65536].decode("utf-8-sig", errors="replace")
    refuse_other_delimiters(header, text, path)
    start = lines.consumed + (len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
    if start >= _HEAD_BYTES:
        raise TooLarge("the header is longer than 1 MiB", path)
    for place, name in enumerate(header, start=1):
        if len(name) > limits.max_cell_length:
            raise cell_too_long(f"the name of column {place}", limits, path)
    return header, start


class _Lines:
    """The lines of a text as a strict reader wants them, decoded one by one, their bytes counted."""

    def __init__(self, text: bytes) -> None:
        self._lines = iter(text.splitlines(keepends=True))
        self.consumed = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.consumed += len(line)
        return line.decode()
