"""The context of an operation."""

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from domain.engine.engine import Engine
from domain.services.limiting import Limiter
from domain.services.runtime import Runtime
from domain.settings import load
from domain.storage.files import Storage
from graph.resolving.context import Context


def context(scheme: str, host: str, root_path: str = "", **settings: object) -> Context:
    scope: dict[str, Any] = {
        "type": "websocket" if scheme.startswith("ws") else "http",
        "scheme": scheme,
        "path": f"{root_path}/graphql",
        "root_path": root_path,
        "query_string": b"query=%7Bviewer%7D",
        "headers": [(b"host", host.encode())],
    }
    read = load(**settings)
    storage = Storage.open(read.storage)
    runtime = Runtime(
        read,
        storage,
        Engine(storage.url, read.data_dir),
        "a key of at least 32 characters",
        limiter=Limiter(read),
    )
    return Context(runtime, HTTPConnection(scope))


@pytest.mark.parametrize(
    ("scheme", "host", "url"),
    [
        ("http", "127.0.0.1:8000", "http://127.0.0.1:8000/files/token"),
        ("https", "segments.example.org", "https://segments.example.org/files/token"),
        ("ws", "localhost:9000", "http://localhost:9000/files/token"),
        ("wss", "[::1]:8443", "https://[::1]:8443/files/token"),
    ],
)
def test_an_address_is_on_the_host_by_which_the_client_came(scheme: str, host: str, url: str) -> None:
    assert context(scheme, host).url("/files/token") == url


def test_behind_a_proxy_an_address_is_the_public_one() -> None:
    behind = context("http", "10.0.0.7:8000", public_url="https://segments.example.org/")
    assert behind.url("/files/token") == "https://segments.example.org/files/token"


def test_each_operation_has_loaders_of_its_own() -> None:
    assert context("http", "localhost").loaders is not context("http", "localhost").loaders
