"""Customer tables: pages, lookups and columns, equal to what was written."""

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DamagedFile
from domain.storage.files import Storage
from domain.storage.footers import FOOTERS, FooterCache, footer_of
from domain.storage.tables import open_current, open_table, records
from domain.storage.writing import ROW_GROUP_SIZE, table_writer, write_table
from domain.terms.readings import READINGS, DateOrder, Kind, Reading, StoredColumn, written

ROWS = 2 * ROW_GROUP_SIZE + 100


def customers(rows: int) -> pa.Table:
    numbers = np.arange(rows)
    return pa.table(
        {
            "id": [f"C-{number}" for number in range(rows)],
            "spend": pa.array(numbers / 4, mask=numbers % 10 == 3),
            "a": pa.array(numbers),
            "a.b": pa.array(numbers * 2),
        }
    )


TABLE = customers(ROWS)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    storage = Storage.open(str(tmp_path_factory.mktemp("tables")))
    write_table(storage, "table", TABLE)
    return storage


def test_a_table_is_written_in_groups_of_rows_and_compressed(stored: Storage) -> None:
    with stored.open_input("table") as source:
        metadata = pq.ParquetFile(source).metadata
    assert [metadata.row_group(group).num_rows for group in range(3)] == [ROW_GROUP_SIZE, ROW_GROUP_SIZE, 100]
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_table_is_read_back_equal(storage: Storage) -> None:
    write_table(storage, "datasets/1/table", TABLE.slice(0, 500))
    table = open_table(storage, "datasets/1/table")
    assert table.row_count == 500
    assert table.column_names == ("id", "spend", "a", "a.b")
    assert table.read().equals(TABLE.slice(0, 500))
    assert table.column("spend").to_pylist() == TABLE["spend"].to_pylist()[:500]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, ROWS + 10), st.integers(0, ROWS + 10))
def test_a_slice_is_what_arrow_slices(stored: Storage, offset: int, length: int) -> None:
    assert open_table(stored, "table").slice(offset, length).equals(TABLE.slice(offset, length))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, ROWS - 1), max_size=30))
def test_rows_are_taken_in_the_order_given(stored: Storage, rows: list[int]) -> None:
    taken = open_table(stored, "table").take(np.array(rows, np.int64), ["a", "id"])
    assert taken.to_pydict() == {"a": rows, "id": [f"C-{row}" for row in rows]}


def test_columns_come_in_the_order_asked_for(stored: Storage) -> None:
    table = open_table(stored, "table")
    for part in (table.slice(5, 1, ["a", "id"]), table.take(np.array([5]), ["a", "id"])):
        assert part.to_pydict() == {"a": [5], "id": ["C-5"]}
    for empty in (table.slice(ROWS, 5, ["a", "id"]), table.take(np.array([], np.int64), ["a", "id"])):
        assert (empty.num_rows, empty.column_names) == (0, ["a", "id"])
    with pytest.raises(KeyError):
        table.slice(0, 1, ["nowhere"])


def test_records_have_none_where_a_value_is_missing(stored: Storage) -> None:
    assert records(open_table(stored, "table").slice(2, 2, ["id", "spend"])) == [
        {"id": "C-2", "spend": 0.5},
        {"id": "C-3", "spend": None},
    ]


def test_records_have_whole_numbers_where_they_are_told_and_text_where_numbers_are_not_wanted() -> None:
    table = pa.table({"visits": [5.0, None], "zip": [53111.0, 1.5], "spend": [5.0, 0.1], "city": ["x", None]})
    found = records(table, whole={"visits"}, numeric={"visits", "spend"})
    assert found == [
        {"visits": 5, "zip": "53111", "spend": 5.0, "city": "x"},
        {"visits": None, "zip": "1.5", "spend": 0.1, "city": None},
    ]
    assert [type(found[0][name]) for name in ("visits", "spend")] == [int, float]


def test_how_columns_were_read_is_noted_in_the_file(folder_storage: Storage) -> None:
    dates = Reading(Kind.DATES, dates=DateOrder.DAY_MONTH_YEAR, missing=("n/a",))
    columns = (StoredColumn("day", dates, whole=False), StoredColumn("a", Reading(Kind.NUMBERS), whole=True))
    with table_writer(folder_storage, "table", TABLE.schema) as writer:
        writer.note(READINGS, written(columns))
    write_table(folder_storage, "older", TABLE.slice(0, 5))
    assert open_table(folder_storage, "table").readings == {"day": columns[0], "a": columns[1]}
    assert open_table(folder_storage, "older").readings == {}


