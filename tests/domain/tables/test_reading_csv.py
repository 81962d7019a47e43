"""Reading CSV files: what is taken, what is left out, what is refused, and how it is told."""

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DomainError, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.delimited import read_delimited
from domain.tables.importing import ImportedTable
from domain.tables.raw import RawTable
from domain.terms.imports import ImportLimits, ImportWarning, ImportWarningCode

LIMITS = ImportLimits(max_rows=1_000_000, max_columns=1_000, max_cell_length=100_000)
PATH = ("input", "file")

ReadCsv = Callable[..., ImportedTable]


def read(content: str | bytes, limits: ImportLimits = LIMITS) -> RawTable:
    source = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return read_delimited(source, limits, lambda *_: None, PATH)


def cells(table: RawTable) -> dict[str, list[str]]:
    return {name: column.to_pylist() for name, column in zip(table.names, table.columns, strict=True)}


def refusal(content: str | bytes, limits: ImportLimits = LIMITS) -> DomainError:
    with pytest.raises(DomainError) as caught:
        read(content, limits)
    assert caught.value.path == PATH
    return caught.value


def test_cells_are_read_as_they_stand() -> None:
    table = read("a,b\n00012, x \nNA,\n")
    assert cells(table) == {"a": ["00012", "NA"], "b": [" x ", ""]}
    assert (table.row_count, table.rows_rejected, table.encoding, table.delimiter) == (2, 0, "UTF-8", ",")
    assert table.warnings == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_understood(newline: str) -> None:
    assert cells(read(newline.join(["a,b", "1,2", "3,4"]))) == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert cells(read("\ufeffa,b\n1,2\n".encode())) == {"a": ["1"], "b": ["2"]}


def test_quoted_cells_may_hold_commas_quotes_and_line_ends() -> None:
    table = read('a,b\n"x, y","say ""hi""\nthere"\n5" disc,"a,""b"\n')
    assert cells(table) == {"a": ["x, y", '5" disc'], "b": ['say "hi"\nthere', 'a,"b']}


def test_a_quoted_name_may_hold_a_line_end() -> None:
    table = read('"first\nname",b\nx,1\ny\ny,2\n' + "y,2\n" * 20)
    assert table.names == ("first\nname", "b")
    assert [warning.row for warning in table.warnings] == [2]


def test_blank_rows_are_left_out_and_counted() -> None:
    table = read("\n\na,b\n1,2\n\n , \n,\n3,4\n   \n,,,\n")
    assert cells(table) == {"a": ["1", "3"], "b": ["2", "4"]}
    assert table.rows_rejected == 0
    assert table.warnings == (
        ImportWarning(
            ImportWarningCode.BLANK_ROW, "5 blank rows were left out, the first of them row 2", None, 2, 5
        ),
    )


def test_ragged_rows_are_left_out_and_each_is_named() -> None:
    rows = ["1,2"] * 40
    rows[4], rows[10], rows[20] = "1", "", "1,2,3"
    table = read("a,b\n" + "\n".join(rows))
    assert (table.row_count, table.rows_rejected) == (37, 2)
    assert [(warning.code, warning.row, warning.count) for warning in table.warnings] == [
        (ImportWarningCode.RAGGED_ROW, 5, 1),
        (ImportWarningCode.RAGGED_ROW, 21, 1),
        (ImportWarningCode.BLANK_ROW, 11, 1),
    ]
    assert table.warnings[0].message == "row 5 has 1 cell instead of 2: it was left out"
    assert table.warnings[1].message == "row 21 has 3 cells instead of 2: it was left out"
    assert [table.row_number(index) for index in (0, 3, 4, 8, 9, 17, 18)] == [1, 4, 6, 10, 12, 20, 22]


def test_after_a_hundred_ragged_rows_the_others_are_counted() -> None:
    table = read("a,b\n" + "1,2\n" * 1800 + "1\n" * 130)
    assert table.rows_rejected == 130
    assert len(table.warnings) == 101
    assert (table.warnings[-1].row, table.warnings[-1].count) == (1901, 30)


