"""Tells by its content what an uploaded file is, whatever it is called."""

import json
import re
import struct
import zipfile
from collections.abc import Sequence
from typing import BinaryIO, NoReturn

from domain.errors import UnreadableFile
from domain.tables.files.archives import open_zip
from domain.tables.files.decoding import BAD, decoded
from domain.tables.files.encodings import codec_of_mark
from domain.terms.imports import TableFormat

SAVE_AS = "save the table as XLSX, or as CSV in UTF-8, and upload that"
"""What to do about a file that can't be read."""

_HEAD_BYTES = 1 << 16
_UNPACK = "unpack it and upload the table inside"
_MADE_FROM = "upload the table it was made from, as CSV or XLSX"
_SHOWN_IN_IT = "upload the table it shows, as CSV or XLSX"
_AS_PARQUET = "write it as Parquet"
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document, or one with a password", f"open it, and {SAVE_AS}"),
    (b"PARE", "a Parquet file with an encrypted footer", "write it without encryption"),
    (b"ARROW1\0", "an Arrow (Feather) file", _AS_PARQUET),
    (b"FEA1", "a Feather file", _AS_PARQUET),
    (b"Obj\x01", "an Avro file", _AS_PARQUET),
    (b"\x89HDF\r\n", "an HDF5 file", _AS_PARQUET),
    (b"%PDF-", "a PDF document", _MADE_FROM),
    (b"{\\rtf", "a text document (RTF)", _MADE_FROM),
    (b"\x89PNG\r\n", "an image (PNG)", _SHOWN_IN_IT),
    (b"\xff\xd8\xff", "an image (JPEG)", _SHOWN_IN_IT),
    (b"GIF87a", "an image (GIF)", _SHOWN_IN_IT),
    (b"GIF89a", "an image (GIF)", _SHOWN_IN_IT),
    (b"II*\0", "an image (TIFF)", _SHOWN_IN_IT),
    (b"MM\0*", "an image (TIFF)", _SHOWN_IN_IT),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"SQLite format 3\0", "a SQLite database", "export a table of it as CSV"),
    (b"\0\x01\0\0Standard ", "an Access database", "export a table of it as XLSX or CSV"),
    (b"\x7fELF", "a program", "upload a table"),
    (b"MZ\x90\0", "a program", "upload a table"),
)
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_MARKUP = re.compile(r"<(?:!doctype|\?xml|!--|html|head|body|table|svg|workbook)\b", re.IGNORECASE)
_WEB_PAGE = re.compile(r"<(?:!doctype html|html|head|body|table)\b", re.IGNORECASE)
_JSON_RECORDS = re.compile(r'\{\s*(?:"|\}|$)|\[\s*(?:\{\s*["}]|\[|\]|$)')
# Not among them: the white space, the escape of old Asian encodings, and the separators.
_CONTROLS = bytes([*range(2, 9), *range(14, 27)])


def tell_format(source: BinaryIO, path: Sequence[str]) -> TableFormat:
    """Tell a file's format by its bytes; all text that is no JSON is taken for CSV.

    Raises UnreadableFile for anything else, saying what it seems to be and what to do.
    """
    source.seek(0)
    head = source.read(_HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _tell_archive(source, path)
    if head.startswith(b"PAR1") and _is_parquet(source, head):
        return TableFormat.PARQUET
    for signature, kind, remedy in _SIGNATURES:
        if head.startswith(signature):
            _refuse(kind, remedy, path)
    if _BZIP2.match(head):
        _refuse("a bzip2 archive", _UNPACK, path)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        _refuse("an image (WebP)", _SHOWN_IN_IT, path)
    mark = codec_of_mark(head)
    return _tell_text(decoded(head, mark or "utf-8", complete=False).lstrip(), head, mark, path)


def _tell_text(start: str, head: bytes, mark: str | None, path: Sequence[str]) -> TableFormat:
    if _MARKUP.match(start):
        kind = "a web page" if _WEB_PAGE.match(start) else "XML"
        _refuse(kind, f"if it is a table, open it with Excel or another spreadsheet, and {SAVE_AS}", path)
    if _is_json(start):
        return TableFormat.JSON
    controls = len(head) - len(head.translate(None, _CONTROLS))
    # What is UTF-8 in spite of its controls is text; zero bytes may be half a character's.
    if mark is None and b"\0" not in head and BAD in start and controls > len(head) // 30:
        _refuse("binary data", SAVE_AS, path)
    return TableFormat.CSV


def _is_json(start: str) -> bool:
    """Tell whether a text may be an array or lines of JSON; a header of names in square brackets is none."""
    if _JSON_RECORDS.match(start):
        return True
    if not start.startswith("["):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        # An array of plain values that goes on beyond the head, and not in many lines.
        return (
            len(start) > _HEAD_BYTES // 8 and re.match(r'\[\s*(?:"|-?\d|true|false|null)', start) is not None
        )
    return start[end : end + 1] not in (",", ";", "\t", "|")


def _is_parquet(source: BinaryIO, head: bytes) -> bool:
    # PAR1 may be the name of a column, too.
    source.seek(max(0, source.seek(0, 2) - 4))
    return source.read(4) == b"PAR1" or b"\0" in head


def _tell_archive(source: BinaryIO, path: Sequence[str]) -> TableFormat:
    try:
        with open_zip(source) as archive:
            names = {name.replace("\\", "/").lstrip("/").lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, struct.error):
        _refuse("a damaged Excel workbook or zip archive", "upload it again, or save it anew", path)
    if "xl/workbook.bin" in names:
        _refuse("a binary Excel workbook (XLSB)", f"open it, and {SAVE_AS}", path)
    if any(name.startswith("xl/workbook") for name in names):
        return TableFormat.XLSX
    if "content.xml" in names and "mimetype" in names:
        _refuse("an OpenDocument file (ODS)", f"open it, and {SAVE_AS}", path)
    if any(name.startswith("word/") for name in names):
        _refuse("a Word document", _MADE_FROM, path)
    if any(name.startswith("ppt/") for name in names):
        _refuse("a presentation", _MADE_FROM, path)
    if any(name.startswith("index/") for name in names):
        _refuse("an Apple Numbers or Pages document", f"open it, and {SAVE_AS}", path)
    return _refuse("a zip archive", _UNPACK, path)


def _refuse(kind: str, remedy: str, path: Sequence[str]) -> NoReturn:
    raise UnreadableFile(f"the file seems to be {kind}, not a table that can be read: {remedy}", path)
