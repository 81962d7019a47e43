"""How large the sheets of a workbook are, found by parsing them once without keeping their cells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from xml.parsers import expat

_LONGEST_MARKUP = 4 * 1024**2
"""The longest tag or comment, in bytes: expat reads one anew with each block until it ends."""

_MOST_ROWS = 1_048_576
"""So many rows a sheet has at most: more of them, empty ones, only take time."""

_DIGITS, _LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Spots:
    """Cells of a column: how many, and the 0-based row of the first."""

    first_row: int
    count: int = 1


@dataclass(slots=True)
class SheetShape:
    """The rows and columns of a sheet up to the last cell with something in it, and what is in some.

    `errors` are cells such as #N/A, `uncomputed` formulas stored without their result, by
    0-based columns of the sheet. `texts` counts the cells that point to a shared text.
    """

    rows: int = 0
    columns: int = 0
    texts: int = 0
    errors: dict[int, Spots] = field(default_factory=dict)
    uncomputed: dict[int, Spots] = field(default_factory=dict)


class Malformed(Exception):
    """A part of a workbook is not the XML it should be."""


def sheet_shape(blocks: Iterable[bytes]) -> SheetShape:
    """Measure a worksheet part. Raises Malformed."""
    reader = _SheetReader()
    _parse(reader.parser, blocks, reader.settle)
    return reader.shape


def text_lengths(blocks: Iterable[bytes]) -> list[int]:
    """Give the length of each shared text, in characters. Raises Malformed."""
    lengths: list[int] = []
    parser = _parser()

    def start(name: str, attributes: list[str]) -> None:
        if name.rpartition(":")[2] == "si":
            lengths.append(0)

    def text(characters: str) -> None:
        if lengths:
            lengths[-1] += len(characters)

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    _parse(parser, blocks)
    return lengths


def pointed_length(blocks: Iterable[bytes], lengths: list[int]) -> int:
    """Sum the lengths of the shared texts that the cells of a worksheet point to. Raises Malformed."""
    total = 0
    parser = _parser()
    shared = within = False

    def start(name: str, attributes: list[str]) -> None:
        nonlocal shared, within
        local = name.rpartition(":")[2]
        if local == "c":
            shared = _attribute(attributes, "t") == "s"
        within = shared and local == "v"

    def text(characters: str) -> None:
        nonlocal total
        if within and characters.strip().isdecimal() and int(characters) < len(lengths):
            total += lengths[int(characters)]

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    _parse(parser, blocks)
    return total


class _SheetReader:
    """Follows the cells of a worksheet; their places are looked at in bulk, after each block."""

    def __init__(self) -> None:
        self.shape = SheetShape()
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self._rows = self._row = self._column = 0
        self._cell: list[str] = []
        self._place: str | None = None
        self._filled: list[str] = []
        self._formula = False
        self._computed = False

    def settle(self) -> None:
        """Take the places gathered into the shape."""
        filled, self._filled = self._filled, []
        if filled:
            rows = max(map(int, {place.lstrip(_LETTERS) for place in filled}))
            columns = max(map(_column, {place.rstrip(_DIGITS) for place in filled}))
            self.shape.rows = max(self.shape.rows, rows)
            self.shape.columns = max(self.shape.columns, columns + 1)

    def _start(self, name: str, attributes: list[str]) -> None:
        if name == "v":
            self._value()
        elif name == "c":
            self._next_cell(attributes)
        elif ":" in name:
            self._start(name.rpartition(":")[2], attributes)
        elif name == "row":
            self._rows += 1
            if self._rows > _MOST_ROWS:
                raise Malformed(f"it has more than {_MOST_ROWS:,} rows")
            given = _attribute(attributes, "r")
            self._row = int(given) if given is not None else self._row + 1
            self._column = 0
        elif name == "f":
            self._formula = True
        elif name == "is" and self._place is not None:
            self._filled.append(self._place)

    def _next_cell(self, attributes: list[str]) -> None:
        place = attributes[1] if attributes and attributes[0] == "r" else _attribute(attributes, "r")
        # A cell without a place follows the one before it.
        if place is None:
            place = f"{_letters(self._column)}{self._row}"
            self._column += 1
        else:
            self._column = _column(place.rstrip(_DIGITS)) + 1
        self._cell, self._place, self._formula = attributes, place, False

    def _value(self) -> None:
        if self._place is None:
            return
        self._filled.append(self._place)
        if self._formula:
            self._computed = False
            self.parser.CharacterDataHandler, self.parser.EndElementHandler = self._text, self._end
        # Most cells are numbers, and have a place and nothing else.
        is_plain = len(self._cell) == 2 and self._cell[0] == "r"
        kind = None if is_plain else _attribute(self._cell, "t")
        if kind == "s":
            self.shape.texts += 1
        elif kind == "e":
            self._spot(self.shape.errors)

    def _end(self, name: str) -> None:
        """See whether the value of a formula is empty, as programs that can't compute write it."""
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
        if not self._computed:
            self._spot(self.shape.uncomputed)

    def _text(self, characters: str) -> None:
        self._computed = True

    def _spot(self, spots: dict[int, Spots]) -> None:
        place = self._place or "A1"
        column, row = _column(place.rstrip(_DIGITS)), int(place.lstrip(_LETTERS)) - 1
        if column in spots:
            spots[column].count += 1
        else:
            spots[column] = Spots(row)


def _attribute(attributes: list[str], name: str) -> str | None:
    return next((attributes[at + 1] for at in range(0, len(attributes), 2) if attributes[at] == name), None)


@cache
def _column(letters: str) -> int:
    """Give the 0-based column for its letters: A, B, …, Z, AA, …"""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    if not 1 <= number <= 16_384:
        raise ValueError(f"no column {letters[:10]}")
    return number - 1


@cache
def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*_: object) -> None:
    raise Malformed("it has a document type")


def _parse(
    parser: expat.XMLParserType, blocks: Iterable[bytes], settle: Callable[[], None] | None = None
) -> None:
    read = 0
    try:
        for block in blocks:
            parser.Parse(block)
            read += len(block)
            if read - parser.CurrentByteIndex > _LONGEST_MARKUP:
                raise Malformed("it has a tag or a comment of megabytes")
            if settle is not None:
                settle()
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise Malformed(str(error)) from None
    if settle is not None:
        settle()
