"""The uploaded file of a job, on this machine's disk."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from domain.storage.files import Storage

_COPY_BYTES = 1 << 20


@contextmanager
def opened(storage: Storage, key: str) -> Iterator[BinaryIO]:
    """Open a file of the storage for reading anywhere in it; one that is elsewhere is fetched first."""
    local = storage.local_path(key)
    if local is not None:
        with local.open("rb") as file:
            yield file
        return
    # Tables are read more than once, and from several places: that is what disks are for.
    with tempfile.TemporaryFile() as copy:
        with storage.open_input(key) as source:
            while block := source.read(_COPY_BYTES):
                copy.write(block)
        copy.seek(0)
        yield copy
