"""What arrives on a connection before there is a request: bounded in size and in time."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from domain.settings import load
from graph.serving.leaving import until_gone
from graph.serving.protocol import MOST_PIPELINED, protocol_for
from graph.serving.server import _config
from tests.servers.databases import fresh_sqlite
from tests.servers.running import Server
from tests.servers.running import serving as serving_process

LARGEST = 2_048
IDLE_SECONDS = 0.6
GONE = threading.Event()


async def hello(request: Request) -> Response:
    return PlainTextResponse(f"hello {request.query_params.get('name', 'world')}")


async def length(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def never(request: Request) -> Response:
    """Answer nothing until the client goes."""
    await until_gone(request.receive)
    GONE.set()
    return Response()


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def origin(request: Request) -> Response:
    return JSONResponse([request.client and request.client.host, request.url.scheme])


APP = Starlette(
    routes=[
        Route("/", hello),
        Route("/", length, methods=["POST"]),
        Route("/never", never),
        Route("/origin", origin),
        WebSocketRoute("/", echo),
    ]
)


@contextmanager
def serving(config: uvicorn.Config) -> Iterator[str]:
    """Serve in a thread; gives the host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server with a small head and little patience, on either kind of event loop."""
    settings = load(max_header_bytes=LARGEST, idle_seconds=IDLE_SECONDS)
    config = uvicorn.Config(
        APP,
        http=protocol_for(settings),
        loop=request.param,
        log_config=None,
        access_log=False,
        lifespan="off",
    )
    with serving(config) as address:
        yield address


def call(host: str) -> socket.socket:
    """Connect, and give up on an answer after ten seconds."""
    name, port = host.split(":")
    return socket.create_connection((name, int(port)), timeout=10)


def head(size: int = 0, path: str = "/", more: bytes = b"") -> bytes:
    """A request's head, filled up to `size` bytes."""
    start = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + more
    room = size - len(start) - len(b"X: \r\n\r\n")
    return start + (b"X: " + b"x" * room + b"\r\n" if room > 0 else b"") + b"\r\n"


