"""Blocks of rows, computed side by side, with the same answer on any number of threads."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import TypeVar

import numba

BLOCK_ROWS = 32_768
"""Rows a block: the blocks depend on the rows alone, never on the threads."""

Part = TypeVar("Part")

_thread = threading.local()


def blocks(count: int, size: int = BLOCK_ROWS) -> Iterator[slice]:
    """Cut `count` rows into slices of `size`."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def in_blocks(compute: Callable[[slice], Part], count: int, size: int = BLOCK_ROWS) -> Iterator[Part]:
    """Compute every block, several at a time, and give the parts in the order of the rows.

    `compute` should spend its time without Python's lock, in a compiled loop or in
    NumPy. Sums of the parts are the same however many threads there are: they are
    added in this order. An exception ends it, from `compute` or from whoever reads:
    blocks that wait are dropped. Within a block, blocks are computed one after the other.
    """
    slices = blocks(count, size)
    threads = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # made when it is read
    # A thread of the pool that waited for the pool could wait for ever.
    if threads == 1 or count <= size or getattr(_thread, "of_pool", False):
        yield from map(compute, slices)
        return
    pool = _pool(threads)
    # A few ahead, so that no more than these are in memory.
    under_way = deque(pool.submit(compute, block) for block in islice(slices, 2 * threads))
    try:
        while under_way:
            part = under_way.popleft().result()
            under_way.extend(pool.submit(compute, block) for block in islice(slices, 1))
            yield part
    finally:
        for waiting in under_way:
            waiting.cancel()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "block", initializer=_mark_thread)


def _mark_thread() -> None:
    _thread.of_pool = True
