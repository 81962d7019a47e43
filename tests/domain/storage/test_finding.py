"""Searches and sorts of a stored table, against the same done in Python on the whole of it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.storage.cells import floats, truths
from domain.storage.files import Storage
from domain.storage.finding import Condition, FoundRows, matching, sorted_by_number, sorted_by_text
from domain.storage.found import FoundCache
from domain.storage.tables import StoredTable, open_table
from domain.storage.writing import ROW_GROUP_SIZE, write_table
from domain.terms.texts import present

ROWS = 2 * ROW_GROUP_SIZE + 100
CITIES = ["Bonn", "Kiel", "Ulm", None]
TABLE = pa.table(
    {
        "number": pa.array(np.arange(ROWS, dtype=np.float64), mask=np.arange(ROWS) % 10 == 3),
        "city": pa.array([CITIES[row % 4] for row in range(ROWS)]),
        "id": [f"C-{row * 7919 % ROWS:07}" for row in range(ROWS)],
    }
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredTable:
    storage = Storage.open(str(tmp_path_factory.mktemp("tables")))
    write_table(storage, "table", TABLE)
    return open_table(storage, "table")


def between(low: float, high: float) -> Condition:
    return Condition("number", lambda cells: (floats(cells) >= low) & (floats(cells) <= high), low, high)


def has(part: str) -> Condition:
    return Condition("city", lambda cells: truths(pc.match_substring(cells, part)))


def all_rows(rows: int = ROWS) -> FoundRows:
    return np.arange(rows, dtype=np.uint32)


def test_without_a_condition_every_row_is_found(stored: StoredTable) -> None:
    assert np.array_equal(matching(stored, []), all_rows())


def test_rows_are_found_for_which_all_conditions_hold(stored: StoredTable) -> None:
    low, high = ROW_GROUP_SIZE - 50, ROW_GROUP_SIZE + 50
    assert matching(stored, [has("i"), between(low, high), has("K")]).tolist() == [
        row for row in range(low, high + 1) if row % 10 != 3 and row % 4 == 1
    ]
    assert matching(stored, [has("x")]).tolist() == []
    missing = Condition("city", lambda cells: ~present(cells))
    assert matching(stored, [missing]).tolist() == list(range(3, ROWS, 4))


def test_a_row_group_that_holds_no_value_in_range_is_not_read(
    stored: StoredTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    group = StoredTable.group

    def counted(self: StoredTable, number: int, columns: Any = None) -> pa.Table:
        read.append(number)
        return group(self, number, columns)

    monkeypatch.setattr(StoredTable, "group", counted)
    assert len(matching(stored, [between(ROW_GROUP_SIZE, math.inf), has("Bonn")])) > 0
    assert set(read) == {1, 2}
    read.clear()
    assert matching(stored, [between(-5, -1)]).tolist() == []
    assert read == []


@pytest.mark.parametrize("descending", [False, True])
def test_numbers_are_sorted_by_size_the_missing_last_and_equal_ones_as_they_are(
    stored: StoredTable, descending: bool
) -> None:
    def hundreds(cells: pa.Array) -> Any:
        return floats(cells) // 100

    rows = all_rows()[5::3]
    expected = sorted(rows.tolist(), key=lambda row: last_if(row % 10 == 3, row // 100, descending))
    found = sorted_by_number(stored, rows, "number", hundreds, descending=descending)
    assert found.tolist() == expected


def last_if(missing: bool, key: int, descending: bool) -> tuple[bool, int]:
    return missing, 0 if missing else -key if descending else key


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", ["city", "id"])
def test_text_is_sorted_by_code_points_the_missing_last(
    stored: StoredTable, column: str, descending: bool
) -> None:
    rows = all_rows()[::2]
    found = sorted_by_text(stored, rows, column, descending=descending)
    assert found.tolist() == in_order(TABLE[column].to_pylist(), rows.tolist(), descending)


def in_order(texts: list[str | None], rows: list[int], descending: bool) -> list[int]:
    def text(row: int) -> str:
        return texts[row] or ""

    there = sorted((row for row in rows if texts[row] is not None), key=text, reverse=descending)
    return there + [row for row in rows if texts[row] is None]


TEXTS = st.none() | st.text(st.sampled_from("a\0b\xe9\uffff\U00010000"), max_size=25)


@settings(deadline=None, max_examples=80)
@given(st.lists(TEXTS, min_size=1, max_size=40), st.booleans())
def test_any_text_is_sorted_as_python_sorts_it(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str | None], descending: bool
) -> None:
    storage = Storage.open(str(tmp_path_factory.getbasetemp() / "any_text"))
    write_table(storage, "table", pa.table({"text": pa.array(texts, pa.string())}))
    table = open_table(storage, "table")
    found = sorted_by_text(table, all_rows(len(texts)), "text", descending=descending)
    assert found.tolist() == in_order(texts, list(range(len(texts))), descending)


SORTS: list[Callable[[StoredTable, FoundRows], FoundRows]] = [
    lambda table, rows: sorted_by_text(table, rows, "id", descending=False),
    lambda table, rows: sorted_by_number(table, rows, "number", floats, descending=True),
]


@pytest.mark.parametrize("sort", SORTS)
def test_no_rows_sorted_are_no_rows(
    stored: StoredTable, sort: Callable[[StoredTable, FoundRows], FoundRows]
) -> None:
    assert sort(stored, all_rows(0)).tolist() == []


def test_found_rows_are_kept_until_there_is_no_room() -> None:
    cache = FoundCache(most_bytes=100)
    cache.keep("a", all_rows(10))
    cache.keep("b", all_rows(10))
    assert cache.get("a") is not None
    cache.keep("c", all_rows(10))
    assert [cache.get(search) is not None for search in "abc"] == [True, False, True]
    cache.keep("c", all_rows(15))
    assert len(cache) == 2
    cache.keep("too much", all_rows(26))
    assert (cache.get("too much"), len(cache)) == (None, 2)
