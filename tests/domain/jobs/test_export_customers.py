"""The export job: every format has the same rows, and they are those of the table and the assignments."""

import hashlib
import io
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl  # type: ignore[import-untyped]  # it has no types
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import TooLarge
from domain.jobs import export_customers, export_formats
from domain.storage import artifacts
from domain.storage.assignments import Assignments, write_assignments
from domain.storage.files import Storage
from domain.storage.tables import BLANK_ROWS
from domain.storage.writing import ROW_GROUP_SIZE, table_writer, write_table
from domain.terms.exports import (
    ExportedCustomers,
    ExportedRecords,
    ExportFormat,
    ExportOrder,
    ExportOutcome,
    ExportSegment,
    Holdout,
)
from domain.terms.holding_out import group_of
from domain.terms.readings import READINGS, Kind, NumberFormat, Reading, StoredColumn, written
from domain.terms.segments import UnassignedReason
from domain.terms.training import Watch

WICKED = [
    "=1+1",
    "<r></is></c><c><f>1+1</f></c><c><is></r>",
    'a "b", c\nd',
    "https://example.com",
    None,
    "00012",
]
TABLE = pa.table(
    {
        "id": ["A-1", "A-2", "A-3", "A-4", "A-5", "A-6"],
        "age": [20.0, 30.0, None, 40.0, 50.0, 60.0],
        "score": [0.5, -1.25, 3.0, None, 1e-9, 2.0],
        "note": pa.array(WICKED),
    }
)
NUMBERS = Reading(Kind.NUMBERS, stored_as_text=False)
NOTED = (StoredColumn("age", NUMBERS, whole=True), StoredColumn("score", NUMBERS, whole=False))
SEGMENTS = np.array([0, 1, 0, -1, 1, 0])
NAMES = (ExportSegment(0, "=Savers"), ExportSegment(1, "Spenders"))
READ: dict[ExportFormat, Callable[[bytes], pd.DataFrame]] = {
    ExportFormat.CSV: lambda content: pd.read_csv(io.BytesIO(content), dtype={"note": "str"}),
    ExportFormat.PARQUET: lambda content: pq.read_table(io.BytesIO(content)).to_pandas(),
    ExportFormat.ARROW: lambda content: pa.ipc.open_stream(content).read_all().to_pandas(),
    ExportFormat.XLSX: lambda content: pd.read_excel(
        io.BytesIO(content), engine="openpyxl", dtype={"note": "str"}
    ),
}


@dataclass(frozen=True)
class Bench:
    """A bench for a program that is watched by nobody."""

    storage_url: str
    folder: str = "exports/1"

    def watch(self, stage: str, start: float, end: float) -> Watch:
        return lambda fraction, message: None


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage.open(str(tmp_path / "store"))
    write_table(storage, "table", TABLE.replace_schema_metadata({READINGS: written(NOTED)}))
    assign(storage, SEGMENTS)
    return storage


def assign(storage: Storage, segments: Any) -> None:
    nowhere = np.flatnonzero(segments < 0)
    confidence = np.where(segments < 0, 0.0, 0.9)
    found = Assignments(segments, confidence, confidence, {UnassignedReason.NOISE: nowhere})
    write_assignments(storage, "assignments", "members", found)


def customers(**values: Any) -> ExportedCustomers:
    given: dict[str, Any] = {
        "table_key": "table",
        "identifier": "id",
        "assignments_key": "assignments",
        "scores_key": None,
        "segments": NAMES,
        "columns": ("age", "score", "note"),
        "numeric": ("age", "score"),
        **values,
    }
    return ExportedCustomers(**given)


def exported(
    storage: Storage, content: ExportedCustomers | ExportedRecords, format: ExportFormat = ExportFormat.ARROW
) -> bytes:
    """Run the job, and answer the file."""
    order = ExportOrder(content, format, "exports/1/file")
    artifacts.dump(storage, "exports/1/order.json", order)
    export_customers.run(Bench(storage.url))
    return storage.read_bytes("exports/1/file")


def rows(storage: Storage, content: ExportedCustomers | ExportedRecords) -> pa.Table:
    return pa.ipc.open_stream(exported(storage, content)).read_all()


