"""A small schema with something of everything, served by a real server in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from domain.errors import Invalid
from domain.settings import Settings, load
from graph.resolving.errors import Forbidden, Unauthenticated
from graph.resolving.uploads import UPLOAD, Upload
from graph.serving.http import GraphQLHTTP
from graph.serving.logging import RequestLog
from graph.serving.websocket import GraphQLWebSocket


@dataclass
class Witness:
    """What happened in the server's thread."""

    opened: dict[str, threading.Event] = field(default_factory=dict)
    closed: dict[str, threading.Event] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def watch(self, key: str) -> str:
        """Make ready to see the source of this key opened and closed."""
        self.opened[key], self.closed[key] = threading.Event(), threading.Event()
        return key


WITNESS = Witness()


@dataclass
class ContextOfTests:
    """The context of one operation, or of one event of a subscription."""

    connection: HTTPConnection
    params: Mapping[str, object] | None
    loaded: list[int] = field(default_factory=list)


Info: TypeAlias = strawberry.Info[ContextOfTests, None]


@strawberry.type
class Item:
    name: str
    columns: list[str]


@strawberry.type
class ItemEdge:
    cursor: str
    node: Item


@strawberry.type
class ItemConnection:
    edges: list[ItemEdge]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        WITNESS.calls.append(name)
        return f"hello {name}"

    @strawberry.field
    def params(self, info: Info) -> JSON:
        return JSON(info.context.params)

    @strawberry.field
    def items(self, first: int | None = None) -> ItemConnection:
        return ItemConnection(
            edges=[ItemEdge(cursor=str(n), node=Item(name=str(n), columns=[])) for n in range(2)]
        )

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def invalid(self) -> str | None:
        raise Invalid("first is 0: from 1 to 100 can be asked for", ["first"])

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden("Only an administrator may do this.")

    @strawberry.field
    def unwritable(self) -> JSON:
        return JSON(float("nan"))

    @strawberry.field
    async def at_once(self) -> str:
        return "at once"


@strawberry.input
class UploadInput:
    file: Upload
    more: list[Upload] | None = None
    label: str | None = None


@strawberry.type
class Uploaded:
    name: str
    size: int
    sha256: str
    folder: str
    content: str


@strawberry.type
class Mutation:
    @strawberry.mutation
    def upload(self, input: UploadInput) -> list[Uploaded]:
        WITNESS.calls.append("upload")
        return [
            Uploaded(
                name=file.filename,
                size=file.size,
                sha256=file.sha256,
                folder=file.path.parent.name,
                content=file.path.read_bytes()[:40].decode("utf-8", "replace"),
            )
            for file in (input.file, *(input.more or ()))
        ]

    @strawberry.mutation
    def change(self, to: str) -> str:
        WITNESS.calls.append(f"change {to}")
        return to


@strawberry.type
class Loading:
    @strawberry.field
    def times(self, info: Info) -> int:
        info.context.loaded.append(1)
        return len(info.context.loaded)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def forever(self, key: str) -> AsyncGenerator[str, None]:
        """One event, and then silence until somebody closes this."""
        try:
            WITNESS.opened[key].set()
            yield "open"
            await asyncio.Event().wait()
        finally:
            WITNESS.closed[key].set()

    @strawberry.subscription
    async def flood(self, key: str) -> AsyncGenerator[str, None]:
        """As many large events as somebody takes; each is told to the witness when it is made."""
        try:
            WITNESS.opened[key].set()
            while True:
                WITNESS.calls.append(key)
                yield "x" * 100_000
        finally:
            WITNESS.closed[key].set()

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("the password is hunter2")

    @strawberry.subscription
    async def loads(self) -> AsyncGenerator[Loading, None]:
        yield Loading()
        yield Loading()


SCHEMA = strawberry.Schema(
    Query, Mutation, Subscription, config=StrawberryConfig(scalar_map={Upload: UPLOAD})
)


async def make_context(connection: HTTPConnection, params: Mapping[str, object] | None) -> ContextOfTests:
    if connection.headers.get("authorization") == "Bearer wrong":
        raise Unauthenticated("The access token is not valid.")
    return ContextOfTests(connection, params)


def app(settings: Settings, **intervals: float) -> Starlette:
    """The endpoints under test; intervals in seconds: heartbeat, init_timeout, ping_interval."""
    beat = {name: seconds for name, seconds in intervals.items() if name == "heartbeat"}
    socket_times = {name: seconds for name, seconds in intervals.items() if name != "heartbeat"}
    http = GraphQLHTTP(SCHEMA, settings, make_context, page=lambda: HTMLResponse("<h1>Explorer</h1>"), **beat)
    starlette = Starlette(
        routes=[
            Route("/graphql", http),
            WebSocketRoute("/graphql", GraphQLWebSocket(SCHEMA, settings, make_context, **socket_times)),
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
def witness() -> Witness:
    """What happened in the server, this test's part of it."""
    WITNESS.calls.clear()
    return WITNESS
