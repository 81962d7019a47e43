"""Reading XLSX: cells as text, the sheet that is meant, and workbooks that are no good."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest

from domain.errors import DomainError, Invalid, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.files.ledger import Ledger
from domain.tables.files.workbooks import WorkbookSource, open_workbook
from domain.terms.imports import ImportLimits, ImportWarningCode, TableOptions

LIMITS = ImportLimits(max_rows=10_000, max_columns=100, max_cell_length=1_000)
FILE = ("input", "file")
DEFAULTS = TableOptions()
BOMB = "SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES"


def _unwatched(_fraction: float, _doing: str) -> None:
    pass


def _saved(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    saved = io.BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def _opened(
    content: bytes, options: TableOptions = DEFAULTS, limits: ImportLimits = LIMITS
) -> WorkbookSource:
    return open_workbook(io.BytesIO(content), options, limits, _unwatched, FILE)


def _rows(source: WorkbookSource) -> list[list[str]]:
    batches = list(source.read(Ledger(), _unwatched))
    assert all(1 <= batch.num_rows <= 65_536 for batch in batches)
    return [list(row.values()) for batch in batches for row in batch.to_pylist()]


def _with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Write the workbook again with one of its parts changed."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            part = old.read(entry)
            new.writestr(entry.filename, change(part) if entry.filename == name else part)
    return changed.getvalue()


PLAIN = _saved(("customers", [["id", "spend"], ["a", 1], ["b", 2.5]]))
SHEET = "xl/worksheets/sheet1.xml"


def test_every_kind_of_cell_becomes_text() -> None:
    row = [
        "007",
        5.0,
        0.1,
        True,
        dt.date(2024, 1, 31),
        dt.datetime(2024, 1, 31, 12, 30, 5),  # noqa: DTZ001  # a sheet has no zones
        dt.time(7, 5),
        dt.timedelta(hours=30),
        None,
        " a ",
    ]
    names = [f"name {place}" for place in "abcdefghij"]
    assert _rows(_opened(_saved(("t", [names, row, [*row[:8], "x", "y"]])))) == [
        ["007", "5", "0.1", "true", "2024-01-31", "2024-01-31T12:30:05", "07:05:00", "30:00:00", "", " a "],
        ["007", "5", "0.1", "true", "2024-01-31", "2024-01-31T12:30:05", "07:05:00", "30:00:00", "x", "y"],
    ]


def test_a_table_reads_as_another_reader_has_it() -> None:
    table = [["id", "city", "spend"]] + [[f"C{i}", ["Köln", "Łódź"][i % 2], i * 0.25] for i in range(2_000)]
    content = _saved(("t", table))
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    expected = [list(row) for row in sheet.iter_rows(values_only=True)][1:]
    found = _rows(_opened(content))
    assert [[name, city, float(spend)] for name, city, spend in found] == expected


def test_the_head_tells_sheet_header_and_other_sheets() -> None:
    content = _saved(("empty", []), ("b", [["id", "x"], ["p", 1], ["q", 2]]), ("c", [["z"], [1]]), ("d", []))
    head = _opened(content).head
    assert (head.sheet, head.has_header, head.names, head.original_names) == (
        "b",
        True,
        ("id", "x"),
        ("id", "x"),
    )
    (warning,) = head.warnings
    assert (warning.code, warning.count) == (ImportWarningCode.SHEETS_LEFT_OUT, 1)
    assert '"c"' in warning.message


def test_the_sheet_that_the_options_name_is_read() -> None:
    content = _saved(("a", [["id", "x"], ["p", 1]]), ("b", [["city", "y"], ["Bonn", 7]]))
    assert _rows(_opened(content, TableOptions(sheet="b"))) == [["Bonn", "7"]]
    with pytest.raises(Invalid) as caught:
        _opened(content, TableOptions(sheet="B"))
    assert caught.value.path == ("input", "options", "sheet")
    assert '"a", "b"' in str(caught.value)


def test_junk_above_the_header_is_left_out_and_blank_rows_are_kept() -> None:
    rows: list[list[Any]] = [
        ["Report of 2024"],
        [],
        ["id", "city", "spend"],
        ["a", "Bonn", 1],
        [],
        ["b", "Köln", 2],
    ]
    source = _opened(_saved(("t", rows)))
    assert source.head.names == ("id", "city", "spend")
    assert [warning.code for warning in source.head.warnings] == [ImportWarningCode.JUNK_LINE]
    assert _rows(source) == [["a", "Bonn", "1"], ["", "", ""], ["b", "Köln", "2"]]
    assert _rows(source) == _rows(source)


def test_a_sheet_without_a_header_has_numbered_columns() -> None:
    source = _opened(_saved(("t", [[1, 2.5], [3, 4.5]])), TableOptions(has_header=False))
    assert (source.head.names, source.head.original_names) == (("column_1", "column_2"), ("", ""))
    assert _rows(source) == [["1", "2.5"], ["3", "4.5"]]


def test_a_table_may_start_anywhere_in_the_sheet() -> None:
    rows: list[list[Any]] = [[], [], [None, None, "id", "x"], [None, None, "a", 1], [None, None, "b", 2]]
    source = _opened(_saved(("t", rows)))
    assert source.head.names == ("id", "x")
    assert _rows(source) == [["a", "1"], ["b", "2"]]


def test_error_cells_and_formulas_without_a_result_are_missing_and_told() -> None:
    content = _saved(("t", [["id", "x", "y"], ["a", 1, 1], ["b", "#N/A", "=1+1"], ["c", "#DIV/0!", 3]]))
    source = _opened(content)
    assert _rows(source) == [["a", "1", "1"], ["b", "", ""], ["c", "", "3"]]
    told = [(warning.code, warning.column, warning.row, warning.count) for warning in source.head.warnings]
    assert told == [
        (ImportWarningCode.VALUE_CONVERTED, "x", 2, 2),
        (ImportWarningCode.VALUE_CONVERTED, "y", 2, 1),
    ]


def test_columns_behind_the_last_value_are_dropped_unless_a_late_row_has_one() -> None:
    rows: list[list[Any]] = [["id", "x", None], *([f"c{i}", i, None] for i in range(700))]
    assert _opened(_saved(("t", rows))).head.names == ("id", "x")
    late = _opened(_saved(("t", [*rows, ["late", 1, "note"]])))
    assert late.head.names == ("id", "x", "column_3")
    assert _rows(late)[-1] == ["late", "1", "note"]


def test_a_stray_cell_far_away_is_refused_before_it_takes_memory() -> None:
    content = _with_part(
        PLAIN,
        SHEET,
        lambda part: part.replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        ),
    )
    with pytest.raises(TooLarge, match=BOMB) as caught:
        _opened(content)
    assert "1,048,576 rows and 16,384 columns" in str(caught.value)


def test_one_long_text_in_every_cell_is_refused_before_it_is_copied() -> None:
    content = _saved(("t", [["id", "x"], *([f"c{i}", "y" * 900] for i in range(300))]))
    limits = ImportLimits(10_000, 100, 1_000, max_decompressed_bytes=200_000)
    # Inline texts are of the sheet's own size; shared ones are there once.
    assert len(_rows(_opened(content, limits=ImportLimits(10_000, 100, 1_000)))) == 300
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    shared = io.BytesIO()
    workbook.save(shared)
    with pytest.raises(TooLarge, match=BOMB):
        _opened(shared.getvalue(), limits=limits)


def test_an_archive_that_unpacks_beyond_the_limit_is_refused_by_its_directory() -> None:
    limits = ImportLimits(10_000, 100, 1_000, max_decompressed_bytes=3_000)
    with pytest.raises(TooLarge, match=BOMB):
        _opened(PLAIN, limits=limits)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    bomb = _with_part(PLAIN, "docProps/app.xml", lambda _: b"0" * 5_000_000)
    lie = bomb.replace((5_000_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lie != bomb
    with pytest.raises(TooLarge, match="more than the 50 bytes that its directory tells"):
        _opened(lie)


def test_more_sheets_than_allowed_are_refused_by_the_name_of_the_setting() -> None:
    content = _saved(("a", [["id"], [1]]), ("b", []), ("c", []))
    with pytest.raises(TooLarge, match="SEGMENTGRAPH_MAX_SHEETS"):
        _opened(content, limits=ImportLimits(10, 10, 10, max_sheets=2))


@pytest.mark.parametrize(
    ("limits", "setting"), [(ImportLimits(1, 9, 99), "ROWS"), (ImportLimits(9, 1, 99), "COLUMNS")]
)
def test_tables_over_a_limit_are_refused_by_the_name_of_the_setting(
    limits: ImportLimits, setting: str
) -> None:
    with pytest.raises(TooLarge, match=f"SEGMENTGRAPH_MAX_{setting}"):
        _opened(PLAIN, limits=limits)


def _archive_of(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (b"PK\x03\x04 and no more", UnreadableFile, "broken"),
        (PLAIN[:-30], UnreadableFile, "broken"),
        (_archive_of(**{"xl/workbook2.xml": ""}), UnreadableFile, "no list of sheets"),
        (_with_part(PLAIN, SHEET, lambda part: part[:200]), UnreadableFile, "broken"),
        (
            _with_part(PLAIN, SHEET, lambda part: b'<!DOCTYPE x [<!ENTITY e "y">]>' + part),
            UnreadableFile,
            "document type",
        ),
        (_with_part(PLAIN, "xl/workbook.xml", lambda part: part[:50]), UnreadableFile, "broken"),
        (_saved(("a", []), ("b", [])), UnsuitableData, "no values"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, kind: type[DomainError], told: str) -> None:
    with pytest.raises(kind) as caught:
        _opened(content)
    assert told in str(caught.value)
    assert caught.value.path == FILE


def test_a_part_protected_by_a_password_is_refused() -> None:
    flagged = PLAIN.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    assert flagged != PLAIN
    with pytest.raises(UnreadableFile, match="password"):
        _opened(flagged)


def test_damaged_bytes_end_in_a_table_or_a_typed_error() -> None:
    for place in range(0, len(PLAIN), 97):
        damaged = PLAIN[:place] + bytes([PLAIN[place] ^ 0x55]) + PLAIN[place + 1 :]
        with suppress(DomainError):
            _rows(_opened(damaged))


def test_cells_without_places_follow_each_other() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row><c t="inlineStr"><is><t>id</t></is></c><c t="inlineStr"><is><t>x</t></is></c></row>'
        b'<row><c t="inlineStr"><is><t>a</t></is></c><c><v>1</v></c></row></sheetData></worksheet>'
    )
    source = _opened(_with_part(PLAIN, SHEET, lambda _: sheet))
    assert source.head.names == ("id", "x")
    assert _rows(source) == [["a", "1"]]


@pytest.mark.parametrize("opening", [b"<!--", b'<row a="'])
def test_a_tag_or_a_comment_without_an_end_is_not_read_again_and_again(opening: bytes) -> None:
    content = _with_part(
        PLAIN, SHEET, lambda part: part.replace(b"</sheetData>", opening + b"x" * 10_000_000)
    )
    with pytest.raises(UnreadableFile, match="a tag or a comment of megabytes"):
        _opened(content)


def test_more_rows_than_a_sheet_can_have_are_refused() -> None:
    content = _with_part(
        PLAIN, SHEET, lambda part: part.replace(b"</sheetData>", b"<row/>" * 1_048_576 + b"</sheetData>")
    )
    with pytest.raises(UnreadableFile, match="more than 1,048,576 rows"):
        _opened(content)


def test_an_archive_with_very_many_parts_is_refused_before_they_are_listed() -> None:
    content = io.BytesIO(PLAIN)
    with zipfile.ZipFile(content, "a") as archive:
        for number in range(150):
            archive.writestr(f"{number}".rjust(30_000, "x"), b"")
    with pytest.raises(UnreadableFile, match="its list of parts is too long"):
        _opened(content.getvalue())


def _with_shared_texts(rows: int, text: str) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.append(["id", "x"])
    for row in range(rows):
        workbook.active.append([f"c{row}", text])
    saved = io.BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def test_one_long_text_in_cells_without_places_is_refused_too() -> None:
    content = _with_part(
        _with_shared_texts(300, "y" * 900), SHEET, lambda part: re.sub(rb'<c r="\w+"', b"<c", part)
    )
    assert len(_rows(_opened(content))) == 300
    with pytest.raises(TooLarge, match=BOMB):
        _opened(content, limits=ImportLimits(10_000, 100, 1_000, max_decompressed_bytes=200_000))


def test_batches_are_of_few_megabytes_however_long_the_texts_are() -> None:
    content = _with_shared_texts(4_000, "y" * 10_000)
    batches = list(_opened(content).read(Ledger(), _unwatched))
    assert sum(batch.num_rows for batch in batches) == 4_000
    assert max(batch.nbytes for batch in batches) < 22 * 1024**2
