"""How fast a file gets in, beside the least that can be done with its bytes."""

import http.client
import json
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.benchmarks.customers import customers
from tests.benchmarks.measuring import Report, seconds, throughput, timing
from tests.benchmarks.raw_endpoint import raw_endpoint
from tests.servers.api import UPLOAD, Api, mistakes
from tests.servers.running import Server
from tests.servers.signing_in import signed_in

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_500_000
REPEATS = 3
BOUNDARY = "upload-of-the-benchmark"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "GraphQL-Preflight": "1"}


async def test_an_upload_comes_in_whole_beside_a_raw_stream_to_the_disk(
    api: Api, server: Server, report: Report, tmp_path: Path
) -> None:
    await api.dataset(customers(200))  # the workers are up by then
    content = customers(ROWS)
    # Refused when all of it is there: what is timed is how the bytes come in, not the import.
    refused, accepted = form(content, name="n" * 10_000), form(content, name="Million")
    shown = signed_in(server.url)
    raw, received, ready = list[float](), list[float](), list[float]()
    with raw_endpoint(tmp_path) as url:
        for _ in range(REPEATS):
            with timing(raw):
                answer = post(f"{url}/", refused)
            assert answer == {"size": len(refused)}
            with timing(received):
                payload = post(server.graphql, refused, **shown)["data"]["uploadDataset"]
            assert mistakes(payload) == [("INVALID", ["input", "name"])]
            assert payload["dataset"] is None
    assert await api.counts() == (1, 0)

    with timing(ready):
        payload = post(server.graphql, accepted, **shown)["data"]["uploadDataset"]
    assert payload == {"dataset": {"rowCount": ROWS, "sizeInBytes": len(content)}, "userErrors": []}

    size = len(content)
    report.compare(
        f"GraphQL upload of {size / 1e6:,.0f} MB, until it is on the disk",
        size / median(received),
        "raw request.stream() to the disk",
        size / median(raw),
        throughput,
    )
    report.compare("the same, until the dataset is ready", ready[0], "raw", median(raw), seconds)


def form(content: bytes, **options: str) -> bytes:
    """Write the body of an upload; made beforehand, so that sending it costs the client nothing else."""
    selection = UPLOAD % "rowCount sizeInBytes"
    operations = json.dumps({"query": selection, "variables": {"input": {"file": None, **options}}})
    fields = {"operations": operations, "map": json.dumps({"0": ["variables.input.file"]})}
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="0"; filename="customers.csv"\r\n\r\n'
    return b"".join((head.encode(), file.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()))


def post(url: str, body: bytes, **headers: str) -> Any:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    try:
        connection.request("POST", parts.path, body, {**HEADERS, **headers})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        return json.loads(response.read())
    finally:
        connection.close()
