"""What browsers are told not to do with our answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from domain.settings import Settings, load
from graph.serving import files
from graph.serving.app import _middleware
from graph.serving.explorer import explorer_page, explorer_routes
from graph.serving.explorer.page import FOR_EVER, PARTS

EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


async def answer(request: Request) -> Response:
    return explorer_page() if "html" in request.headers["accept"] else JSONResponse({"data": {}})


async def picture(request: Request) -> Response:
    headers = {**files._HEADERS, "Cache-Control": "private, max-age=60"}
    return Response(b"<svg/>", headers=headers, media_type="image/svg+xml")


async def unchanged(request: Request) -> Response:
    return Response(status_code=304, headers={"ETag": '"x"'})


async def own(request: Request) -> Response:
    return PlainTextResponse("x", headers={**dict.fromkeys(EXPECTED, "own"), "Cache-Control": "own"})


async def opened(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def app(settings: Settings) -> Starlette:
    """Answers of each kind, behind what stands before the real ones."""
    parts = settings.data_dir / "built" / PARTS
    parts.mkdir(parents=True)
    (parts / "worker.js").write_text("import './part.js'")
    (parts / "style.css").write_text("a {}")
    return Starlette(
        routes=[
            Route("/graphql", answer, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", opened),
            Route("/picture", picture),
            Route("/unchanged", unchanged),
            Route("/own", own),
            *explorer_routes(settings.data_dir / "built"),
        ],
        middleware=_middleware(settings),
    )


@contextmanager
def serving(settings: Settings) -> Iterator[httpx.Client]:
    """Serve in a thread; gives a client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app(settings), log_config=None, access_log=False, lifespan="off")
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server that a page of another origin may call."""
    folder = tmp_path_factory.mktemp("headers")
    with serving(load(data_dir=folder, cors_origins=("https://allowed.example",))) as client:
        yield client


def safe(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name in EXPECTED}


def test_every_answer_has_them_whatever_it_is(client: httpx.Client) -> None:
    preflight = {"Origin": "https://allowed.example", "Access-Control-Request-Method": "POST"}
    responses = {
        200: client.post("/graphql", json={}),
        404: client.get("/nothing/here"),
        405: client.delete("/graphql"),
        421: client.get("/graphql", headers={"Host": "rebound.example"}),
        400: client.options("/graphql", headers={**preflight, "Origin": "https://evil.example"}),
    }

    for status, response in responses.items():
        assert response.status_code == status
        assert safe(response) == EXPECTED, status
        assert "strict-transport-security" not in response.headers
        assert response.headers["x-request-id"]


def test_a_foreign_page_that_may_call_still_may(client: httpx.Client) -> None:
    response = client.post("/graphql", json={}, headers={"Origin": "https://allowed.example"})

    assert response.headers["access-control-allow-origin"] == "https://allowed.example"
    readable = response.headers["access-control-expose-headers"]
    assert readable == "X-Request-ID, Retry-After, WWW-Authenticate"
    assert safe(response) == EXPECTED


def test_answers_of_the_api_are_stored_nowhere(client: httpx.Client) -> None:
    assert client.post("/graphql", json={}).headers["cache-control"] == "no-store"
    assert client.get("/graphql", params={"query": "{x}"}).headers["cache-control"] == "no-store"
    assert "cache-control" not in client.get("/nothing/here").headers


def test_the_explorers_page_keeps_its_own_policy(client: httpx.Client) -> None:
    response = client.get("/graphql", headers={"Accept": "text/html"})

    for name, value in explorer_page().headers.items():
        # Its length is that of its packed form, and what it varies by has grown.
        if name not in {"content-length", "vary"}:
            assert response.headers[name] == value
    assert "script-src 'self'" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-frame-options"] == "DENY"


def test_the_explorers_scripts_may_fetch_their_own_parts(client: httpx.Client) -> None:
    script, style = (client.get(f"/explorer/{name}") for name in ("worker.js", "style.css"))

    assert script.status_code == style.status_code == 200
    assert script.headers["content-security-policy"] == "default-src 'self'; frame-ancestors 'none'"
    assert safe(style) == EXPECTED
    assert script.headers["cache-control"] == style.headers["cache-control"] == FOR_EVER


def test_a_picture_may_be_shown_by_other_pages(client: httpx.Client) -> None:
    headers = client.get("/picture").headers

    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["content-security-policy"] == files._HEADERS["Content-Security-Policy"]
    assert headers["cache-control"] == "private, max-age=60"
    assert "x-frame-options" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_what_an_answer_says_itself_is_not_said_again(client: httpx.Client) -> None:
    response = client.get("/own")

    assert safe(response) == dict.fromkeys(EXPECTED, "own")
    assert response.headers.get_list("content-security-policy") == ["own"]
    assert response.headers["cache-control"] == "own"


def test_an_answer_that_has_not_changed_keeps_the_headers_it_was_sent_with(client: httpx.Client) -> None:
    response = client.get("/unchanged")

    assert response.status_code == 304
    assert safe(response) == {}


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [("https://graph.example", "max-age=31536000"), ("http://graph.example", None), ("", None)],
)
def test_only_a_server_with_an_https_address_asks_for_https_ever_after(
    tmp_path: Path, public_url: str, expected: str | None
) -> None:
    with serving(load(data_dir=tmp_path, public_url=public_url)) as client:
        assert client.get("/nothing").headers.get("strict-transport-security") == expected


def test_a_websocket_still_opens(client: httpx.Client) -> None:
    address = f"ws://{client.base_url.host}:{client.base_url.port}/graphql"
    with connect(address, additional_headers={"Origin": "https://allowed.example"}) as websocket:
        assert websocket.recv() == "hello"
