"""Reading an array of JSON records: the table, and what fits none."""

import io
import json
from typing import Any

import pytest

from domain.errors import DomainError, Invalid, Refused, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.files.json_text import BLOCK_BYTES
from domain.tables.files.ledger import Ledger
from domain.tables.files.records import RecordsSource, open_records
from domain.terms.imports import ImportLimits, ImportWarningCode, TableOptions

LIMITS = ImportLimits(max_rows=1_000_000, max_columns=100, max_cell_length=1_000)
FILE = ("input", "file")
CUSTOMERS = ("input", "customers")


def _unwatched(_fraction: float, _doing: str) -> None:
    pass


def _opened(content: object, limits: ImportLimits = LIMITS, by_place: bool = False) -> RecordsSource:
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    source = io.BytesIO(text.encode() if isinstance(text, str) else text)
    path = CUSTOMERS if by_place else FILE
    return open_records(source, TableOptions(), limits, _unwatched, path, by_place)


def _rows(source: RecordsSource) -> list[dict[str, str]]:
    batches = list(source.read(Ledger(), _unwatched))
    assert all(1 <= batch.num_rows <= 65_536 for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def test_values_become_text_and_columns_are_in_the_order_of_their_first_appearance() -> None:
    records = [
        {"id": "00012", "spend": 29.85, "visits": 1.0, "vip": True, "city": "Köln, alt"},
        {"id": "00013", "spend": 1e-7, "visits": -0.0, "vip": False, "city": None},
        {"id": "00014", "extra": "", "visits": 12345678901234567890},
        {},
    ]
    source = _opened(records)
    assert source.head.names == ("id", "spend", "visits", "vip", "city", "extra")
    assert [list(row.values()) for row in _rows(source)] == [
        ["00012", "29.85", "1", "true", "Köln, alt", ""],
        ["00013", "1e-07", "0", "false", "", ""],
        ["00014", "", "12345678901234567890", "", "", ""],
        ["", "", "", "", "", ""],
    ]
    assert _rows(source) == _rows(source)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_records_longer_than_a_block_read_as_another_reader_has_them(
    indent: int | None, encoding: str
) -> None:
    records = [
        {
            "id": f"C{place}",
            "city": ["Köln", 'a "quoted", {}],[', "東京"][place % 3],
            "note": "ä" * (place % 90),
        }
        for place in range(30_000)
    ]
    content = json.dumps(records, ensure_ascii=False, indent=indent).encode(encoding)
    assert len(content) > BLOCK_BYTES
    assert _rows(_opened(content)) == json.loads(content.decode(encoding))


def test_an_array_alone_in_an_object_is_taken_out_with_a_warning() -> None:
    source = _opened('{"customers": [{"x": 1}, {"x": 2}]}\n')
    assert _rows(source) == [{"x": "1"}, {"x": "2"}]
    (warning,) = source.head.warnings
    assert warning.code is ImportWarningCode.JUNK_LINE
    assert '"customers"' in warning.message


def test_values_that_fit_no_cell_are_refused_together_with_their_places() -> None:
    records = [{"x": 1}, {"x": {"deep": 1}, "y": [1]}, "text", {"x": "zero\0"}, {"x": "half \ud800"}]
    with pytest.raises(Refused) as caught:
        _opened(records, by_place=True)
    mistakes = caught.value.exceptions
    assert all(isinstance(mistake, Invalid) for mistake in mistakes)
    assert [mistake.path for mistake in mistakes] == [  # type: ignore[union-attr]  # flat
        (*CUSTOMERS, "1", "x"),
        (*CUSTOMERS, "1", "y"),
        (*CUSTOMERS, "2"),
        (*CUSTOMERS, "3", "x"),
        (*CUSTOMERS, "4", "x"),
    ]
    with pytest.raises(Refused) as caught:
        _opened(records)
    assert {mistake.path for mistake in caught.value.exceptions} == {FILE}  # type: ignore[union-attr]  # flat
    assert str(caught.value.exceptions[0]).startswith('record 2, "x": the value is nested')


def test_of_many_mistakes_the_first_hundred_are_told() -> None:
    with pytest.raises(Refused) as caught:
        _opened([{"x": []}] * 300)
    assert len(caught.value.exceptions) == 100


def test_a_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        _opened('[{"x": 1}, {"x": 1e999}]')
    assert "too large" in str(caught.value.exceptions[0])


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        ('[{"x": NaN}]', UnreadableFile, "NaN is not a number that JSON knows"),
        ('[{"x": -Infinity}]', UnreadableFile, "-Infinity"),
        ('[{"x": 1}', UnreadableFile, "at line 1, column 10"),
        ('[{"x": 1},\n {"x": 2} {"x": 3}]', UnreadableFile, "at line 2, column 11"),
        ('[{"x": 1},\n {"x" 2}]', UnreadableFile, "at line 2, column 7"),
        ('[{"x": 1},]', UnreadableFile, "at line 1, column 11"),
        ('[{"x": 1}] []', UnreadableFile, "more behind the array at line 1, column 12"),
        ("", UnreadableFile, "line 1"),
        ("5", UnreadableFile, "square brackets"),
        (b'[{"x": "\xff"}]', UnreadableFile, "offset 8"),
        ('[{"x": 1, "x": 2}]', UnreadableFile, '"x" more than once'),
        ("[" * 100_000, UnreadableFile, "nested too deeply"),
        ('[{"x": 1' + "0" * 5000 + "}]", UnreadableFile, "thousands of digits"),
        ('{"customers": [{"x": 1}], "count": 1}', UnreadableFile, "not alone there"),
        ("[]", UnsuitableData, "no records"),
        ("[{}, {}]", UnsuitableData, "no values"),
    ],
)
def test_what_is_no_array_of_records_is_refused(content: Any, kind: type[DomainError], told: str) -> None:
    with pytest.raises(kind) as caught:
        _opened(content)
    assert told in str(caught.value)
    assert caught.value.path == FILE


def test_records_over_a_limit_are_refused_by_the_name_of_the_setting() -> None:
    records = [{"x": 1, "y": "ab"}, {"x": 2, "y": "cd"}]
    for limits, setting, path in [
        (ImportLimits(1, 2, 2), "SEGMENTGRAPH_MAX_ROWS", CUSTOMERS),
        (ImportLimits(2, 1, 2), "SEGMENTGRAPH_MAX_COLUMNS", CUSTOMERS),
        (ImportLimits(2, 2, 1), "SEGMENTGRAPH_MAX_CELL_LENGTH", (*CUSTOMERS, "0", "y")),
    ]:
        with pytest.raises(TooLarge, match=setting) as caught:
            _opened(records, limits, by_place=True)
        assert caught.value.path == path


def test_a_broken_array_is_not_read_to_its_end() -> None:
    content = io.BytesIO(b'[{"x" 1},' + b'{"x": 1},' * 2_000_000)
    with pytest.raises(UnreadableFile):
        open_records(content, TableOptions(), LIMITS, _unwatched, FILE)
    assert content.tell() <= 2 * BLOCK_BYTES


def test_names_are_made_usable_as_in_csv() -> None:
    source = _opened([{"a": 1, " a": 2, "": 3}])
    assert source.head.names == ("a", "a_2", "column_3")
    assert source.head.original_names == ("a", " a", "")
    assert [warning.column for warning in source.head.warnings] == ["a_2", "column_3"]