def everything(connection: socket.socket) -> bytes:
    """Read until the server hangs up."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def answers(received: bytes) -> list[int]:
    """The status of each answer."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def read_answer(connection: socket.socket) -> bytes:
    """Read one answer that says how long it is."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    start, _, body = received.partition(b"\r\n\r\n")
    length = int(re.findall(rb"content-length: (\d+)", start)[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return start + b"\r\n\r\n" + body


@pytest.mark.parametrize("step", [1, 7, 1_000, 10_000])
def test_a_head_of_exactly_the_limit_is_read_and_one_byte_more_is_not(host: str, step: int) -> None:
    for size, status in ((LARGEST, 200), (LARGEST + 1, 431)):
        whole = head(size)
        assert len(whole) == size
        with call(host) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, size, step):
                with suppress(BrokenPipeError, ConnectionResetError):
                    connection.send(whole[start : start + step])
            assert answers(read_answer(connection)) == [status]


def test_a_head_over_the_limit_is_told_which_limit_and_hung_up_on(host: str) -> None:
    with call(host) as connection:
        connection.sendall(head(LARGEST + 1))
        received = everything(connection)

    start, _, body = received.partition(b"\r\n\r\n")
    assert start.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"\r\nconnection: close" in start
    assert b"\r\nx-content-type-options: nosniff\r\n" in start
    assert b"\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n" in start
    assert body == (
        b"The address and headers of the request are over the limit of 2,048 bytes: send less, or have "
        b"SEGMENTGRAPH_MAX_HEADER_BYTES raised.\n"
    )


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(head(more=b"Y: " + b"y" * 3_000 + b"\r\n"), id="a long header"),
        pytest.param(head(more=b"Y" * 3_000 + b": y\r\n"), id="a long name of a header"),
        pytest.param(head(more=b"Y: y\r\n" * 500), id="many headers"),
        pytest.param(head(more=b"Y:" + b" " * 3_000 + b"y\r\n"), id="much space"),
        pytest.param(head(path="/?" + "x" * 3_000), id="a long address"),
        pytest.param(b"\r\n" * 1_500 + head(), id="empty lines before it"),
    ],
)
def test_whatever_makes_a_head_long_it_is_refused(host: str, attack: bytes) -> None:
    with call(host) as connection:
        connection.sendall(attack)

        assert answers(everything(connection)) == [431]


def test_the_second_head_on_a_connection_is_bounded_as_the_first(host: str) -> None:
    with call(host) as connection:
        for _ in range(3):
            connection.sendall(head(LARGEST))
            assert answers(read_answer(connection)) == [200]
        connection.sendall(head(LARGEST + 1))

        assert answers(everything(connection)) == [431]


def test_pipelined_requests_are_answered_in_order(host: str) -> None:
    with call(host) as connection:
        connection.sendall(b"".join(head(path=f"/?name={n}") for n in range(30)))
        received = b""
        while received.count(b"hello") < 30:
            chunk = connection.recv(65_536)
            assert chunk
            received += chunk

    assert re.findall(rb"hello (\d+)", received) == [b"%d" % n for n in range(30)]


# Where a head begins among others is not known: its length is, to a byte for each of its headers.
@pytest.mark.parametrize("size", [LARGEST + 3, 10_000, 1_000_000])
def test_a_pipelined_head_over_the_limit_is_refused_after_those_before_it_are_answered(
    host: str, size: int
) -> None:
    with call(host) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head() + head(300) + head(size) + head())

        received = everything(connection)

    assert answers(received) == [200, 200, 431]
    assert received.count(b"hello world") == 2


def test_pipelined_heads_of_exactly_the_limit_are_read(host: str) -> None:
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n12345"
    with call(host) as connection:
        connection.sendall((post + head(LARGEST)) * 3 + head(LARGEST + 3))
        received = everything(connection)

    assert answers(received) == [200] * 6 + [431]
    assert received.count(b"5 bytes") == received.count(b"hello world") == 3


def test_more_pipelined_requests_than_may_wait_are_not_kept(host: str) -> None:
    with call(host) as connection:
        connection.sendall(head() * (MOST_PIPELINED * 3))
        received = everything(connection)

    # One is being answered while the others wait.
    assert answers(received) == [200] * (MOST_PIPELINED + 1) + [429]


def test_what_comes_after_a_chunked_body_is_bounded_too(host: str) -> None:
    start = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n"
    with call(host) as connection:
        connection.sendall(start)
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                connection.sendall(b"Trailer: " + b"x" * 10_000 + b"\r\n")

        assert answers(everything(connection)) in ([431], [])


def test_a_body_may_be_longer_than_a_head(host: str) -> None:
    body = b"x" * 90_000
    at_once = b"Content-Length: %d\r\n\r\n" % len(body) + body
    in_bytes = b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * len(body) + b"0\r\n\r\n"
    with call(host) as connection:
        for framed in (at_once, in_bytes):
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + framed)
            assert read_answer(connection).endswith(b"\r\n\r\n90000 bytes")


def test_a_body_that_is_no_http_is_answered_though_the_application_waits_for_it(host: str) -> None:
    with call(host) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")

        assert answers(everything(connection)) == [400]


def test_what_is_no_http_is_answered_once_and_hung_up_on(host: str) -> None:
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"HELO example.com\r\n",
    ):
        with call(host) as connection:
            connection.sendall(nonsense)
            assert answers(everything(connection)) == [400]


def test_what_is_no_http_after_a_request_waits_for_its_answer(host: str) -> None:
    with call(host) as connection:
        connection.sendall(head() + b"\x00\x01\x02")
        received = everything(connection)

    assert answers(received) == [200, 400]
    assert b"hello worldHTTP/1.1 400" in received


@pytest.mark.parametrize(
    "start", [b"", b"GET", head()[:-2], b"\r\n"], ids=["nothing", "a word", "a head", "a line"]
)
def test_who_sends_no_whole_head_in_time_is_hung_up_on(host: str, start: bytes) -> None:
    began = time.monotonic()
    with call(host) as connection:
        connection.sendall(start)
        received = everything(connection)

    assert received == b""
    assert IDLE_SECONDS * 0.9 < time.monotonic() - began < IDLE_SECONDS + 5


def test_a_byte_now_and_then_buys_no_time(host: str) -> None:
    began = time.monotonic()
    with call(host) as connection:
        connection.settimeout(0.05)
        connection.sendall(head()[:-2])
        gone = False
        while not gone:
            assert time.monotonic() - began < IDLE_SECONDS + 5
            try:
                connection.sendall(b"X: x\r\n")
                gone = connection.recv(1) == b""
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                gone = True

    assert time.monotonic() - began > IDLE_SECONDS * 0.9


def test_the_second_head_on_a_connection_has_to_come_in_time_too(host: str) -> None:
    with call(host) as connection:
        connection.sendall(head())
        assert answers(read_answer(connection)) == [200]
        began = time.monotonic()
        connection.sendall(head()[:-2])

        assert everything(connection) == b""
        assert IDLE_SECONDS * 0.9 < time.monotonic() - began < IDLE_SECONDS + 5


def test_an_answer_may_take_longer_than_a_head(host: str) -> None:
    GONE.clear()
    with call(host) as connection:
        connection.sendall(head(path="/never"))
        connection.settimeout(IDLE_SECONDS * 2)
        with pytest.raises(TimeoutError):
            connection.recv(1)

    assert GONE.wait(10)


def test_part_of_a_head_behind_an_answer_that_takes_long_does_not_end_it(host: str) -> None:
    GONE.clear()
    with call(host) as connection:
        connection.sendall(head(path="/never") + head()[:-2])
        connection.settimeout(IDLE_SECONDS * 2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert not GONE.is_set()


def test_a_websocket_still_opens_and_outlives_the_time_for_a_head(host: str) -> None:
    with connect(f"ws://{host}/") as client:
        client.send("one")
        assert client.recv() == "one"
        with pytest.raises(TimeoutError):
            client.recv(timeout=IDLE_SECONDS * 2)
        client.send("x" * 100_000)
        assert client.recv() == "x" * 100_000


def test_a_websocket_with_a_head_over_the_limit_is_refused(host: str) -> None:
    upgrade = (
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    for size, status in ((LARGEST, 101), (LARGEST + 1, 431)):
        with call(host) as connection:
            connection.sendall(head(size, more=upgrade))
            assert answers(connection.recv(1_000)) == [status]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own process, as a user starts it."""
    folder = tmp_path_factory.mktemp("attacked")
    with serving_process(folder / "data", fresh_sqlite(folder)) as server:
        yield server


