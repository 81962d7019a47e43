"""A body whose pieces do not come is not waited for."""

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from graph.serving.patience import Patient, TooSlow

SECONDS = 0.3


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell how long the body was, what made it too slow, or that the client hung up afterwards."""
    received = Patient(receive, SECONDS)
    try:
        status, words = 200, f"{len(await Request(scope, received).body())} bytes"
        if scope["path"] == "/wait":
            words += f", then {(await received())['type']}"
            HEARD.put(words)
    except TooSlow as slow:
        status, words = 408, str(slow)
    body = words.encode()
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": status, "headers": [length, (b"connection", b"close")]}
    )
    await send({"type": "http.response.body", "body": body})


HEARD: queue.SimpleQueue[str] = queue.SimpleQueue()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(application, log_config=None, access_log=False, lifespan="off")
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def call(port: int, length: int, path: str = "/") -> socket.socket:
    """Begin a request with a body of this length."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    return connection


def answer(connection: socket.socket) -> tuple[int, str]:
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    start, _, body = received.decode().partition("\r\n\r\n")
    return int(start.split(" ")[1]), body


@pytest.mark.parametrize("begun", [b"", b"12345"])
def test_a_body_that_stops_is_too_slow(port: int, begun: bytes) -> None:
    started = time.monotonic()
    with call(port, 10) as connection:
        connection.sendall(begun)

        assert answer(connection) == (408, "nothing came for 0.3 seconds")
        assert SECONDS * 0.9 < time.monotonic() - started < SECONDS + 5


def test_a_body_may_take_longer_as_long_as_it_goes_on(port: int) -> None:
    started = time.monotonic()
    with call(port, 10) as connection:
        for _ in range(10):
            # Nothing is to be received yet: this is a pause, and a look at whether it was hung up.
            connection.settimeout(SECONDS / 5)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.sendall(b"x")
        connection.settimeout(10)

        assert answer(connection) == (200, "10 bytes")
    assert time.monotonic() - started > SECONDS * 1.5


def test_a_whole_body_is_given_as_it_came(port: int) -> None:
    with call(port, 1_000_000) as connection:
        connection.sendall(b"x" * 1_000_000)

        assert answer(connection) == (200, "1000000 bytes")


def test_no_body_is_whole_at_once(port: int) -> None:
    with call(port, 0) as connection:
        assert answer(connection) == (200, "0 bytes")


def test_who_waits_for_its_answer_is_not_hurried(port: int) -> None:
    with call(port, 5, "/wait") as connection:
        connection.sendall(b"12345")
        connection.settimeout(SECONDS * 3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert HEARD.empty()

    assert HEARD.get(timeout=10) == "5 bytes, then http.disconnect"


async def test_being_told_to_stop_is_not_being_slow() -> None:
    async def receive() -> Message:
        return await asyncio.Future()

    waiting = asyncio.ensure_future(Patient(receive, 60)())
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
