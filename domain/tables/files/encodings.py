"""Finds out which encoding a file is written in."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from domain.tables.files.decoding import BAD, marking_decoder
from domain.tables.files.plausibility import MEASURES
from domain.tables.files.text_shapes import ESCAPED_QUOTE
from domain.terms.imports import ImportWarning, ImportWarningCode
from domain.terms.wording import counted

_BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 16
_SAMPLE_BYTES_A_BLOCK = 1 << 13
_GOOD_FOR_EACH_BAD = 3
_PLAUSIBLE = 0.8
_HOPELESS = 10_000
_AS_GOOD = 0.02
_MANY_LETTERS = 30

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES: Mapping[str, str] = {
    "utf-8-sig": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp932": "Shift_JIS",
    "shift-jis": "Shift_JIS",
    "cp949": "EUC-KR",
    "big5": "Big5",
    "mac-roman": "Mac Roman",
}
# Python calls these encodings too, but no file is written in them.
_NO_FILE_IS_IN = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs"})
# Looked for at the beginning of a line alone: from each byte of a long one to its end takes hours.
_FOREIGN_LINES = re.compile(rb"(?<![^\r\n])[^\r\n\x80-\xff]*[\x80-\xff][^\r\n]*")
_ESCAPED_QUOTE = re.compile(ESCAPED_QUOTE.encode())


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes are characters: Python's name, people's name, and how sure that is, 0..1.

    `clean` tells that the file is UTF-8 from end to end; `warning` is there for a guess.
    """

    codec: str
    name: str
    confidence: float
    clean: bool = False
    warning: ImportWarning | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes of a file has found.

    `good` and `bad` count the characters beyond ASCII that are UTF-8, and the places
    that are not, until it is plain that the file is not; `zero` is the offset of the
    first zero byte, `wide` the codec of UTF-16 without a mark; `escapes` tells of a
    backslash before a quote within a text.
    """

    size: int
    bom: str | None
    good: int
    bad: int
    zero: int | None
    wide: str | None
    escapes: bool


def survey(source: BinaryIO) -> Survey:
    """Look at every byte of a file once, at the speed of memory where they are ASCII."""
    source.seek(0)
    head = source.read(_BLOCK_BYTES)
    bom = codec_of_mark(head)
    wide = None if bom else _wide(head)
    if wide or bom not in (None, "utf-8"):
        size = source.seek(0, 2)
        return Survey(size, bom, 0, 0, None, wide, escapes=False)
    decoder, block = marking_decoder("utf-8"), head.removeprefix(codecs.BOM_UTF8)
    size = len(head)
    good = bad = 0
    zero: int | None = None
    escapes = False
    while True:
        if zero is None and b"\0" in block:
            zero = size - len(block) + block.index(b"\0")
        hopeless = bad > _HOPELESS and good < bad
        if not hopeless and (not block.isascii() or not block or decoder.getstate()[0]):
            text = decoder.decode(block, final=not block)
            marked = text.count(BAD)
            bad += marked
            # A character beyond ASCII has two bytes or more: what its bytes exceed its letters by.
            good += _foreign(text) - marked
        escapes = escapes or (b"\\" in block and _ESCAPED_QUOTE.search(block) is not None)
        if not block:
            return Survey(size, bom, good, bad, zero, None, escapes)
        block = source.read(_BLOCK_BYTES)
        size += len(block)


def _foreign(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def codec_of_mark(head: bytes) -> str | None:
    """Give the encoding that the byte order mark at the start of a file stands for, None without one."""
    return next((codec for mark, codec in _BOMS if head.startswith(mark)), None)


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by its zeros, all at even or all at odd places; None if it is not."""
    head = head[: len(head) // 2 * 2]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < max(2, len(head) // 50) or min(even, odd) > max(even, odd) // 100:
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = marking_decoder(codec).decode(head)
    control = sum(text.count(chr(code)) for code in (*range(9), *range(14, 32)))
    return codec if text.count(BAD) + control <= len(text) // 1000 else None


def settle_encoding(source: BinaryIO, found: Survey, given: str | None) -> Encoding:
    """Tell how a file is written; `given`, the codec of an option, wins."""
    if given is not None:
        given = _with_byte_order(given, found)
        clean = given == "utf-8" and not found.bad and not found.wide and found.bom in (None, "utf-8")
        return Encoding(given, public_name(given), 1.0, clean=clean)
    if found.bom not in (None, "utf-8"):
        return Encoding(str(found.bom), public_name(str(found.bom)), 1.0)
    if found.wide:
        warning = _guessed(public_name(found.wide), 0.95)
        return Encoding(found.wide, public_name(found.wide), 0.95, warning=warning)
    if not found.bad:
        return Encoding("utf-8", "UTF-8", 1.0, clean=True)
    if found.bom or found.good >= _GOOD_FOR_EACH_BAD * found.bad:
        confidence = round(found.good / (found.good + found.bad), 2) if not found.bom else 1.0
        return Encoding("utf-8", "UTF-8", confidence, warning=_partly(found))
    codec, confidence = guess(_foreign_lines(source))
    name = public_name(codec)
    return Encoding(codec, name, confidence, warning=_guessed(name, confidence))


def _with_byte_order(codec: str, found: Survey) -> str:
    """Give the codec with the order of bytes, which UTF-16 and UTF-32 leave to the file."""
    seen = next((each for each in (found.bom, found.wide) if each and each.startswith(f"{codec}-")), None)
    return seen or {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(codec, codec)


def guess(text: bytes) -> tuple[str, float]:
    """Guess the encoding of lines that are not UTF-8; also say how sure that is, 0..1."""
    fits = {codec: measure(text) for codec, measure in MEASURES.items()}
    best = max(fits.values())
    codec = next(codec for codec, fit in fits.items() if fit >= best - _AS_GOOD)
    if fits[codec] < _PLAUSIBLE:
        codec = _second_opinion(text, codec if fits[codec] > 0.5 else "cp1252")
    # A few letters say little: 0.5 of what they say for one, all of it for many.
    letters = sum(byte > 127 for byte in text)
    share = 0.5 + 0.45 * min(1.0, letters / _MANY_LETTERS)
    return codec, round(share * max(0.2, fits.get(codec, 0.6)), 2)


def _second_opinion(text: bytes, otherwise: str) -> str:
    # Costs 20 ms to import, which few files need.
    from charset_normalizer import from_bytes

    match = from_bytes(text, explain=False).best()
    if match is None or match.encoding in ("utf_8", "ascii"):
        return otherwise
    return codecs.lookup(match.encoding).name


def _foreign_lines(source: BinaryIO) -> bytes:
    """Gather lines with bytes beyond ASCII from all over a file, some from each block."""
    source.seek(0)
    lines: list[bytes] = []
    gathered = 0
    for block in iter(lambda: source.read(_BLOCK_BYTES), b""):
        here = 0
        for line in [] if block.isascii() else _FOREIGN_LINES.finditer(block):
            lines.append(line.group()[:_SAMPLE_BYTES_A_BLOCK])
            here += len(lines[-1])
            if here >= _SAMPLE_BYTES_A_BLOCK:
                break
        gathered += here
        if gathered >= _SAMPLE_BYTES:
            break
    return b"\n".join(lines)


def find_codec(name: str) -> str | None:
    """Give Python's name of an encoding that a file may be in; None where there is no such thing."""
    try:
        codec = codecs.lookup(name.strip()).name
        # Refused for what is no encoding of text; decoding nothing never is.
        "".encode(codec)
    except (LookupError, ValueError):
        return None
    if codec in _NO_FILE_IS_IN:
        return None
    return {"utf-8-sig": "utf-8", "ascii": "utf-8"}.get(codec, codec)


def public_name(codec: str) -> str:
    """Give the name of an encoding as people know it."""
    spelled = codec.replace("_", "-")
    if spelled in _NAMES:
        return _NAMES[spelled]
    if spelled.startswith("cp125"):
        return f"Windows-{spelled.removeprefix('cp')}"
    return spelled.replace("iso8859-", "iso-8859-").upper()


def _guessed(name: str, confidence: float) -> ImportWarning:
    message = (
        f"the file does not say in which encoding it is: it was read as {name}, with a confidence of "
        f"{confidence:g}. Set the option encoding if letters are wrong"
    )
    return ImportWarning(ImportWarningCode.ENCODING_GUESSED, message, column=None, row=None, count=1)


def _partly(found: Survey) -> ImportWarning:
    message = (
        f"the file was read as UTF-8: it has {counted(found.good, 'character')} beyond ASCII, and bytes that "
        f"are none in {counted(found.bad, 'place')}. Set the option encoding if letters are wrong"
    )
    return ImportWarning(ImportWarningCode.ENCODING_GUESSED, message, column=None, row=None, count=found.bad)
