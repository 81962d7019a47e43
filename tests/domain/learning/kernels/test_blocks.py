"""Blocks of rows, computed side by side."""

from collections.abc import Iterator
from threading import Event

import numba
import pytest

from domain.learning.kernels.blocks import in_blocks


@pytest.fixture(autouse=True, params=[1, 2])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", request.param)
    return int(request.param)


def test_the_parts_come_in_the_order_of_the_rows(threads: int) -> None:
    second_done = Event()

    def compute(rows: slice) -> tuple[int, int]:
        if rows.start == 0 and threads > 1:
            assert second_done.wait(10)
        if rows.start == 4:
            second_done.set()
        return rows.start, rows.stop

    assert list(in_blocks(compute, 10, 4)) == [(0, 4), (4, 8), (8, 10)]


def test_a_block_may_compute_blocks_itself() -> None:
    def compute(rows: slice) -> int:
        return sum(in_blocks(lambda inner: inner.stop - inner.start, rows.stop, 1))

    assert list(in_blocks(compute, 40, 1)) == list(range(1, 41))


def test_after_an_exception_of_the_reader_the_blocks_that_wait_are_dropped(threads: int) -> None:
    begun: list[int] = []
    go_on = Event()

    def compute(rows: slice) -> int:
        begun.append(rows.start)
        if rows.start >= 1:
            go_on.wait(10)
        return int(rows.start)

    def read(parts: Iterator[int]) -> None:
        for _ in parts:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        read(in_blocks(compute, 100, 1))
    go_on.set()
    # The pool takes what comes after these only when it is through with them.
    assert list(in_blocks(lambda rows: rows.start, 2 * threads + 1, 1)) == list(range(2 * threads + 1))
    # The first, and one that each thread was at.
    assert len(begun) <= 1 + threads


def test_an_exception_of_a_block_comes_out() -> None:
    def compute(rows: slice) -> int:
        if rows.start == 3:
            raise InterruptedError
        return int(rows.start)

    parts = in_blocks(compute, 100, 1)
    assert [next(parts) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(InterruptedError):
        next(parts)
