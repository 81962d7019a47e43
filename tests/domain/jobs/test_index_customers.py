"""The index job: customers are found by a column that is unique and complete, and by no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from domain.jobs import index_customers
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.storage.indexes import find
from domain.storage.tables import BLANK_ROWS
from domain.storage.writing import ROW_GROUP_SIZE, table_writer, write_table
from domain.terms.customers import IndexOrder, IndexOutcome
from domain.terms.training import Watch

MANY = [f"C-{row}" for row in range(ROW_GROUP_SIZE + 10)]


@dataclass(frozen=True)
class Bench:
    """A bench for a program that is watched by nobody."""

    storage_url: str
    folder: str = "jobs/1"

    def watch(self, stage: str, start: float, end: float) -> Watch:
        return lambda fraction, message: None


def indexed(storage: Storage, cells: Sequence[str | float | None]) -> bool:
    """Run the job on a table of these cells, and tell what it found."""
    write_table(storage, "table", pa.table({"other": ["x"] * len(cells), "id": pa.array(cells)}))
    artifacts.dump(storage, "jobs/1/order.json", IndexOrder("table", "keys", "id"))
    index_customers.run(Bench(storage.url))
    return artifacts.load(storage, "jobs/1/outcome.json", IndexOutcome).unique


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage.open(str(tmp_path / "store"))


def test_a_unique_and_complete_column_has_an_index(storage: Storage) -> None:
    assert indexed(storage, MANY)
    assert ROW_GROUP_SIZE + 9 in find(storage, "keys", MANY[-1])


def test_numbers_are_found_by_how_they_are_written(storage: Storage) -> None:
    assert indexed(storage, [7.0, 1.5, -3.0, 1e300])
    assert [find(storage, "keys", key) for key in ("7", "1.5", "-3", "1e+300", "7.0")] == [
        [0],
        [1],
        [2],
        [3],
        [],
    ]


@pytest.mark.parametrize("cells", [[*MANY, MANY[0]], [*MANY, None], [1.0, 1.0], ["a", "a"]])
def test_a_column_that_repeats_or_has_gaps_is_told_and_leaves_no_index(
    storage: Storage, cells: list[str | float | None]
) -> None:
    assert not indexed(storage, cells)
    assert not storage.exists("keys")


def test_rows_that_were_blanked_stand_in_nobodys_way_and_other_gaps_do(storage: Storage) -> None:
    table = pa.table({"id": ["a", None, "c"], "age": [1.0, None, 3.0]})
    for blank, unique in ((b"[1]", True), (b"[]", False)):
        with table_writer(storage, "table", table.schema) as writer:
            writer.write(table)
            writer.note(BLANK_ROWS, blank)
        artifacts.dump(storage, "jobs/1/order.json", IndexOrder("table", "keys", "id"))
        index_customers.run(Bench(storage.url))
        if unique:
            assert [find(storage, "keys", key) for key in ("a", "c")] == [[0], [2]]
            storage.delete("keys")
        assert artifacts.load(storage, "jobs/1/outcome.json", IndexOutcome).unique is unique
        assert not storage.exists("keys")