def test_a_table_is_read_group_by_group(stored: Storage) -> None:
    batches = list(open_table(stored, "table").batches(["spend", "a"]))
    assert [batch.num_rows for batch in batches] == [ROW_GROUP_SIZE, ROW_GROUP_SIZE, 100]
    assert pa.concat_tables(batches).equals(TABLE.select(["spend", "a"]))


def test_rows_that_are_not_there_are_an_error(stored: Storage) -> None:
    table = open_table(stored, "table")
    for wrong in ([-1], [ROWS]):
        with pytest.raises(IndexError):
            table.take(np.array(wrong))
    for offset, length in ((-1, 5), (0, -1)):
        with pytest.raises(ValueError, match="slice"):
            table.slice(offset, length)


def test_a_table_without_rows_has_columns(folder_storage: Storage) -> None:
    write_table(folder_storage, "table", TABLE.slice(0, 0))
    table = open_table(folder_storage, "table")
    assert table.row_count == 0
    assert table.read().equals(TABLE.slice(0, 0))
    assert table.slice(0, 10).num_rows == 0


def test_a_page_reads_only_the_row_group_it_lies_in(
    folder_storage: Storage, tmp_path: Path, stored: Storage
) -> None:
    write_table(folder_storage, "table", TABLE)
    table = open_table(folder_storage, "table")
    file = tmp_path / "store" / "table"
    content = bytearray(file.read_bytes())
    with stored.open_input("table") as source:
        second = pq.ParquetFile(source).metadata.row_group(1)
    starts = [second.column(n).dictionary_page_offset or second.column(n).data_page_offset for n in range(4)]
    end = starts[-1] + second.column(3).total_compressed_size
    content[min(starts) : end] = bytes(end - min(starts))
    file.write_bytes(content)
    assert table.slice(ROW_GROUP_SIZE - 2, 2).equals(TABLE.slice(ROW_GROUP_SIZE - 2, 2))
    assert table.slice(2 * ROW_GROUP_SIZE, 5).equals(TABLE.slice(2 * ROW_GROUP_SIZE, 5))
    far_apart = np.array([ROWS - 1, 0])
    assert table.take(far_apart).equals(TABLE.take(pa.array(far_apart)))
    with pytest.raises(DamagedFile):
        table.slice(ROW_GROUP_SIZE, 2)


def test_a_footer_is_read_once_and_forgotten_when_its_file_goes(folder_storage: Storage) -> None:
    write_table(folder_storage, "datasets/1/table", TABLE.slice(0, 5))
    write_table(folder_storage, "datasets/10/table", TABLE.slice(0, 5))
    for key in ("datasets/1/table", "datasets/10/table"):
        open_table(folder_storage, key)
        assert FOOTERS.get(folder_storage.url, key) is not None
    write_table(folder_storage, "datasets/1/table", TABLE.slice(0, 7))
    assert open_table(folder_storage, "datasets/1/table").row_count == 7
    folder_storage.delete("datasets/1")
    assert FOOTERS.get(folder_storage.url, "datasets/1/table") is None
    assert FOOTERS.get(folder_storage.url, "datasets/10/table") is not None
    with pytest.raises(FileNotFoundError):
        open_table(folder_storage, "datasets/1/table")


def replaced_elsewhere(storage: Storage, table: pa.Table) -> None:
    """Replace the table as another process does, of which this one hears nothing."""
    kept = FOOTERS.get(storage.url, "table")
    assert kept is not None
    write_table(storage, "table", table)
    FOOTERS.keep(storage.url, "table", kept)


def test_a_table_that_another_process_replaces_is_read_as_it_is_then(storage: Storage) -> None:
    write_table(storage, "table", TABLE)
    table = open_table(storage, "table")
    assert table.slice(5, 1)["id"].to_pylist() == ["C-5"]
    other = TABLE.set_column(0, "id", pa.array(["longer than before"] * ROWS))
    replaced_elsewhere(storage, other)

    assert not open_table(storage, "table").is_current()
    current = open_current(storage, "table")
    assert current.is_current()
    assert current.version != table.version
    for opened in (table, current):
        assert opened.slice(ROWS - 1, 1).to_pylist() == other.slice(ROWS - 1, 1).to_pylist()
        assert opened.take(np.array([ROWS - 1, 2])).equals(other.take([ROWS - 1, 2]))
        assert opened.read().equals(other)


