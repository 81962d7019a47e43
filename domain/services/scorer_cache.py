"""Scorers that are kept in memory, the least used of which goes when they are too many."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from sys import getsizeof

import numpy as np

from domain.scoring.scoring import ReadyScorer


@dataclass
class ScorerCache:
    """Scorers by their checksum, the one that was used last at the end; `bytes` is what they take up."""

    bytes: int = 0
    _kept: "OrderedDict[str, tuple[ReadyScorer, int]]" = field(default_factory=OrderedDict)
    _loading: "dict[str, asyncio.Task[ReadyScorer]]" = field(default_factory=dict)

    async def get_or_load(self, checksum: str, load: Callable[[], ReadyScorer], limit: int) -> ReadyScorer:
        """Take a scorer, or load it in a thread and keep it: once for all who want it at once."""
        if kept := self.get(checksum):
            return kept
        if checksum not in self._loading:
            task = asyncio.create_task(self._load(checksum, load, limit))
            self._loading[checksum] = task
            task.add_done_callback(lambda _: self._loading.pop(checksum, None))
        # Shielded: one of several who wait may hang up without taking the scorer from the others.
        return await asyncio.shield(self._loading[checksum])

    async def _load(self, checksum: str, load: Callable[[], ReadyScorer], limit: int) -> ReadyScorer:
        scorer = await asyncio.to_thread(load)
        self.keep(checksum, scorer, limit)
        return scorer

    def get(self, checksum: str) -> ReadyScorer | None:
        """Take a scorer; None where it is not kept."""
        if (kept := self._kept.get(checksum)) is None:
            return None
        self._kept.move_to_end(checksum)
        return kept[0]

    def keep(self, checksum: str, scorer: ReadyScorer, limit: int) -> None:
        """Keep a scorer, and drop others until all together are within the limit, in bytes.

        One that is larger than that by itself is not kept.
        """
        self.drop(checksum)
        if (size := size_of(scorer)) > limit:
            return
        self._kept[checksum] = scorer, size
        self.bytes += size
        while self.bytes > limit:
            self.drop(next(iter(self._kept)))

    def drop(self, checksum: str | None) -> None:
        """Forget a scorer, if it is kept."""
        if checksum is not None and (kept := self._kept.pop(checksum, None)):
            self.bytes -= kept[1]


def size_of(scorer: ReadyScorer) -> int:
    """Tell about how many bytes a scorer takes up: its arrays and texts, and what holds them."""
    return sum(_sizes(scorer, set()))


def _sizes(value: object, seen: set[int]) -> Iterator[int]:
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value.nbytes if isinstance(value, np.ndarray) else getsizeof(value)
    parts = list(value) if isinstance(value, tuple) else []
    if is_dataclass(value):
        # What is made ready once and then kept is no field.
        parts += [getattr(value, part.name) for part in fields(value)]
        parts += getattr(value, "__dict__", {}).values()
    for part in parts:
        yield from _sizes(part, seen)
