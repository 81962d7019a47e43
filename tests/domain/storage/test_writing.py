"""Writing tables batch by batch: they come in any size and go out in groups of one size, or not at all."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.storage.files import Storage
from domain.storage.tables import open_table
from domain.storage.writing import ROW_GROUP_SIZE, table_writer

ROWS = 2 * ROW_GROUP_SIZE + 100
TABLE = pa.table(
    {
        "id": [f"C-{number}" for number in range(ROWS)],
        "spend": pa.array(np.arange(ROWS) / 4, mask=np.arange(ROWS) % 10 == 3),
        "city": ["Bonn", "Kiel"] * (ROWS // 2),
    }
)


def write(storage: Storage, batches: Sequence[pa.Table | pa.RecordBatch]) -> None:
    with table_writer(storage, "table", TABLE.schema) as writer:
        for batch in batches:
            writer.write(batch)


def file_of(storage: Storage) -> pq.FileMetaData:
    with storage.open_input("table") as source:
        return pq.ParquetFile(source).metadata


def test_batches_of_any_size_become_groups_of_one_size(storage: Storage) -> None:
    write(storage, [TABLE.slice(0, 10), TABLE.slice(10, ROW_GROUP_SIZE), TABLE.slice(10 + ROW_GROUP_SIZE)])

    metadata = file_of(storage)
    assert [metadata.row_group(group).num_rows for group in range(3)] == [ROW_GROUP_SIZE, ROW_GROUP_SIZE, 100]
    assert open_table(storage, "table").read().equals(TABLE)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, ROWS), max_size=8))
def test_however_a_table_is_cut_it_is_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    storage = Storage.open(str(tmp_path_factory.getbasetemp() / "cut"))
    bounds = [0, *sorted(cuts), ROWS]
    write(storage, [TABLE.slice(start, end - start) for start, end in pairwise(bounds)])
    cut = storage.read_bytes("table")
    write(storage, TABLE.combine_chunks().to_batches())

    assert storage.read_bytes("table") == cut


def test_notes_are_in_the_file_the_last_of_a_name_and_those_of_the_schema_too(storage: Storage) -> None:
    with table_writer(storage, "table", TABLE.schema.with_metadata({"of": "the schema"})) as writer:
        writer.note(b"name", b"first")
        writer.write(TABLE.slice(0, 3))
        writer.note(b"name", "größer".encode())

    notes = open_table(storage, "table").notes
    assert (notes[b"name"], notes[b"of"]) == ("größer".encode(), b"the schema")


def test_a_table_of_no_batches_has_columns_and_notes(folder_storage: Storage) -> None:
    with table_writer(folder_storage, "table", TABLE.schema) as writer:
        writer.note(b"empty", b"yes")

    table = open_table(folder_storage, "table")
    assert (table.row_count, table.column_names) == (0, ("id", "spend", "city"))
    assert table.notes[b"empty"] == b"yes"
    assert list(table.batches()) == []


def broken_off(storage: Storage) -> None:
    with table_writer(storage, "table", TABLE.schema) as writer:
        writer.write(TABLE)
        raise RuntimeError


def test_a_table_that_is_broken_off_leaves_nothing(folder_storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        broken_off(folder_storage)

    assert list((tmp_path / "store").iterdir()) == []


def test_rows_of_other_columns_are_refused_and_leave_nothing(folder_storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="these are"):
        write(folder_storage, [TABLE, TABLE.select(["id", "spend"])])

    assert list((tmp_path / "store").iterdir()) == []


def test_what_befalls_the_encoding_is_told_and_leaves_nothing(
    folder_storage: Storage, tmp_path: Path
) -> None:
    # Parquet has no intervals: that comes out in the thread that encodes.
    schema = pa.schema({"interval": pa.month_day_nano_interval()})
    rows = pa.Table.from_arrays([pa.nulls(5, schema.field(0).type)], schema=schema)

    with (
        pytest.raises(pa.ArrowNotImplementedError),
        table_writer(folder_storage, "table", schema) as writer,
    ):
        writer.write(rows)

    assert list((tmp_path / "store").iterdir()) == []


def test_a_column_has_a_dictionary_where_its_values_repeat_and_bounds_where_it_has_numbers(
    folder_storage: Storage,
) -> None:
    write(folder_storage, [TABLE])

    group = file_of(folder_storage).row_group(0)
    assert [group.column(place).has_dictionary_page for place in range(3)] == [False, False, True]
    assert [group.column(place).is_stats_set for place in range(3)] == [False, True, False]
    table = open_table(folder_storage, "table")
    assert table.bounds(1, "spend") == (ROW_GROUP_SIZE / 4, (2 * ROW_GROUP_SIZE - 1) / 4)
    assert table.bounds(0, "id") is None
