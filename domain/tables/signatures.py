"""Recognises by its first bytes what an upload is, when it is not a comma-separated table."""

import codecs
import re
from collections.abc import Sequence

from domain.errors import UnreadableFile

SAVE_AS_CSV = "save it as CSV with commas, in UTF-8, and upload that"

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook (XLSX)", f"open it and {SAVE_AS_CSV}"),
    (b"PK\x05\x06", "an empty zip archive", SAVE_AS_CSV),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", f"open it and {SAVE_AS_CSV}"),
    (b"PAR1", "a Parquet file", SAVE_AS_CSV),
    (b"ARROW1", "an Arrow file", SAVE_AS_CSV),
    (b"%PDF", "a PDF document", "upload the table it was made from, as CSV"),
    (b"{\\rtf", "a text document (RTF)", "upload the table it was made from, as CSV"),
    (b"\x89PNG", "an image (PNG)", "upload the table it shows, as CSV"),
    (b"\xff\xd8\xff", "an image (JPEG)", "upload the table it shows, as CSV"),
    (b"GIF8", "an image (GIF)", "upload the table it shows, as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it and upload the CSV inside"),
    (b"BZh", "a bzip2 archive", "unpack it and upload the CSV inside"),
    (b"\xfd7zXZ", "an xz archive", "unpack it and upload the CSV inside"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it and upload the CSV inside"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it and upload the CSV inside"),
    (b"Rar!", "a RAR archive", "unpack it and upload the CSV inside"),
    (b"SQLite format 3", "a SQLite database", "export a table of it as CSV"),
    (b"\x7fELF", "a program", "upload a table, as CSV"),
    (b"\x00\x00\xfe\xff", "text in UTF-32", "save it in UTF-8"),
    (b"\xff\xfe", "text in UTF-16", "save it in UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it in UTF-8"),
)

# A header of names in square brackets, as database tools write it, is not JSON.
_JSON = re.compile(rb'\{\s*["}]|\[\s*[\[{\]]')
_MARKUP = (b"<!doctype html", b"<html", b"<?xml")


def refuse_other_formats(head: bytes, path: Sequence[str]) -> None:
    """Raise UnreadableFile, saying what the file seems to be and what to do, unless its head may be CSV's."""
    for signature, kind, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFile(f"the file seems to be {kind}, not a CSV table: {remedy}", path)
    start = head.removeprefix(codecs.BOM_UTF8)[:64].lstrip()
    if start.lower().startswith(_MARKUP):
        raise UnreadableFile(f"the file seems to be a web page or XML, not a CSV table: {SAVE_AS_CSV}", path)
    if _JSON.match(start):
        raise UnreadableFile(
            f"the file seems to be JSON, not a CSV table: send it with importCustomers, or {SAVE_AS_CSV}",
            path,
        )
    if b"\0" in head:
        refuse_zero_byte(head, head.index(b"\0"), path)


def refuse_zero_byte(block: bytes, position: int, path: Sequence[str]) -> None:
    """Raise UnreadableFile for a zero byte at `position` of the file; `block` is what stands around it."""
    zeros = block.count(b"\0")
    # Latin text in UTF-16 has a zero in every other byte; machine data is not so regular.
    if zeros > len(block) // 3 and abs(block[::2].count(b"\0") - block[1::2].count(b"\0")) > zeros // 2:
        raise UnreadableFile("the file seems to be text in UTF-16, not UTF-8: save it in UTF-8", path)
    raise UnreadableFile(
        f"the file is binary, not text: there is a zero byte at offset {position:,}; {SAVE_AS_CSV}", path
    )


def refuse_other_delimiters(names: Sequence[str], head: str, path: Sequence[str]) -> None:
    """Raise UnreadableFile when the header seems to be separated by something else than commas."""
    for mark, kind in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if sum(name.count(mark) for name in names) >= len(names):
            raise UnreadableFile(f"the file seems to be separated by {kind}, not commas: {SAVE_AS_CSV}", path)
    lines = [line.split() for line in head.splitlines()[:20] if line.strip()]
    aligned = len(lines) > 1 and len(lines[0]) > 1 and len({len(words) for words in lines}) == 1
    if len(names) == 1 and aligned and any("  " in line.strip() for line in head.splitlines()[:20]):
        raise UnreadableFile(f"the file seems to be aligned with blanks, not commas: {SAVE_AS_CSV}", path)
