"""What an import costs, beside reading the same file without looking at it, and what memory it takes."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from domain.tables import planted
from tests.benchmarks.customers import customers
from tests.benchmarks.measuring import SAMPLE_SECONDS, Report, megabytes, run_alone, seconds, timing
from tests.servers.api import UPLOAD, Api
from tests.servers.running import Server
from tests.servers.signing_in import signed_in

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROWS = 1_000_000
COLUMNS = ["customer_id", "age", "annual_income", "average_basket", "preferred_channel", "signup_date"]
REPEATS = 5
GIGABYTE = 1_000_000_000
BOUNDARY = "import-of-the-benchmark"
BLOCK_BYTES = 1 << 20


async def test_an_import_keeps_every_value_that_a_bare_reader_finds(
    api: Api, server: Server, report: Report, tmp_path: Path
) -> None:
    await api.dataset(customers(200))  # the workers are up by then
    source, target = tmp_path / "customers.csv", tmp_path / "customers.parquet"
    with source.open("wb") as file:
        planted.write_csv(planted.generate(ROWS, 0).select(COLUMNS), file)
    ours, bare = list[float](), list[float]()
    for _ in range(REPEATS):
        dataset = upload(server, source, ours)
        took, _ = run_alone("tests.benchmarks.importing", str(source), str(target))
        bare.append(took)
    assert dataset["rowCount"] == ROWS

    stored = max(
        (server.data_dir / "storage" / "datasets").rglob("customers.parquet"),
        key=lambda each: each.stat().st_mtime,
    )
    imported, read = pq.ParquetFile(stored).read(), pq.ParquetFile(target).read()
    assert imported.column_names == COLUMNS
    for name in COLUMNS:
        assert values(imported[name]).equals(values(read[name])), name
    what = f"import of {ROWS:,} x {len(COLUMNS)}, bytes received to dataset ready"
    report.compare(what, median(ours), "pyarrow.csv and Parquet", median(bare), seconds)


async def test_a_gigabyte_is_imported_in_little_memory(
    api: Api, server: Server, report: Report, tmp_path: Path
) -> None:
    await api.dataset(customers(200))
    source = tmp_path / "gigabyte.csv"
    rows = write_gigabyte(source)
    with peak_memory(server) as held:
        dataset = upload(server, source, list[float]())
    assert dataset["rowCount"] == rows
    what = f"a CSV of {source.stat().st_size / 1e6:,.0f} MB and {rows:,} rows, memory of API and worker"
    report.compare(f"{what}, growth", max(held) - held[0], "idle", held[0], megabytes)


def write_gigabyte(target: Path) -> int:
    """Write the same customers again and again, each time with keys of their own."""
    lines = customers(200_000).splitlines(keepends=True)
    header, body = lines[0], [line.partition(b",")[2] for line in lines[1:]]
    written = rows = 0
    with target.open("wb") as file:
        written += file.write(header)
        while written < GIGABYTE:
            part = b"".join(b"K-%08d,%s" % (rows + number, line) for number, line in enumerate(body))
            written += file.write(part)
            rows += len(body)
    return rows


@contextmanager
def peak_memory(server: Server) -> Iterator[list[int]]:
    """Look at the memory of a server and its workers, before the block begins and until it ends."""
    held = [memory(server)]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(SAMPLE_SECONDS * 10):
            held.append(memory(server))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield held
    finally:
        ended.set()
        looking.join()


def memory(server: Server) -> int:
    """Give the resident bytes of all its processes."""
    total = 0
    for process in server.tree():
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def upload(server: Server, source: Path, ready: list[float]) -> Any:
    """Send a file from the disk, and note the seconds from its last byte to the answer."""
    operations = json.dumps({"query": UPLOAD % "rowCount", "variables": {"input": {"file": None}}})
    fields = {"operations": operations, "map": json.dumps({"0": ["variables.input.file"]})}
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="0"; filename="customers.csv"\r\n\r\n'
    tail = f"\r\n--{BOUNDARY}--\r\n"
    parts = urlsplit(server.graphql)
    connection = http.client.HTTPConnection(parts.netloc, timeout=600)
    try:
        connection.putrequest("POST", parts.path)
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("GraphQL-Preflight", "1")
        connection.putheader("Authorization", signed_in(server.url)["Authorization"])
        connection.putheader("Content-Length", str(len(head) + source.stat().st_size + len(tail)))
        connection.endheaders(head.encode())
        with source.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                connection.send(block)
        connection.send(tail.encode())
        with timing(ready):
            answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    payload = answer["data"]["uploadDataset"]
    assert payload["userErrors"] == []
    return payload["dataset"]


def values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column in one chunk. The reader takes some texts for dates, and for missing ones gives ""."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return pc.cast(column, pa.float64()).combine_chunks()
    return pc.cast(column, pa.string()).fill_null("").combine_chunks()
