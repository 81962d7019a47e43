"""What a file is, told by its content, and which options go with it."""

import io
import zipfile

import pytest

from domain.errors import Invalid, Refused, UnreadableFile
from domain.tables.files.formats import tell_format
from domain.terms.imports import TableFormat, TableOptions
from tests.domain.tables.files.opened import PATH, opened, refusal


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b"a,b\n1,2\n", TableFormat.CSV),
        (b"[id],[name]\n1,x\n", TableFormat.CSV),
        (b"[2019],[2020]\n1,2\n", TableFormat.CSV),
        (b"<TICKER>,<DATE>\nx,1\n", TableFormat.CSV),
        (b"{id},{name}\n1,x\n", TableFormat.CSV),
        (b"PAR1,PAR2\n1,x\n", TableFormat.CSV),
        (b"ID;PLZ;BZh\n1;x;2\n", TableFormat.CSV),
        (b'[{"a": 1}]', TableFormat.JSON),
        (b' \n[\n  {"a": 1}]', TableFormat.JSON),
        (b"[]", TableFormat.JSON),
        (b"[1, 2, 3]", TableFormat.JSON),
        (b'{"a": 1}\n{"a": 2}\n', TableFormat.JSON),
        (b'\xef\xbb\xbf{"a": 1}\n', TableFormat.JSON),
        ('[{"a": 1}]'.encode("utf-16"), TableFormat.JSON),
        (b"PAR1\x15\x04\x00PAR1", TableFormat.PARQUET),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), TableFormat.XLSX),
    ],
)
def test_the_format_is_told_by_the_content(content: bytes, format: TableFormat) -> None:
    assert tell_format(io.BytesIO(content), PATH) is format


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b",,\n,,\n", "the file is empty"),
        (b"PK\x03\x04\x14\0", "damaged Excel workbook"),
        (zipped("table.csv"), "a zip archive"),
        (zipped("xl/workbook.bin"), "XLSB"),
        (zipped("mimetype", "content.xml"), "ODS"),
        (zipped("word/document.xml"), "a Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image (PNG)"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image (JPEG)"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"BZh91AY&SY", "bzip2"),
        (b"SQLite format 3\0", "SQLite"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf <html><table>", "web page"),
        (b'<?xml version="1.0"?>', "XML"),
        (bytes(range(1, 256)) * 9, "binary"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_seems_to_be(content: bytes, told: str) -> None:
    error = refusal(content)
    assert isinstance(error, UnreadableFile)
    assert told in error.message
    assert error.path == PATH


@pytest.mark.parametrize(
    ("content", "options", "field"),
    [
        (b"a,b\n1,2\n", TableOptions(sheet="x"), "sheet"),
        (b'[{"a": 1}]', TableOptions(delimiter=","), "delimiter"),
        (b'[{"a": 1}]', TableOptions(has_header=True), "hasHeader"),
        (b"PAR1\0PAR1", TableOptions(encoding="utf-8"), "encoding"),
        (zipped("xl/workbook.xml"), TableOptions(delimiter=";"), "delimiter"),
        (b"a,b\n1,2\n", TableOptions(encoding="klingon"), "encoding"),
        (b"a,b\n1,2\n", TableOptions(encoding="base64"), "encoding"),
        (b"a,b\n1,2\n", TableOptions(encoding=""), "encoding"),
        (b"a,b\n1,2\n", TableOptions(delimiter="||"), "delimiter"),
        (b"a,b\n1,2\n", TableOptions(delimiter=""), "delimiter"),
        (b"a,b\n1,2\n", TableOptions(delimiter="\n"), "delimiter"),
    ],
)
def test_an_option_that_is_wrong_or_out_of_place_is_invalid(
    content: bytes, options: TableOptions, field: str
) -> None:
    error = refusal(content, options)
    assert isinstance(error, Invalid)
    assert error.path == ("input", "options", field)


def test_several_wrong_options_are_told_together() -> None:
    with pytest.raises(Refused) as caught:
        opened(b"a,b\n1,2\n", TableOptions(encoding="klingon", delimiter="||"))
    assert {error.path[-1] for error in caught.value.exceptions if isinstance(error, Invalid)} == {
        "encoding",
        "delimiter",
    }
