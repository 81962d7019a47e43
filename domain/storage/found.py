"""The rows that were found last, kept so that the next page of them costs no search."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from domain.storage.finding import FoundRows

MOST_BYTES = 64 * 1024**2
"""So much memory is for rows; each takes four bytes."""


class FoundCache:
    """Rows by what was searched for; any thread may use it. A search names the version of its table."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._found: OrderedDict[Hashable, FoundRows] = OrderedDict()
        self._bytes = 0
        self._turn = threading.Lock()

    def get(self, search: Hashable) -> FoundRows | None:
        """Give the rows that are kept of a search."""
        with self._turn:
            rows = self._found.get(search)
            if rows is not None:
                self._found.move_to_end(search)
            return rows

    def keep(self, search: Hashable, rows: FoundRows) -> None:
        """Keep rows, and let go of those unused longest; what is larger than all room is not kept."""
        with self._turn:
            before = self._found.pop(search, None)
            self._bytes -= 0 if before is None else before.nbytes
            if rows.nbytes > self._most_bytes:
                return
            self._found[search] = rows
            self._bytes += rows.nbytes
            while self._bytes > self._most_bytes:
                self._bytes -= self._found.popitem(last=False)[1].nbytes

    def __len__(self) -> int:
        return len(self._found)


FOUND = FoundCache()
"""What was found in this process."""
