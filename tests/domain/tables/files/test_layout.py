"""Where a table begins in its file, which columns it has, and what they are called."""

import pytest

from domain.tables.files.headers import usable_names
from domain.terms.imports import ImportWarningCode, TableOptions
from tests.domain.tables.files.opened import opened

JUNK, MISSING = ImportWarningCode.JUNK_LINE, ImportWarningCode.HEADER_MISSING
RENAMED, EMPTY = ImportWarningCode.HEADER_RENAMED, ImportWarningCode.EMPTY_COLUMN


@pytest.mark.parametrize(
    ("junk", "count"),
    [
        ("Customer report\n", 1),
        ("Customer report\n\n\n", 1),
        ("Customer report\n2024-01-31\n\n", 2),
        ("Customer report;;\n;;\n", 1),
        ("# made by the shop\n# for you; and me\n", 2),
        ("Export date;2024-01-31\n", 1),
        ('"Report; of all\ncustomers"\n', 1),
    ],
)
def test_lines_before_the_table_are_dropped_and_told(junk: str, count: int) -> None:
    table = opened(junk + "id;name;spend\n1;Ann;5\n2;Bob;6\n3;Cid\n4;Dan;7\n5;Eve;1\n")
    assert table.names == ["id", "name", "spend"]
    assert [row[1] for row in table.rows] == ["Ann", "Bob", "Dan", "Eve"]
    assert [row.row for row in table.ledger.rejected_rows] == [3]
    assert table.codes == [JUNK]
    assert table.head.warnings[0].count == count


@pytest.mark.parametrize("title", ["Report of all\n", "Report\n\n", '"Report; of all"\n'])
def test_a_title_over_two_columns_of_words_is_no_name(title: str) -> None:
    table = opened(title + "name;city\nAnn;Ulm\nBob;Bonn\n")
    assert (table.names, len(table.rows), table.codes) == (["name", "city"], 2, [JUNK])


def test_blank_lines_before_the_header_are_nothing_to_tell() -> None:
    table = opened("\n \na,b\n1,2\n")
    assert (table.names, table.rows, table.codes) == (["a", "b"], [["1", "2"]], [])


@pytest.mark.parametrize(
    "content",
    [
        "1,Ann,2020-01-01\n2,Bob,2021-01-01\n",
        "yes,no\nno,yes\nyes,no\n",
        "C-001,x\nC-002,y\nC-003,z\n",
        "ann@x.org,Ann\nbob@y.org,Bob\n",
        "5\n6\n7\n",
        "2019,2020\n5,6\n",
    ],
)
def test_a_first_row_that_is_like_the_others_is_no_header(content: str) -> None:
    table = opened(content)
    rows = [line.split(",") for line in content.splitlines()]
    assert table.names == [f"column_{place}" for place in range(1, len(rows[0]) + 1)]
    assert table.rows == rows
    assert table.head.has_header is False
    assert set(table.head.original_names) == {""}
    assert table.codes == [MISSING]


@pytest.mark.parametrize(
    "content",
    [
        "name,age\nAnn,30\nBob,40\n",
        "region,2019,2020,2021\nEMEA,1,2,3\nAPAC,4,5,6\n",
        "id,code\nx,C-001\ny,C-002\n",
        "first,last\nAnn,Smith\nBob,Jones\n",
        "when,who\n2024-01-01,Ann\n2024-01-02,Bob\n",
        "#id,name\n1,Ann\n2,Bob\n",
        "id,city,spend\nC-01,Ulm,5\nC-02,Bonn,6\nid,city,spend\nC-03,Ulm,7\n",
    ],
)
def test_a_first_row_of_names_is_the_header(content: str) -> None:
    table = opened(content)
    assert [table.names, *table.rows] == [line.split(",") for line in content.splitlines()]
    assert table.head.has_header is True
    assert table.codes == []


