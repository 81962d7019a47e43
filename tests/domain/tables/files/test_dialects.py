"""How a text is cut into cells: found out by its lines, or told by an option."""

import pytest

from domain.terms.imports import ImportWarningCode, TableOptions
from tests.domain.tables.files.opened import opened


@pytest.mark.parametrize(
    ("content", "delimiter", "rows"),
    [
        ("a,b\n1,2\n", ",", [["1", "2"]]),
        ("a;b\n1;2\n", ";", [["1", "2"]]),
        ("a\tb\n1\t2\n", "\t", [["1", "2"]]),
        ("a|b\n1|2\n", "|", [["1", "2"]]),
        ("Report of all\n\na\tb\n1\t2\n", "\t", [["1", "2"]]),
        ("a b\n1,5 2,5\n3,5 4,5\n", "whitespace", [["1,5", "2,5"], ["3,5", "4,5"]]),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";", [["1,5", "2,5"], ["3,5", "4,5"]]),
        ("a\tb\n1,5\t2,5\n", "\t", [["1,5", "2,5"]]),
        ("name;price,EUR;x\n1;2,5;3\n", ";", [["1", "2,5", "3"]]),
        ("id,tags\n1,a;b\n2,c;d\n", ",", [["1", "a;b"], ["2", "c;d"]]),
        ("name;at\nAnn;Oak 5, Bonn\nBob;Elm 3, Ulm\n", ";", [["Ann", "Oak 5, Bonn"], ["Bob", "Elm 3, Ulm"]]),
        ("when;sum\n1.2.2024;1.000,50\n2.2.2024;2,7\n", ";", [["1.2.2024", "1.000,50"], ["2.2.2024", "2,7"]]),
        ('"a;b","c;d"\n1,x\n2,y\n', ",", [["1", "x"], ["2", "y"]]),
        ('a,b\n"x;y;z",1\n"p;q;r",2\n', ",", [["x;y;z", "1"], ["p;q;r", "2"]]),
        ("name\nAnn Smith\nBob Jones\n", None, [["Ann Smith"], ["Bob Jones"]]),
        ("note\nIt is good, really\nBad, slow\nok\n", None, [["It is good, really"], ["Bad, slow"], ["ok"]]),
        ("amount\n1,5\n2,5\n", None, [["1,5"], ["2,5"]]),
        ("amount\n1 234,50\n2 345,20\n", None, [["1 234,50"], ["2 345,20"]]),
        ("when\n2024-01-01 10:00\n2024-01-02 11:00\n", None, [["2024-01-01 10:00"], ["2024-01-02 11:00"]]),
    ],
)  # fmt: skip
def test_the_delimiter_is_found_by_how_well_it_cuts(
    content: str, delimiter: str | None, rows: list[list[str]]
) -> None:
    table = opened(content)
    assert table.head.delimiter == delimiter
    assert table.rows == rows


def test_a_text_aligned_with_blanks_is_cut_at_their_runs() -> None:
    table = opened(" id   date      spend\n 0001 19970101   1.5 \n 0002 19970112  12.0\n")
    assert table.head.delimiter == "whitespace"
    assert table.columns == {
        "id": ["0001", "0002"],
        "date": ["19970101", "19970112"],
        "spend": ["1.5", "12.0"],
    }


def test_blanks_within_quotes_do_not_cut_an_aligned_text() -> None:
    table = opened('id name x\n"a b" "c" 3\n"q" "r  s" 4\n')
    assert table.head.delimiter == "whitespace"
    assert table.rows == [["a b", "c", "3"], ["q", "r  s", "4"]]


def test_a_long_aligned_text_is_read_across_blocks() -> None:
    rows = [[f"{n:07d}", str(n % 97), f"{n / 4:.2f}"] for n in range(200_000)]
    text = " id  a   b\n" + "".join(f" {a}  {b:>3}   {c:>9} \n" for a, b, c in rows)
    assert opened(text).rows == rows


def test_single_quotes_are_found() -> None:
    table = opened("'a','b'\n'1','x, y'\n'2','it''s'\n")
    assert table.head.quote == "'"
    assert table.rows == [["1", "x, y"], ["2", "it's"]]


def test_apostrophes_are_no_quotes() -> None:
    table = opened("name,word\nO'Brien,'tis\nD'Arcy,rock 'n' roll\n")
    assert table.head.quote == '"'
    assert table.rows == [["O'Brien", "'tis"], ["D'Arcy", "rock 'n' roll"]]


def test_quotes_may_be_escaped_by_a_backslash() -> None:
    table = opened('a,b\n"1","say \\"hi\\", you"\n"2","x"\n')
    assert table.rows == [["1", 'say "hi", you'], ["2", "x"]]
    late = opened("a,b\n" + '"1","x"\n' * 40_000 + '"2","say \\"hi\\""\n')
    assert late.rows[-1] == ["2", 'say "hi"']


def test_backslashes_stay_where_they_escape_nothing() -> None:
    assert opened('a,b\nC:\\temp,"D:\\x"\n').rows == [["C:\\temp", "D:\\x"]]


def test_blanks_between_a_delimiter_and_a_quote_belong_to_neither() -> None:
    assert opened('a,b\n 1,"x, ""y"""\n 2,z\n').rows == [[" 1", 'x, "y"'], [" 2", "z"]]
    table = opened('"a", "b"\n"1", "x, ""y"""\n2, "z" \n')
    assert table.names == ["a", "b"]
    assert table.rows == [["1", 'x, "y"'], ["2", "z"]]


def test_the_first_line_of_excel_tells_the_delimiter() -> None:
    table = opened("sep=;\r\na;b\r\n1,5;2\r\n")
    assert (table.head.delimiter, table.names, table.rows) == (";", ["a", "b"], [["1,5", "2"]])
    assert table.head.warnings == ()


@pytest.mark.parametrize(
    ("given", "content", "reported"),
    [
        ("tab", "a,x\tb\n1\t2\n", "\t"),
        ("\\t", "a,x\tb\n1\t2\n", "\t"),
        (";", "a,x;b\n1;2\n", ";"),
        ("~", "a,x~b\n1~2\n", "~"),
        ("§", "a,x§b\n1§2\n", "§"),
        ("whitespace", "a,x   b\n1 2\n", "whitespace"),
    ],
)
def test_the_option_names_the_delimiter(given: str, content: str, reported: str) -> None:
    table = opened(content, TableOptions(delimiter=given))
    assert (table.head.delimiter, table.names, table.rows) == (reported, ["a,x", "b"], [["1", "2"]])


def test_a_delimiter_beyond_ascii_may_stand_within_quotes() -> None:
    assert opened('a§b\n"x§y"§2\n', TableOptions(delimiter="§")).rows == [["x§y", "2"]]


def test_a_file_of_many_ragged_rows_is_still_cut() -> None:
    table = opened("a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert table.head.delimiter == ","
    assert [row.row for row in table.ledger.rejected_rows] == [2, 3]
    assert table.warning(ImportWarningCode.RAGGED_ROW).count == 2
