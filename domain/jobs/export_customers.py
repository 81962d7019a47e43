"""Writes a table for somebody to take away, batch by batch: memory does not grow with the customers."""

import hashlib
import io
from typing import Any, BinaryIO, cast

from domain.jobs import exported_rows
from domain.jobs.export_formats import FORMATS
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.terms.exports import ExportedCustomers, ExportedRecords, ExportOrder, ExportOutcome
from domain.terms.jobs import Bench


def run(bench: Bench) -> None:
    """Write the file that the order asks for, and then what speaks for it."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", ExportOrder)
    artifacts.dump(
        storage, f"{bench.folder}/outcome.json", export(storage, order, bench.watch("WRITING", 0, 1))
    )


def export(storage: Storage, order: ExportOrder, watch: Any) -> ExportOutcome:
    """Write the file; it is there whole or not at all. `watch` stops it."""
    schema, batches = _rows(storage, order.content)
    count = 0
    with storage.open_output(order.export_key) as stream:
        output = _Counted(stream)
        with FORMATS[order.format](cast("BinaryIO", output), schema) as write:
            for batch in batches:
                write(batch)
                count += batch.num_rows
                watch(0.5, f"Wrote {count:,} customers")
    return ExportOutcome(count, output.size, output.checksum.hexdigest())


def _rows(storage: Storage, content: ExportedCustomers | ExportedRecords) -> exported_rows.Rows:
    if isinstance(content, ExportedCustomers):
        return exported_rows.customers(storage, content)
    return exported_rows.records(storage, content)


class _Counted(io.RawIOBase):
    """A stream whose bytes are counted and hashed on their way."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.size = 0
        self.checksum = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, content: Any) -> int:
        self._stream.write(content)
        length = memoryview(content).nbytes
        self.size += length
        self.checksum.update(content)
        return length
