"""Clients that hang up in the middle of an upload."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.servers.api import Api, at_rest, generated, until
from tests.servers.running import Server
from tests.servers.signing_in import signed_in

BOUNDARY = "-----segments"
QUERY = "mutation($input: UploadDatasetInput!) { uploadDataset(input: $input) { dataset { id } } }"
PREVIEW = "mutation($input: PreviewTableInput!) { previewTable(input: $input) { preview { rows } } }"


def request(
    server: Server, content: bytes, *, query: str = QUERY, chunked: bool = False, **options: object
) -> tuple[bytes, bytes]:
    """Write an upload as it goes over the wire: its head, and its body."""
    fields = {
        "operations": json.dumps({"query": query, "variables": {"input": {"file": None, **options}}}),
        "map": json.dumps({"0": ["variables.input.file"]}),
    }
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="0"; filename="c.csv"\r\n\r\n'
    body = "".join([*parts, file]).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\nGraphQL-Preflight: 1\r\n"
        f"Authorization: {signed_in(server.url)['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{length}\r\n\r\n"
    )
    return head.encode(), f"{len(body):x}\r\n".encode() + body if chunked else body


def connect(server: Server) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port or 80))


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_upload_that_breaks_off_leaves_nothing(api: Api, server: Server, chunked: bool) -> None:
    counts, kept = await api.counts(), await at_rest(server)
    head, body = request(server, generated(40_000), name="Half", chunked=chunked)

    with connect(server) as client:
        client.sendall(head + body[: len(body) // 2])
        await until(lambda: _arrived(server) > 1_000_000, "half of the file has arrived", 20)

    await until(lambda: server.kept() == kept, "what had arrived is gone", 20)
    assert await api.counts() == counts


async def test_an_upload_is_stopped_when_its_client_hangs_up(api: Api, server: Server) -> None:
    counts, kept = await api.counts(), await at_rest(server)
    head, body = request(server, generated(200_000), name="Nobody is left")

    with connect(server) as client:
        client.sendall(head + body[:-1])
        await until(lambda: server.kept() != kept, "the file is arriving", 20)
        client.sendall(body[-1:])

    await until(lambda: server.kept() == kept, "what had arrived is gone", 20)
    assert await api.counts() == counts


async def test_a_preview_whose_client_does_not_wait_leaves_nothing(api: Api, server: Server) -> None:
    counts, kept = await api.counts(), await at_rest(server)
    head, body = request(server, generated(40_000), query=PREVIEW, first=100)

    with connect(server) as client:
        client.sendall(head + body)
        await until(lambda: server.kept() != kept, "the preview has begun", 20)

    await until(lambda: server.kept() == kept, "what it was made of is gone", 20)
    assert await api.counts() == counts


def _arrived(server: Server) -> int:
    return sum(path.stat().st_size for path in (server.data_dir / "uploads").glob("*/*"))
