"""The small schema, served by a real server in a thread of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute

from domain.settings import Settings, load
from domain.terms.access import Caller
from graph.serving.http import GraphQLHTTP
from graph.serving.logging import RequestLog
from graph.serving.websocket import GraphQLWebSocket
from tests.graph.serving.door import Door
from tests.graph.serving.small_schema import SCHEMA, WITNESS, ContextOfTests, Witness

DOOR = Door(SCHEMA._schema)


async def make_context(connection: HTTPConnection, caller: Caller, cost: int) -> ContextOfTests:
    return ContextOfTests(connection, caller, cost)


def app(settings: Settings, **intervals: float) -> Starlette:
    """The endpoints under test; intervals in seconds: heartbeat, init_timeout, ping_interval."""
    beat = {name: seconds for name, seconds in intervals.items() if name == "heartbeat"}
    socket_times = {name: seconds for name, seconds in intervals.items() if name != "heartbeat"}
    page = HTMLResponse("<h1>Explorer</h1>")
    http = GraphQLHTTP(SCHEMA, settings, make_context, DOOR, page=lambda: page, **beat)
    starlette = Starlette(
        routes=[
            Route("/graphql", http),
            WebSocketRoute(
                "/graphql", GraphQLWebSocket(SCHEMA, settings, make_context, DOOR, **socket_times)
            ),
        ]
    )
    starlette.add_middleware(RequestLog)
    return starlette


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """Serve in a thread; gives the host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(application, log_config=None, access_log=False, lifespan="off")
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


Serve: TypeAlias = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Serve the endpoints with these settings and intervals."""
    return lambda settings, **intervals: serving(app(settings, **intervals))


@pytest.fixture(scope="session")
def small_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose limits are within reach of a test."""
    return load(
        data_dir=tmp_path_factory.mktemp("data"),
        max_request_bytes=100_000,
        max_upload_bytes=1_000_000,
        max_subscriptions=3,
        cors_origins=("https://allowed.example",),
    )


@pytest.fixture(scope="session")
def address(small_settings: Settings, serve: Serve) -> Iterator[str]:
    """Host and port of a server with the small settings."""
    with serve(small_settings) as host:
        yield host


@pytest.fixture(scope="session")
def url(address: str) -> str:
    """Where the server takes GraphQL over HTTP."""
    return f"http://{address}/graphql"


@pytest.fixture(scope="session")
def uploads(small_settings: Settings) -> Path:
    """The folder that the files of requests are in while these are answered."""
    return small_settings.data_dir.absolute() / "uploads"


@pytest.fixture
def door() -> Door:
    """Who lets callers in: each test has tokens of its own."""
    return DOOR


@pytest.fixture
def witness() -> Witness:
    """What happened in the server, this test's part of it."""
    WITNESS.calls.clear()
    return WITNESS
