"""Reading JSON records: the same table as of the same rows in CSV, and what fits no table."""

from collections.abc import Callable

import pytest

from domain.errors import DomainError, Invalid, Refused, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.importing import ImportedTable
from domain.terms.imports import ImportLimits, ImportWarningCode, TableFormat

ReadCsv = Callable[..., ImportedTable]
ReadJson = Callable[..., ImportedTable]

RECORDS = [
    {"id": "00012", "spend": 29.85, "visits": 1.0, "vip": True, "city": "Köln, alt", "since": "2020-01-02"},
    {"id": "00013", "spend": 1e-7, "visits": 20, "vip": False, "city": None, "since": "2020-01-03"},
    {"id": "00014", "spend": None, "visits": -0.0, "vip": None, "city": "Bonn", "extra": "x"},
    {"id": "00015", "visits": 4, "vip": True, "city": "Bonn", "since": ""},
]
CSV = """id,spend,visits,vip,city,since,extra
00012,29.85,1,true,"Köln, alt",2020-01-02,
00013,1e-07,20,false,,2020-01-03,
00014,,0,,Bonn,,x
00015,,4,true,Bonn,,
"""


def test_the_same_rows_in_csv_give_the_same_table(read_csv: ReadCsv, read_json: ReadJson) -> None:
    from_json, from_csv = read_json(RECORDS), read_csv(CSV)
    assert from_json.table.equals(from_csv.table)
    assert from_json.table.schema.equals(from_csv.table.schema)
    assert from_json.outcome.columns == from_csv.outcome.columns
    assert from_json.outcome.identifier == from_csv.outcome.identifier == "id"
    report = from_json.outcome.report
    assert (report.format, report.encoding, report.delimiter) == (TableFormat.JSON, None, None)
    assert (report.rows_read, report.rows_rejected, report.warnings) == (4, 0, ())


def test_records_without_values_are_blank_rows(read_json: ReadJson) -> None:
    imported = read_json([{"x": 1, "y": "a"}, {}, {"x": None}, {"x": 2, "y": "a"}, {"x": 2, "y": "b"}])
    assert imported.table["y"].to_pylist() == ["a", "a", "b"]
    (warning,) = imported.outcome.report.warnings
    assert (warning.code, warning.row, warning.count) == (ImportWarningCode.BLANK_ROW, 2, 2)


def test_values_that_fit_no_cell_are_refused_together_with_their_paths(read_json: ReadJson) -> None:
    records = [
        {"x": 1},
        {"x": {"deep": 1}, "y": [1]},
        "text",
        {"x": "zero\0"},
        {"x": "half \ud800"},
    ]
    with pytest.raises(Refused) as caught:
        read_json(records)
    mistakes = caught.value.exceptions
    assert all(isinstance(mistake, Invalid) for mistake in mistakes)
    assert [mistake.path for mistake in mistakes if isinstance(mistake, DomainError)] == [
        ("input", "customers", "1", "x"),
        ("input", "customers", "1", "y"),
        ("input", "customers", "2"),
        ("input", "customers", "3", "x"),
        ("input", "customers", "4", "x"),
    ]
    assert "nested" in str(mistakes[0])


def test_of_many_mistakes_the_first_hundred_are_told(read_json: ReadJson) -> None:
    with pytest.raises(Refused) as caught:
        read_json([{"x": []}] * 300)
    assert len(caught.value.exceptions) == 100


def test_a_number_too_large_for_a_float_is_refused(read_json: ReadJson) -> None:
    with pytest.raises(Refused) as caught:
        read_json('[{"x": 1}, {"x": 1e999}]')
    assert "too large" in str(caught.value.exceptions[0])


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        ('[{"x": NaN}]', UnreadableFile, "NaN is not a number that JSON knows"),
        ('[{"x": -Infinity}]', UnreadableFile, "-Infinity"),
        ('[{"x": 1}', UnreadableFile, "at line 1, column 10"),
        ("", UnreadableFile, "line 1"),
        ('{"x": 1}', UnreadableFile, "not an array"),
        (b'[{"x": "\xff"}]', UnreadableFile, "offset 8"),
        ('[{"x": 1, "x": 2}]', UnreadableFile, '"x" more than once'),
        ("[" * 100_000, UnreadableFile, "nested too deeply"),
        ('[{"x": 1' + "0" * 5000 + "}]", UnreadableFile, "can't be read"),
        ("[]", UnsuitableData, "no records"),
        ("[{}, {}]", UnsuitableData, "no values"),
        ('[{"x": 1}]', UnsuitableData, "one row"),
    ],
)
def test_what_is_no_array_of_records_is_refused(
    read_json: ReadJson, content: str | bytes, kind: type[DomainError], told: str
) -> None:
    with pytest.raises(kind) as caught:
        read_json(content)
    assert told in str(caught.value)
    assert caught.value.path == ("input", "customers")


def test_records_over_a_limit_are_refused_by_the_name_of_the_setting(read_json: ReadJson) -> None:
    records = [{"x": 1, "y": "ab"}, {"x": 2, "y": "cd"}]
    for limits, setting, path in [
        (ImportLimits(1, 2, 2), "SEGMENTGRAPH_MAX_ROWS", ("input", "customers")),
        (ImportLimits(2, 1, 2), "SEGMENTGRAPH_MAX_COLUMNS", ("input", "customers")),
        (ImportLimits(2, 2, 1), "SEGMENTGRAPH_MAX_CELL_LENGTH", ("input", "customers", "0", "y")),
    ]:
        with pytest.raises(TooLarge) as caught:
            read_json(records, limits=limits)
        assert setting in str(caught.value)
        assert caught.value.path == path


def test_names_are_made_usable_as_in_csv(read_json: ReadJson) -> None:
    imported = read_json([{"a": 1, " a": 2, "": 3}, {"a": 3, " a": 5, "": 9}, {"a": 3, " a": 6, "": 4}])
    assert imported.table.column_names == ["a", "a_2", "column_3"]
    assert [warning.column for warning in imported.outcome.report.warnings] == ["a_2", "column_3"]