def test_ten_megabytes_of_header_are_not_kept(process: Server) -> None:
    host = process.url.removeprefix("http://")
    server = psutil.Process(process.process.pid)
    megabyte = b"x" * 1_000_000
    connections = [call(host) for _ in range(10)]
    before = server.memory_info().rss
    most = before
    for connection in connections:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ")
        with suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            for _ in range(10):
                connection.sendall(megabyte)
                most = max(most, server.memory_info().rss)
        assert answers(everything(connection)) in ([431], [])

    # Ten connections with ten megabytes each: kept, they would be a hundred.
    assert most - before < 10_000_000
    with call(host) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answers(read_answer(connection)) == [200]
    for connection in connections:
        connection.close()


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ((), ["127.0.0.1", "http"]),
        (("127.0.0.1",), ["203.0.113.7", "https"]),
        (("127.0.0.0/8", "203.0.113.0/24"), ["198.51.100.9", "https"]),
        (("10.0.0.1",), ["127.0.0.1", "http"]),
    ],
)
def test_what_a_proxy_says_is_believed_only_of_those_that_are_trusted(
    tmp_path: Path, proxies: tuple[str, ...], seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    config = _config(load(data_dir=tmp_path, trusted_proxies=proxies))
    config.app, config.lifespan = APP, "off"
    forwarded = b"X-Forwarded-For: 198.51.100.9, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
    with serving(config) as host, call(host) as connection:
        connection.sendall(head(path="/origin", more=forwarded))

        assert json.loads(read_answer(connection).partition(b"\r\n\r\n")[2]) == seen