def test_the_option_says_whether_there_is_a_header() -> None:
    without = opened("name,age\nAnn,30\n", TableOptions(has_header=False))
    assert (without.names, without.rows) == (["column_1", "column_2"], [["name", "age"], ["Ann", "30"]])
    table = opened("1,2\n3,4\n", TableOptions(has_header=True))
    assert (table.names, table.rows, table.codes) == (["1", "2"], [["3", "4"]], [])


@pytest.mark.parametrize(
    "content",
    ["a,b,,\n1,2,,\n3,4,,\n", "a,b\n1,2,\n3,4,\n", "a,b,\n1,2,\n3,4,\n", "a,b,,\n" + "1,2,,\n" * 1000],
)
def test_last_columns_without_a_name_and_a_value_are_dropped(content: str) -> None:
    table = opened(content)
    assert table.names == ["a", "b"]
    assert table.rows[0] == ["1", "2"]
    assert table.codes == [EMPTY]
    assert table.ledger.rejected_count == 0


def test_a_last_column_without_a_name_that_has_a_value_far_down_is_kept() -> None:
    table = opened("a,b,,\n" + "1,2,,\n" * 1000 + "3,4,x,\n")
    assert table.names == ["a", "b", "column_3"]
    assert table.rows[-1] == ["3", "4", "x"]
    assert table.codes == [EMPTY, RENAMED]


def test_row_names_as_r_writes_them_become_the_first_column() -> None:
    written_by_table = '"cyl" "mpg"\n"Mazda RX4" 6 21\n"Fiat 128" 4 32.4\n'
    table = opened(written_by_table)
    assert table.columns == {"column_1": ["Mazda RX4", "Fiat 128"], "cyl": ["6", "4"], "mpg": ["21", "32.4"]}
    written_by_csv = opened('"","cyl"\n"Mazda RX4",6\n"Fiat 128",4\n')
    assert written_by_csv.columns == {"column_1": ["Mazda RX4", "Fiat 128"], "cyl": ["6", "4"]}
    assert opened("cyl\tmpg\n1\t6\t21.5\n2\t4\t32.4\n").names == ["column_1", "cyl", "mpg"]


def test_prices_cut_at_their_decimal_comma_are_no_row_names() -> None:
    table = opened("id,amount\n1,2,50\n2,3,75\n3,1,20\n")
    assert table.names == ["id", "amount"]
    assert table.ledger.rejected_count == 3


def test_names_are_made_usable_and_the_original_is_told() -> None:
    table = opened("a,, a ,a,a_2\nx,2,3,4,5\n")
    assert table.names == ["a", "column_2", "a_3", "a_4", "a_2"]
    assert table.head.original_names == ("a", "", " a ", "a", "a_2")
    assert [(warning.code, warning.column) for warning in table.head.warnings] == [
        (RENAMED, name) for name in ("column_2", "a_3", "a_4")
    ]
    assert (
        table.head.warnings[0].message == 'column 2 has no name in the header: it is called "column_2" here'
    )


@pytest.mark.parametrize(
    ("original", "usable"),
    [
        ("名前", "名前"),
        ("Дата", "Дата"),
        ("  spend ", "spend"),
        ("first\r\nname", "first name"),
        ("a\tb\x00c", "a b c"),
        ("\ufeffid\u200b", "id"),
        ("e\u0301t\u00e9", "été"),
        ("\u00a0", "column_1"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_a_name_is_trimmed_composed_and_on_one_line(original: str, usable: str) -> None:
    names, originals, warnings = usable_names([original])
    assert (names, originals) == ((usable,), (original,))
    assert [warning.code for warning in warnings] == ([] if original == usable else [RENAMED])


def test_long_names_that_begin_alike_stay_apart() -> None:
    names, _, _ = usable_names(["x" * 300, "x" * 301, "x" * 302])
    assert len(set(names)) == 3
    assert max(map(len, names)) == 200


def test_after_a_hundred_renamed_columns_the_others_are_counted() -> None:
    names, _, warnings = usable_names([""] * 150)
    assert names[149] == "column_150"
    assert len(warnings) == 101
    assert (warnings[-1].column, warnings[-1].count) == (None, 50)
