"""Files on their way to the disk."""

import asyncio
import hashlib
from pathlib import Path
from types import TracebackType
from typing import Self

from graph.resolving.uploads import IncomingFile

STRETCH_BYTES = 1024 * 1024
"""Much is written at a time: the thread and the event loop wait for each other at each turn."""


class Arrival:
    """A file that arrives: written and hashed in a thread, one stretch behind what comes in.

    The event loop is never held up, and no more than two stretches are in memory.
    """

    def __init__(self, path: Path, filename: str) -> None:
        self._path = path
        self._filename = filename
        self._file = path.open("wb", buffering=0)
        self._hash = hashlib.sha256()
        self._size = 0
        self._waiting = bytearray()
        self._writing: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        """Arrivals are closed however the request ends."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, once the thread has let go of it."""
        if self._writing is not None:
            # What failed there is told where it is waited for, or was given up with the request.
            await asyncio.gather(self._writing, return_exceptions=True)
        self._file.close()

    async def write(self, content: memoryview) -> None:
        """Take the next bytes of the file. Raises OSError where the disk does not."""
        self._size += len(content)
        self._waiting += content
        if len(self._waiting) >= STRETCH_BYTES:
            await self._flush()

    async def finish(self) -> IncomingFile:
        """The file, now that all of it is on the disk."""
        await self._flush()
        await self._settle()
        return IncomingFile(self._path, self._filename, self._size, self._hash.hexdigest())

    async def _flush(self) -> None:
        await self._settle()
        stretch, self._waiting = self._waiting, bytearray()
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._store, stretch)

    async def _settle(self) -> None:
        if self._writing is not None:
            # Shielded: a canceled request should still know when the thread is through.
            await asyncio.shield(self._writing)

    def _store(self, stretch: bytearray) -> None:
        rest = memoryview(stretch)
        self._hash.update(rest)
        while rest:
            rest = rest[self._file.write(rest) :]
