"""The text of a JSON file, decoded block by block and seen through a window that slides over it."""

import codecs
import json
from collections.abc import Sequence
from typing import BinaryIO, NoReturn

from domain.errors import TooLarge, UnreadableFile
from domain.terms.training import Watch

BLOCK_BYTES = 2 * 1024**2
"""So much of a file is decoded at a time."""

LARGEST_RECORD = 64 * 1024**2
"""The most characters that one record may have: it is in memory as a whole."""

BLANKS = " \t\r\n"

_UNFINISHED = 16
"""A mistake so few characters before the end of a window may be a value that goes on behind it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", 3),
    (codecs.BOM_UTF16_LE, "utf-16-le", 2),
    (codecs.BOM_UTF16_BE, "utf-16-be", 2),
    # JSON starts with ASCII: where a zero byte is its neighbour, two bytes are a character (RFC 4627, 3).
    (b"[\0", "utf-16-le", 0),
    (b"{\0", "utf-16-le", 0),
    (b"\0[", "utf-16-be", 0),
    (b"\0{", "utf-16-be", 0),
)


class Window:
    """A part of a JSON file as `text`, which grows at its end and is dropped at its start.

    The file is in UTF-8, or in UTF-16 as its first bytes tell. `ended` tells that nothing
    follows the text; `line` and `column` are where it starts, 1-based. `watch` hears how
    much of the file is read, 0..1. Raises UnreadableFile for bytes that stand for no
    character.
    """

    def __init__(self, source: BinaryIO, watch: Watch, path: Sequence[str]) -> None:
        self.text, self.ended = "", False
        self.line, self.column = 1, 1
        self._source, self._watch, self._path = source, watch, path
        self._size = max(1, source.seek(0, 2))
        source.seek(0)
        encoding, self._read = _encoding(source.read(3))
        source.seek(self._read)
        self._encoding, self._decoder = encoding, codecs.getincrementaldecoder(encoding)()
        self.grow()

    def grow(self) -> None:
        """Take in the next block, at least as much as is there: an element is looked at few times."""
        if len(self.text) > LARGEST_RECORD:
            raise TooLarge(
                f"the record at {self.place(0)} is longer than {LARGEST_RECORD:,} characters: send flat "
                "records, one for each customer",
                self._path,
            )
        self._watch(min(1.0, self._read / self._size), "reading the records")
        block = self._source.read(max(BLOCK_BYTES, len(self.text)))
        pending = len(self._decoder.getstate()[0])
        try:
            self.text += self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            offset = self._read - pending + error.start
            raise UnreadableFile(
                f"the records are not {self._encoding.upper()}: the byte at offset {offset:,} stands for no "
                "character; save them in UTF-8",
                self._path,
            ) from None
        self._read += len(block)
        self.ended = not block

    def drop(self, count: int) -> None:
        """Leave the first characters behind."""
        lines = self.text.count("\n", 0, count)
        if lines:
            self.line, self.column = self.line + lines, count - self.text.rindex("\n", 0, count)
        else:
            self.column += count
        self.text = self.text[count:]

    def skip_blanks(self) -> str:
        """Leave blanks behind and give the character that follows them, "" at the file's end."""
        while True:
            self.drop(len(self.text) - len(self.text.lstrip(BLANKS)))
            if self.text or self.ended:
                return self.text[:1]
            self.grow()

    def place(self, position: int) -> str:
        """Say where in the file a position in the text is."""
        lines = self.text.count("\n", 0, position)
        column = position - self.text.rindex("\n", 0, position) if lines else self.column + position
        return f"line {self.line + lines:,}, column {column:,}"

    def refuse(self, reason: str, position: int = 0) -> NoReturn:
        """Raise UnreadableFile for what stands at a position in the text."""
        raise UnreadableFile(f"the records are not JSON: {reason} at {self.place(position)}", self._path)

    def may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Tell whether a mistake may be nothing but a value that goes on behind the text."""
        cut_off = error.msg.startswith("Unterminated string") or error.pos >= len(self.text) - _UNFINISHED
        return cut_off and not self.ended


def said(error: json.JSONDecodeError) -> str:
    """Give what Python says of a mistake in JSON, without the words that lead to the place of it."""
    return error.msg.rstrip(": ").removesuffix(" at")


def _encoding(head: bytes) -> tuple[str, int]:
    """Name the encoding and give the number of bytes in front of the text."""
    return next(((name, length) for mark, name, length in _MARKS if head.startswith(mark)), ("utf-8", 0))
