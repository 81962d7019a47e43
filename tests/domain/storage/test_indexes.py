"""Hashes and key indexes: every key is found in its row, in one row group, and a repeated one is told."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.storage import indexes
from domain.storage.files import Storage
from domain.storage.indexes import find, is_unique, write_index
from domain.storage.tables import StoredTable, open_table
from domain.storage.writing import ROW_GROUP_SIZE, write_table
from domain.terms.texts import HASH_OF_MISSING, Hashes, hash_text

MANY = 3 * ROW_GROUP_SIZE + 7
FROZEN = {
    "": 0,
    "a": 18119689086777206668,
    "C-000001": 11688651767911298528,
    "C-0000012": 2775990620294084682,
    "größer": 4173268337973717023,
}
KEYS = [f"C-{row:06}" for row in range(MANY)]


def hashed(texts: Sequence[str | None]) -> list[int]:
    return [int(each) for each in hash_text(pa.array(texts, pa.string()))]


def indexed(storage: Storage, texts: Sequence[str | None]) -> bool:
    """Store a table of these texts and its index, and tell whether they are unique."""
    cells = pa.array(texts, pa.string())
    write_table(storage, "table", pa.table({"key": cells}))
    write_index(storage, "keys", hash_text(cells))
    return is_unique(storage, "keys", open_table(storage, "table"), "key")


def test_a_hash_is_the_same_for_ever() -> None:
    assert dict(zip(FROZEN, hashed(list(FROZEN)), strict=True)) == FROZEN


def test_a_million_different_keys_have_a_million_hashes() -> None:
    rows = np.arange(1_000_000).astype(str).tolist()
    for keys in (rows, [f"customer-{row}@example.com" for row in rows], [row[::-1] + "x" for row in rows]):
        assert len(set(hashed(keys))) == len(set(keys))


def test_every_bit_of_a_text_changes_half_of_the_hash() -> None:
    rng = np.random.default_rng(0)
    for length in (7, 8, 9, 16, 40):
        texts = rng.integers(0, 64, (500, length), np.uint8)
        before = _hash_bytes(texts)
        for place in range(length):
            changed = texts.copy()
            changed[:, place] ^= 1 << rng.integers(0, 6, dtype=np.uint8)
            flipped = np.unpackbits((before ^ _hash_bytes(changed)).view(np.uint8).reshape(-1, 8), axis=1)
            assert abs(flipped.mean() - 0.5) < 0.02
            assert flipped.mean(axis=0).min() > 0.35


def _hash_bytes(texts: NDArray[np.uint8]) -> Hashes:
    return hash_text(pa.array([bytes(text).decode("ascii") for text in texts]))


@given(st.lists(st.none() | st.text(max_size=30), max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_a_text_has_one_hash_wherever_it_stands(texts: list[str | None], start: int, length: int) -> None:
    cells = pa.array(texts, pa.string())
    alone = [hashed([text])[0] for text in texts]
    assert hash_text(cells).tolist() == alone
    assert hash_text(cells.slice(start, length)).tolist() == alone[start : start + length]
    assert hash_text(cells.cast(pa.large_string())).tolist() == alone


def test_texts_that_only_their_length_tells_apart_have_different_hashes() -> None:
    assert len(set(hashed(["\0" * length for length in range(40)]))) == 40
    assert hashed([None, None]) == [HASH_OF_MISSING] * 2


def test_every_key_is_found_in_its_row(storage: Storage) -> None:
    assert indexed(storage, KEYS)
    for row in (0, 1, ROW_GROUP_SIZE - 1, ROW_GROUP_SIZE, MANY // 2, MANY - 1):
        assert row in find(storage, "keys", KEYS[row])
    for nobody in ("", "C-999999", "c-000000", " C-000000", "C-000000\0"):
        assert find(storage, "keys", nobody) == []


def test_a_search_reads_one_row_group(folder_storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    indexed(folder_storage, KEYS)
    index = open_table(folder_storage, "keys")
    assert index.group_count == 4
    read: list[int] = []
    group = StoredTable.group

    def counted(self: StoredTable, number: int, columns: Any = None) -> pa.Table:
        read.append(number)
        return group(self, number, columns)

    monkeypatch.setattr(StoredTable, "group", counted)
    for key in KEYS[:: MANY // 50]:
        find(folder_storage, "keys", key)
        assert len(read) == 1
        read.clear()


def test_the_index_is_the_same_however_many_partitions_it_is_sorted_in(
    folder_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(folder_storage, KEYS)
    whole = folder_storage.read_bytes("keys")
    monkeypatch.setattr(indexes, "_PARTITION", 1_000)
    indexed(folder_storage, KEYS)
    assert folder_storage.read_bytes("keys") == whole
    assert is_unique(folder_storage, "keys", open_table(folder_storage, "table"), "key")


@pytest.mark.parametrize("again", [1, ROW_GROUP_SIZE, MANY - 1])
def test_a_key_that_stands_twice_is_told_and_found_in_both_rows(folder_storage: Storage, again: int) -> None:
    keys = [*KEYS]
    keys[again] = keys[0]
    assert not indexed(folder_storage, keys)
    assert find(folder_storage, "keys", keys[0]) == [0, again]


def test_a_column_of_one_value_is_not_unique_and_one_row_is(folder_storage: Storage) -> None:
    assert not indexed(folder_storage, ["Kiel"] * MANY)
    assert find(folder_storage, "keys", "Kiel") == list(range(MANY))
    assert indexed(folder_storage, ["Kiel"])
    assert find(folder_storage, "keys", "Kiel") == [0]
    assert indexed(folder_storage, [])
    assert find(folder_storage, "keys", "Kiel") == []


def test_keys_that_share_a_hash_are_still_unique(folder_storage: Storage) -> None:
    write_table(folder_storage, "table", pa.table({"key": ["a", "b", "c"]}))
    table = open_table(folder_storage, "table")
    write_index(folder_storage, "keys", np.array([7, 7, 7], np.uint64))
    assert is_unique(folder_storage, "keys", table, "key")
    write_table(folder_storage, "table", pa.table({"key": ["a", "b", "b"]}))
    assert not is_unique(folder_storage, "keys", open_table(folder_storage, "table"), "key")


@pytest.mark.parametrize("count", [5, MANY])
def test_blank_rows_are_in_no_index_and_the_others_keep_their_numbers(storage: Storage, count: int) -> None:
    hashes = hash_text(pa.array(KEYS[:count]))
    write_index(storage, "keys", hashes, np.array([0, 3], np.int64))
    assert [find(storage, "keys", KEYS[row]) for row in (0, 1, 2, 3, 4, count - 1)] == [
        [],
        [1],
        [2],
        [],
        [4],
        [count - 1],
    ]
