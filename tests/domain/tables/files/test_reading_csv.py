"""Reading CSV files: what is taken, what is left out, what is refused, and how it is told."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import TooLarge, UnreadableFile
from domain.tables.files.ledger import Ledger
from domain.tables.files.opening import open_source
from domain.terms.imports import ImportLimits, ImportWarningCode, TableFormat, TableOptions
from tests.domain.tables.files.opened import LIMITS, PATH, opened, refusal, unwatched


def test_cells_are_read_as_they_stand() -> None:
    table = opened("a,b\n00012, x \nNA,\n")
    assert table.columns == {"a": ["00012", "NA"], "b": [" x ", ""]}
    head = table.head
    assert (head.format, head.encoding, head.encoding_confidence) == (TableFormat.CSV, "UTF-8", 1.0)
    assert (head.delimiter, head.quote, head.has_header, head.warnings) == (",", '"', True, ())


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_understood(newline: str) -> None:
    assert opened(newline.join(["a,b", "1,2", "3,4"])).columns == {"a": ["1", "3"], "b": ["2", "4"]}


def test_line_endings_may_be_mixed() -> None:
    assert opened("a,b\r\n1,2\n3,4\r5,6\r\n").columns == {"a": ["1", "3", "5"], "b": ["2", "4", "6"]}


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends() -> None:
    table = opened('a,b\n"x, y","say ""hi""\nthere"\n5" disc,"a,""b"\n')
    assert table.columns == {"a": ["x, y", '5" disc'], "b": ['say "hi"\nthere', 'a,"b']}


def test_a_quoted_name_may_hold_a_line_end() -> None:
    table = opened('"first\nname",b\nx,1\ny\ny,2\n' + "y,2\n" * 20)
    assert table.names == ["first name", "b"]
    assert table.head.original_names == ("first\nname", "b")
    assert [row.row for row in table.ledger.rejected_rows] == [2]


def test_ragged_and_blank_rows_are_in_the_ledger_by_their_number() -> None:
    rows = ["1,2"] * 40
    rows[4], rows[10], rows[20], rows[30] = "1", ",,,", "1,2,3", ",,"
    table = opened("Title\n\na,b\n" + "\n".join(rows))
    assert len(table.rows) == 36
    assert [(row.row, row.reason) for row in table.ledger.rejected_rows] == [
        (5, "1 cell instead of 2"),
        (21, "3 cells instead of 2"),
    ]
    assert table.ledger.skipped().tolist() == [4, 10, 20, 30]
    assert table.warning(ImportWarningCode.BLANK_ROW).count == 2


def test_a_blank_line_is_a_row_of_blank_cells_or_left_out() -> None:
    table = opened("a,b\n1,2\n\n3,4\n")
    assert [row for row in table.rows if any(row)] == [["1", "2"], ["3", "4"]]
    assert opened("a\n1\n\n2\n").rows == [["1"], [""], ["2"]]


def test_rows_are_read_twice_alike() -> None:
    source = open_source(io.BytesIO(b"a,b\n1,2\n3\n4,5\n"), TableOptions(), LIMITS, unwatched, PATH)
    for _ in range(2):
        ledger = Ledger()
        assert [batch.to_pydict() for batch in source.read(ledger, unwatched)] == [
            {"a": ["1", "4"], "b": ["2", "5"]}
        ]
        assert [row.row for row in ledger.rejected_rows] == [2]


def test_no_batch_is_empty_or_over_its_size() -> None:
    stream = io.BytesIO(b"a\n" + b"1\n" * 700_000)
    source = open_source(stream, TableOptions(), LIMITS, unwatched, PATH)
    sizes = [batch.num_rows for batch in source.read(Ledger(), unwatched)]
    assert sum(sizes) == 700_000
    assert 0 < min(sizes) <= max(sizes) <= 65_536


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "\ufeffa,b\r\n"])
def test_a_header_without_rows_is_a_table_without_rows(content: str) -> None:
    table = opened(content)
    assert (table.names, table.rows) == (["a", "b"], [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('a,b\n1,2\n1,"2\n3,4\n', "opens a cell in row 2 is never closed"),
        ('a,"b\n1,2\n', "opens a cell in the header is never closed"),
        ('a,b\n1,"' + "x,1\n" * 500_000, "opens a cell in row 1 is never closed"),
        ('a;b\n1;"x" y\n', "behind the closing quote of a cell in row 1"),
        ('a,b\n1,""x\n', "behind the closing quote of a cell in row 1"),
        ('a,b\n1,"x"y"\n2,"z"\n', "behind the closing quote of a cell in row 1"),
    ],
)
def test_a_file_with_broken_quotes_is_refused_by_the_place(content: str, told: str) -> None:
    error = refusal(content)
    assert isinstance(error, UnreadableFile)
    assert told in error.message
    assert error.path == PATH


def test_a_long_cell_is_explained_by_the_quote_that_opens_it() -> None:
    stream = io.BytesIO(b'a,b\n1,"x\n' + b"2,y\n" * 200_000)
    source = open_source(stream, TableOptions(), LIMITS, unwatched, PATH)
    with pytest.raises(UnreadableFile, match="row 1 is never closed"):
        source.explain_long_cell()
    whole = open_source(io.BytesIO(b'a,b\n1,"x"\n'), TableOptions(), LIMITS, unwatched, PATH)
    whole.explain_long_cell()


def test_rows_longer_than_a_block_are_read() -> None:
    wide = "x" * 90_000
    long_row = "1," + ",".join([wide] * 30) + "\n"
    short_row = "2" + ",y" * 30 + "\n"
    content = "a," + ",".join(f"c{n}" for n in range(30)) + "\n" + short_row * 30_000 + "3\n" + long_row * 2
    table = opened(content + short_row)
    assert len(table.rows) == 30_003
    assert {row[30] for row in table.rows[-3:-1]} == {wide}
    assert [row.row for row in table.ledger.rejected_rows] == [30_001]


def test_a_table_over_a_limit_is_refused_by_the_name_of_the_setting() -> None:
    error = refusal("a,b,c\n1,2,3\n", limits=ImportLimits(9, 2, 9))
    assert isinstance(error, TooLarge)
    assert "SEGMENTGRAPH_MAX_COLUMNS" in error.message
    error = refusal("abc,b\n1,2\n", limits=ImportLimits(9, 9, 2))
    assert isinstance(error, TooLarge)
    assert "SEGMENTGRAPH_MAX_CELL_LENGTH" in error.message


def test_reading_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[float] = []

    class Canceled(Exception):
        pass

    def stop_halfway(fraction: float, _doing: str) -> None:
        told.append(fraction)
        if fraction > 0.5:
            raise Canceled

    stream = io.BytesIO(b"a,b\n" + b"1,2\n" * 2_000_000)
    source = open_source(stream, TableOptions(), LIMITS, unwatched, PATH)
    with pytest.raises(Canceled):
        list(source.read(Ledger(), stop_halfway))
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
@given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_whatever_the_csv_module_writes_is_read_back_equal(
    table: tuple[list[str], list[list[str]]], delimiter: str, newline: str, quoting: int
) -> None:
    names, rows = table
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]  # sampled
    writer.writerows([names, *rows])
    read_back = opened(text.getvalue(), TableOptions(delimiter=delimiter, has_header=True))
    assert read_back.names == names
    assert read_back.rows == rows
