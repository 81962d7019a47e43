"""Who moved, page by page, all or narrowed to two segments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.storage.files import Storage
from domain.storage.moved import StoredMoved, open_moved, write_moved
from domain.terms.comparisons import MovedRow

KEY = "runs/1/comparisons/2/moved.parquet"


def stored(storage: Storage, rows: list[int], origins: list[int], targets: list[int]) -> StoredMoved:
    write_moved(storage, KEY, np.array(rows, np.int64), np.array(origins), np.array(targets))
    return open_moved(storage, KEY)


def test_all_who_moved_come_in_the_order_of_the_dataset(storage: Storage) -> None:
    moved = stored(storage, [3, 5, 8, 9], [1, 0, -1, 1], [0, -1, 2, 2])

    everybody = [MovedRow(3, 1, 0), MovedRow(5, 0, None), MovedRow(8, None, 2), MovedRow(9, 1, 2)]
    assert moved.count() == 4
    assert moved.slice(0, 10) == everybody
    assert moved.slice(1, 2) == everybody[1:3]
    assert moved.slice(4, 2) == []


def test_they_are_narrowed_to_where_they_were_and_where_they_are(folder_storage: Storage) -> None:
    moved = stored(folder_storage, [3, 5, 8, 9], [1, 0, -1, 1], [0, -1, 2, 2])

    assert moved.slice(0, 10, origin=1) == [MovedRow(3, 1, 0), MovedRow(9, 1, 2)]
    assert moved.slice(0, 10, target=2) == [MovedRow(8, None, 2), MovedRow(9, 1, 2)]
    assert moved.slice(0, 10, origin=1, target=2) == [MovedRow(9, 1, 2)]
    assert moved.slice(1, 10, origin=1) == [MovedRow(9, 1, 2)]
    counts = [moved.count(1), moved.count(target=2), moved.count(1, 2), moved.count(2), moved.count(0, 2)]
    assert counts == [2, 2, 1, 0, 0]
    assert moved.slice(0, 10, origin=7) == []


def test_nobody_may_have_moved(folder_storage: Storage) -> None:
    moved = stored(folder_storage, [], [], [])
    assert (moved.count(), moved.count(0), moved.slice(0, 10), moved.slice(0, 10, target=1)) == (0, 0, [], [])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)).filter(lambda pair: pair[0] != pair[1])),
    st.sampled_from([None, 0, 1, 2]),
    st.sampled_from([None, 0, 1, 2]),
)
def test_narrowed_pages_are_those_of_a_list_that_is_filtered(
    tmp_path_factory: pytest.TempPathFactory,
    pairs: list[tuple[int, int]],
    origin: int | None,
    target: int | None,
) -> None:
    storage = Storage.open(str(tmp_path_factory.mktemp("moved")))
    rows = list(range(0, 2 * len(pairs), 2))
    moved = stored(storage, rows, [was for was, _ in pairs], [now for _, now in pairs])

    wanted = [
        row for row in moved.slice(0, 1_000) if origin in {None, row.origin} and target in {None, row.target}
    ]
    assert moved.slice(0, 1_000, origin, target) == wanted
    assert moved.count(origin, target) == len(wanted)
    assert moved.slice(1, 2, origin, target) == wanted[1:3]