def test_a_table_that_is_replaced_between_its_row_groups_is_read_to_its_end(storage: Storage) -> None:
    write_table(storage, "table", TABLE)
    groups = open_table(storage, "table").batches()
    first = next(groups)
    other = TABLE.set_column(0, "id", pa.array(["longer than before"] * ROWS))
    replaced_elsewhere(storage, other)
    rest = pa.concat_tables(groups)
    assert first.equals(TABLE.slice(0, ROW_GROUP_SIZE))
    # A folder's open file stays what it was, a bucket's does not.
    expected = TABLE if storage.local_path("table") else other
    assert rest.equals(expected.slice(ROW_GROUP_SIZE))


def test_a_damaged_table_is_not_read_for_ever(storage: Storage) -> None:
    write_table(storage, "table", TABLE)
    table = open_table(storage, "table")
    content = bytearray(storage.read_bytes("table"))
    content[4:4_000] = bytes(3_996)
    storage.write_bytes("table", bytes(content))
    with pytest.raises(DamagedFile, match='the stored file "table" was changed since it was written'):
        table.read()


def test_a_table_with_any_byte_of_its_pages_changed_is_refused(storage: Storage) -> None:
    few = TABLE.slice(0, 2_000)
    write_table(storage, "table", few)
    content = storage.read_bytes("table")
    for place in range(4, len(content), max(1, len(content) // 150)):
        changed = bytearray(content)
        changed[place] ^= 1
        storage.write_bytes("table", bytes(changed))
        try:
            read = open_current(storage, "table").read()
        except DamagedFile:
            continue
        # What lies between the pages, and says nothing of them.
        assert read.equals(few), place


@pytest.mark.parametrize("from_end", [1, 6, 8])
def test_a_table_whose_end_is_damaged_keeps_nobody_waiting(storage: Storage, from_end: int) -> None:
    write_table(storage, "table", TABLE)
    table = open_table(storage, "table")
    content = bytearray(storage.read_bytes("table"))
    content[-from_end] ^= 1
    storage.write_bytes("table", bytes(content))
    # A bucket tells no content from another of the same size: what was open is read as it was.
    with suppress(DamagedFile):
        assert table.read().equals(TABLE)
    with suppress(DamagedFile):
        assert open_table(storage, "table").read().equals(TABLE)


def test_a_table_that_is_gone_is_not_current(storage: Storage) -> None:
    write_table(storage, "table", TABLE.slice(0, 10))
    table = open_table(storage, "table")
    storage.delete("table")
    for read in (table.is_current, table.read, lambda: list(table.batches())):
        with pytest.raises(FileNotFoundError):
            read()


def test_the_cache_lets_go_of_what_was_unused_longest(stored: Storage) -> None:
    with stored.open_input("table") as source:
        footer = footer_of(pq.ParquetFile(source).metadata)
    assert footer.weight == 12
    cache = FooterCache(most_chunks=30)
    for key in ("a", "b", "a", "c"):
        if cache.get("store", key) is None:
            cache.keep("store", key, footer)
    assert [cache.get("store", key) is not None for key in "abc"] == [True, False, True]
    cache.keep("store", "c", footer)
    assert len(cache) == 2
    small = FooterCache(most_chunks=1)
    small.keep("store", "a", footer)
    assert small.get("store", "a") is footer


def test_many_threads_read_at_once(stored: Storage) -> None:
    wrong: list[int] = []

    def read(seed: int) -> None:
        rows = np.random.default_rng(seed).integers(0, ROWS, 20)
        read_back = [open_table(stored, "table").take(rows, ["a"])["a"].to_pylist() for _ in range(10)]
        wrong.extend(seed for found in read_back if found != rows.tolist())

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_reading_a_page_imports_no_pandas(stored: Storage) -> None:
    program = f"""
import sys, numpy
from domain.storage.files import Storage
from domain.storage.tables import open_current, open_table, records
table = open_table(Storage.open({stored.url!r}), "table")
assert table.slice(3, 2, ["id", "a"])["a"].to_pylist() == [3, 4]
assert table.take(numpy.array([7, 3]), ["a"])["a"].to_pylist() == [7, 3]
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
