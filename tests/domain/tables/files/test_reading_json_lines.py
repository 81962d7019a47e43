"""Reading JSON lines: one record a line, and lines that are none."""

import io
import json

import pytest

from domain.errors import Refused, UnreadableFile
from domain.tables.files.json_text import BLOCK_BYTES
from domain.tables.files.ledger import Ledger
from domain.tables.files.records import open_records
from domain.terms.imports import ImportLimits, RejectedRow, TableOptions

LIMITS = ImportLimits(max_rows=1_000_000, max_columns=100, max_cell_length=1_000)
FILE = ("input", "file")


def _unwatched(_fraction: float, _doing: str) -> None:
    pass


def _read(content: str) -> tuple[list[dict[str, str]], tuple[RejectedRow, ...]]:
    ledger = Ledger()
    source = open_records(io.BytesIO(content.encode()), TableOptions(), LIMITS, _unwatched, FILE)
    rows = [row for batch in source.read(ledger, _unwatched) for row in batch.to_pylist()]
    return rows, ledger.rejected_rows


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n\n  \n"])
def test_a_line_is_a_record_and_blank_lines_do_not_count(line_end: str) -> None:
    rows, rejected = _read(line_end.join(['{"x": 1, "y": "a"}', '{"x": 2}', '{"z": "\\u2028"}']))
    assert rows == [
        {"x": "1", "y": "a", "z": ""},
        {"x": "2", "y": "", "z": ""},
        {"x": "", "y": "", "z": "\u2028"},
    ]
    assert rejected == ()


def test_lines_longer_than_a_block_read_as_another_reader_has_them() -> None:
    records = [{"id": f"C{place}", "note": '},{"é' * (place % 40)} for place in range(40_000)]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    content = "\n".join(lines)
    assert len(content) > BLOCK_BYTES
    assert _read(content) == ([json.loads(line) for line in lines], ())


def test_a_broken_line_is_noted_by_its_row_and_left_out() -> None:
    lines = [
        '{"x": 1}',
        "",
        '{"x": }',
        "5",
        '{"x": 1, "x": 2}',
        '{"x": NaN}',
        '{"x": 1} {"x": 2}',
        '{"x": 3}',
    ]
    rows, rejected = _read("\n".join(lines))
    assert rows == [{"x": "1"}, {"x": "3"}]
    assert [(each.row, each.reason.split(":")[0]) for each in rejected] == [
        (2, "line 3 is not JSON"),
        (3, "line 4 is not an object"),
        (4, "line 5 can't be read"),
        (5, "line 6 can't be read"),
        (6, "line 7 is not JSON"),
    ]


def test_a_reason_names_the_place_once() -> None:
    _, rejected = _read('{"x": 1}\n{"x": "1}')
    assert [each.reason for each in rejected] == [
        "line 2 is not JSON: Unterminated string starting at column 7"
    ]


def test_a_nested_value_is_refused_with_record_and_key() -> None:
    with pytest.raises(Refused) as caught:
        _read('{"x": 1}\n{"x": {"deep": 1}}')
    (mistake,) = caught.value.exceptions
    assert 'record 2, "x"' in str(mistake)


@pytest.mark.parametrize("content", ['{\n"x": 1,\n"y": 2\n}', "{a: 1}\n{a: 2}"])
def test_a_file_without_one_readable_line_is_refused(content: str) -> None:
    with pytest.raises(UnreadableFile, match="no line is a record"):
        _read(content)
