"""The context of an operation."""

from typing import Any, cast

import pytest
from starlette.requests import HTTPConnection

from domain.services.runtime import Runtime
from graph.resolving.context import Context


def context(scheme: str, host: str, root_path: str = "") -> Context:
    scope: dict[str, Any] = {
        "type": "websocket" if scheme.startswith("ws") else "http",
        "scheme": scheme,
        "path": f"{root_path}/graphql",
        "root_path": root_path,
        "query_string": b"query=%7Bviewer%7D",
        "headers": [(b"host", host.encode())],
    }
    return Context(cast("Runtime", None), HTTPConnection(scope))  # no resolver is run here


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


def test_each_operation_has_loaders_of_its_own() -> None:
    assert context("http", "localhost").loaders is not context("http", "localhost").loaders