@pytest.mark.parametrize("format", ExportFormat)
def test_every_format_has_the_customers_and_their_segments(storage: Storage, format: ExportFormat) -> None:
    frame = READ[format](exported(storage, customers(), format))
    apostrophe = "'" if format is ExportFormat.CSV else ""
    savers = f"{apostrophe}=Savers"
    assert list(frame.columns) == [
        "key",
        *("age", "score", "note"),
        *("segment", "segment_index", "unassigned", "confidence"),
    ]
    frame = frame.astype(object).where(frame.notna(), None)
    assert frame["key"].tolist() == TABLE["id"].to_pylist()
    assert frame["age"].tolist() == TABLE["age"].to_pylist()
    assert frame["score"].tolist() == TABLE["score"].to_pylist()
    assert frame["note"].tolist() == [f"{apostrophe}=1+1", *WICKED[1:]]
    assert frame["segment"].tolist() == [savers, "Spenders", savers, None, "Spenders", savers]
    assert frame["segment_index"].tolist() == [0, 1, 0, None, 1, 0]
    assert frame["unassigned"].tolist() == [None, None, None, "NOISE", None, None]
    assert frame["confidence"].tolist() == [0.9, 0.9, 0.9, 0.0, 0.9, 0.9]


def test_a_workbook_has_text_and_no_formula_and_no_link(storage: Storage) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(storage, customers(), ExportFormat.XLSX)))
    (sheet,) = book.worksheets
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert [cell.value for cell in sheet["D"]] == ["note", *WICKED]


def test_csv_is_that_of_the_rfc(storage: Storage) -> None:
    text = exported(storage, customers(columns=("age", "note")), ExportFormat.CSV).decode()
    assert text.startswith('"key","age","note","segment","segment_index","unassigned","confidence"\n')
    assert '"A-3",,"a ""b"", c\nd","\'=Savers",0,,0.9\n' in text


@pytest.mark.parametrize("format", ExportFormat)
def test_the_outcome_tells_rows_bytes_and_checksum(storage: Storage, format: ExportFormat) -> None:
    content = exported(storage, customers(), format)
    checksum = hashlib.sha256(content).hexdigest()
    outcome = artifacts.load(storage, "exports/1/outcome.json", ExportOutcome)
    assert outcome == ExportOutcome(6, len(content), checksum)


@pytest.mark.parametrize("format", ExportFormat)
def test_the_same_customers_give_the_same_bytes(storage: Storage, format: ExportFormat) -> None:
    assert exported(storage, customers(), format) == exported(storage, customers(), format)


def test_whole_numbers_are_whole_and_others_text(storage: Storage) -> None:
    schema = rows(storage, customers(numeric=("age",), columns=("age", "score"))).schema
    assert (schema.field("age").type, schema.field("score").type) == (pa.int64(), pa.string())


def test_numbers_that_were_stored_as_text_are_numbers(storage: Storage) -> None:
    noted = (StoredColumn("price", Reading(Kind.NUMBERS, NumberFormat(grouping=",", unit="$")), whole=False),)
    prices = pa.table({"price": ["$1,200.50", None, "$3", "$4", "$5", "$6"]})
    write_table(storage, "table", prices.replace_schema_metadata({READINGS: written(noted)}))
    found = rows(storage, customers(identifier=None, columns=("price",), numeric=("price",)))
    assert found["price"].to_pylist() == [1200.5, None, 3, 4, 5, 6]


def test_without_an_identifier_the_key_is_the_number_of_the_row(storage: Storage) -> None:
    found = rows(storage, customers(identifier=None, segment=1))
    assert found["key"].to_pylist() == ["2", "5"]


def test_whole_numbers_as_keys_have_no_fraction(storage: Storage) -> None:
    found = rows(storage, customers(identifier="age", segment=1, columns=()))
    assert found["key"].to_pylist() == ["30", "50"]


def test_only_the_customers_of_the_segment_are_written(storage: Storage) -> None:
    assert rows(storage, customers(segment=0))["key"].to_pylist() == ["A-1", "A-3", "A-6"]


def test_who_was_erased_is_left_out(storage: Storage) -> None:
    table = TABLE.set_column(0, "id", pa.array(["A-1", None, "A-3", "A-4", "A-5", "A-6"]))
    with table_writer(storage, "table", table.schema) as writer:
        writer.write(table)
        writer.note(BLANK_ROWS, b"[1]")
    assert rows(storage, customers())["key"].to_pylist() == ["A-1", "A-3", "A-4", "A-5", "A-6"]