def test_one_ragged_row_in_ten_is_let_pass_and_more_are_refused() -> None:
    assert read("a,b\n" + "1,2\n" * 9 + "1\n").row_count == 9
    error = refusal("a,b\n" + "1,2\n" * 8 + "1,2,3\n")
    assert isinstance(error, UnreadableFile)
    assert error.message.startswith(
        "1 of 9 rows do not have 2 cells as the header has, the first of them row 9"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"PK\x03\x04\x14\0", "Excel workbook"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image (PNG)"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"SQLite format 3\0", "SQLite"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
        (b"a,b\n1,\x00\x01\x02\x03\x04\n", "zero byte at offset 6"),
        (b"a,b\n" + b"1,2\n" * 400_000 + b"3,\0\n", "zero byte at offset 1,600,006"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'[{"a": 1}]', "importCustomers"),
        (b"a;b;c\n1;2;3\n", "semicolons"),
        (b"name;price,EUR;x\n1;2,5;3\n", "semicolons"),
        (b"a\tb\n1\t2\n", "tabs"),
        (b"a|b\n1|2\n", "vertical bars"),
        (b" id   date\n 1   19970101\n 2   19970102\n", "aligned with blanks"),
        (b"name,city\nJ\xf6rg,K\xf6ln\n", "byte 0xF6 at offset 11, in line 2"),
        (b"na\xefve,city\n1,2\n", "byte 0xEF at offset 2, in line 1"),
        (b"a,b\n" + b"1,2\n" * 300_000 + b"1,\xe9\n", "byte 0xE9 at offset 1,200,006, in line 300,002"),
        (b'a,b\n1,2\n1,"2\n3,4\n', "opens a cell in row 2 is never closed"),
        (b'a,"b\n1,2\n', "opens a cell in the header is never closed"),
        (b'a,b\n1,"' + b"x,1\n" * 500_000, "opens a cell in row 1 is never closed"),
        (b'a,b\n1,"x" y\n', "behind the closing quote of a cell in row 1"),
        (b'a,b\n1,""x\n', "behind the closing quote of a cell in row 1"),
        (b'a,b\n1,"x"y"\n2,"z"\n', "behind the closing quote of a cell in row 1"),
    ],
)
def test_what_is_no_comma_separated_table_is_refused_by_what_it_seems_to_be(
    content: bytes, told: str
) -> None:
    error = refusal(content)
    assert isinstance(error, UnreadableFile)
    assert told in error.message


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\n\n,\n", "\ufeffa,b\r\n"])
def test_a_header_without_rows_is_a_table_with_nothing_to_cluster(content: str) -> None:
    error = refusal(content)
    assert isinstance(error, UnsuitableData)
    assert "a header but no rows" in error.message


def test_names_in_square_brackets_are_no_json() -> None:
    assert read("[a],[b]\n1,2\n").names == ("[a]", "[b]")


def test_names_are_made_usable_and_the_original_is_told() -> None:
    table = read("a,, a ,a,a_2\n1,2,3,4,5\n")
    assert table.names == ("a", "column_2", "a_3", "a_4", "a_2")
    assert [(warning.code, warning.column) for warning in table.warnings] == [
        (ImportWarningCode.HEADER_RENAMED, name) for name in ("column_2", "a_3", "a_4")
    ]
    assert table.warnings[0].message == 'column 2 has no name in the header: it is called "column_2" here'
    assert '"a"' in table.warnings[2].message
    trimmed = read(" a,b\n1,2\n")
    assert trimmed.names == ("a", "b")
    assert '" a"' in trimmed.warnings[0].message


def test_a_table_over_a_limit_is_refused_by_the_name_of_the_setting() -> None:
    content = "a,b,c\n1,2,3\n4,5,6\n7,8,éé\n"
    exact = ImportLimits(max_rows=3, max_columns=3, max_cell_length=2)
    assert read(content, exact).row_count == 3
    for limits, told in [
        (ImportLimits(2, 3, 2), "SEGMENTGRAPH_MAX_ROWS"),
        (ImportLimits(3, 2, 2), "SEGMENTGRAPH_MAX_COLUMNS"),
        (
            ImportLimits(3, 3, 1),
            'column "c" in row 3 is longer than the 1 characters that SEGMENTGRAPH_MAX_CELL',
        ),
    ]:
        error = refusal(content, limits)
        assert isinstance(error, TooLarge)
        assert told in error.message
    assert "SEGMENTGRAPH_MAX_CELL_LENGTH" in refusal("abc,b\n1,2\n", ImportLimits(9, 9, 2)).message


def test_rows_longer_than_a_block_are_read() -> None:
    wide = "x" * 90_000
    table = read(
        "a," + ",".join(f"c{n}" for n in range(30)) + "\n" + ("1," + ",".join([wide] * 30) + "\n") * 2
    )
    assert table.row_count == 2
    assert set(cells(table)["c29"]) == {wide}


def test_reading_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[float] = []

    class Canceled(Exception):
        pass

    def stop_halfway(fraction: float, _doing: str) -> None:
        told.append(fraction)
        if fraction > 0.5:
            raise Canceled

    source = io.BytesIO(b"a,b\n" + b"1,2\n" * 2_000_000)
    with pytest.raises(Canceled):
        read_delimited(source, ImportLimits(10_000_000, 9, 9), stop_halfway, PATH)
    assert told == sorted(told)
    assert len(told) > 2
    assert told[-1] <= 1


# Zero bytes make a file binary, half a surrogate pair is no text, and both are tested elsewhere.
# Python's writer leaves a lone carriage return unquoted, which nobody can read back.
PLAIN_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
TEXTS = st.one_of(PLAIN_TEXTS, PLAIN_TEXTS.map(lambda text: f"{text}\r\n{text}"))
NAMES = st.lists(st.text("abcdefgh_", min_size=1, max_size=5), min_size=2, max_size=4, unique=True)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    names = draw(NAMES)
    row = st.lists(TEXTS, min_size=len(names), max_size=len(names)).filter(
        lambda each: any(map(str.strip, each))
    )
    return names, draw(st.lists(row, min_size=1, max_size=8))


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_whatever_the_csv_module_writes_is_read_back_equal(
    table: tuple[list[str], list[list[str]]], newline: str, quoting: int
) -> None:
    names, rows = table
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]  # sampled
    writer.writerows([names, *rows])
    read_back = cells(read(text.getvalue()))
    assert list(read_back) == names
    assert [list(row) for row in zip(*read_back.values(), strict=True)] == rows