def test_of_a_placed_dataset_distance_and_runner_up_are_told(storage: Storage) -> None:
    scores = {
        "distance": pa.array([0.1, 2.5, 3, None, 1, 2], pa.float32()),
        "runner_up": pa.array([1, 0, 1, -1, 0, 1], pa.int16()),
    }
    write_table(storage, "scores", pa.table(scores))
    found = rows(storage, customers(scores_key="scores"))
    assert found["distance"].to_pylist() == [0.1, 2.5, 3.0, None, 1.0, 2.0]
    assert found["runner_up"].to_pylist() == ["Spenders", "=Savers", "Spenders", None, "=Savers", "Spenders"]


def test_a_holdout_is_marked_by_key(storage: Storage) -> None:
    holdout = Holdout(0.5, "summer")
    found = rows(storage, customers(holdout=holdout))
    assert found["group"].to_pylist() == [group_of(key, holdout) for key in TABLE["id"].to_pylist()]


def test_columns_of_the_dataset_keep_their_names(storage: Storage) -> None:
    table = pa.table({"key": ["x"] * 6, "segment": ["y"] * 6, "segment_2": ["z"] * 6})
    write_table(storage, "table", table)
    content = customers(identifier=None, columns=("key", "segment", "segment_2"), numeric=())
    assert rows(storage, content).column_names == [
        "key_2",
        *("key", "segment", "segment_2"),
        *("segment_3", "segment_index", "unassigned", "confidence"),
    ]


@pytest.mark.parametrize("format", ExportFormat)
def test_nobody_is_a_file_too(storage: Storage, format: ExportFormat) -> None:
    frame = READ[format](exported(storage, customers(segment=7), format))
    assert (len(frame), next(iter(frame.columns))) == (0, "key")


def test_row_groups_line_up_with_their_assignments(storage: Storage) -> None:
    count = 2 * ROW_GROUP_SIZE + 5
    write_table(storage, "table", pa.table({"id": [f"C-{row}" for row in range(count)]}))
    assign(storage, np.arange(count) % 2)
    found = rows(storage, customers(columns=(), numeric=(), segment=1))
    assert found["key"].to_pylist() == [f"C-{row}" for row in range(1, count, 2)]


def test_more_than_a_sheet_holds_is_refused_and_leaves_nothing(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_formats, "LARGEST_SHEET_ROWS", 5)
    with pytest.raises(TooLarge, match="export as CSV"):
        exported(storage, customers(), ExportFormat.XLSX)
    assert storage.children("exports/1") == ["order.json"]


def test_a_text_that_is_too_long_for_a_sheet_is_refused(storage: Storage) -> None:
    write_table(storage, "table", pa.table({"id": ["x" * 40_000, "b", "c", "d", "e", "f"]}))
    with pytest.raises(TooLarge, match="32,767"):
        exported(storage, customers(columns=(), numeric=()), ExportFormat.XLSX)


def test_records_have_the_values_of_all_of_them(storage: Storage) -> None:
    storage.write_bytes(
        "records",
        b'{"values": {"age": 40, "city": "=x"}, "key": "A", "score": 0.5}\n'
        b'{"values": {"age": 41.5, "vip": true, "note": null}, "key": null, "score": null}\n',
    )
    found = rows(storage, ExportedRecords("records", ("key", "score"), ("score",)))
    assert found.to_pylist() == [
        {"age": 40.0, "city": "=x", "vip": None, "note": None, "key": "A", "score": 0.5},
        {"age": 41.5, "city": None, "vip": "true", "note": None, "key": None, "score": None},
    ]


def test_records_whose_values_are_of_several_kinds_are_text(storage: Storage) -> None:
    storage.write_bytes(
        "records", b'{"values": {"x": 1}, "key": "A"}\n{"values": {"x": "one"}, "key": "B"}\n'
    )
    found = rows(storage, ExportedRecords("records", ("key",), ()))
    assert found["x"].to_pylist() == ["1", "one"]


def test_memory_does_not_grow_with_the_customers(storage: Storage) -> None:
    """Of four times as many customers, what Python holds at once is no more than half as much again."""
    peaks = []
    for groups in (2, 8):
        count = groups * ROW_GROUP_SIZE
        write_table(storage, "table", pa.table({"id": pa.array(np.arange(count).astype(str))}))
        assign(storage, np.arange(count) % 2)
        content = replace(customers(), columns=("id",), numeric=())
        pa.default_memory_pool().release_unused()
        tracemalloc.start()
        export_customers.export(
            storage, ExportOrder(content, ExportFormat.CSV, "file"), lambda fraction, message: None
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
